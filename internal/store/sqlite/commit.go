package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/xcp-dbus/xcp/internal/store"
)

// Commit implements store.Store.
func (s *Store) Commit(ctx context.Context, b store.Batch) (uint64, error) {
	if tooBig(&b) {
		return 0, store.ErrTooBig
	}
	return s.w.submit(ctx, func(ctx context.Context, t *txn) error { return t.apply(ctx, &b) })
}

func tooBig(b *store.Batch) bool {
	if len(b.Puts)+len(b.Delete) > store.MaxKeys {
		return true
	}
	n := 0
	for _, p := range b.Puts {
		n += len(p.Key) + len(p.Value)
	}
	for _, key := range b.Delete {
		n += len(key)
	}
	return n > store.MaxBytes
}

// apply checks and writes one batch.
func (t *txn) apply(ctx context.Context, b *store.Batch) error {
	if b.Lease != 0 && b.Lease != t.lease {
		return store.ErrLease
	}
	for key, want := range b.Expect {
		var have uint64
		err := t.stmts.modified.QueryRowContext(ctx, key).Scan(&have)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if have != want {
			return store.ErrConflict
		}
	}
	revision := max(t.revision+1, b.Floor)
	for _, key := range b.Delete {
		if err := t.delete(ctx, key, revision); err != nil {
			return err
		}
	}
	for _, p := range b.Puts {
		if err := t.put(ctx, p.Key, string(p.Value), revision); err != nil {
			return err
		}
	}
	t.revision = revision
	return nil
}

func (t *txn) put(ctx context.Context, key, value string, revision uint64) error {
	result, err := t.stmts.update.ExecContext(ctx, key, revision, value)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); n > 0 || err != nil {
		return err
	}
	if _, err := t.stmts.insert.ExecContext(ctx, key, revision, value); err != nil {
		return err
	}
	_, err = t.stmts.raise.ExecContext(ctx, key)
	return err
}

func (t *txn) delete(ctx context.Context, key string, revision uint64) error {
	var created uint64
	err := t.stmts.remove.QueryRowContext(ctx, key).Scan(&created)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = t.stmts.bury.ExecContext(ctx, key, created, revision, t.now)
	return err
}

// Lease implements store.Store.
func (s *Store) Lease(ctx context.Context) (number uint64, err error) {
	_, err = s.w.submit(ctx, func(ctx context.Context, t *txn) error {
		t.lease++
		number = t.lease
		_, err := s.w.conn.ExecContext(ctx, `UPDATE meta SET value = ? WHERE name = 'lease'`, number)
		return err
	})
	return number, err
}

// Compact implements store.Store. A read-only store keeps everything.
func (s *Store) Compact(ctx context.Context, keep int, maxAge time.Duration) (oldest uint64, err error) {
	if s.readOnly != nil {
		return s.compacted(ctx, s.reader())
	}
	_, err = s.w.submit(ctx, func(ctx context.Context, t *txn) error {
		c := s.w.conn
		// The newest tombstone to go, by number or by age.
		var last sql.NullInt64
		err := c.QueryRowContext(ctx, `SELECT max(
			coalesce((SELECT deleted FROM tombstones ORDER BY deleted DESC LIMIT 1 OFFSET ?), 0),
			coalesce((SELECT max(deleted) FROM tombstones WHERE at < ?), 0))`,
			keep, time.Now().Add(-maxAge).Unix()).Scan(&last)
		if err != nil {
			return err
		}
		if _, err := c.ExecContext(ctx, `DELETE FROM tombstones WHERE deleted <= ?`, last.Int64); err != nil {
			return err
		}
		_, err = c.ExecContext(ctx, `UPDATE meta SET value = max(value, ?) WHERE name = 'compacted'`, last.Int64)
		return err
	})
	if err != nil {
		return 0, err
	}
	return s.compacted(ctx, s.reader())
}

// A querier is a *sql.DB or a *sql.Tx.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (s *Store) compacted(ctx context.Context, q querier) (oldest uint64, err error) {
	err = q.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'compacted'`).Scan(&oldest)
	return oldest, err
}
