package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	_ "github.com/mattn/go-sqlite3" // the baseline of the store is SQLite with nothing around it

	"github.com/xcp-dbus/xcp/internal/store"
	"github.com/xcp-dbus/xcp/internal/store/sqlite"
)

// writers are as many as write at the same time in every measurement here.
const writers = 64

// recordBytes is about the size of a VM's record on disk.
const recordBytes = 3 << 10

func storedValue(i int) []byte {
	return []byte(`{"n":` + strconv.Itoa(i) + `,"x":"` + strings.Repeat("x", recordBytes) + `"}`)
}

// storeAlone measures durable commits of one record each: the Store, and a
// bare table whose one writer commits whatever waits.
func (b *bench) storeAlone() error {
	bare, err := b.bareSQLite()
	if err != nil {
		return fmt.Errorf("bare SQLite: %w", err)
	}
	st, err := sqlite.Open(b.ctx, filepath.Join(b.dir, "store.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	callers := make([]caller, writers)
	for w := range callers {
		i := 0
		callers[w] = func() error {
			i++
			_, err := st.Commit(b.ctx, store.Batch{Puts: []store.Put{{Key: fmt.Sprintf("VM/%d-%d", w, i%100), Value: storedValue(i)}}})
			return err
		}
	}
	r := load(b.ctx, b.sizes.Duration, callers)
	if err := errors.Join(r.Err, st.Close()); err != nil {
		return err
	}
	l := line{
		Name: "durable commits, Store alone", Clients: writers, Value: r.PerSecond(), Unit: "commits/s", P50: r.P50, P99: r.P99,
		Baseline: bare.PerSecond(), BaselineName: "grouped SQLite", Aim: "0.5 of grouped SQLite",
		Notes: []string{fmt.Sprintf("bare: p50 %.1f ms, p99 %.1f ms", bare.P50.Seconds()*1000, bare.P99.Seconds()*1000)},
	}
	l.Missed = l.Value < 0.5*l.Baseline
	b.add(l)
	return nil
}

// bareSQLite groups concurrent upserts into one transaction, as simply as
// that can be done.
func (b *bench) bareSQLite() (rates, error) {
	dsn := "file:" + filepath.Join(b.dir, "bare.db") + "?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate"
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return rates{}, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE o (key TEXT PRIMARY KEY, value TEXT NOT NULL)`); err != nil {
		return rates{}, err
	}
	type put struct {
		key   string
		value []byte
		done  chan error
	}
	puts := make(chan put, writers)
	group := func(first put) error {
		all := []put{first}
		for len(all) < writers && len(puts) > 0 {
			all = append(all, <-puts)
		}
		err := inTransaction(b.ctx, db, func(tx *sql.Tx) error {
			upsert, err := tx.Prepare(`INSERT INTO o VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`)
			if err != nil {
				return err
			}
			defer upsert.Close()
			for _, p := range all {
				if _, err := upsert.Exec(p.key, string(p.value)); err != nil {
					return err
				}
			}
			return nil
		})
		for _, p := range all {
			p.done <- err
		}
		return err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for p := range puts {
			_ = group(p) // each caller has been told
		}
	}()
	callers := make([]caller, writers)
	for w := range callers {
		i, done := 0, make(chan error, 1)
		callers[w] = func() error {
			i++
			puts <- put{fmt.Sprintf("VM/%d-%d", w, i%100), storedValue(i), done}
			return <-done
		}
	}
	r := load(b.ctx, b.sizes.Duration, callers)
	close(puts)
	<-ended
	return r, r.Err
}

func inTransaction(ctx context.Context, db *sql.DB, work func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := work(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// writes measures durable field writes through HTTP.
func (b *bench) writes() error {
	if err := b.running(); err != nil {
		return err
	}
	vms, err := b.makeVMs(writers)
	if err != nil {
		return err
	}
	callers, done, err := posters(b.stack.URL, "/", "text/xml", writers, func(client int) func() []byte {
		i := 0
		return func() []byte {
			i++
			return xmlCall("VM.set_name_description", b.api.Session, vms[client], strconv.Itoa(i))
		}
	})
	if err != nil {
		return err
	}
	defer done()
	r, cpu, err := b.measureLoad(callers)
	if err != nil {
		return err
	}
	flush, err := b.flushes()
	if err != nil {
		return err
	}
	l := line{
		Name: "durable field writes over HTTP", Clients: writers, Value: r.PerSecond(), Unit: "writes/s", P50: r.P50, P99: r.P99, CPU: cpu,
		Aim: "at least 2000", Notes: []string{fmt.Sprintf("this disk: %.0f bare appends with fdatasync/s, one at a time", flush)},
	}
	l.Missed = l.Value < 2000
	b.add(l)
	return nil
}

// flushes says how often per second this disk takes 4 KiB for good.
func (b *bench) flushes() (float64, error) {
	f, err := os.Create(filepath.Join(b.dir, "flush"))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	block := make([]byte, 4<<10)
	n, began := 0, time.Now()
	for time.Since(began) < time.Second {
		if _, err := f.Write(block); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		n++
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

// vdis measures making the record of one VDI in an SR that has many.
func (b *bench) vdis() error {
	if err := b.running(); err != nil {
		return err
	}
	v, err := b.api.Do(b.ctx, "pool.get_all_records")
	if err != nil {
		return err
	}
	var sr string
	for _, pool := range v.(map[string]any) {
		sr, _ = pool.(map[string]any)["default_SR"].(string)
	}
	introduce := func(i int) []byte {
		location := fmt.Sprintf("bench-%d", i)
		return jsonCall("VDI.pool_introduce", b.api.Session, newUUID(), location, "", sr, "user", false, false,
			map[string]string{}, location, map[string]string{}, map[string]string{}, true, 1<<30)
	}
	if err := b.fill(b.sizes.VDIs, introduce); err != nil {
		return err
	}
	c, err := dial(b.stack.URL, "/jsonrpc", "application/json")
	if err != nil {
		return err
	}
	defer c.Close()
	var times []time.Duration
	for i, began := 0, time.Now(); time.Since(began) < b.sizes.Duration; i++ {
		body := introduce(b.sizes.VDIs + i)
		start := time.Now()
		if _, err := c.post(body); err != nil {
			return err
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	l := line{
		Name: fmt.Sprintf("VDI record made in an SR of %d", b.sizes.VDIs), Clients: 1, Value: percentile(times, 50).Seconds() * 1000, Unit: "ms p50",
		P50: percentile(times, 50), P99: percentile(times, 99), Aim: "p50 10 ms",
	}
	l.Missed = percentile(times, 50) > 10*time.Millisecond
	b.add(l)
	return nil
}
