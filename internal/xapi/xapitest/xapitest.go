// Package xapitest opens a real database in a temporary folder for the tests
// of the packages under xapi.
package xapitest

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/store/sqlite"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/operations"
)

// Open opens an empty database that is closed when the test ends.
func Open(t testing.TB) *db.DB {
	t.Helper()
	d, closeDB := OpenAt(t, filepath.Join(t.TempDir(), "state.db"))
	t.Cleanup(closeDB)
	return d
}

// OpenAt opens the database in a file, as a restart does; the caller closes it.
func OpenAt(t testing.TB, path string) (*db.DB, func()) {
	t.Helper()
	st, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(context.Background(), st, model.Classes, db.Options{Recompute: operations.Recompute})
	if err != nil {
		t.Fatal(err)
	}
	return d, func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}
}
