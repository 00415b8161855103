package sqlite

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"

	"github.com/xcp-dbus/xcp/internal/store"
)

//go:embed schema.sql
var schemaSQL string

// A migration turns the shape before it into its own. The list is only ever
// appended to; each has a dump of the shape before it under testdata.
type migration struct {
	does string
	sql  string // empty for the first shape, which nothing precedes
}

var migrations = []migration{
	1: {does: "keep records and tombstones"},
	2: {does: "remember when a key was deleted, and number the write lease", sql: `
		ALTER TABLE tombstones ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
		UPDATE tombstones SET at = unixepoch();
		INSERT INTO meta (name, value) VALUES ('lease', 0), ('compacted', 0);`},
}

// current is the schema this version writes.
var current = len(migrations) - 1

// errNewer is a database this version can only read.
type errNewer int

func (e errNewer) Error() string {
	return fmt.Sprintf("the database has schema %d, this version knows %d: %v", int(e), current, store.ErrReadOnly)
}

func (e errNewer) Unwrap() error { return store.ErrReadOnly }

// prepare makes the tables of a new database and migrates an old one.
func prepare(ctx context.Context, c *sql.Conn) error {
	return inTx(ctx, c, func() error {
		have, err := schemaVersion(ctx, c)
		switch {
		case err != nil:
			return err
		case have > current:
			return errNewer(have)
		case have == 0:
			_, err := c.ExecContext(ctx, schemaSQL)
			return err
		}
		for n := have + 1; n <= current; n++ {
			if _, err := c.ExecContext(ctx, migrations[n].sql); err != nil {
				return fmt.Errorf("cannot migrate to schema %d (%s): %w", n, migrations[n].does, err)
			}
			if _, err := c.ExecContext(ctx, `UPDATE meta SET value = ? WHERE name = 'schema'`, n); err != nil {
				return err
			}
		}
		return nil
	})
}

// schemaVersion returns the number of the last migration, 0 for an empty file.
func schemaVersion(ctx context.Context, c *sql.Conn) (n int, err error) {
	var tables int
	err = c.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master`).Scan(&tables)
	if err != nil || tables == 0 {
		return 0, err
	}
	err = c.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'schema'`).Scan(&n)
	if err == nil && n < 1 {
		err = errors.New("the database has no schema number")
	}
	return n, err
}

// inTx runs fn in a write transaction; nobody else begins or ends one.
func inTx(ctx context.Context, c *sql.Conn, fn func() error) error {
	if _, err := c.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return err
	}
	err := fn()
	if err == nil {
		_, err = c.ExecContext(ctx, `COMMIT`)
	}
	if err != nil {
		// SQLite has rolled back by itself after some errors; then this one fails.
		_, _ = c.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
	}
	return err
}
