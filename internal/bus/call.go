package bus

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/uuid"

	"github.com/xcp-dbus/xcp/internal/xerr"
)

// Retries: the pause doubles from the first to the last, half of it random; a
// call is not repeated for longer than retryFor, whatever its deadline (keys
// live twice as long: DESIGN section 5).
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 2 * time.Second
	retryFor   = 5 * time.Minute
)

// errNoDeadline refuses calls that could wait for ever.
var errNoDeadline = errors.New("a call over the bus needs a context with a deadline")

// Call makes a plain call: no context dictionary, not idempotent. See Caller.
func (c *Conn) Call(ctx context.Context, dest string, path dbus.ObjectPath, iface, member, in string, args ...any) ([]any, error) {
	return c.Do(ctx, &Request{Dest: dest, Path: path, Interface: iface, Member: member, In: in, Args: args})
}

// Do implements Caller.
func (c *Conn) Do(ctx context.Context, r *Request) ([]any, error) {
	if _, ok := ctx.Deadline(); !ok {
		return nil, fmt.Errorf("cannot call %s.%s: %w", r.Interface, r.Member, errNoDeadline)
	}
	key := ""
	if r.Retry == Keyed {
		key = keyFor(ctx)
	}
	body, err := c.attempt(ctx, r, key)
	if err == nil || classify(err) == refused {
		return body, err
	}
	return c.again(ctx, r, key, err)
}

// keyFor keeps the context's own idempotency key or makes one.
func keyFor(ctx context.Context) string {
	if m := MetaFrom(ctx); m != nil && !m.received && m.IdempotencyKey != "" {
		return m.IdempotencyKey
	}
	return newKey()
}

func newKey() string { return uuid.NewString() }

// again repeats a call as long as that is safe and worth while.
func (c *Conn) again(ctx context.Context, r *Request, key string, err error) ([]any, error) {
	limit, cancel := context.WithTimeout(ctx, retryFor)
	defer cancel()
	// A call that may have been executed once stays so, whatever comes later.
	maybe := false
	pause := firstPause
	for n := 0; ; n++ {
		kind := classify(err)
		maybe = maybe || kind == unknown
		if !r.mayRepeat(err, kind) {
			return nil, lostError(r, err, maybe)
		}
		atOnce := kind == handedOver && n == 0
		if !atOnce && !c.wait(limit, r, err, pause) {
			return nil, lostError(r, err, maybe)
		}
		if !atOnce {
			pause = min(2*pause, lastPause)
		}
		var body []any
		body, err = c.attempt(ctx, r, key)
		if err == nil || classify(err) == refused {
			return body, err
		}
	}
}

// mayRepeat tells whether the same call may be sent once more.
func (r *Request) mayRepeat(err error, kind class) bool {
	if r.Once || errors.Is(err, ErrLost) {
		return false // the connection is gone: a new one is Reconnecting's work
	}
	switch kind {
	case notExecuted:
		return !r.NoAutoStart || !noOwner(err)
	case handedOver:
		return r.Retry != Never
	case unknown:
		return r.Retry != Never
	}
	return false
}

func noOwner(err error) bool {
	return IsError(err, busPrefix+"ServiceUnknown") || IsError(err, busPrefix+"NameHasNoOwner")
}

// wait pauses before a repetition, and ends early when the destination gets a
// new owner. It reports false when there is no time left.
func (c *Conn) wait(ctx context.Context, r *Request, err error, pause time.Duration) bool {
	var e *Error
	if errors.As(err, &e) {
		pause = max(pause, e.RetryAfter())
	}
	changed, stop := c.peers.ownerChange(r.Dest)
	defer stop()
	t := time.NewTimer(pause/2 + rand.N(pause/2+1))
	defer t.Stop()
	select {
	case <-t.C:
	case <-changed:
	case <-ctx.Done():
		return false
	case <-c.Done():
		return false
	}
	return ctx.Err() == nil
}

// lostError is the end of a call without an answer. An answer of the bus that
// says no keeps its name in the chain.
func lostError(r *Request, err error, maybe bool) error {
	executed := classify(err).executed()
	if maybe {
		executed = "unknown"
	}
	return &xerr.Lost{Op: r.Interface + "." + r.Member, Executed: executed, Err: err}
}

// attempt sends a call once and waits for the reply.
func (c *Conn) attempt(ctx context.Context, r *Request, key string) ([]any, error) {
	if ctx.Err() != nil {
		return nil, &sendError{untouched: true, err: ctx.Err()}
	}
	m := message{
		kind:   dbus.TypeMethodCall,
		serial: c.serial(),
		dest:   r.Dest,
		path:   r.Path,
		iface:  r.Interface,
		member: r.Member,
		sig:    r.In,
		args:   r.Args,
	}
	if r.NoAutoStart {
		m.flags = dbus.FlagNoAutoStart
	}
	if r.Context {
		meta := outgoing(ctx, key)
		m.meta = &meta
	}
	ch := c.pending.add(m.serial)
	if err := c.out.send(ctx, &m); err != nil {
		c.pending.drop(m.serial, ch)
		return nil, c.sendFailed(err)
	}
	select {
	case reply := <-ch:
		return reply.answer(r.Raw)
	case <-ctx.Done():
		c.pending.drop(m.serial, ch)
		return nil, ctx.Err()
	case <-c.Done():
		return c.lastAnswer(r, m.serial, ch)
	}
}

// sendFailed says ErrLost if the connection is gone; the message did not leave
// then, or in part, which the bus does not deliver.
func (c *Conn) sendFailed(err error) error {
	select {
	case <-c.Done():
		return &sendError{untouched: true, err: fmt.Errorf("%w: %w", ErrLost, err)}
	default:
		return err
	}
}

// lastAnswer takes a reply that came just before the connection ended.
func (c *Conn) lastAnswer(r *Request, serial uint32, ch chan *incoming) ([]any, error) {
	select {
	case reply := <-ch:
		return reply.answer(r.Raw)
	default:
		c.pending.drop(serial, ch)
		return nil, ErrLost
	}
}
