package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xcp-dbus/xcp/internal/store"
	"github.com/xcp-dbus/xcp/internal/store/storetest"
)

// script runs SQL on the file as a person with the sqlite3 tool would.
func script(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
}

// shape lists the tables, columns and indexes of a file.
func shape(t *testing.T, path string) (lines []string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT m.type || ' ' || m.name || ' ' || coalesce(c.name || ' ' || c.type, '')
		FROM sqlite_master m LEFT JOIN pragma_table_info(m.name) c ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

// Every schema before the current one has a fixture that opens, keeps all its
// records and gets the shape a new database has.
func TestMigrate(t *testing.T) {
	fresh := filepath.Join(t.TempDir(), "state.db")
	_ = openIn(t, filepath.Dir(fresh)).Close()
	for n := 1; n < current; n++ {
		t.Run(fmt.Sprint("schema ", n), func(t *testing.T) {
			dump, err := os.ReadFile(fmt.Sprintf("testdata/schema-%d.sql", n))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			path := filepath.Join(dir, "state.db")
			script(t, path, string(dump))

			st := openIn(t, dir)
			im := storetest.Load(t, st)
			want := map[string]store.Entry{
				"VM/OpaqueRef:1": {Key: "VM/OpaqueRef:1", Value: []byte(`{"name_label":"first"}`), Created: 1, Modified: 6},
				"VM/OpaqueRef:2": {Key: "VM/OpaqueRef:2", Value: []byte(`{"name_label":"second"}`), Created: 2, Modified: 2},
			}
			if d := cmp.Diff(want, im.Entries); d != "" {
				t.Error(d)
			}
			if tomb := im.Tombs["VM/OpaqueRef:3"]; tomb.Deleted != 7 || time.Since(tomb.At) > time.Hour {
				t.Errorf("tombstone %v", tomb)
			}
			if im.Revision != 7 || st.Incarnation() != "0123456789abcdef0123456789abcdef" || st.ReadOnly() != nil {
				t.Errorf("revision %d, incarnation %s, read only: %v", im.Revision, st.Incarnation(), st.ReadOnly())
			}
			if _, err := st.Lease(t.Context()); err != nil {
				t.Error(err)
			}
			if rev, err := st.Commit(t.Context(), store.Batch{Puts: []store.Put{{Key: "VM/OpaqueRef:1", Value: []byte(`{}`)}}}); rev != 8 || err != nil {
				t.Errorf("Commit: %d, %v", rev, err)
			}
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(shape(t, fresh), shape(t, path)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestNewerSchemaIsReadOnly(t *testing.T) {
	dir := t.TempDir()
	st := openIn(t, dir)
	rev, err := st.Commit(t.Context(), store.Batch{Puts: []store.Put{{Key: "VM/1", Value: []byte(`{}`)}}})
	if err != nil {
		t.Fatal(err)
	}
	_ = st.Close()
	path := filepath.Join(dir, "state.db")
	script(t, path, fmt.Sprintf(`UPDATE meta SET value = %d WHERE name = 'schema'; ALTER TABLE objects ADD COLUMN later TEXT`, current+1))

	st = openIn(t, dir)
	why := st.ReadOnly()
	if !errors.Is(why, store.ErrReadOnly) || !regexp.MustCompile(fmt.Sprint("schema ", current+1)).MatchString(why.Error()) {
		t.Fatalf("ReadOnly: %v", why)
	}
	if im := storetest.Load(t, st); im.Revision != rev || len(im.Entries) != 1 {
		t.Errorf("Load: %v", im)
	}
	_, err = st.Commit(t.Context(), store.Batch{Delete: []string{"VM/1"}})
	if !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("Commit: %v", err)
	}
	if _, err = st.Lease(t.Context()); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("Lease: %v", err)
	}
	if _, err = st.Compact(t.Context(), 0, 0); err != nil {
		t.Errorf("Compact: %v", err)
	}
	_ = st.Close()
	st = openIn(t, dir)
	if im := storetest.Load(t, st); im.Revision != rev {
		t.Errorf("after a second start: %v", im)
	}
}

func TestOpenRefusesWhatIsNoDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	if err := os.WriteFile(path, []byte("this is not a database, and long enough to be looked at"), 0o600); err != nil {
		t.Fatal(err)
	}
	if st, err := Open(t.Context(), path, Options{}); err == nil {
		_ = st.Close()
		t.Fatal("it was opened")
	}
	empty := filepath.Join(t.TempDir(), "other.db")
	script(t, empty, `CREATE TABLE meta (name TEXT PRIMARY KEY, value)`)
	if st, err := Open(t.Context(), empty, Options{}); err == nil {
		_ = st.Close()
		t.Fatal("a database without a schema number was opened")
	}
}

func TestFileIsPrivate(t *testing.T) {
	dir := t.TempDir()
	openIn(t, dir)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f, info.Mode(), err)
		}
	}
}

func TestWithdrawnCommit(t *testing.T) {
	st := openIn(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		rev, err := st.Commit(ctx, store.Batch{Puts: []store.Put{{Key: "k", Value: []byte(`1`)}}})
		if (err == nil) != (rev != 0) {
			t.Fatalf("revision %d with error %v", rev, err)
		}
	}
}
