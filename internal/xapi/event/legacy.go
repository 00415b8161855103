package event

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/request"
	"github.com/xcp-dbus/xcp/internal/xapi/session"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// queueLength bounds what waits for one event.next. The reference keeps about
// 10 MB of written events for all; ours wait as rows that are shared with the
// database, so this is about as much of changed records, for each session.
const queueLength = 4096

// A follower copies changes into the queue of one registered session.
type follower struct {
	stop context.CancelFunc

	mu     sync.Mutex // guards all below
	texts  []string
	sub    *subscription
	queue  []change
	lost   bool
	filled chan struct{} // closed when there is something in queue
}

// A change is one event as it happened.
type change struct {
	rev      uint64
	at       time.Time
	op       string
	class    *schema.Class
	ref      string
	snapshot map[string]dbus.Variant // nil for a deletion
}

// Register adds classes to the session's subscription, which begins now if it
// had none.
func (e *Engine) Register(ctx context.Context, classes []string) error {
	ref := request.From(ctx).SessionRef()
	e.mu.Lock()
	defer e.mu.Unlock()
	f, ok := e.followers[ref]
	if !ok {
		f = e.follow(ref)
		e.followers[ref] = f
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range classes {
		if !slices.Contains(f.texts, c) {
			f.texts = append(f.texts, c)
		}
	}
	f.sub = newSubscription(f.texts)
	return nil
}

// Unregister takes exactly these texts from the session's subscription, which
// ends with its last one.
func (e *Engine) Unregister(ctx context.Context, classes []string) error {
	ref := request.From(ctx).SessionRef()
	e.mu.Lock()
	defer e.mu.Unlock()
	f, ok := e.followers[ref]
	if !ok {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.texts = slices.DeleteFunc(f.texts, func(t string) bool { return slices.Contains(classes, t) })
	f.sub = newSubscription(f.texts)
	if len(f.texts) == 0 {
		e.forget(ref, f)
	}
	return nil
}

// forget ends a subscription; e.mu is held.
func (e *Engine) forget(ref string, f *follower) {
	f.stop()
	if e.followers[ref] == f {
		delete(e.followers, ref)
	}
}

// Next waits for changes and takes them out of the session's queue. Errors:
// SESSION_NOT_REGISTERED; EVENTS_LOST if changes were dropped, then the session
// has to register anew; SESSION_INVALID if it ends.
func (e *Engine) Next(ctx context.Context) ([]map[string]dbus.Variant, error) {
	ref := request.From(ctx).SessionRef()
	for {
		e.mu.Lock()
		f, ok := e.followers[ref]
		e.mu.Unlock()
		if !ok {
			if ref != request.Null && !e.cfg.Sessions.Alive(e.cfg.DB.Snapshot(), ref) {
				return nil, xerr.New(codes.SESSION_INVALID, ref)
			}
			return nil, xerr.New(codes.SESSION_NOT_REGISTERED, "trackid="+session.TrackID(ref))
		}
		changes, filled, lost := f.take()
		if lost {
			e.mu.Lock()
			e.forget(ref, f)
			e.mu.Unlock()
			return nil, xerr.New(codes.EVENTS_LOST)
		}
		if len(changes) > 0 {
			return records(changes), nil
		}
		select {
		case <-filled:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// GetCurrentID is the id the next change will have.
func (e *Engine) GetCurrentID(context.Context) (int64, error) {
	return int64(e.cfg.DB.Snapshot().Rev()) + 1, nil
}

// Heartbeat sends every registered session a change of the pool that was none,
// so that a client notices a dead connection.
func (e *Engine) Heartbeat() {
	snap := e.cfg.DB.Snapshot()
	e.mu.Lock()
	defer e.mu.Unlock()
	for row := range snap.Rows(model.Pool) {
		for _, f := range e.followers {
			f.put([]change{rowChange(snap, row, opMod)})
		}
	}
}

// follow starts the follower of a session; it ends with the session.
func (e *Engine) follow(ref string) *follower {
	ctx, stop := context.WithCancel(context.Background())
	f := &follower{stop: stop, sub: newSubscription(nil), filled: make(chan struct{})}
	snap := e.cfg.DB.Snapshot()
	go func() {
		defer f.wake()
		for {
			after := snap.Rev()
			select {
			case <-snap.Superseded():
			case <-e.cfg.Sessions.Ended(ref):
			case <-ctx.Done():
				return
			}
			snap = e.cfg.DB.Snapshot()
			if ref != request.Null && !e.cfg.Sessions.Alive(snap, ref) {
				e.mu.Lock()
				e.forget(ref, f)
				e.mu.Unlock()
				return
			}
			f.put(f.changes(snap, after))
		}
	}()
	return f
}

// changes lists what happened after a revision, in its order.
func (f *follower) changes(snap *db.Snapshot, after uint64) []change {
	f.mu.Lock()
	sub := f.sub
	f.mu.Unlock()
	var list []change
	snap.Changes(after, func(row *db.Row) {
		if !sub.wants(row.Class, row.Ref) {
			return
		}
		op := opMod
		if row.Created > after {
			op = opAdd
		}
		list = append(list, rowChange(snap, row, op))
	})
	snap.Deletions(after, func(class *schema.Class, ref string, _, deleted uint64) {
		if sub.wants(class, ref) {
			list = append(list, change{rev: deleted, at: time.Now(), op: opDel, class: class, ref: ref})
		}
	})
	slices.SortStableFunc(list, func(a, b change) int { return cmp.Compare(a.rev, b.rev) })
	return list
}

func rowChange(snap *db.Snapshot, row *db.Row, op string) change {
	return change{rev: row.Modified, at: time.Now(), op: op, class: row.Class, ref: row.Ref, snapshot: snap.Record(row)}
}

func (f *follower) put(list []change) {
	if len(list) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queue)+len(list) > queueLength {
		f.queue, f.lost = nil, true
	} else if !f.lost {
		f.queue = append(f.queue, list...)
	}
	f.signal()
}

func (f *follower) wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.signal()
}

// signal wakes the waiting calls; f.mu is held.
func (f *follower) signal() {
	close(f.filled)
	f.filled = make(chan struct{})
}

func (f *follower) take() (list []change, filled <-chan struct{}, lost bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list, f.queue = f.queue, nil
	return list, f.filled, f.lost
}

func records(list []change) []map[string]dbus.Variant {
	events := make([]map[string]dbus.Variant, len(list))
	for i, c := range list {
		events[i] = plainEvent(strconv.FormatUint(c.rev, 10), c.class.Lower(), c.op, c.ref)
		events[i]["timestamp"] = dbus.MakeVariant(fmt.Sprintf("%d.", c.at.Unix()))
		if c.snapshot != nil {
			events[i]["snapshot"] = dbus.MakeVariant(c.snapshot)
		}
	}
	return events
}
