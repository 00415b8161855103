package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/store"
)

// ErrClosed is the error of an Update or Wait after Close.
var ErrClosed = errors.New("the database is closed")

// Defaults of Options; the limits of deletions are those of DESIGN section 5.
const (
	defaultLazyDelay    = time.Second
	defaultKeep         = 200_000
	defaultMaxAge       = 7 * 24 * time.Hour
	defaultCompactEvery = time.Hour
)

// Options tune a database; the zero value is what production uses.
type Options struct {
	Log          *slog.Logger
	LazyDelay    time.Duration // how long a change of a lazy field may wait for the disk
	CompactEvery time.Duration // how often old deletions are dropped
	Keep         int           // how many deletions are kept
	MaxAge       time.Duration // and for how long
	// Recompute, if set, is shown every row that was loaded, before anybody else
	// sees it, and may give its memory fields values: what is worked out from
	// other fields need not be kept. It makes no change, so no revision and no
	// event.
	Recompute func(r Reader, row *Row, set func(f *schema.Field, v any))
}

func (o *Options) fill() {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.LazyDelay == 0 {
		o.LazyDelay = defaultLazyDelay
	}
	if o.CompactEvery == 0 {
		o.CompactEvery = defaultCompactEvery
	}
	if o.Keep == 0 {
		o.Keep = defaultKeep
	}
	if o.MaxAge == 0 {
		o.MaxAge = defaultMaxAge
	}
}

// A DB is the database. It is safe for concurrent use.
type DB struct {
	cat       *catalog
	store     store.Store
	opts      Options
	published atomic.Pointer[Snapshot]

	mu      sync.Mutex // guards queue and closed
	queue   []*request
	closed  bool
	wake    chan struct{} // a request is waiting, or closed is set; holds one
	stopped chan struct{} // the writer has ended

	w writer // the writer goroutine's own
}

// Open loads the database from its store. Fields that the stored records lack
// have the contract's defaults, memory fields are reset, indexes and relations
// are rebuilt. Unless the store is read only, Open takes its write lease. The
// caller closes the store after the DB.
func Open(ctx context.Context, st store.Store, classes []*schema.Class, o Options) (*DB, error) {
	o.fill()
	cat, err := newCatalog(classes)
	if err != nil {
		return nil, fmt.Errorf("cannot use the contract: %w", err)
	}
	d := &DB{cat: cat, store: st, opts: o, wake: make(chan struct{}, 1), stopped: make(chan struct{})}
	if err := d.w.open(ctx, d); err != nil {
		return nil, fmt.Errorf("cannot open the database: %w", err)
	}
	go d.w.run()
	return d, nil
}

// Snapshot returns the newest published state.
func (d *DB) Snapshot() *Snapshot { return d.published.Load() }

// Wait returns a snapshot with changes after a revision, as soon as there is
// one.
func (d *DB) Wait(ctx context.Context, after uint64) (*Snapshot, error) {
	for {
		s := d.published.Load()
		if s.rev > after {
			return s, nil
		}
		select {
		case <-s.next:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-d.stopped:
			return nil, ErrClosed
		}
	}
}

// ReadOnly tells why the database takes no durable changes, nil if it does.
func (d *DB) ReadOnly() error { return d.store.ReadOnly() }

// Incarnation identifies the database; it changes only when it is replaced.
func (d *DB) Incarnation() string { return d.store.Incarnation() }

// Update runs fn in the writer and returns the revision of its changes when
// they are as durable as they ask for, or the newest revision if there were
// none. It fails with fn's error, or with the store's; then nothing has changed.
// A ctx that ends before fn was started takes the transaction back; after that
// Update waits for the outcome.
func (d *DB) Update(ctx context.Context, fn func(tx *Tx) error) (rev uint64, err error) {
	r := &request{fn: fn, done: make(chan struct{})}
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return 0, ErrClosed
	}
	d.queue = append(d.queue, r)
	d.mu.Unlock()
	d.poke()
	select {
	case <-r.done:
	case <-ctx.Done():
		if r.state.CompareAndSwap(waiting, withdrawn) {
			return 0, ctx.Err()
		}
		<-r.done
	}
	return r.rev, r.err
}

func (d *DB) poke() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Close finishes the waiting transactions, writes the lazy changes and ends the
// writer. Snapshots stay readable.
func (d *DB) Close() error {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.poke()
	<-d.stopped
	return d.w.closeErr
}

// publish makes a state the one readers see. s must not change any more.
func (d *DB) publish(s *state) {
	old := d.published.Swap(&Snapshot{state: s, next: make(chan struct{})})
	if old != nil {
		close(old.next)
	}
}
