package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/xcp-dbus/xcp/internal/store"
)

// The states of a request.
const (
	waiting int32 = iota
	started
	withdrawn
)

// A request is work for the writer: a batch, or any other function to run in
// its transaction.
type request struct {
	apply func(ctx context.Context, t *txn) error
	state atomic.Int32
	done  chan struct{}
	rev   uint64 // these two are valid when done is closed
	err   error
}

// A writer is the one goroutine that changes the file.
type writer struct {
	s *Store

	mu      sync.Mutex // guards queue and closed
	queue   []*request
	closed  bool
	wake    chan struct{} // holds one
	stopped chan struct{}

	// The rest belongs to the goroutine; db is nil while there is no connection.
	db    *sql.DB
	conn  *sql.Conn
	stmts stmts

	prepared []*sql.Stmt // the same, to be closed
}

// stmts are prepared once per connection.
type stmts struct {
	head, setRevision, modified, update, insert, raise, remove, bury *sql.Stmt
}

func (w *writer) init(s *Store) {
	w.s, w.wake, w.stopped = s, make(chan struct{}, 1), make(chan struct{})
}

// connect opens the writer's connection and brings the schema up to date.
func (w *writer) connect(ctx context.Context) (err error) {
	if w.db, err = sql.Open("sqlite3", w.s.dsn(true, false)); err != nil {
		return err
	}
	if w.conn, err = w.db.Conn(ctx); err != nil {
		return err
	}
	if have, err := schemaVersion(ctx, w.conn); err != nil {
		return err
	} else if have != current {
		if err := prepare(ctx, w.conn); err != nil {
			return err
		}
	}
	for stmt, text := range map[**sql.Stmt]string{
		&w.stmts.head: `SELECT (SELECT value FROM meta WHERE name = 'revision'),
			(SELECT value FROM meta WHERE name = 'lease')`,
		&w.stmts.setRevision: `UPDATE meta SET value = ? WHERE name = 'revision'`,
		&w.stmts.modified:    `SELECT modified FROM objects WHERE key = ?`,
		&w.stmts.update:      `UPDATE objects SET modified = ?2, value = ?3 WHERE key = ?1`,
		&w.stmts.insert:      `INSERT INTO objects (key, created, modified, value) VALUES (?1, ?2, ?2, ?3)`,
		&w.stmts.raise:       `DELETE FROM tombstones WHERE key = ?`,
		&w.stmts.remove:      `DELETE FROM objects WHERE key = ? RETURNING created`,
		&w.stmts.bury: `INSERT INTO tombstones (key, created, deleted, at) VALUES (?, ?, ?, ?)
			ON CONFLICT (key) DO UPDATE SET created = excluded.created, deleted = excluded.deleted, at = excluded.at`,
	} {
		if *stmt, err = w.conn.PrepareContext(ctx, text); err != nil {
			return err
		}
		w.prepared = append(w.prepared, *stmt)
	}
	return nil
}

// disconnect closes the connection, and all statements with it.
func (w *writer) disconnect() error {
	if w.db == nil {
		return nil
	}
	var err error
	// The connection outlives a Close while it has statements.
	for _, stmt := range w.prepared {
		err = errors.Join(err, stmt.Close())
	}
	if w.conn != nil {
		err = errors.Join(err, w.conn.Close())
	}
	err = errors.Join(err, w.db.Close())
	w.db, w.conn, w.prepared, w.stmts = nil, nil, nil, stmts{}
	return err
}

// submit hands a request to the writer and waits for its outcome.
func (w *writer) submit(ctx context.Context, apply func(context.Context, *txn) error) (uint64, error) {
	if w.s.readOnly != nil {
		return 0, w.s.readOnly
	}
	r := &request{apply: apply, done: make(chan struct{})}
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return 0, store.ErrClosed
	}
	w.queue = append(w.queue, r)
	w.mu.Unlock()
	w.poke()
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

func (w *writer) poke() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *writer) stop() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.poke()
	<-w.stopped
}

func (w *writer) run() {
	defer close(w.stopped)
	for range w.wake {
		runtime.Gosched() // those just answered are about to come again: let them in
		w.mu.Lock()
		requests, closed := w.queue, w.closed
		w.queue = nil
		w.mu.Unlock()
		for len(requests) > 0 {
			n := min(len(requests), maxGroup)
			w.group(requests[:n])
			requests = requests[n:]
		}
		if closed {
			return
		}
	}
}

// maxGroup bounds the work of one transaction, and with it the time the first
// of a crowd waits.
const maxGroup = 256

// group runs requests in one transaction and answers them.
func (w *writer) group(requests []*request) {
	ctx := context.Background()
	live := requests[:0]
	for _, r := range requests {
		if r.state.CompareAndSwap(waiting, started) {
			live = append(live, r)
		}
	}
	if len(live) == 0 {
		return
	}
	err := w.reconnect(ctx)
	if err == nil {
		err = w.transact(ctx, live)
	}
	for _, r := range live {
		if err != nil {
			r.rev, r.err = 0, classify(err)
		}
		close(r.done)
	}
	if err == nil {
		w.s.announce()
	}
}

// reconnect opens the connection again after a failure left none.
func (w *writer) reconnect(ctx context.Context) error {
	if w.conn != nil {
		return nil
	}
	w.s.rest()
	err := w.connect(ctx)
	if err == nil {
		err = w.s.refreshReaders(ctx)
	}
	if err != nil {
		_ = w.disconnect()
		return fmt.Errorf("cannot open the database for writing: %w", err)
	}
	return nil
}

// A txn is the writer's transaction while requests are applied to it.
type txn struct {
	stmts    *stmts
	revision uint64 // of the newest commit so far
	lease    uint64
	now      int64
}

// transact applies all requests and commits. A request that is refused does not
// harm the others; any other error fails all, with nothing written.
func (w *writer) transact(ctx context.Context, requests []*request) error {
	t := &txn{stmts: &w.stmts, now: time.Now().Unix()}
	var before uint64
	err := inTx(ctx, w.conn, func() error {
		if err := w.stmts.head.QueryRowContext(ctx).Scan(&t.revision, &t.lease); err != nil {
			return err
		}
		before = t.revision
		for _, r := range requests {
			r.err = r.apply(ctx, t)
			if r.err != nil && !refused(r.err) {
				return r.err
			}
			r.rev = t.revision
		}
		if t.revision == before {
			return nil
		}
		_, err := w.stmts.setRevision.ExecContext(ctx, t.revision)
		return err
	})
	if err == nil {
		return nil
	}
	return w.recover(ctx, before, t.revision, err)
}

// refused tells whether an error is the answer to one request only.
func refused(err error) bool {
	return errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrLease)
}

// recover finds out on a new connection whether a transaction that failed, and
// was to bring the database from one revision to another, is in it all the
// same. If it is, nobody is told before its pages have been copied from the log
// to the database and flushed there: a flush that failed once proves nothing
// when it succeeds later. Otherwise no connection is left: the next transaction
// opens the file anew, for it may be on another disk by then.
func (w *writer) recover(ctx context.Context, from, to uint64, cause error) error {
	w.s.log.Error("a database transaction failed", "err", cause)
	_ = w.disconnect() // it has failed already
	if to == from {
		return cause
	}
	err := w.connect(ctx)
	var have, lease uint64
	if err == nil {
		err = w.stmts.head.QueryRowContext(ctx).Scan(&have, &lease)
	}
	if err == nil && have >= to {
		if err = w.checkpoint(ctx); err == nil {
			return nil
		}
	}
	_ = w.disconnect()
	return errors.Join(cause, err)
}

// checkpoint copies the whole log into the database and flushes it.
func (w *writer) checkpoint(ctx context.Context) error {
	var busy, pages, copied int
	err := w.conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(FULL)`).Scan(&busy, &pages, &copied)
	if err == nil && (busy != 0 || pages != copied) {
		err = errors.New("cannot copy the whole log into the database")
	}
	return err
}
