package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/xcp-dbus/xcp/internal/store"
)

// Load implements store.Store.
func (s *Store) Load(ctx context.Context, visit func(store.Entry) error) (tombs []store.Tombstone, revision uint64, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'revision'`).Scan(&revision); err != nil {
			return err
		}
		if err := entries(ctx, tx, visit, `SELECT key, created, modified, value FROM objects ORDER BY key`); err != nil {
			return err
		}
		return tombstones(ctx, tx, func(t store.Tombstone) { tombs = append(tombs, t) },
			`SELECT key, created, deleted, at FROM tombstones ORDER BY deleted, key`)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("cannot load %s: %w", s.path, err)
	}
	return tombs, revision, nil
}

// view runs fn over one consistent image.
func (s *Store) view(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := s.reader().BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // it has only read
	return fn(tx)
}

func entries(ctx context.Context, tx *sql.Tx, visit func(store.Entry) error, query string, args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var e store.Entry
		if err := rows.Scan(&e.Key, &e.Created, &e.Modified, &e.Value); err != nil {
			return err
		}
		if err := visit(e); err != nil {
			return err
		}
	}
	return rows.Err()
}

func tombstones(ctx context.Context, tx *sql.Tx, visit func(store.Tombstone), query string, args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var t store.Tombstone
		var at int64
		if err := rows.Scan(&t.Key, &t.Created, &t.Deleted, &at); err != nil {
			return err
		}
		t.At = time.Unix(at, 0).UTC()
		visit(t)
	}
	return rows.Err()
}

// foreignPoll is how often a watcher looks for the commits of another process.
// Those of this process wake it at once.
const foreignPoll = 100 * time.Millisecond

// Watch implements store.Store. A revision all of whose keys have changed again
// is left out. The channel is closed when ctx ends, or when the watcher has
// fallen behind a Compact: watching again then says ErrCompacted.
func (s *Store) Watch(ctx context.Context, from uint64) (<-chan store.Change, error) {
	var oldest uint64
	err := s.view(ctx, func(tx *sql.Tx) (err error) {
		oldest, err = s.compacted(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cannot watch %s: %w", s.path, err)
	}
	if from < oldest {
		return nil, store.ErrCompacted
	}
	out := make(chan store.Change)
	go s.follow(ctx, from, out)
	return out, nil
}

func (s *Store) follow(ctx context.Context, from uint64, out chan<- store.Change) {
	defer close(out)
	for {
		next := s.nextCommit()
		changes, err := s.changes(ctx, from)
		if errors.Is(err, store.ErrCompacted) || ctx.Err() != nil {
			return
		}
		if err != nil {
			s.log.Error("cannot read changes, will try again", "err", err)
		}
		for _, c := range changes {
			select {
			case out <- c:
				from = c.Revision
			case <-ctx.Done():
				return
			}
		}
		if len(changes) > 0 {
			continue
		}
		select {
		case <-next:
		case <-time.After(foreignPoll):
		case <-ctx.Done():
			return
		case <-s.w.stopped:
			return
		}
	}
}

// watchPage is how many changed keys a watcher reads at a time.
const watchPage = 1000

// changes reads the revisions after from, oldest first: a page of them, whole.
func (s *Store) changes(ctx context.Context, from uint64) ([]store.Change, error) {
	byRevision := make(map[uint64]*store.Change)
	at := func(revision uint64) *store.Change {
		if byRevision[revision] == nil {
			byRevision[revision] = &store.Change{Revision: revision}
		}
		return byRevision[revision]
	}
	err := s.view(ctx, func(tx *sql.Tx) error {
		if oldest, err := s.compacted(ctx, tx); err != nil || from < oldest {
			return errors.Join(err, store.ErrCompacted)
		}
		var last uint64 // the last revision of the page
		err := tx.QueryRowContext(ctx, `SELECT coalesce(max(r), 0) FROM (SELECT r FROM (
			SELECT modified AS r FROM objects WHERE modified > ?1 UNION ALL
			SELECT deleted AS r FROM tombstones WHERE deleted > ?1) ORDER BY r LIMIT ?2)`, from, watchPage).Scan(&last)
		if err != nil {
			return err
		}
		err = entries(ctx, tx, func(e store.Entry) error {
			c := at(e.Modified)
			c.Puts = append(c.Puts, e)
			return nil
		}, `SELECT key, created, modified, value FROM objects WHERE modified > ? AND modified <= ? ORDER BY key`, from, last)
		if err != nil {
			return err
		}
		return tombstones(ctx, tx, func(t store.Tombstone) {
			c := at(t.Deleted)
			c.Deleted = append(c.Deleted, t)
		}, `SELECT key, created, deleted, at FROM tombstones WHERE deleted > ? AND deleted <= ? ORDER BY key`, from, last)
	})
	if err != nil {
		return nil, err
	}
	return inOrder(byRevision), nil
}

// announce wakes the watchers of this process.
func (s *Store) announce() {
	s.committedMu.Lock()
	defer s.committedMu.Unlock()
	close(s.committed)
	s.committed = make(chan struct{})
}

func (s *Store) nextCommit() <-chan struct{} {
	s.committedMu.Lock()
	defer s.committedMu.Unlock()
	return s.committed
}

func inOrder(byRevision map[uint64]*store.Change) []store.Change {
	out := make([]store.Change, 0, len(byRevision))
	for _, revision := range slices.Sorted(maps.Keys(byRevision)) {
		out = append(out, *byRevision[revision])
	}
	return out
}
