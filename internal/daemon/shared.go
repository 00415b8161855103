package daemon

import (
	"context"
	"os"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/gen/sharedbus"
)

// logControlPath is where systemd's tools look for LogControl1.
const logControlPath = dbus.ObjectPath("/org/freedesktop/LogControl1")

// shared answers the interfaces every service has.
type shared struct{ *proc }

var (
	_ sharedbus.Service1     = shared{}
	_ sharedbus.Health1      = shared{}
	_ sharedbus.Diagnostics1 = shared{}
	_ sharedbus.LogControl1  = shared{}
)

// root is the service's root object.
func (p *proc) root() dbus.ObjectPath { return dbus.ObjectPath("/org/xen/xcp/" + p.spec.Name) }

// mountShared puts the shared interfaces on the root object and LogControl1 at
// its fixed path.
func (p *proc) mountShared() {
	s := shared{p}
	root := append([]*bus.Interface{
		sharedbus.NewService1(s), sharedbus.NewHealth1(s), sharedbus.NewDiagnostics1(s),
	}, p.service.Root...)
	p.env.Tree.Handle(p.root(), bus.Objects{p.root(): {Interfaces: root}})
	p.env.Tree.Handle(logControlPath, bus.Objects{
		logControlPath: {Interfaces: []*bus.Interface{sharedbus.NewLogControl1(s)}},
	})
}

// Drain implements Service1.
func (s shared) Drain(context.Context, *bus.Call) error {
	s.drainOnce.Do(func() { close(s.drainReq) })
	return nil
}

// Drained implements Service1.
func (s shared) Drained(context.Context, *bus.Call) (bool, error) { return s.calls.drained(), nil }

// Name implements Service1, as do the next ones.
func (s shared) Name(context.Context, *bus.Call) (string, error) { return s.spec.Name, nil }

// Version is the toolstack's.
func (s shared) Version(context.Context, *bus.Call) (string, error) { return Version(), nil }

// Build is what was built.
func (s shared) Build(context.Context, *bus.Call) (string, error) { return Build(), nil }

// Instance is random per process.
func (s shared) Instance(context.Context, *bus.Call) (string, error) { return s.env.Instance, nil }

// StartedAt is in ms since the epoch.
func (s shared) StartedAt(context.Context, *bus.Call) (uint64, error) {
	return uint64(s.started.UnixMilli()), nil
}

// Interfaces lists the shared ones and the service's own.
func (s shared) Interfaces(context.Context, *bus.Call) ([]string, error) {
	list := []string{
		sharedbus.Service1Name, sharedbus.Health1Name, sharedbus.Diagnostics1Name, sharedbus.LogControl1Name,
	}
	for _, i := range s.service.Root {
		list = append(list, i.Name)
	}
	return append(list, s.service.Interfaces...), nil
}

// State is one of starting, ready, degraded, draining.
func (s shared) State(context.Context, *bus.Call) (string, error) {
	return s.state.Load().(string), nil
}

// Check implements Health1.
func (s shared) Check(ctx context.Context, _ *bus.Call, subjects []string) (string, []map[string]dbus.Variant, error) {
	status, checks := s.check(ctx, subjects)
	return status, checks, nil
}

// LastProgress is the time of the slowest worker.
func (s shared) LastProgress(context.Context, *bus.Call) (uint64, error) {
	_, since := s.progress.oldest()
	return uint64(since), nil
}

// InFlight implements Diagnostics1.
func (s shared) InFlight(context.Context, *bus.Call) ([]map[string]dbus.Variant, error) {
	return s.calls.inFlight(), nil
}

// Stats implements Diagnostics1.
func (s shared) Stats(context.Context, *bus.Call) (map[string]dbus.Variant, error) {
	return s.statistics(), nil
}

// Dump implements Diagnostics1.
func (s shared) Dump(_ context.Context, _ *bus.Call, kind string, options map[string]dbus.Variant) (*os.File, error) {
	if len(options) > 0 {
		return nil, bus.Errorf(bus.UnknownOption, "Dump has no options")
	}
	return s.dump(kind)
}

// LogLevel implements LogControl1, in syslog's words.
func (s shared) LogLevel(context.Context, *bus.Call) (string, error) {
	return s.logs.syslogLevel(), nil
}

// SetLogLevel knows the words of syslog and of slog.
func (s shared) SetLogLevel(_ context.Context, _ *bus.Call, value string) error {
	l, err := parseLevel(value)
	if err != nil {
		return bus.Errorf(bus.InvalidArgs, "%v", err)
	}
	s.logs.level.Set(l)
	return nil
}

// LogTarget is console or journal.
func (s shared) LogTarget(context.Context, *bus.Call) (string, error) { return s.logs.target(), nil }

// SetLogTarget moves the log.
func (s shared) SetLogTarget(_ context.Context, _ *bus.Call, value string) error {
	if err := s.logs.setTarget(value); err != nil {
		return bus.Errorf(bus.InvalidArgs, "%v", err)
	}
	return nil
}

// SyslogIdentifier is what log lines carry.
func (s shared) SyslogIdentifier(context.Context, *bus.Call) (string, error) {
	return "xcp-" + s.spec.Name, nil
}

// announceState sends Service1.StateChanged and says that the cached State is
// out of date.
func (p *proc) announceState(ctx context.Context, state string) error {
	c, err := p.line.conn(ctx)
	if err != nil {
		return err
	}
	if err := c.Signal(ctx, "", p.root(), sharedbus.Service1Name, "StateChanged", "s", state); err != nil {
		return err
	}
	return c.Signal(ctx, "", p.root(), "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as",
		sharedbus.Service1Name, map[string]dbus.Variant{}, []string{"State"})
}
