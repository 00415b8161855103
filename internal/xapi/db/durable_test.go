package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/store"
)

// anyField finds a field with a durability, so that the tests do not depend on
// which the contract gives it to.
func anyField(t *testing.T, need schema.Durability, kind schema.Kind) (*schema.Class, *schema.Field) {
	t.Helper()
	for _, c := range model.Classes {
		for i := range c.Fields {
			if f := &c.Fields[i]; c.InDB && f.Durability == need && f.Type.Kind == kind && f.Relation == nil && f.Name != "uuid" {
				return c, f
			}
		}
	}
	t.Skipf("no %v field has durability %d", kind, need)
	return nil, nil
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	st := openStore(t, dir)
	d := openDB(t, st, Options{})
	create(t, d, model.SR, "sr", "uuid", "u", "name_label", "back\\slash \"quoted\" \u2028 <é>")
	create(t, d, model.VDI, "vdi", "SR", "sr", "virtual_size", int64(1)<<62, "tags", []string{"a", "b"})
	create(t, d, model.VDI, "gone", "SR", "sr")
	update(t, d, func(tx *Tx) error { return tx.Delete("gone") })
	before := d.Snapshot()
	if err := errors.Join(d.Close(), st.Close()); err != nil {
		t.Fatal(err)
	}

	d = openDB(t, openStore(t, dir), Options{})
	s := d.Snapshot()
	for _, ref := range []string{"sr", "vdi"} {
		was, _ := before.Get(ref)
		is, ok := s.Get(ref)
		if !ok || is.Created != was.Created || is.Modified != was.Modified {
			t.Fatalf("%s was %v and is %v", ref, was, is)
		}
		if d := cmp.Diff(before.complete(was), s.complete(is)); d != "" {
			t.Errorf("%s: %s", ref, d)
		}
	}
	found := false
	s.Deletions(0, func(c *schema.Class, ref string, created, deleted uint64) {
		found = found || ref == "gone" && c == model.VDI
	})
	if !found {
		t.Error("the deletion is forgotten")
	}
	if s.Rev() <= before.Rev() {
		t.Errorf("revision %d after %d", s.Rev(), before.Rev())
	}
	create(t, d, model.VDI, "new", "SR", "sr")
	if got := d.Snapshot().Value(get(t, d, "sr"), field(model.SR, "VDIs")).([]string); len(got) != 2 {
		t.Error(got)
	}
}

func TestMemoryIsForgotten(t *testing.T) {
	c, f := anyField(t, schema.Memory, schema.Set)
	dir := t.TempDir()
	st := openStore(t, dir)
	d := openDB(t, st, Options{})
	create(t, d, c, "R1")
	commits := st.commits.Load()
	rev := update(t, d, func(tx *Tx) error {
		if _, err := tx.CreateMemory(model.Task, "task", values(model.Task)); err != nil {
			return err
		}
		return tx.Set("R1", f, []string{"x"})
	})
	if st.commits.Load() != commits {
		t.Error("a change of memory was written")
	}
	if s := d.Snapshot(); s.Rev() != rev || get(t, d, "R1").Modified != rev || !get(t, d, "task").InMemory() {
		t.Error("a change of memory was not published")
	}
	if err := errors.Join(d.Close(), st.Close()); err != nil {
		t.Fatal(err)
	}
	d = openDB(t, openStore(t, dir), Options{})
	if s := d.Snapshot(); s.Rev() <= rev || s.Exists("task") || len(get(t, d, "R1").Strings(f)) != 0 {
		t.Errorf("revision %d after %d; %v", s.Rev(), rev, get(t, d, "R1").Strings(f))
	}
}

func TestMemoryRevisionsNeverComeTwice(t *testing.T) {
	dir := t.TempDir()
	var last uint64
	for range 3 {
		st := openStore(t, dir)
		d := openDB(t, st, Options{})
		if rev := d.Snapshot().Rev(); rev < last {
			t.Fatalf("revision %d after %d", rev, last)
		}
		for i := range 10 {
			rev := update(t, d, func(tx *Tx) error {
				_, err := tx.CreateMemory(model.Task, fmt.Sprint("task", i), values(model.Task))
				return err
			})
			if rev <= last {
				t.Fatalf("revision %d after %d", rev, last)
			}
			last = rev
		}
		_ = st.Close() // as in a crash: the DB has no time to say good-bye
		_ = d.Close()
	}
}

// When the revisions below the watermark are used up, even a change of memory
// waits for the disk, and fails with it.
func TestWatermarkIsUsedUp(t *testing.T) {
	st := openStore(t, t.TempDir())
	d := openDB(t, st, Options{})
	mem := func(i int) error {
		_, err := d.Update(t.Context(), func(tx *Tx) error {
			_, err := tx.CreateMemory(model.Task, fmt.Sprint("task", i), values(model.Task))
			return err
		})
		return err
	}
	d.w.ceiling = d.w.base.rev + 1 // the writer sleeps
	st.fail(store.ErrNoSpace)
	if err := mem(1); err != nil {
		t.Fatal(err)
	}
	if err := mem(2); !errors.Is(err, store.ErrNoSpace) {
		t.Fatal(err)
	}
	st.heal()
	if err := errors.Join(mem(2), mem(3)); err != nil {
		t.Fatal(err)
	}
}

func TestLazyIsWrittenSoon(t *testing.T) {
	c, f := anyField(t, schema.Lazy, schema.Float)
	dir := t.TempDir()
	st := openStore(t, dir)
	d := openDB(t, st, Options{LazyDelay: 50 * time.Millisecond})
	create(t, d, c, "R1")
	create(t, d, c, "R2")
	commits := st.commits.Load()
	set := func(ref string, v float64) {
		t.Helper()
		update(t, d, func(tx *Tx) error { return tx.Set(ref, f, v) })
		if get(t, d, ref).Float(f) != v {
			t.Fatal("not published at once")
		}
	}
	onDisk := func(ref string) (text string) {
		_, _, err := st.Load(t.Context(), func(e store.Entry) error {
			if strings.HasSuffix(e.Key, "/"+ref) {
				text = string(e.Value)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	st.fail(store.ErrNoSpace)
	set("R1", 0.25)
	time.Sleep(150 * time.Millisecond) // a flush fails, and is tried again
	st.heal()
	deadline := time.Now().Add(5 * time.Second)
	for !strings.Contains(onDisk("R1"), "0.25") {
		if time.Now().After(deadline) {
			t.Fatal("not written within 5 s")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := st.commits.Load() - commits; n > 2 {
		t.Errorf("%d commits", n)
	}
	// A commit takes them along.
	set("R1", 0.75)
	create(t, d, c, "R3")
	if !strings.Contains(onDisk("R1"), "0.75") {
		t.Error("the next commit did not write it")
	}
	// One that is deleted in the meantime is not written again.
	set("R2", 0.75)
	update(t, d, func(tx *Tx) error { return tx.Delete("R2") })
	set("R1", 0.5)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(onDisk("R1"), "0.5") || onDisk("R2") != "" {
		t.Errorf("after Close: %q, %q", onDisk("R1"), onDisk("R2"))
	}
}

func TestStoreFailure(t *testing.T) {
	dir := t.TempDir()
	st := openStore(t, dir)
	d := openDB(t, st, Options{})
	create(t, d, model.VM, "R1", "name_label", "before")
	before := d.Snapshot()
	st.fail(store.ErrNoSpace)
	for range 3 {
		_, err := d.Update(t.Context(), func(tx *Tx) error {
			_, err := tx.Create(model.VBD, "R2", values(model.VBD, "VM", "R1"))
			return errors.Join(err, tx.Set("R1", field(model.VM, "name_label"), "after"))
		})
		if !errors.Is(err, store.ErrNoSpace) {
			t.Fatal(err)
		}
	}
	if d.Snapshot() != before {
		t.Error("something was published")
	}
	st.heal()
	create(t, d, model.VBD, "R2", "VM", "R1")
	if err := errors.Join(d.Close(), st.Close()); err != nil {
		t.Fatal(err)
	}
	d = openDB(t, openStore(t, dir), Options{})
	if get(t, d, "R1").Text(field(model.VM, "name_label")) != "before" || d.Snapshot().Count(model.VBD) != 1 {
		t.Error("a failed transaction is on disk")
	}
}

// Transactions that wait together share commits, are cut at the store's limits,
// and fail together.
func TestGroups(t *testing.T) {
	st := openStore(t, t.TempDir())
	d := openDB(t, st, Options{})
	commits := st.commits.Load()
	st.hold, st.held = make(chan struct{}), make(chan struct{}, 8)
	const n = 250
	results := make(chan error, n+1)
	put := func(ref string) {
		_, err := d.Update(context.Background(), func(tx *Tx) error {
			_, err := tx.Create(model.VM, ref, values(model.VM))
			return err
		})
		results <- err
	}
	go put("first")
	<-st.held
	for i := range n {
		go put(fmt.Sprint("R", i))
	}
	for queued := 0; queued < n; time.Sleep(time.Millisecond) {
		d.mu.Lock()
		queued = len(d.queue)
		d.mu.Unlock()
	}
	close(st.hold)
	for range n + 1 {
		if err := <-results; err != nil {
			t.Fatal(err)
		}
	}
	if got := st.commits.Load() - commits; got != 1+3 {
		t.Errorf("%d transactions took %d commits", n+1, got)
	}
	if d.Snapshot().Count(model.VM) != n+1 {
		t.Error(d.Snapshot().Count(model.VM))
	}
}

func TestTooBig(t *testing.T) {
	d := newDB(t)
	_, err := d.Update(t.Context(), func(tx *Tx) error {
		for i := range store.MaxKeys + 1 {
			if _, err := tx.Create(model.VM, fmt.Sprint("R", i), values(model.VM)); err != nil {
				return err
			}
		}
		return nil
	})
	if !errors.Is(err, store.ErrTooBig) {
		t.Fatal(err)
	}
	_, err = d.Update(t.Context(), func(tx *Tx) error {
		_, err := tx.Create(model.VM, "R", values(model.VM, "name_label", strings.Repeat("x", store.MaxBytes)))
		return err
	})
	if !errors.Is(err, store.ErrTooBig) || d.Snapshot().Count(model.VM) != 0 {
		t.Fatal(err)
	}
}

func TestReadOnlyStore(t *testing.T) {
	dir := t.TempDir()
	st := openStore(t, dir)
	d := openDB(t, st, Options{})
	create(t, d, model.VM, "R1", "name_label", "one")
	_ = d.Close()
	d = openDB(t, readOnly{st}, Options{})
	if d.ReadOnly() == nil || get(t, d, "R1").Text(field(model.VM, "name_label")) != "one" {
		t.Error("not readable")
	}
	_, err := d.Update(t.Context(), func(tx *Tx) error { return tx.Delete("R1") })
	if !errors.Is(err, store.ErrReadOnly) || !d.Snapshot().Exists("R1") {
		t.Fatal(err)
	}
	update(t, d, func(tx *Tx) error {
		_, err := tx.CreateMemory(model.Task, "task", values(model.Task))
		return err
	})
}

type readOnly struct{ store.Store }

func (r readOnly) ReadOnly() error                                     { return store.ErrReadOnly }
func (r readOnly) Commit(context.Context, store.Batch) (uint64, error) { return 0, store.ErrReadOnly }

func (r readOnly) Lease(context.Context) (uint64, error) { return 0, store.ErrReadOnly }

// What a newer version has stored is still there after an older one changed the
// record; what an older one has not stored has its default.
func TestOtherVersions(t *testing.T) {
	dir := t.TempDir()
	st := openStore(t, dir)
	_, err := st.Commit(t.Context(), store.Batch{Puts: []store.Put{
		{Key: "VM/R1", Value: []byte(`{"name_label":"one","from_the_future":{"a":[1,2.50]},"VBDs":["old"]}`)},
		{Key: "Future/R2", Value: []byte(`{"x":1}`)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	d := openDB(t, st, Options{})
	row := get(t, d, "R1")
	if row.Text(field(model.VM, "power_state")) != Empty(field(model.VM, "power_state").Type) || d.Snapshot().Exists("R2") {
		t.Error(row.values)
	}
	update(t, d, func(tx *Tx) error { return tx.Set("R1", field(model.VM, "name_label"), "two") })
	found := map[string]string{}
	if _, _, err := st.Load(t.Context(), func(e store.Entry) error { found[e.Key] = string(e.Value); return nil }); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(found["VM/R1"], `"from_the_future":{"a":[1,2.50]}`) || found["Future/R2"] != `{"x":1}` {
		t.Error(found)
	}
}

func TestDamagedRecords(t *testing.T) {
	for name, put := range map[string]store.Put{
		"no JSON":        {Key: "VM/R1", Value: []byte(`{`)},
		"wrong type":     {Key: "VM/R1", Value: []byte(`{"name_label":1}`)},
		"wrong element":  {Key: "VM/R1", Value: []byte(`{"tags":[1]}`)},
		"NUL":            {Key: "VM/R1", Value: []byte(`{"name_label":"\u0000"}`)},
		"no reference":   {Key: "VM/", Value: []byte(`{}`)},
		"taken ref":      {Key: "VM/taken", Value: []byte(`{}`)},
		"taken uuid":     {Key: "VM/R1", Value: []byte(`{"uuid":"u"}`)},
		"bad watermark":  {Key: watermarkKey, Value: []byte(`"x"`)},
		"float as words": {Key: "task/R1", Value: []byte(`{"progress":"much"}`)},
	} {
		t.Run(name, func(t *testing.T) {
			st := openStore(t, t.TempDir())
			_, err := st.Commit(t.Context(), store.Batch{Puts: []store.Put{
				{Key: "SR/taken", Value: []byte(`{"uuid":"u"}`)}, put,
			}})
			if err != nil {
				t.Fatal(err)
			}
			if d, err := Open(t.Context(), st, model.Classes, Options{}); err == nil {
				_ = d.Close()
				t.Error("opened")
			} else {
				t.Log(err)
			}
		})
	}
}

func TestDeletionsAreBounded(t *testing.T) {
	d := openDB(t, openStore(t, t.TempDir()), Options{Keep: 10})
	for i := range 30 {
		update(t, d, func(tx *Tx) error {
			_, err := tx.CreateMemory(model.Task, fmt.Sprint(i), values(model.Task))
			return err
		})
		update(t, d, func(tx *Tx) error { return tx.Delete(fmt.Sprint(i)) })
	}
	s := d.Snapshot()
	n := 0
	s.Deletions(0, func(_ *schema.Class, _ string, _, deleted uint64) {
		n++
		if deleted <= s.OldestDeletion() {
			t.Errorf("a deletion at %d is kept, the oldest is %d", deleted, s.OldestDeletion())
		}
	})
	if n != 10 || s.OldestDeletion() == 0 {
		t.Errorf("%d deletions, oldest %d", n, s.OldestDeletion())
	}
}

// members must split what any JSON encoder writes, not only ours.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{`{}`, ` { "a" : [ 1 , {"b":"]\"}"} ] , "\u0041":-1.5e3,"t":true , "n" : null}`, `{"":""}`, `{"a":1,"a":2}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want map[string]json.RawMessage
		if !utf8.ValidString(text) || !json.Valid([]byte(text)) || json.Unmarshal([]byte(text), &want) != nil || want == nil {
			return
		}
		got := map[string]json.RawMessage{}
		for name, raw := range members([]byte(strings.TrimLeft(text, " \t\r\n"))) {
			got[string(name)] = raw
		}
		if len(got) != len(want) {
			t.Fatalf("%d members, want %d", len(got), len(want))
		}
		for name, raw := range want {
			if string(got[name]) != string(raw) {
				t.Fatalf("%q is %q, want %q", name, got[name], raw)
			}
		}
	})
}

// A disk that cannot be written when the database opens does not keep it from
// being read, and heals without a restart.
func TestOpenOnBadDisk(t *testing.T) {
	dir := t.TempDir()
	st := openStore(t, dir)
	d := openDB(t, st, Options{})
	create(t, d, model.VM, "R1")
	last := d.Snapshot().Rev()
	_ = d.Close()
	st.fail(store.ErrNoSpace)
	d = openDB(t, st, Options{})
	if !d.Snapshot().Exists("R1") || d.Snapshot().Rev() < last {
		t.Error("not readable")
	}
	remember := func() error {
		_, err := d.Update(t.Context(), func(tx *Tx) error {
			_, err := tx.CreateMemory(model.Task, "task", values(model.Task))
			return err
		})
		return err
	}
	if err := remember(); !errors.Is(err, store.ErrNoSpace) {
		t.Errorf("a revision that may come twice was handed out: %v", err)
	}
	st.heal()
	if err := remember(); err != nil {
		t.Error(err)
	}
	create(t, d, model.VM, "R2")
}

// Another process takes the lease: nothing is written any more, reads go on.
func TestLostLease(t *testing.T) {
	st := openStore(t, t.TempDir())
	d := openDB(t, st, Options{})
	create(t, d, model.VM, "R1")
	if _, err := st.Lease(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := d.Update(t.Context(), func(tx *Tx) error { return tx.Delete("R1") })
	if !errors.Is(err, store.ErrLease) || !d.Snapshot().Exists("R1") {
		t.Fatal(err)
	}
}
