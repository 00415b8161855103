package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/xcp-dbus/xcp/internal/xerr"
)

// A Reconnecting keeps a process on the bus: when the connection is lost it
// dials again and sets everything up anew. It is for the front, whose clients
// hang on connections of their own; other services exit with ExitLost.
type Reconnecting struct {
	address string
	opts    Options
	setup   func(context.Context, *Conn) error

	stop context.CancelFunc
	done chan struct{}

	mu   sync.Mutex
	conn *Conn         // nil while there is none
	next chan struct{} // closed when conn is set
}

// Pauses between attempts to connect, doubling.
const (
	firstDial = 50 * time.Millisecond
	lastDial  = 2 * time.Second
)

// Reconnect connects in the background, now and after each loss. setup takes
// names and subscribes on each new connection before it is used; if it fails
// the connection is closed and tried again. setup may be nil.
func Reconnect(address string, opts Options, setup func(context.Context, *Conn) error) *Reconnecting {
	ctx, stop := context.WithCancel(context.Background())
	r := &Reconnecting{
		address: address, opts: opts.withDefaults(), setup: setup,
		stop: stop, done: make(chan struct{}), next: make(chan struct{}),
	}
	go r.run(ctx)
	return r
}

func (r *Reconnecting) run(ctx context.Context) {
	defer close(r.done)
	for ctx.Err() == nil {
		c := r.connect(ctx)
		if c == nil {
			return
		}
		r.publish(c)
		select {
		case <-c.Done():
			r.opts.Log.Warn("the bus is gone, connecting again")
		case <-ctx.Done():
		}
		r.withdraw(c)
		c.Close()
	}
}

// connect tries until it works; nil once ctx has ended.
func (r *Reconnecting) connect(ctx context.Context) *Conn {
	for pause := firstDial; ; pause = min(2*pause, lastDial) {
		c, err := r.dial(ctx)
		if err == nil {
			return c
		}
		if ctx.Err() != nil {
			return nil
		}
		r.opts.Log.Warn("cannot connect to the bus yet", "err", err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
	}
}

func (r *Reconnecting) dial(ctx context.Context) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	c, err := Dial(ctx, r.address, r.opts)
	if err != nil || r.setup == nil {
		return c, err
	}
	if err := r.setup(ctx, c); err != nil {
		c.Close()
		return nil, fmt.Errorf("cannot set up the bus connection: %w", err)
	}
	return c, nil
}

func (r *Reconnecting) publish(c *Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conn = c
	close(r.next)
}

// withdraw makes callers wait for the next connection. run calls it, and those
// who meet the loss before run does.
func (r *Reconnecting) withdraw(c *Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn == c {
		r.conn, r.next = nil, make(chan struct{})
	}
}

// Conn returns the present connection, or waits for one until ctx ends.
func (r *Reconnecting) Conn(ctx context.Context) (*Conn, error) {
	for {
		r.mu.Lock()
		c, next := r.conn, r.next
		r.mu.Unlock()
		if c != nil {
			return c, nil
		}
		select {
		case <-next:
		case <-r.done:
			return nil, ErrLost
		case <-ctx.Done():
			return nil, fmt.Errorf("no connection to the bus: %w", ctx.Err())
		}
	}
}

// Do implements Caller. A call that was under way when the bus went is made
// again on the next connection if its Retry allows it, or if it never left.
func (r *Reconnecting) Do(ctx context.Context, q *Request) ([]any, error) {
	if q.Retry == Keyed {
		ctx = withKey(ctx)
	}
	maybe := false
	for {
		c, err := r.Conn(ctx)
		if err != nil {
			return nil, lostError(q, &sendError{untouched: true, err: err}, maybe)
		}
		body, err := c.Do(ctx, q)
		var lost *xerr.Lost
		if !errors.As(err, &lost) || !errors.Is(err, ErrLost) {
			return body, err
		}
		maybe = maybe || lost.Executed != "no"
		if ctx.Err() != nil || q.Once || maybe && q.Retry == Never {
			return nil, lostError(q, lost.Err, maybe)
		}
		r.withdraw(c)
	}
}

// withKey makes sure all attempts carry the same idempotency key.
func withKey(ctx context.Context) context.Context {
	m := Meta{}
	if p := MetaFrom(ctx); p != nil {
		m = *p
	}
	if m.received {
		m.received, m.Session, m.Origin, m.IdempotencyKey = false, "", nil, ""
	}
	if m.IdempotencyKey == "" {
		m.IdempotencyKey = newKey()
	}
	return WithMeta(ctx, &m)
}

// Close disconnects and ends the background work.
func (r *Reconnecting) Close() {
	r.stop()
	<-r.done
}
