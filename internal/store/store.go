// Package store keeps records on disk: one revisioned key-value log. The file
// you read is its manual; sqlite/ implements it, storetest/ is the suite every
// implementation passes.
//
// A key is "class/ref" (or "meta/..."), a value one record as JSON text. Every
// commit gets a revision, larger than all before it; a key remembers the
// revision it was created at and the one that last changed it; a deleted key
// leaves a tombstone. What Commit has answered is on disk.
package store

import (
	"context"
	"errors"
	"time"
)

// Errors every implementation returns, to be tested with errors.Is.
var (
	ErrConflict  = errors.New("a key has changed since it was read")
	ErrLease     = errors.New("the write lease is no longer ours")
	ErrCompacted = errors.New("that revision is no longer kept")
	ErrReadOnly  = errors.New("the database was written by a newer version and is open for reading only")
	ErrNoSpace   = errors.New("no space left for the database")
	ErrTooBig    = errors.New("a commit touches more than 100 keys or 1 MiB")
	ErrClosed    = errors.New("the store is closed")
)

// Limits of one commit.
const (
	MaxKeys  = 100
	MaxBytes = 1 << 20
)

// An Entry is one stored record.
type Entry struct {
	Key      string
	Value    []byte // JSON; owned by the receiver
	Created  uint64
	Modified uint64
}

// A Tombstone remembers a deleted key.
type Tombstone struct {
	Key     string
	Created uint64
	Deleted uint64
	At      time.Time
}

// A Put writes one record.
type Put struct {
	Key   string
	Value []byte
}

// A Batch is one commit: all of it happens, or nothing. Deletions come first;
// deleting a key that is not there does nothing, and a key that is put again
// has no tombstone any more.
type Batch struct {
	// Expect lists the revision each key must still have (0: must not exist).
	// Keys that are not listed are not checked.
	Expect map[string]uint64
	Puts   []Put
	Delete []string
	// Floor, if not 0, makes the commit's revision at least this: changes that
	// are kept in memory only take numbers of the same line.
	Floor uint64
	// Lease, if not 0, is the number of the lease the writer holds.
	Lease uint64
}

// A Change is one revision as a watcher sees it.
type Change struct {
	Revision uint64
	Puts     []Entry
	Deleted  []Tombstone
}

// A Store is safe for concurrent use.
type Store interface {
	// Load returns a consistent image: all entries, all kept tombstones, the
	// newest revision. visit is called for each entry, in key order.
	Load(ctx context.Context, visit func(Entry) error) (tombs []Tombstone, revision uint64, err error)

	// Commit writes a batch and returns when it is on disk. Concurrent calls
	// share a disk flush. After an error that is not ErrConflict, ErrLease,
	// ErrTooBig or ErrReadOnly (ErrNoSpace, or an I/O error) nothing was
	// written, and the next Commit tries anew: a disk that heals needs no
	// restart. A failed flush is never retried and believed: the connection
	// is opened again and its state read back.
	Commit(ctx context.Context, b Batch) (revision uint64, err error)

	// Watch sends each revision after from, in order, until ctx ends or the
	// store is closed; then it closes the channel. Keys that have changed again
	// are sent with their newest revision only. It fails with ErrCompacted if
	// from is older than the kept tombstones; a watcher that falls that far
	// behind has its channel closed.
	Watch(ctx context.Context, from uint64) (<-chan Change, error)

	// Lease takes the write lease and returns its number, one more than the
	// last; commits with an older number fail with ErrLease from now on.
	Lease(ctx context.Context) (number uint64, err error)

	// Incarnation identifies this database; it changes only when the database
	// is replaced or restored.
	Incarnation() string

	// ReadOnly tells why the store takes no commits, nil if it does.
	ReadOnly() error

	// Compact drops tombstones beyond the limits (DESIGN section 5: 7 days,
	// 200 000) and returns the oldest revision Watch still serves. A read-only
	// store drops nothing.
	Compact(ctx context.Context, keep int, maxAge time.Duration) (oldest uint64, err error)

	Close() error
}
