package db

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"github.com/xcp-dbus/xcp/internal/bus/wire"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/store"
	"github.com/xcp-dbus/xcp/internal/store/sqlite"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A flaky store fails its commits while err is set, and counts them.
type flaky struct {
	store.Store
	err     atomic.Pointer[error]
	commits atomic.Int64
	hold    chan struct{} // if not nil, a commit says so on held and waits for it
	held    chan struct{}
}

func (f *flaky) Commit(ctx context.Context, b store.Batch) (uint64, error) {
	if f.hold != nil {
		f.held <- struct{}{}
		<-f.hold
	}
	if err := f.err.Load(); err != nil {
		return 0, *err
	}
	f.commits.Add(1)
	return f.Store.Commit(ctx, b)
}

func (f *flaky) fail(err error) { f.err.Store(&err) }
func (f *flaky) heal()          { f.err.Store(nil) }

func openStore(t testing.TB, dir string) *flaky {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(dir, "state.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return &flaky{Store: st}
}

func openDB(t testing.TB, st store.Store, o Options) *DB {
	t.Helper()
	d, err := Open(t.Context(), st, model.Classes, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func newDB(t testing.TB) *DB { return openDB(t, openStore(t, t.TempDir()), Options{}) }

func update(t testing.TB, d *DB, fn func(tx *Tx) error) uint64 {
	t.Helper()
	rev, err := d.Update(t.Context(), fn)
	if err != nil {
		t.Fatal(err)
	}
	return rev
}

func field(c *schema.Class, name string) *schema.Field {
	f := c.Field(name)
	if f == nil {
		panic("no field " + name)
	}
	return f
}

// values makes a row for Create: names and values in turn.
func values(c *schema.Class, pairs ...any) []any {
	row := make([]any, len(c.Fields))
	for i := 0; i < len(pairs); i += 2 {
		row[field(c, pairs[i].(string)).Index] = pairs[i+1]
	}
	return row
}

func create(t testing.TB, d *DB, c *schema.Class, ref string, pairs ...any) {
	t.Helper()
	update(t, d, func(tx *Tx) error {
		_, err := tx.Create(c, ref, values(c, pairs...))
		return err
	})
}

func get(t testing.TB, d *DB, ref string) *Row {
	t.Helper()
	row, ok := d.Snapshot().Get(ref)
	if !ok {
		t.Fatalf("%s is not there", ref)
	}
	return row
}

func wantCode(t testing.TB, err error, code string, params ...string) {
	t.Helper()
	e := xerr.From(err)
	if e == nil || e.Code != code || cmp.Diff(params, e.Params) != "" {
		t.Fatalf("error %v, want %s %v", err, code, params)
	}
}

func TestLookups(t *testing.T) {
	d := newDB(t)
	create(t, d, model.VM, "R1", "uuid", "u1", "name_label", "one")
	create(t, d, model.VM, "R2", "uuid", "u2", "name_label", "one")
	create(t, d, model.SR, "R3", "uuid", "u3", "name_label", "one")
	s := d.Snapshot()
	if got := s.ByName(model.VM, "one"); cmp.Diff([]string{"R1", "R2"}, got) != "" {
		t.Error(got)
	}
	if row, err := s.ByUUID(model.VM, "u2"); err != nil || row.Ref != "R2" {
		t.Error(row, err)
	}
	_, err := s.ByUUID(model.VM, "u3")
	wantCode(t, err, "UUID_INVALID", "VM", "u3")
	_, err = s.Find(model.VM, "R3")
	wantCode(t, err, "HANDLE_INVALID", "VM", "R3")
	if s.Count(model.VM) != 2 || s.Counts()["vm"] != 2 || s.Counts()["sr"] != 1 || s.Counts()["host"] != 0 {
		t.Error(s.Counts())
	}
	var refs []string
	for row := range s.Rows(model.VM) {
		refs = append(refs, row.Ref)
	}
	if cmp.Diff([]string{"R1", "R2"}, refs) != "" {
		t.Error(refs)
	}
	for range s.Rows(model.VM) {
		break
	}
}

func TestUniqueness(t *testing.T) {
	d := newDB(t)
	row := values(model.VM, "uuid", "u1", "name_label", "one")
	create(t, d, model.VM, "R1", "uuid", "u1", "name_label", "one")
	rev := d.Snapshot().Rev()
	try := func(c *schema.Class, ref string, row []any) error {
		_, err := d.Update(t.Context(), func(tx *Tx) error {
			_, err := tx.Create(c, ref, row)
			return err
		})
		return err
	}
	if err := try(model.VM, "R1", row); err != nil {
		t.Errorf("the same row again: %v", err)
	}
	wantCode(t, try(model.VM, "R1", values(model.VM, "uuid", "u1", "name_label", "two")), "INVALID_VALUE", "_ref", "R1")
	wantCode(t, try(model.SR, "R1", values(model.SR)), "INVALID_VALUE", "_ref", "R1")
	wantCode(t, try(model.SR, "R2", values(model.SR, "uuid", "u1")), "INVALID_VALUE", "uuid", "u1")
	wantCode(t, try(model.SR, NullRef, values(model.SR)), "INVALID_VALUE", "_ref", NullRef)
	if s := d.Snapshot(); s.Rev() != rev || s.Count(model.SR) != 0 {
		t.Error("a refused row left something")
	}
}

func TestEqualSetIsNoChange(t *testing.T) {
	d := newDB(t)
	create(t, d, model.VM, "R1", "name_label", "one", "other_config", map[string]string{"a": "b"})
	before := d.Snapshot()
	rev := update(t, d, func(tx *Tx) error {
		return errors.Join(
			tx.Set("R1", field(model.VM, "name_label"), "one"),
			tx.Set("R1", field(model.VM, "tags"), []string{}),
			tx.Set("R1", field(model.VM, "other_config"), map[string]string{"a": "b"}))
	})
	if rev != before.Rev() || d.Snapshot() != before {
		t.Errorf("revision %d after %d", rev, before.Rev())
	}
}

func TestSetRefuses(t *testing.T) {
	d := newDB(t)
	create(t, d, model.VM, "R1", "uuid", "u1")
	create(t, d, model.VM, "R2", "uuid", "u2")
	for name, c := range map[string]struct {
		ref string
		f   *schema.Field
		v   any
	}{
		"no row":        {"R9", field(model.VM, "name_label"), "x"},
		"other class":   {"R1", field(model.SR, "name_label"), "x"},
		"wrong type":    {"R1", field(model.VM, "name_label"), int64(1)},
		"derived":       {"R1", field(model.VM, "VBDs"), []string{"x"}},
		"taken uuid":    {"R1", field(model.VM, "uuid"), "u2"},
		"no UTF-8":      {"R1", field(model.VM, "name_label"), "\xff"},
		"NUL in a map":  {"R1", field(model.VM, "other_config"), map[string]string{"a": "\x00"}},
		"NUL in a set":  {"R1", field(model.VM, "tags"), []string{"\x00"}},
		"wrong element": {"R1", field(model.VM, "tags"), []int64{1}},
	} {
		t.Run(name, func(t *testing.T) {
			before := d.Snapshot()
			if _, err := d.Update(t.Context(), func(tx *Tx) error { return tx.Set(c.ref, c.f, c.v) }); err == nil {
				t.Error("accepted")
			}
			if d.Snapshot() != before {
				t.Error("something was published")
			}
		})
	}
}

func TestPanicIsTheTransactionsOwn(t *testing.T) {
	d := newDB(t)
	_, err := d.Update(t.Context(), func(tx *Tx) error { panic("boom") })
	if err == nil || !strings.Contains(err.Error(), "boom") {
		t.Fatal(err)
	}
	create(t, d, model.VM, "R1")
}

func TestSnapshotIsolation(t *testing.T) {
	d := newDB(t)
	create(t, d, model.VM, "vm", "name_label", "before")
	old := d.Snapshot()
	row := get(t, d, "vm")
	create(t, d, model.VBD, "vbd", "VM", "vm")
	update(t, d, func(tx *Tx) error { return tx.Set("vm", field(model.VM, "name_label"), "after") })
	if got := old.Value(row, field(model.VM, "VBDs")).([]string); len(got) != 0 {
		t.Errorf("an old snapshot sees %v", got)
	}
	if now, _ := old.Get("vm"); now != row || now.Text(field(model.VM, "name_label")) != "before" {
		t.Error("an old snapshot has changed")
	}
	s := d.Snapshot()
	if got := s.Value(get(t, d, "vm"), field(model.VM, "VBDs")).([]string); len(got) != 1 {
		t.Errorf("the new snapshot sees %v", got)
	}
}

func TestChangeLog(t *testing.T) {
	d := newDB(t)
	create(t, d, model.VM, "vm")
	start := d.Snapshot().Rev()
	create(t, d, model.VBD, "vbd", "VM", "vm")
	log := func(after uint64) (lines []string) {
		s := d.Snapshot()
		s.Changes(after, func(row *Row) {
			kind := "mod"
			if row.Created > after {
				kind = "add"
			}
			lines = append(lines, kind+" "+row.Ref)
		})
		s.Deletions(after, func(c *schema.Class, ref string, created, deleted uint64) {
			if created <= after {
				lines = append(lines, "del "+c.Lower()+" "+ref)
			}
		})
		return lines
	}
	if d := cmp.Diff([]string{"add vbd", "mod vm"}, log(start)); d != "" {
		t.Error(d)
	}
	middle := d.Snapshot().Rev()
	update(t, d, func(tx *Tx) error { return tx.Delete("vbd") })
	if d := cmp.Diff([]string{"mod vm", "del vbd vbd"}, log(middle)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"mod vm"}, log(start)); d != "" {
		t.Error(d)
	}
	latest := d.Snapshot().Rev()
	update(t, d, func(tx *Tx) error { return tx.Touch("vm") })
	if d := cmp.Diff([]string{"mod vm"}, log(latest)); d != "" {
		t.Error(d)
	}
	create(t, d, model.VBD, "vbd", "VM", "vm")
	if d := cmp.Diff([]string{"add vbd", "mod vm"}, log(latest)); d != "" {
		t.Error(d)
	}
}

func TestWait(t *testing.T) {
	d := newDB(t)
	s, err := d.Wait(t.Context(), 0)
	if err != nil || s != d.Snapshot() {
		t.Fatal(s, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := d.Wait(ctx, s.Rev()); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	var g errgroup.Group
	for range 10 {
		g.Go(func() error {
			next, err := d.Wait(t.Context(), s.Rev())
			if err == nil && !next.Exists("R1") {
				err = errors.New("woken too early")
			}
			return err
		})
	}
	create(t, d, model.VM, "R1")
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	g.Go(func() error { _, err := d.Wait(t.Context(), d.Snapshot().Rev()); return err })
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := g.Wait(); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
	if _, err := d.Update(t.Context(), func(*Tx) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
}

func TestEncoded(t *testing.T) {
	d := newDB(t)
	create(t, d, model.SR, "sr")
	create(t, d, model.VDI, "vdi", "SR", "sr", "other_config", map[string]string{"k": "v"})
	check := func() {
		t.Helper()
		s := d.Snapshot()
		for _, ref := range []string{"sr", "vdi"} {
			row := get(t, d, ref)
			want, err := wire.RecordEntries(row.Class, s.complete(row))
			first, again := s.Encoded(row), s.Encoded(row)
			if err != nil || cmp.Diff(want, first) != "" || &first[0] != &again[0] {
				t.Errorf("%s: %v", ref, err)
			}
		}
	}
	check()
	old, oldRow := d.Snapshot(), get(t, d, "sr")
	create(t, d, model.VDI, "vdi2", "SR", "sr")
	check()
	if len(d.Snapshot().Encoded(oldRow)) == 0 || len(old.Encoded(oldRow)) >= len(d.Snapshot().Encoded(get(t, d, "sr"))) {
		t.Error("an old row has the new set")
	}
}

// No internal field is in a record or its marshalled form.
func TestInternalFieldsAreHidden(t *testing.T) {
	d := newDB(t)
	for _, c := range model.Classes {
		if !c.InDB {
			continue
		}
		ref := "ref of " + c.Name
		create(t, d, c, ref)
		s := d.Snapshot()
		record, encoded := s.Record(get(t, d, ref)), string(s.Encoded(get(t, d, ref)))
		for i := range c.Fields {
			f := &c.Fields[i]
			_, shown := record[f.Name]
			if shown == f.Internal || strings.Contains(encoded, "\x00"+f.Name+"\x00") == f.Internal && f.Index > 0 {
				t.Errorf("%s.%s: internal %v, shown %v", c.Name, f.Name, f.Internal, shown)
			}
		}
	}
}

func TestConcurrent(t *testing.T) {
	d := newDB(t)
	create(t, d, model.SR, "sr")
	const writers, each = 16, 25
	g, ctx := errgroup.WithContext(t.Context())
	for w := range writers {
		g.Go(func() error {
			for i := range each {
				ref := fmt.Sprintf("vdi-%d-%d", w, i)
				rev, err := d.Update(ctx, func(tx *Tx) error {
					_, err := tx.Create(model.VDI, ref, values(model.VDI, "SR", "sr"))
					return err
				})
				if err != nil {
					return err
				}
				if s := d.Snapshot(); s.Rev() < rev || !s.Exists(ref) {
					return fmt.Errorf("%s was answered at %d and is not in the snapshot of %d", ref, rev, s.Rev())
				}
			}
			return nil
		})
		g.Go(func() error { // a reader sees the relation and the rows agree
			for range 100 {
				s := d.Snapshot()
				row, _ := s.Get("sr")
				if n := len(s.Value(row, field(model.SR, "VDIs")).([]string)); n != s.Count(model.VDI) {
					return fmt.Errorf("%d VDIs in the SR, %d in the table", n, s.Count(model.VDI))
				}
				s.Encoded(row)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := d.Snapshot().Count(model.VDI); n != writers*each {
		t.Error(n)
	}
}
