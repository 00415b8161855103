package daemon

import (
	"context"
	"errors"
	"time"

	"github.com/godbus/dbus/v5"
)

// checkTimeout bounds Health1.Check: it touches the real things.
const checkTimeout = 10 * time.Second

// check is Health1.Check: the service's own checks, and whether any worker
// hangs. The whole is as bad as its worst part.
func (p *proc) check(ctx context.Context, subjects []string) (string, []map[string]dbus.Variant) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	began := time.Now()
	var list []Check
	if p.service.Check != nil {
		list = p.service.Check(ctx, subjects)
	}
	took := time.Since(began)
	worker, since := p.progress.oldest()
	hang := Check{Name: "workers", Status: OK}
	if silent := time.Since(time.UnixMilli(since)); worker != "" && silent >= hangLimit {
		hang.Status, hang.Detail = Fail, worker+" has been silent for "+silent.Round(time.Second).String()
	}
	whole := OK
	var out []map[string]dbus.Variant
	for _, c := range append(list, hang) {
		if c.Status == Fail || c.Status == Warn && whole == OK {
			whole = c.Status
		}
		out = append(out, map[string]dbus.Variant{
			"name":       dbus.MakeVariant(c.Name),
			"status":     dbus.MakeVariant(c.Status),
			"detail":     dbus.MakeVariant(c.Detail),
			"since":      dbus.MakeVariant(uint64(p.sinceStatus(c.Name, c.Status, began).UnixMilli())),
			"latency-us": dbus.MakeVariant(uint64(took.Microseconds())),
		})
	}
	return whole, out
}

// A standing is the status a check has had since a time.
type standing struct {
	status string
	since  time.Time
}

// sinceStatus tells since when a check has had its status, as far as anybody
// looked.
func (p *proc) sinceStatus(name, status string, now time.Time) time.Time {
	p.standingsMu.Lock()
	defer p.standingsMu.Unlock()
	if s, ok := p.standings[name]; ok && s.status == status {
		return s.since
	}
	p.standings[name] = standing{status, now}
	return now
}

// statistics is Diagnostics1.Stats.
func (p *proc) statistics() map[string]dbus.Variant {
	d := make(map[string]dbus.Variant)
	p.calls.stats(d)
	processStats(d)
	d["uptime-ms"] = dbus.MakeVariant(uint64(time.Since(p.started).Milliseconds()))
	if p.service.Stats != nil {
		p.service.Stats(func(name string, value any) {
			if n, ok := value.(int); ok {
				value = int64(n) // the bus has no int
			}
			d[name] = dbus.MakeVariant(value)
		})
	}
	return d
}

// announceTimeout is short: without a bus nobody listens.
const announceTimeout = 100 * time.Millisecond

// setState is Service1.State; who has cached it is told to look again.
func (p *proc) setState(s string) {
	if old := p.state.Swap(s); old == s || p.line.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), announceTimeout)
	defer cancel()
	if err := p.announceState(ctx, s); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		p.log.Debug("nobody was told of the new state", "state", s, "err", err)
	}
}
