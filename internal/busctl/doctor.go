package busctl

import (
	"context"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/gen/sharedbus"
)

// healthTimeout bounds one service's look at itself.
const healthTimeout = 15 * time.Second

// A finding is one line of the doctor's.
type finding struct {
	Name   string `json:"name"`
	Status string `json:"status"` // ok, warn or fail
	Detail string `json:"detail,omitempty"`
}

// limits are the bus's own numbers beside the limits of its configuration
// (dbus/xcp-bus.conf).
var limits = []struct {
	key   string
	limit uint32
}{
	{"ActiveConnections", 1024},
	{"PeakMatchRulesPerConnection", 8192},
	{"IncompleteConnections", 64},
}

// Doctor looks at the bus and at every service that runs, without starting
// any. It tells whether all is well.
func (s *Session) Doctor(ctx context.Context) (healthy bool, err error) {
	findings := []finding{{"bus", "ok", "it answers"}}
	findings = append(findings, s.busLimits(ctx)...)
	services, err := s.services(ctx)
	if err != nil {
		return false, err
	}
	for _, v := range services {
		if !v.Running {
			findings = append(findings, finding{v.Name, "ok", "not running; starts when called"})
			continue
		}
		findings = append(findings, s.health(ctx, v.Name)...)
	}
	healthy = true
	for _, f := range findings {
		healthy = healthy && f.Status != "fail"
		if err := s.printFinding(f); err != nil {
			return false, err
		}
	}
	return healthy, nil
}

// busLimits warns at half of a limit (conventions 12.5).
func (s *Session) busLimits(ctx context.Context) []finding {
	out, err := s.ask(ctx, "org.freedesktop.DBus.Debug.Stats", "GetStats", "")
	if err != nil {
		return []finding{{"bus limits", "warn", "not told: " + err.Error()}}
	}
	stats, _ := out[0].(map[string]dbus.Variant)
	var list []finding
	for _, l := range limits {
		n, ok := stats[l.key].Value().(uint32)
		if !ok {
			continue
		}
		f := finding{"bus " + l.key, "ok", fmt.Sprintf("%d of %d", n, l.limit)}
		if n >= l.limit/2 {
			f.Status = "warn"
		}
		list = append(list, f)
	}
	return list
}

// health asks a service how it is.
func (s *Session) health(ctx context.Context, name string) []finding {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	room := name[len(servicePart):]
	out, err := s.Conn.Do(ctx, &bus.Request{
		Dest: name, Path: dbus.ObjectPath("/org/xen/xcp/" + room), Interface: sharedbus.Health1Name, Member: "Check",
		In: "as", Args: []any{[]string{}}, Retry: bus.Idempotent, NoAutoStart: true,
	})
	if err != nil {
		return []finding{{name, "fail", err.Error()}}
	}
	status, _ := out[0].(string)
	list := []finding{{name, status, ""}}
	checks, _ := out[1].([]map[string]dbus.Variant)
	for _, c := range checks {
		text := func(key string) string { t, _ := c[key].Value().(string); return t }
		list = append(list, finding{name + " " + text("name"), text("status"), text("detail")})
	}
	return list
}

func (s *Session) printFinding(f finding) error {
	if s.JSON {
		return s.printJSON(f)
	}
	_, err := fmt.Fprintf(s.Out, "%-5s %s", f.Status, f.Name)
	if err == nil && f.Detail != "" {
		_, err = fmt.Fprintf(s.Out, ": %s", f.Detail)
	}
	if err == nil {
		_, err = fmt.Fprintln(s.Out)
	}
	return err
}
