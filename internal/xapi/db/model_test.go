package db

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/store/sqlite"
)

// A naive is the database as one would write it in an hour: a map of rows, and
// everything else found by looking at all of them.
type naive map[string]*naiveRow

type naiveRow struct {
	class  *schema.Class
	values []any // of the fields that are not derived
	memory bool
}

func (n naive) clone() naive {
	c := naive{}
	for ref, row := range n {
		c[ref] = &naiveRow{row.class, slices.Clone(row.values), row.memory}
	}
	return c
}

// full is a row with its derived sets.
func (n naive) full(ref string) []any {
	row := n[ref]
	values := slices.Clone(row.values)
	for i := range row.class.Fields {
		f := &row.class.Fields[i]
		if !f.Derived {
			continue
		}
		set := []string{}
		for other, r := range n {
			if r.class.Name == f.Relation.Class && r.values[r.class.Field(f.Relation.Field).Index] == ref {
				set = append(set, other)
			}
		}
		slices.Sort(set)
		values[i] = set
	}
	return values
}

func (n naive) create(c *schema.Class, ref string, values []any, memory bool) bool {
	if _, taken := n[ref]; taken {
		return false
	}
	for _, row := range n {
		if f := row.class.Field("uuid"); f != nil && row.values[f.Index] == values[c.Field("uuid").Index] && row.values[f.Index] != "" {
			return false
		}
	}
	row := &naiveRow{c, make([]any, len(c.Fields)), memory}
	for i := range c.Fields {
		f := &c.Fields[i]
		row.values[i] = cmp.Or(f.Default, Empty(f.Type))
		if !f.Derived && values[i] != nil {
			row.values[i] = values[i]
		}
	}
	n[ref] = row
	for i := range c.Fields {
		n.peers(ref, &c.Fields[i], nil, row.values[i])
	}
	return true
}

func (n naive) set(ref string, f *schema.Field, v any) bool {
	row := n[ref]
	if f.Name == "uuid" && v != "" {
		for other, r := range n {
			if g := r.class.Field("uuid"); other != ref && g != nil && r.values[g.Index] == v {
				return false
			}
		}
	}
	old := row.values[f.Index]
	if Equal(old, v) {
		return true // even if the other end of a relation is out of step
	}
	row.values[f.Index] = v
	n.peers(ref, f, old, v)
	return true
}

func (n naive) delete(ref string) {
	row := n[ref]
	for i := range row.class.Fields {
		n.peers(ref, &row.class.Fields[i], row.values[i], nil)
	}
	delete(n, ref)
}

// peers keeps the other end of a many-to-many relation in step.
func (n naive) peers(ref string, f *schema.Field, old, v any) {
	r := f.Relation
	if r == nil || r.Kind != schema.ManyToMany || r.Field == f.Name && r.Class == n[ref].class.Name {
		return
	}
	was, _ := old.([]string)
	is, _ := v.([]string)
	for _, target := range append(slices.Clone(was), is...) {
		row := n[target]
		if row == nil || row.class.Name != r.Class {
			continue
		}
		i := row.class.Field(r.Field).Index
		set := slices.Clone(row.values[i].([]string))
		if slices.Contains(is, target) {
			if !slices.Contains(set, ref) {
				set = append(set, ref)
			}
		} else {
			set = slices.DeleteFunc(set, func(s string) bool { return s == ref })
		}
		row.values[i] = set
	}
}

// The classes of the model test have relations of every kind between them, also
// with themselves.
var modelClasses = []*schema.Class{model.VM, model.VBD, model.VDI, model.SR, model.PCI, model.VMGroup, model.PIF, model.Task, model.Host, model.PoolUpdate, model.Role}

func refs() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{NullRef, "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9"})
}

// anyValue makes values of a type; few different ones, so that they meet.
func anyValue(t *rapid.T, ty *schema.Type) any {
	switch ty.Kind {
	case schema.Ref:
		return refs().Draw(t, "ref")
	case schema.Enum:
		return rapid.SampledFrom(ty.Enum.Values).Draw(t, "word")
	case schema.Int:
		return rapid.Int64().Draw(t, "int")
	case schema.Float:
		return rapid.Float64().Draw(t, "float")
	case schema.Bool:
		return rapid.Bool().Draw(t, "bool")
	case schema.Set:
		if ty.Elem.IsText() {
			return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) string { return anyValue(t, ty.Elem).(string) }), 0, 3, rapid.ID).Draw(t, "set")
		}
	case schema.Map:
		if ty.Key.Kind == schema.String && ty.Elem.Kind == schema.String {
			return rapid.MapOfN(rapid.StringMatching("[a-c]"), rapid.StringMatching(`[ab"\\é<]*`), 0, 3).Draw(t, "map")
		}
	case schema.String, schema.DateTime, schema.Secret:
		return rapid.SampledFrom([]string{"", "a", "b", `"\`, "é\u2028\t<"}).Draw(t, "text")
	}
	return Empty(ty)
}

func anyClass(t *rapid.T) *schema.Class {
	names := make([]string, len(modelClasses))
	for i, c := range modelClasses {
		names[i] = c.Name
	}
	return modelClasses[slices.Index(names, rapid.SampledFrom(names).Draw(t, "class"))]
}

// anyColumn picks a field that can be set; every other time one in a relation.
func anyColumn(t *rapid.T, c *schema.Class) *schema.Field {
	var related, all []string
	for i := range c.Fields {
		if f := &c.Fields[i]; !f.Derived {
			all = append(all, f.Name)
			if f.Relation != nil {
				related = append(related, f.Name)
			}
		}
	}
	if len(related) > 0 && rapid.Bool().Draw(t, "related") {
		all = related
	}
	return field(c, rapid.SampledFrom(all).Draw(t, "field"))
}

// step does one random thing to both databases, in the same way.
func step(t *rapid.T, tx *Tx, n naive) {
	ref := refs().Draw(t, "subject")
	row, ok := n[ref]
	switch kind := rapid.IntRange(0, 9).Draw(t, "kind"); {
	case !ok:
		c := anyClass(t)
		values := make([]any, len(c.Fields))
		for range rapid.IntRange(0, 4).Draw(t, "given") {
			f := anyColumn(t, c)
			values[f.Index] = anyValue(t, f.Type)
		}
		values[c.Field("uuid").Index] = rapid.SampledFrom([]string{"", "u1", "u2", "u3", "u4"}).Draw(t, "uuid")
		create, memory := tx.Create, kind < 5 && c == model.Task
		if memory {
			create = tx.CreateMemory
		}
		_, err := create(c, ref, slices.Clone(values))
		if made := ref != NullRef && n.create(c, ref, values, memory); made != (err == nil) {
			t.Fatalf("create %s %s: %v, the model %v", c.Name, ref, err, made)
		}
	case kind == 0:
		n.delete(ref)
		if err := tx.Delete(ref); err != nil {
			t.Fatal(err)
		}
	case kind == 1:
		if err := tx.Touch(ref); err != nil {
			t.Fatal(err)
		}
	default:
		f := anyColumn(t, row.class)
		v := anyValue(t, f.Type)
		err := tx.Set(ref, f, v)
		if set := n.set(ref, f, v); set != (err == nil) {
			t.Fatalf("set %s of %s: %v, the model %v", f.Name, ref, err, set)
		}
	}
}

// compare looks at everything a Reader shows.
func compare(t *rapid.T, r *state, n naive) {
	counts := map[*schema.Class]int{}
	for ref, want := range n {
		row, ok := r.Get(ref)
		if !ok || row.Class != want.class || row.memory != want.memory {
			t.Fatalf("%s is %v", ref, row)
		}
		if d := gocmp.Diff(n.full(ref), r.complete(row)); d != "" {
			t.Fatalf("%s %s: %s", row.Class.Name, ref, d)
		}
		counts[row.Class]++
		if uuid := row.Text(row.Class.Field("uuid")); uuid != "" {
			if found, err := r.ByUUID(row.Class, uuid); err != nil || found != row {
				t.Fatalf("by uuid %s: %v, %v", uuid, found, err)
			}
		}
		if f := row.Class.Field("name_label"); f != nil && !slices.Contains(r.ByName(row.Class, row.Text(f)), ref) {
			t.Fatalf("%s is not found by its name", ref)
		}
	}
	for _, c := range modelClasses {
		if got := len(slices.Collect(r.Rows(c))); got != counts[c] || r.Count(c) != counts[c] {
			t.Fatalf("%d rows of %s, %d counted, want %d", got, c.Name, r.Count(c), counts[c])
		}
	}
	if r.rows.Len() != len(n) || r.log.Len() != len(n) || r.tables.Len() != len(n) {
		t.Fatalf("%d rows, %d in the log, %d in the tables, want %d", r.rows.Len(), r.log.Len(), r.tables.Len(), len(n))
	}
}

// checkLog compares the change log since a snapshot with what has changed.
func checkLog(t *rapid.T, before, after *Snapshot, was, is naive) {
	changed := map[string]bool{}
	after.Changes(before.Rev(), func(row *Row) { changed[row.Ref] = true })
	for ref := range is {
		if was[ref] == nil || was[ref].class != is[ref].class || !gocmp.Equal(was.full(ref), is.full(ref)) {
			if !changed[ref] {
				t.Fatalf("the change of %s is not in the log", ref)
			}
		}
	}
	gone := map[string]bool{}
	after.Deletions(before.Rev(), func(c *schema.Class, ref string, created, _ uint64) {
		if created <= before.Rev() {
			gone[c.Name+ref] = true
		}
	})
	for ref, row := range was {
		if gone[row.class.Name+ref] != (is[ref] == nil || is[ref].class != row.class) {
			t.Fatalf("%s: deletion in the log %v", ref, gone[row.class.Name+ref])
		}
	}
}

// restart is what a restart leaves of the model.
func (n naive) restart() {
	maps.DeleteFunc(n, func(_ string, row *naiveRow) bool { return row.memory })
	for _, row := range n {
		for i := range row.class.Fields {
			if f := &row.class.Fields[i]; f.Durability == schema.Memory {
				row.values[i] = cmp.Or(f.Default, Empty(f.Type))
			}
		}
	}
}

var errTakeBack = errors.New("the transaction takes itself back")

// TestModel compares random histories with the naive database: after each
// transaction, after those that fail, and after a restart.
func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "db")
		if err != nil {
			rt.Fatal(err)
		}
		path := filepath.Join(dir, "state.db")
		n := naive{}
		for range rapid.IntRange(1, 2).Draw(rt, "lives") {
			st, err := sqlite.Open(t.Context(), path, sqlite.Options{})
			if err != nil {
				rt.Fatal(err)
			}
			d, err := Open(t.Context(), st, model.Classes, Options{})
			if err != nil {
				rt.Fatal(err)
			}
			n.restart()
			compare(rt, d.Snapshot().state, n)
			for range rapid.IntRange(0, 8).Draw(rt, "transactions") {
				n = transaction(rt, d, n)
			}
			if err := errors.Join(d.Close(), st.Close()); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

func transaction(t *rapid.T, d *DB, n naive) naive {
	before, next := d.Snapshot(), n.clone()
	steps, back := rapid.IntRange(1, 6).Draw(t, "steps"), rapid.IntRange(0, 5).Draw(t, "outcome") == 0
	err := inTx(d, func(tx *Tx) error {
		for range steps {
			step(t, tx, next)
			compare(t, tx.state, next)
		}
		if back {
			return errTakeBack
		}
		return nil
	})
	if back != errors.Is(err, errTakeBack) || !back && err != nil {
		t.Fatal(err)
	}
	if back {
		next = n
	}
	compare(t, d.Snapshot().state, next)
	checkLog(t, before, d.Snapshot(), n, next)
	return next
}

// inTx lends a transaction to this goroutine: rapid wants its draws, and its
// panics, in the goroutine of the test.
func inTx(d *DB, fn func(tx *Tx) error) error {
	lent, back, done := make(chan *Tx), make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := d.Update(context.Background(), func(tx *Tx) error {
			lent <- tx
			return <-back
		})
		done <- err
	}()
	tx := <-lent
	func() {
		err := errTakeBack // if fn panics
		defer func() { back <- err }()
		err = fn(tx)
	}()
	return <-done
}
