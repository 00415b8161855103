package db

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/store"
)

// fill makes rows of one class through the store, as many to a commit as fit.
func fill(b testing.TB, st store.Store, c *schema.Class, n int, pairs ...any) {
	b.Helper()
	cat, err := newCatalog(model.Classes)
	if err != nil {
		b.Fatal(err)
	}
	t := cat.table(c)
	var batch store.Batch
	for i := range n {
		v, err := t.conform(values(c, pairs...))
		if err != nil {
			b.Fatal(err)
		}
		v[t.uuid] = uuid.NewString()
		if t.label >= 0 {
			v[t.label] = fmt.Sprint(c.Name, " ", i)
		}
		row := &Row{Class: c, Ref: "OpaqueRef:" + uuid.NewString(), values: v}
		batch.Puts = append(batch.Puts, store.Put{Key: key(row), Value: cat.encode(row)})
		if len(batch.Puts) == store.MaxKeys || i == n-1 {
			if _, err := st.Commit(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
			batch.Puts = nil
		}
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkOpen64k loads 64 000 VMs, each with a VBD.
func BenchmarkOpen64k(b *testing.B) {
	st := openStore(b, b.TempDir())
	fill(b, st, model.VM, 64_000, "memory_static_max", int64(1)<<32, "other_config", map[string]string{"a": "b"})
	before := heap()
	for b.Loop() {
		d := openDB(b, st, Options{})
		b.ReportMetric(float64(heap()-before)/64_000, "B/VM")
		_ = d.Close()
	}
}

// updates runs a transaction from 64 goroutines until b.N have been made.
func updates(b *testing.B, d *DB, fn func(tx *Tx, i int64) error) {
	b.Helper()
	var next atomic.Int64
	b.ResetTimer()
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if _, err := d.Update(context.Background(), func(tx *Tx) error { return fn(tx, i) }); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
}

// BenchmarkUpdate64 sets one field of one of 64 000 VMs, with 64 writers.
func BenchmarkUpdate64(b *testing.B) {
	st := openStore(b, b.TempDir())
	fill(b, st, model.VM, 64_000)
	d := openDB(b, st, Options{})
	var refs []string
	for row := range d.Snapshot().Rows(model.VM) {
		refs = append(refs, row.Ref)
	}
	name := field(model.VM, "name_label")
	updates(b, d, func(tx *Tx, i int64) error { return tx.Set(refs[i%64_000], name, fmt.Sprint("new ", i)) })
}

// BenchmarkMemory64 changes what is never written.
func BenchmarkMemory64(b *testing.B) {
	d := newDB(b)
	updates(b, d, func(tx *Tx, i int64) error {
		_, err := tx.CreateMemory(model.Task, fmt.Sprint("task ", i), values(model.Task))
		return err
	})
}

// BenchmarkCreateVDI makes disks in a repository that has 16 000.
func BenchmarkCreateVDI(b *testing.B) {
	st := openStore(b, b.TempDir())
	fill(b, st, model.VDI, 16_000, "SR", "sr")
	d := openDB(b, st, Options{})
	create(b, d, model.SR, "sr")
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			create(b, d, model.VDI, "OpaqueRef:"+uuid.NewString(), "SR", "sr")
		}
	})
	b.Run("64 writers", func(b *testing.B) {
		updates(b, d, func(tx *Tx, i int64) error {
			_, err := tx.Create(model.VDI, "OpaqueRef:"+uuid.NewString(), values(model.VDI, "SR", "sr"))
			return err
		})
	})
}

// BenchmarkRecords encodes 1 000 VMs for the first time, and again.
func BenchmarkRecords(b *testing.B) {
	st := openStore(b, b.TempDir())
	fill(b, st, model.VM, 1000)
	d := openDB(b, st, Options{})
	s := d.Snapshot()
	for _, kept := range []bool{false, true} {
		b.Run(fmt.Sprint("kept=", kept), func(b *testing.B) {
			n := 0
			for b.Loop() {
				n = 0
				for row := range s.Rows(model.VM) {
					if !kept {
						row.encoded.Store(nil)
					}
					n += len(s.Encoded(row))
				}
			}
			b.SetBytes(int64(n))
		})
	}
}
