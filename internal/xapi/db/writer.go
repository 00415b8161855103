package db

import (
	"context"
	"fmt"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/store"
)

// The states of a request.
const (
	waiting int32 = iota
	started
	withdrawn
)

// A request is one call of Update.
type request struct {
	fn    func(tx *Tx) error
	state atomic.Int32
	done  chan struct{}
	rev   uint64 // these two are valid when done is closed
	err   error
}

// run calls the function. A panic is its failure, not the database's.
func (r *request) run(tx *Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a transaction panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return r.fn(tx)
}

// A writer is the one goroutine that changes the database; all its fields are
// that goroutine's own.
type writer struct {
	db    *DB
	lease uint64
	// base is the writer's own copy of the published state. The published one
	// is read by others and must not be copied again.
	base *state
	// lazy has the keys and references of rows that are newer than on disk.
	lazy      map[string]string
	lazySince time.Time
	// ceiling is the watermark on disk. Revisions above it need a commit.
	ceiling  uint64
	closeErr error
}

// revisionBlock is how far ahead the watermark is set. A restart skips at most
// one block of the 64 bits a revision has.
const revisionBlock = 1 << 20

func (w *writer) run() {
	defer close(w.db.stopped)
	compact := time.NewTicker(w.db.opts.CompactEvery)
	defer compact.Stop()
	lazy := time.NewTicker(w.db.opts.LazyDelay / 2)
	defer lazy.Stop()
	for {
		select {
		case <-w.db.wake:
			requests, closed := w.take()
			w.serve(requests)
			if closed {
				w.closeErr = w.flush()
				return
			}
		case <-lazy.C:
			if len(w.lazy) > 0 && time.Since(w.lazySince) >= w.db.opts.LazyDelay/2 {
				w.try("write lazy changes", w.flush)
			}
		case <-compact.C:
			w.try("drop old deletions", w.compact)
		}
	}
}

func (w *writer) try(what string, do func() error) {
	if err := do(); err != nil {
		w.db.opts.Log.Error("cannot "+what+", will try again", "err", err)
	}
}

func (w *writer) take() (requests []*request, closed bool) {
	w.db.mu.Lock()
	defer w.db.mu.Unlock()
	requests, w.db.queue = w.db.queue, nil
	return requests, w.db.closed
}

// A batch is a run of transactions that share one commit.
type batch struct {
	state    *state // after the last of them
	writes   writes
	lazy     map[string]string // as in writer
	urgent   bool              // no revision is left below the watermark
	requests []*request        // to be answered when the batch is settled
}

// durable tells whether the batch must be on disk before it is answered.
func (b *batch) durable() bool { return b.urgent || !b.writes.empty() }

// serve runs requests in order, in as few commits as the store's limits allow.
func (w *writer) serve(requests []*request) {
	b := &batch{state: w.base}
	for _, r := range requests {
		if !r.state.CompareAndSwap(waiting, started) {
			continue
		}
		own := w.transact(r, b.state)
		if !w.joins(b, own) {
			// What is ready goes first. If it fails, the state this
			// transaction was made on never was, and it fails too.
			err := w.settle(b)
			b = &batch{state: w.base}
			if err != nil {
				r.err = err
				close(r.done)
				continue
			}
		}
		b.add(own)
	}
	_ = w.settle(b) // every request has its own answer
}

// transact runs one request on a copy of s. The result is a batch of one, whose
// state is s itself if the request failed or changed nothing.
func (w *writer) transact(r *request, s *state) *batch {
	own := &batch{state: s, requests: []*request{r}}
	tx := newTx(s.copy())
	if r.err = r.run(tx); r.err != nil {
		return own
	}
	if tx.idle() {
		r.rev = s.rev
		return own
	}
	w.collect(tx, own)
	if !(&writes{}).fits(&own.writes) {
		r.err = fmt.Errorf("cannot commit a transaction of %d records and %d bytes: %w",
			len(own.writes.values), own.writes.bytes, store.ErrTooBig)
		return &batch{state: s, requests: own.requests}
	}
	r.rev, own.state = tx.rev, tx.state
	return own
}

// collect lists what a transaction has for the disk.
func (w *writer) collect(tx *Tx, own *batch) {
	for _, row := range tx.gone {
		if !row.memory {
			own.writes.set(key(row), nil)
		}
	}
	for ref, need := range tx.changed {
		switch row, _ := tx.rows.Get(ref); need {
		case schema.Sync:
			own.writes.set(key(row), tx.cat.encode(row))
		case schema.Lazy:
			own.defers(key(row), ref)
		}
	}
	if w.db.store.ReadOnly() != nil {
		own.lazy = nil // there is no later to wait for
		return
	}
	own.urgent = tx.rev > w.ceiling
}

func (b *batch) defers(key, ref string) {
	if b.lazy == nil {
		b.lazy = make(map[string]string)
	}
	b.lazy[key] = ref
}

// joins tells whether own may share a commit with b. Changes that need no disk
// do not wait for later ones that do.
func (w *writer) joins(b, own *batch) bool {
	return b.writes.fits(&own.writes) && (b.durable() || !own.durable() || b.state == w.base)
}

// add appends a later transaction.
func (b *batch) add(own *batch) {
	b.state = own.state
	b.writes.merge(&own.writes)
	for key, ref := range own.lazy {
		b.defers(key, ref)
	}
	b.urgent = b.urgent || own.urgent
	b.requests = append(b.requests, own.requests...)
}

// settle commits and publishes a batch and answers its requests. If the commit
// fails, base stays what it was.
func (w *writer) settle(b *batch) error {
	var err error
	if b.durable() {
		err = w.commit(b)
	}
	if err == nil && b.state != w.base {
		w.adopt(b)
	}
	for _, r := range b.requests {
		if r.err == nil {
			r.err = err
		}
		close(r.done)
	}
	return err
}

// adopt makes the batch's state the published one.
func (w *writer) adopt(b *batch) {
	if len(w.lazy) == 0 {
		w.lazySince = time.Now()
	}
	for key, ref := range b.lazy {
		if _, written := b.writes.values[key]; !written {
			w.lazy[key] = ref
		}
	}
	b.state.forget(w.db.opts.Keep)
	w.base = b.state
	w.db.publish(w.base.copy())
}

// commit writes a batch, and as many lazy changes as there is room for. On
// success the state has the revision the store gave.
func (w *writer) commit(b *batch) error {
	if err := w.secureLease(); err != nil {
		return err
	}
	w.fill(b, b.lazy)
	w.fill(b, w.lazy)
	sb := b.writes.batch()
	sb.Floor, sb.Lease = b.state.rev, w.lease
	ceiling := w.ceiling
	if ceiling < b.state.rev+revisionBlock/2 {
		ceiling = b.state.rev + revisionBlock
		sb.Puts = append(sb.Puts, store.Put{Key: watermarkKey, Value: strconv.AppendUint(nil, ceiling, 10)})
	}
	rev, err := w.db.store.Commit(context.Background(), sb)
	if err != nil {
		return fmt.Errorf("cannot write the database: %w", err)
	}
	for key := range b.writes.values {
		delete(w.lazy, key)
	}
	w.ceiling = ceiling
	b.state.rev = rev
	return nil
}

// secureLease takes the write lease if Open could not.
func (w *writer) secureLease() error {
	if w.lease != 0 {
		return nil
	}
	lease, err := w.db.store.Lease(context.Background())
	if err != nil {
		return fmt.Errorf("cannot take the write lease: %w", err)
	}
	w.lease = lease
	return nil
}

// fill adds lazy rows to a batch while there is room.
func (w *writer) fill(b *batch, lazy map[string]string) {
	for key, ref := range lazy {
		if _, newer := b.writes.values[key]; newer {
			continue
		}
		row, ok := b.state.rows.Get(ref)
		if !ok {
			delete(lazy, key)
			continue
		}
		one := writes{}
		one.set(key, b.state.cat.encode(row))
		if b.writes.fits(&one) {
			b.writes.merge(&one)
		}
	}
}

// flush writes all lazy changes.
func (w *writer) flush() error {
	for len(w.lazy) > 0 {
		before := len(w.lazy)
		if err := w.reserve(); err != nil {
			w.lazySince = time.Now()
			return err
		}
		if len(w.lazy) == before {
			return fmt.Errorf("cannot write %d records: %w", before, store.ErrTooBig)
		}
	}
	return nil
}

// reserve makes a commit of its own, for the watermark and lazy changes. It
// takes a revision that no reader needs to see.
func (w *writer) reserve() error {
	b := &batch{state: w.base.copy()}
	b.state.rev++
	if err := w.commit(b); err != nil {
		return err
	}
	w.base.rev = b.state.rev
	return nil
}

// compact drops old deletions, here and on disk.
func (w *writer) compact() error {
	if err := w.compactBase(); err != nil {
		return err
	}
	if w.base.oldest > w.db.published.Load().oldest {
		w.db.publish(w.base.copy())
	}
	return nil
}

func (w *writer) compactBase() error {
	oldest, err := w.db.store.Compact(context.Background(), w.db.opts.Keep, w.db.opts.MaxAge)
	if err != nil {
		return err
	}
	w.base.forgetUpTo(oldest)
	return nil
}

// key is the store's key of a row.
func key(row *Row) string { return row.Class.Name + "/" + row.Ref }
