package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"

	"github.com/xcp-dbus/xcp/internal/store"
)

// busyTimeout is how long a write waits for another process: the other side of
// a hand-over, or a person with the sqlite3 tool.
const busyTimeout = 10 * time.Second

// maxReaders bounds the connections that read at the same time.
const maxReaders = 4

// A Store is a store.Store in one SQLite file.
type Store struct {
	path        string
	log         *slog.Logger
	incarnation string
	readOnly    error

	readersMu sync.RWMutex // guards readers, which a healed disk replaces
	readers   *sql.DB
	reading   os.FileInfo // the file of the readers, nil if it was taken for unchanging

	w writer

	committedMu sync.Mutex
	committed   chan struct{} // closed at the next commit of this process
}

var _ store.Store = (*Store)(nil)

// Options of Open.
type Options struct {
	Log *slog.Logger // nil: none
}

// Open opens or makes the database at path. A database of a newer schema, or on
// a disk that cannot be written, can be read; the first for good (ReadOnly), the
// second until a Commit finds the disk healed.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("cannot open %s: %w", path, err)
	}
	s := &Store{path: abs, log: o.Log, committed: make(chan struct{})}
	s.w.init(s)
	if err := s.open(ctx); err != nil {
		s.w.disconnect()
		s.closeReaders()
		return nil, fmt.Errorf("cannot open %s: %w", path, err)
	}
	go s.w.run()
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	s.guard()
	err := s.w.connect(ctx)
	switch newer := errNewer(0); {
	case errors.As(err, &newer):
		s.readOnly = newer
		s.w.disconnect()
		err = s.openReaders(ctx, false)
	case err == nil:
		err = s.openReaders(ctx, false)
	case cannotWrite(err):
		s.log.Error("the database cannot be written now", "path", s.path, "err", err)
		s.w.disconnect()
		err = s.openReaders(ctx, true)
	}
	if err != nil {
		return err
	}
	return s.readers.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'incarnation'`).Scan(&s.incarnation)
}

// guard makes a new file that only its owner can read: records hold sessions
// and secrets. SQLite gives its other files the same mode. If the file cannot be
// made, SQLite will say so.
func (s *Store) guard() {
	if f, err := os.OpenFile(s.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err == nil {
		_ = f.Close()
	}
}

// dsn has all settings, so that every pooled connection has them. A frozen file
// is one on a disk that cannot be written: SQLite may not even make its lock
// files there, and must be told that nobody else changes it.
func (s *Store) dsn(write, frozen bool) string {
	q := url.Values{"_busy_timeout": {fmt.Sprint(busyTimeout.Milliseconds())}}
	switch {
	case write:
		q.Set("_journal_mode", "WAL")
		q.Set("_synchronous", "FULL")
		q.Set("_txlock", "immediate")
	case frozen:
		q.Set("mode", "ro")
		q.Set("immutable", "1")
	default:
		q.Set("mode", "rw")
		q.Set("_query_only", "1")
	}
	u := url.URL{Scheme: "file", Path: s.path, RawQuery: q.Encode()}
	return u.String()
}

func (s *Store) openReaders(ctx context.Context, frozen bool) error {
	db, err := sql.Open("sqlite3", s.dsn(false, frozen))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(maxReaders)
	db.SetMaxIdleConns(maxReaders)
	if err := db.PingContext(ctx); err != nil {
		return errors.Join(err, db.Close())
	}
	var file os.FileInfo
	if !frozen {
		if file, err = os.Stat(s.path); err != nil {
			return errors.Join(err, db.Close())
		}
	}
	s.readersMu.Lock()
	old := s.readers
	s.readers, s.reading = db, file
	s.readersMu.Unlock()
	if old != nil {
		return old.Close()
	}
	return nil
}

// refreshReaders gives readers the file the writer has now, if theirs is
// another: its disk was mounted again, or could not be written at Open.
func (s *Store) refreshReaders(ctx context.Context) error {
	now, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	if s.reading != nil && os.SameFile(s.reading, now) {
		return nil
	}
	return s.openReaders(ctx, false)
}

// rest closes the readers' connections that nobody uses now. A log that was
// opened while its disk took no writes stays so for the whole process until the
// last connection to it is closed.
func (s *Store) rest() {
	db := s.reader()
	db.SetMaxIdleConns(-1)
	db.SetMaxIdleConns(maxReaders)
}

func (s *Store) closeReaders() {
	if db := s.reader(); db != nil {
		_ = db.Close() // nothing was written through it
	}
}

func (s *Store) reader() *sql.DB {
	s.readersMu.RLock()
	defer s.readersMu.RUnlock()
	return s.readers
}

// Incarnation implements store.Store.
func (s *Store) Incarnation() string { return s.incarnation }

// ReadOnly implements store.Store.
func (s *Store) ReadOnly() error { return s.readOnly }

// Close ends the writer, after the commits that wait for it, and closes the
// file.
func (s *Store) Close() error {
	s.w.stop()
	s.closeReaders()
	return s.w.disconnect()
}

// cannotWrite tells whether an error is about the disk, not the database.
func cannotWrite(err error) bool {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case sqlite3.ErrFull, sqlite3.ErrReadonly, sqlite3.ErrIoErr, sqlite3.ErrCantOpen:
		return true
	}
	return false
}

// classify gives SQLite's errors the names of the store's contract.
func classify(err error) error {
	var e sqlite3.Error
	if errors.As(err, &e) && (e.Code == sqlite3.ErrFull || e.SystemErrno == syscall.ENOSPC) {
		return fmt.Errorf("%w (%w)", store.ErrNoSpace, err)
	}
	return err
}
