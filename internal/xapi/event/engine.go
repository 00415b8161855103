package event

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/request"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

const (
	// gather is how long an answer waits for more after the first change, so
	// that the forty small writes of one operation come as one event.
	gather = 2 * time.Millisecond
	// forever stands for a timeout that no clock can measure.
	forever = 24 * time.Hour
)

// Sessions tells whether a session still exists.
type Sessions interface {
	Alive(snap *db.Snapshot, ref string) bool
	// Ended is closed when a session ends that is not a row; nil for others.
	Ended(ref string) <-chan struct{}
}

// A MessageChange is one change of the message store.
type MessageChange struct {
	Ref     string
	Deleted bool
	Record  map[string]dbus.Variant // nil if Deleted
}

// Messages is the store of class message, which keeps generations of its own.
type Messages interface {
	// Since returns the changes after a generation and the newest one.
	Since(generation uint64) ([]MessageChange, uint64)
	// Changed is closed by the next change.
	Changed() <-chan struct{}
}

// Config is what events are made of.
type Config struct {
	DB       *db.DB
	Sessions Sessions
	Messages Messages
	Log      *slog.Logger
}

// An Engine answers the event calls. It implements xapibus.EventActions and is
// safe for concurrent use.
type Engine struct {
	cfg         Config
	incarnation uint64

	mu        sync.Mutex // guards followers
	followers map[string]*follower
}

// New makes an Engine. It has no goroutines until a session registers.
func New(cfg Config) *Engine {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Engine{cfg: cfg, incarnation: incarnation(cfg.DB.Incarnation()), followers: make(map[string]*follower)}
}

// Collect waits until there is news after a token, or until the timeout in
// seconds has passed, and returns it. One that is no time at all lasts a day.
//
// Errors: EVENT_FROM_TOKEN_PARSE_FAILURE, EVENTS_LOST if changes after the
// token have been forgotten, SESSION_INVALID if the session ends meanwhile.
func (e *Engine) Collect(ctx context.Context, classes []string, token string, timeout float64) (*Batch, error) {
	snap := e.cfg.DB.Snapshot()
	from, err := e.position(token, snap.Rev())
	if err != nil {
		return nil, err
	}
	sub := newSubscription(classes)
	call := ctx
	ctx, cancel := context.WithTimeout(ctx, duration(timeout))
	defer cancel()
	for {
		if from.revision != 0 && from.revision < snap.OldestDeletion() {
			return nil, xerr.New(codes.EVENTS_LOST)
		}
		changed := e.cfg.Messages.Changed()
		b := e.batch(snap, sub, from)
		if b.news() {
			return b, nil
		}
		from = b.to // nothing before this was of interest
		expired, err := e.wait(ctx, snap, changed)
		if err == nil {
			err = call.Err() // the caller has gone, or waits no longer
		}
		if err != nil {
			return nil, err
		}
		if !expired && !sub.onlyTasks() {
			time.Sleep(gather)
		}
		snap = e.cfg.DB.Snapshot()
		if expired {
			return e.batch(snap, sub, from), nil
		}
	}
}

// wait returns when the database or the messages have changed, or the timeout
// in ctx has passed.
func (e *Engine) wait(ctx context.Context, snap *db.Snapshot, messages <-chan struct{}) (expired bool, err error) {
	session := request.From(ctx).SessionRef()
	select {
	case <-snap.Superseded():
	case <-messages:
	case <-e.cfg.Sessions.Ended(session):
	case <-ctx.Done():
	}
	if session != request.Null && !e.cfg.Sessions.Alive(e.cfg.DB.Snapshot(), session) {
		return false, xerr.New(codes.SESSION_INVALID, session)
	}
	return ctx.Err() != nil, nil
}

func duration(seconds float64) time.Duration {
	switch {
	case math.IsNaN(seconds), seconds > forever.Seconds():
		return forever
	case seconds <= 0:
		return 0
	}
	return time.Duration(seconds * float64(time.Second))
}
