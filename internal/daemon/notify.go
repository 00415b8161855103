package daemon

import (
	"context"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"
)

// notify tells the supervisor, systemd or the launcher; without one it is a
// no-op.
func notify(state string) { _, _ = sd.SdNotify(false, state) }

// hangLimit is how long a worker may be silent before Health1 fails and the
// watchdog is no longer fed. A worker ticks at least twice in that time, also
// when it idles.
const hangLimit = time.Minute

// probeInterval is how often the daemon's own worker asks the bus for a sign
// of life.
const probeInterval = 5 * time.Second

// watchdog moves the process's own progress by a real round trip to the bus,
// and feeds the supervisor's watchdog while all workers move. It ends with
// ctx.
func (p *proc) watchdog(ctx context.Context) {
	every := probeInterval
	if limit, err := sd.SdWatchdogEnabled(false); err == nil && limit > 0 {
		every = min(every, limit/3)
	}
	own := p.progress.add("bus")
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		if p.probeBus(ctx, every) {
			own.Tick()
		}
		if worker, since := p.progress.oldest(); time.Since(time.UnixMilli(since)) < hangLimit {
			notify("WATCHDOG=1")
		} else {
			p.log.Error("a worker hangs", "worker", worker, "dur", time.Since(time.UnixMilli(since)).Round(time.Second))
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

// probeBus asks the bus for its identity. A front without a bus is not
// hanging, it waits; so nothing to ask counts as an answer.
func (p *proc) probeBus(ctx context.Context, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	c, err := p.line.conn(ctx)
	if err != nil {
		return p.spec.Reconnect
	}
	_, err = c.Call(ctx, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetId", "")
	return err == nil || p.spec.Reconnect
}
