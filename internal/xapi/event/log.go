package event

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/gen/sharedbus"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
)

const (
	// mostEvents is how many events one answer of the log holds at most, but
	// for those that share a revision.
	mostEvents = 1000
	// advancedEvery is the pause between two signals to one watcher
	// (conventions 8.1).
	advancedEvery = 100 * time.Millisecond
	// signalTimeout bounds the sending of one signal.
	signalTimeout = 5 * time.Second
	// mostWatchers bounds who may be signalled at once.
	mostWatchers = 1024
)

// Log is the same log for services on the bus. It implements
// sharedbus.Events1. Its events name class, id, op and seq: what exactly
// changed, and when, the log does not know, so fields and time are absent.
type Log struct {
	engine *Engine
	path   dbus.ObjectPath

	mu       sync.Mutex // guards watchers
	watchers map[string]func()
}

var _ sharedbus.Events1 = (*Log)(nil)

// Log returns the engine's log as the object at a path serves it.
func (e *Engine) Log(path dbus.ObjectPath) *Log {
	return &Log{engine: e, path: path, watchers: make(map[string]func())}
}

// A filter selects events by class, as events spell it, and by reference.
type filter struct{ classes, ids []string }

func newFilter(options map[string]dbus.Variant) (filter, error) {
	var f filter
	for k, v := range options {
		list, ok := v.Value().([]string)
		switch {
		case k != "class" && k != "id":
			return f, bus.Errorf(bus.UnknownOption, "the log has no option %q", k)
		case !ok:
			return f, bus.Errorf(bus.InvalidArgs, "option %q is not of type as", k)
		case k == "class":
			f.classes = list
		default:
			f.ids = list
		}
	}
	return f, nil
}

func (f filter) wants(c *schema.Class, ref string) bool {
	return c.Events &&
		(f.classes == nil || slices.Contains(f.classes, c.Lower())) &&
		(f.ids == nil || slices.Contains(f.ids, ref))
}

// Since implements sharedbus.Events1.
func (l *Log) Since(_ context.Context, _ *bus.Call, cursor uint64, most uint32, options map[string]dbus.Variant) (uint64, bool, []map[string]dbus.Variant, error) {
	f, err := newFilter(options)
	if err != nil {
		return 0, false, nil, err
	}
	next, gap, events := l.since(l.engine.cfg.DB.Snapshot(), cursor, int(most), f)
	return next, gap, events, nil
}

// Wait implements sharedbus.Events1.
func (l *Log) Wait(ctx context.Context, _ *bus.Call, cursor uint64, timeoutMs uint32, options map[string]dbus.Variant) (uint64, bool, []map[string]dbus.Variant, error) {
	f, err := newFilter(options)
	if err != nil {
		return 0, false, nil, err
	}
	expired := time.NewTimer(time.Duration(timeoutMs) * time.Millisecond)
	defer expired.Stop()
	for {
		snap := l.engine.cfg.DB.Snapshot()
		next, gap, events := l.since(snap, cursor, 0, f)
		if gap || len(events) > 0 {
			return next, gap, events, nil
		}
		cursor = next
		select {
		case <-snap.Superseded():
		case <-expired.C:
			return next, false, events, nil
		case <-ctx.Done():
			return 0, false, nil, ctx.Err()
		}
	}
}

// An entry is one event with its place in the log.
type entry struct {
	rev uint64
	ev  map[string]dbus.Variant
}

// since lists what happened after a cursor in order of the revisions. gap says
// that the cursor is of another log, or older than this one remembers.
func (l *Log) since(snap *db.Snapshot, cursor uint64, most int, f filter) (next uint64, gap bool, events []map[string]dbus.Variant) {
	base := l.engine.incarnation << revisionBits
	rev := cursor & (1<<revisionBits - 1)
	if cursor != 0 && (cursor-rev != base || rev > snap.Rev() || rev < snap.OldestDeletion()) {
		return base | snap.Rev(), true, nil
	}
	if most <= 0 || most > mostEvents {
		most = mostEvents
	}
	list := l.entries(snap, base, rev, f)
	next = base | snap.Rev()
	for i, e := range list {
		if i >= most && e.rev != list[i-1].rev {
			next = base | list[i-1].rev
			break
		}
		events = append(events, e.ev)
	}
	return next, false, events
}

func (l *Log) entries(snap *db.Snapshot, base, rev uint64, f filter) []entry {
	var list []entry
	add := func(at uint64, c *schema.Class, ref, op string) {
		list = append(list, entry{at, map[string]dbus.Variant{
			"seq":   dbus.MakeVariant(base | at),
			"class": dbus.MakeVariant(c.Lower()),
			"id":    dbus.MakeVariant(ref),
			"op":    dbus.MakeVariant(op),
		}})
	}
	snap.Changes(rev, func(row *db.Row) {
		switch {
		case !f.wants(row.Class, row.Ref):
		case row.Created > rev:
			add(row.Modified, row.Class, row.Ref, opAdd)
		default:
			add(row.Modified, row.Class, row.Ref, opMod)
		}
	})
	snap.Deletions(rev, func(c *schema.Class, ref string, created, deleted uint64) {
		if created <= rev && f.wants(c, ref) {
			add(deleted, c, ref, opDel)
		}
	})
	slices.SortStableFunc(list, func(a, b entry) int { return cmp.Compare(a.rev, b.rev) })
	return list
}

// Watch implements sharedbus.Events1.
func (l *Log) Watch(ctx context.Context, c *bus.Call, options map[string]dbus.Variant) error {
	f, err := newFilter(options)
	if err != nil {
		return err
	}
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.mu.Lock()
	old, known := l.watchers[c.Sender]
	if !known && len(l.watchers) >= mostWatchers {
		l.mu.Unlock()
		stop()
		return bus.Errorf(bus.Busy, "the log has %d watchers", mostWatchers)
	}
	l.watchers[c.Sender] = stop
	l.mu.Unlock()
	if known {
		old()
	}
	forget, err := c.Conn.OnPeerGone(ctx, c.Sender, func() { l.unwatch(c.Sender) })
	if err != nil {
		l.unwatch(c.Sender)
		return err
	}
	go func() {
		defer forget()
		l.follow(following, c.Conn, c.Sender, f)
	}()
	return nil
}

// Unwatch implements sharedbus.Events1.
func (l *Log) Unwatch(_ context.Context, c *bus.Call) error {
	l.unwatch(c.Sender)
	return nil
}

func (l *Log) unwatch(sender string) {
	l.mu.Lock()
	stop, ok := l.watchers[sender]
	delete(l.watchers, sender)
	l.mu.Unlock()
	if ok {
		stop()
	}
}

// follow signals one watcher until ctx or the connection ends.
func (l *Log) follow(ctx context.Context, conn *bus.Conn, watcher string, f filter) {
	snap := l.engine.cfg.DB.Snapshot()
	for {
		after := snap.Rev()
		select {
		case <-snap.Superseded():
		case <-conn.Done():
			return
		case <-ctx.Done():
			return
		}
		snap = l.engine.cfg.DB.Snapshot()
		base := l.engine.incarnation << revisionBits
		if len(l.entries(snap, base, after, f)) == 0 {
			continue
		}
		send, cancel := context.WithTimeout(ctx, signalTimeout)
		err := sharedbus.SendEvents1Advanced(send, conn, watcher, l.path, base|snap.Rev())
		cancel()
		if err != nil {
			l.engine.cfg.Log.Warn("cannot signal a watcher of the log", "watcher", watcher, "err", err)
		}
		select {
		case <-time.After(advancedEvery):
		case <-ctx.Done():
			return
		}
	}
}
