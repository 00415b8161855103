// Package storetest is the suite every store.Store passes: what it promises on
// one process, and what survives when that process is killed.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"github.com/xcp-dbus/xcp/internal/store"
)

// Open opens the store kept in dir, makes it if it is not there, and closes it
// when the test ends. Closing twice must do no harm.
type Open func(t testing.TB, dir string) store.Store

// Run runs the suite. It starts the test binary again, with the same test, to
// have a process it can kill; so the test that calls it must do nothing else.
func Run(t *testing.T, open Open) {
	if dir := childDir(); dir != "" {
		write(t, open(t, dir))
		return
	}
	for _, c := range []struct {
		name string
		test func(t *testing.T, open Open)
	}{
		{"Empty", testEmpty},
		{"Revisions", testRevisions},
		{"Expect", testExpect},
		{"Floor", testFloor},
		{"Lease", testLease},
		{"TooBig", testTooBig},
		{"Concurrent", testConcurrent},
		{"ConsistentLoad", testConsistentLoad},
		{"Watch", testWatch},
		{"WatchCompacted", testWatchCompacted},
		{"Compact", testCompact},
		{"Reopen", testReopen},
		{"Closed", testClosed},
		{"Model", testModel},
		{"Kill", testKill},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open) })
	}
}

// An Image is all a store holds.
type Image struct {
	Entries  map[string]store.Entry
	Tombs    map[string]store.Tombstone
	Revision uint64
}

// Load reads a whole store.
func Load(t testing.TB, st store.Store) Image {
	t.Helper()
	im := Image{Entries: map[string]store.Entry{}, Tombs: map[string]store.Tombstone{}}
	last := ""
	tombs, revision, err := st.Load(t.Context(), func(e store.Entry) error {
		if e.Key <= last {
			t.Errorf("key %q comes after %q", e.Key, last)
		}
		last = e.Key
		im.Entries[e.Key] = e
		return nil
	})
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	for _, tomb := range tombs {
		im.Tombs[tomb.Key] = tomb
	}
	im.Revision = revision
	return im
}

func put(key, value string) store.Batch {
	return store.Batch{Puts: []store.Put{{Key: key, Value: []byte(value)}}}
}

func commit(t testing.TB, st store.Store, b store.Batch) uint64 {
	t.Helper()
	rev, err := st.Commit(t.Context(), b)
	if err != nil {
		t.Fatalf("Commit: %v", err)
	}
	return rev
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v, want %v", err, want)
	}
}

func testEmpty(t *testing.T, open Open) {
	st := open(t, t.TempDir())
	if im := Load(t, st); len(im.Entries) != 0 || len(im.Tombs) != 0 {
		t.Fatalf("a new store holds %v", im)
	}
	if st.Incarnation() == "" || st.ReadOnly() != nil {
		t.Fatalf("incarnation %q, read only %v", st.Incarnation(), st.ReadOnly())
	}
	if other := open(t, t.TempDir()); other.Incarnation() == st.Incarnation() {
		t.Fatal("two databases have the same incarnation")
	}
}

func testRevisions(t *testing.T, open Open) {
	st := open(t, t.TempDir())
	r1 := commit(t, st, put("a/1", `{"n":1}`))
	r2 := commit(t, st, put("a/2", `{}`))
	r3 := commit(t, st, put("a/1", `{"n":2}`))
	r4 := commit(t, st, store.Batch{Delete: []string{"a/2", "a/never"}})
	if !(0 < r1 && r1 < r2 && r2 < r3 && r3 < r4) {
		t.Fatalf("revisions %d %d %d %d do not grow", r1, r2, r3, r4)
	}
	im := Load(t, st)
	want := map[string]store.Entry{"a/1": {Key: "a/1", Value: []byte(`{"n":2}`), Created: r1, Modified: r3}}
	if d := cmp.Diff(want, im.Entries); d != "" {
		t.Error(d)
	}
	tomb := im.Tombs["a/2"]
	if len(im.Tombs) != 1 || tomb.Created != r2 || tomb.Deleted != r4 || time.Since(tomb.At).Abs() > time.Minute {
		t.Errorf("tombstones %v", im.Tombs)
	}
	if im.Revision != r4 {
		t.Errorf("revision %d, want %d", im.Revision, r4)
	}
	r5 := commit(t, st, put("a/2", `"back"`))
	if im := Load(t, st); len(im.Tombs) != 0 || im.Entries["a/2"].Created != r5 {
		t.Errorf("a key that came back: %v", im)
	}
}

func testExpect(t *testing.T, open Open) {
	st := open(t, t.TempDir())
	r1 := commit(t, st, put("k", "1"))
	try := func(expect map[string]uint64) error {
		b := put("k", "2")
		b.Expect = expect
		b.Delete = []string{"other"}
		_, err := st.Commit(t.Context(), b)
		return err
	}
	wantErr(t, try(map[string]uint64{"k": r1 + 1}), store.ErrConflict)
	wantErr(t, try(map[string]uint64{"k": 0}), store.ErrConflict)
	wantErr(t, try(map[string]uint64{"k": r1, "absent": 5}), store.ErrConflict)
	if im := Load(t, st); string(im.Entries["k"].Value) != "1" || im.Revision != r1 {
		t.Fatalf("a refused commit left %v", im)
	}
	if err := try(map[string]uint64{"k": r1, "absent": 0}); err != nil {
		t.Fatal(err)
	}
}

func testFloor(t *testing.T, open Open) {
	st := open(t, t.TempDir())
	b := put("k", "1")
	b.Floor = 1000
	if rev := commit(t, st, b); rev != 1000 {
		t.Fatalf("revision %d, want the floor", rev)
	}
	b.Floor = 10
	if rev := commit(t, st, b); rev != 1001 {
		t.Fatalf("revision %d under a low floor, want 1001", rev)
	}
}

func testLease(t *testing.T, open Open) {
	dir := t.TempDir()
	st := open(t, dir)
	first, err := st.Lease(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := put("k", "1")
	b.Lease = first
	commit(t, st, b)
	second, err := st.Lease(t.Context())
	if err != nil || second != first+1 {
		t.Fatalf("the second lease is %d after %d, %v", second, first, err)
	}
	_, err = st.Commit(t.Context(), b)
	wantErr(t, err, store.ErrLease)
	b.Lease = second
	commit(t, st, b)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if third, err := open(t, dir).Lease(t.Context()); err != nil || third != second+1 {
		t.Fatalf("after opening again the lease is %d, %v", third, err)
	}
}

func testTooBig(t *testing.T, open Open) {
	st := open(t, t.TempDir())
	var many store.Batch
	for i := range store.MaxKeys {
		many.Puts = append(many.Puts, store.Put{Key: fmt.Sprint("k", i), Value: []byte("1")})
	}
	commit(t, st, many)
	many.Delete = []string{"one more"}
	_, err := st.Commit(t.Context(), many)
	wantErr(t, err, store.ErrTooBig)
	_, err = st.Commit(t.Context(), put("k", string(make([]byte, store.MaxBytes))))
	wantErr(t, err, store.ErrTooBig)
}

func testConcurrent(t *testing.T, open Open) {
	st := open(t, t.TempDir())
	const writers, each = 16, 20
	revs := make([][]uint64, writers)
	won := make([]int, writers)
	var g errgroup.Group
	for w := range writers {
		g.Go(func() error {
			for i := range each {
				rev, err := st.Commit(t.Context(), put(fmt.Sprintf("w%d/%d", w, i), "1"))
				if err != nil {
					return err
				}
				revs[w] = append(revs[w], rev)
				once := put(fmt.Sprint("once/", i), fmt.Sprint(w))
				once.Expect = map[string]uint64{fmt.Sprint("once/", i): 0}
				switch rev, err := st.Commit(t.Context(), once); {
				case err == nil:
					won[w]++
					revs[w] = append(revs[w], rev)
				case !errors.Is(err, store.ErrConflict):
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	seen := map[uint64]bool{}
	total := 0
	for w := range writers {
		total += won[w]
		if !slices.IsSorted(revs[w]) {
			t.Errorf("writer %d was answered revisions out of order", w)
		}
		for _, r := range revs[w] {
			if seen[r] {
				t.Errorf("revision %d was given twice", r)
			}
			seen[r] = true
		}
	}
	if total != each {
		t.Errorf("%d of %d keys were made once", total, each)
	}
	if im := Load(t, st); len(im.Entries) != writers*each+each {
		t.Errorf("%d entries, want %d", len(im.Entries), writers*each+each)
	}
}

func testConsistentLoad(t *testing.T, open Open) {
	st := open(t, t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	var g errgroup.Group
	g.Go(func() error {
		for i := 0; ctx.Err() == nil; i++ {
			b := store.Batch{Puts: []store.Put{{Key: "a", Value: fmt.Append(nil, i)}, {Key: "z", Value: fmt.Append(nil, i)}}}
			if _, err := st.Commit(context.Background(), b); err != nil {
				return err
			}
		}
		return nil
	})
	for range 50 {
		im := Load(t, st)
		if a, z := im.Entries["a"], im.Entries["z"]; string(a.Value) != string(z.Value) || a.Modified > im.Revision {
			t.Errorf("a torn image: %s, %s at %d", a.Value, z.Value, im.Revision)
		}
	}
	stop()
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

func next(t testing.TB, ch <-chan store.Change) store.Change {
	t.Helper()
	select {
	case c, ok := <-ch:
		if !ok {
			t.Fatal("the watch has ended")
		}
		return c
	case <-time.After(10 * time.Second):
		t.Fatal("no change came within 10 s")
	}
	panic("unreachable")
}

func testWatch(t *testing.T, open Open) {
	st := open(t, t.TempDir())
	r1 := commit(t, st, put("a", "1"))
	r2 := commit(t, st, put("b", "1"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ch, err := st.Watch(ctx, r1)
	if err != nil {
		t.Fatal(err)
	}
	got := next(t, ch)
	if d := cmp.Diff(store.Change{Revision: r2, Puts: []store.Entry{{Key: "b", Value: []byte("1"), Created: r2, Modified: r2}}}, got); d != "" {
		t.Error(d)
	}
	r3 := commit(t, st, store.Batch{Delete: []string{"a"}, Puts: []store.Put{{Key: "b", Value: []byte("2")}}})
	got = next(t, ch)
	if got.Revision != r3 || len(got.Puts) != 1 || got.Puts[0].Created != r2 || len(got.Deleted) != 1 || got.Deleted[0].Created != r1 {
		t.Errorf("change %+v", got)
	}
	var revs []uint64
	for i := range 100 {
		commit(t, st, put(fmt.Sprint("k", i), "1"))
	}
	for range 100 {
		revs = append(revs, next(t, ch).Revision)
	}
	if !slices.IsSorted(revs) {
		t.Errorf("changes out of order: %v", revs)
	}
	cancel()
	for range ch {
	}
}

func testWatchCompacted(t *testing.T, open Open) {
	st := open(t, t.TempDir())
	r1 := commit(t, st, put("a", "1"))
	r2 := commit(t, st, store.Batch{Delete: []string{"a"}})
	oldest, err := st.Compact(t.Context(), 0, time.Hour)
	if err != nil || oldest < r2 {
		t.Fatalf("Compact: %d, %v", oldest, err)
	}
	_, err = st.Watch(t.Context(), r1)
	wantErr(t, err, store.ErrCompacted)
	ctx, cancel := context.WithCancel(t.Context())
	ch, err := st.Watch(ctx, oldest)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for range ch {
	}
}

func testCompact(t *testing.T, open Open) {
	st := open(t, t.TempDir())
	var last uint64
	for i := range 10 {
		commit(t, st, put(fmt.Sprint("k", i), "1"))
		last = commit(t, st, store.Batch{Delete: []string{fmt.Sprint("k", i)}})
	}
	if oldest, err := st.Compact(t.Context(), 100, time.Hour); err != nil || oldest != 0 || len(Load(t, st).Tombs) != 10 {
		t.Fatalf("nothing should go: oldest %d, %v", oldest, err)
	}
	oldest, err := st.Compact(t.Context(), 4, time.Hour)
	if err != nil || oldest == 0 || oldest >= last {
		t.Fatalf("oldest %d of %d, %v", oldest, last, err)
	}
	im := Load(t, st)
	if len(im.Tombs) != 4 {
		t.Fatalf("%d tombstones are left, want 4", len(im.Tombs))
	}
	for _, tomb := range im.Tombs {
		if tomb.Deleted <= oldest {
			t.Errorf("tombstone %v is older than %d", tomb, oldest)
		}
	}
	if _, err := st.Compact(t.Context(), 100, -time.Hour); err != nil || len(Load(t, st).Tombs) != 0 {
		t.Fatalf("tombstones outlive their age: %v", err)
	}
}

func testReopen(t *testing.T, open Open) {
	dir := t.TempDir()
	st := open(t, dir)
	commit(t, st, put("a", "1"))
	commit(t, st, put("b", "1"))
	commit(t, st, store.Batch{Delete: []string{"b"}})
	before, id := Load(t, st), st.Incarnation()
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	st = open(t, dir)
	if d := cmp.Diff(before, Load(t, st)); d != "" {
		t.Error(d)
	}
	if st.Incarnation() != id {
		t.Error("the incarnation has changed")
	}
	if rev := commit(t, st, put("a", "2")); rev <= before.Revision {
		t.Errorf("revision %d after %d", rev, before.Revision)
	}
}

func testClosed(t *testing.T, open Open) {
	st := open(t, t.TempDir())
	ch, err := st.Watch(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = st.Commit(t.Context(), put("a", "1"))
	wantErr(t, err, store.ErrClosed)
	for range ch {
	}
}

// testModel compares random histories with a map.
func testModel(t *testing.T, open Open) {
	keys := rapid.SampledFrom([]string{"a/1", "a/2", "b/1", "b/2", "b/3"})
	rapid.Check(t, func(rt *rapid.T) {
		st := open(t, t.TempDir())
		defer st.Close()
		want := map[string]store.Entry{}
		for range rapid.IntRange(1, 12).Draw(rt, "commits") {
			var b store.Batch
			puts := rapid.MapOfN(keys, rapid.StringMatching(`"[a-zé]*"`), 0, 3).Draw(rt, "puts")
			for _, key := range slices.Sorted(maps.Keys(puts)) {
				b.Puts = append(b.Puts, store.Put{Key: key, Value: []byte(puts[key])})
			}
			for _, key := range rapid.SliceOfNDistinct(keys, 0, 2, rapid.ID).Draw(rt, "deletes") {
				if _, ok := puts[key]; !ok {
					b.Delete = append(b.Delete, key)
				}
			}
			rev, err := st.Commit(context.Background(), b)
			if err != nil {
				rt.Fatal(err)
			}
			for _, p := range b.Puts {
				e, ok := want[p.Key]
				if !ok {
					e = store.Entry{Key: p.Key, Created: rev}
				}
				e.Modified, e.Value = rev, p.Value
				want[p.Key] = e
			}
			for _, key := range b.Delete {
				delete(want, key)
			}
		}
		if d := cmp.Diff(want, Load(t, st).Entries); d != "" {
			rt.Fatal(d)
		}
	})
}
