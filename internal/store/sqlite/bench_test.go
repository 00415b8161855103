package sqlite

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/xcp-dbus/xcp/internal/store"
)

// benchWriters is how many callers wait at the same time.
const benchWriters = 64

var benchValue = []byte(`{"name_label":"` + strings.Repeat("x", 1000) + `"}`)

// BenchmarkCommit64 is the store with 64 writers, each with one record of 1 KB.
func BenchmarkCommit64(b *testing.B) {
	st := openIn(b, b.TempDir())
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var wg sync.WaitGroup
	for w := range benchWriters {
		wg.Go(func() {
			key := fmt.Sprint("VM/OpaqueRef:", w)
			for left.Add(-1) >= 0 {
				if _, err := st.Commit(b.Context(), store.Batch{Puts: []store.Put{{Key: key, Value: benchValue}}}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
}

// BenchmarkBareGrouped is its baseline: SQLite with the same settings and rows,
// 64 upserts to a transaction, and nothing else.
func BenchmarkBareGrouped(b *testing.B) {
	s := &Store{path: filepath.Join(b.TempDir(), "bare.db")}
	db, err := sql.Open("sqlite3", s.dsn(true, false))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE objects (key TEXT PRIMARY KEY, modified INTEGER, value TEXT)`); err != nil {
		b.Fatal(err)
	}
	put, err := db.Prepare(`INSERT INTO objects VALUES (?1, ?2, ?3)
		ON CONFLICT (key) DO UPDATE SET modified = excluded.modified, value = excluded.value`)
	if err != nil {
		b.Fatal(err)
	}
	defer put.Close()
	b.ResetTimer()
	for n := 0; n < b.N; n += benchWriters {
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		bound := tx.Stmt(put)
		for w := range min(benchWriters, b.N-n) {
			if _, err := bound.Exec(fmt.Sprint("VM/OpaqueRef:", w), n, string(benchValue)); err != nil {
				b.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
}
