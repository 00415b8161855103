package db

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"
	"github.com/tidwall/btree"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// A Reader is what Snapshot and Tx have in common.
type Reader interface {
	// Rev is the newest revision in the state.
	Rev() uint64
	// Get finds a row of any class.
	Get(ref string) (*Row, bool)
	// Exists tells whether ref names a row of any class.
	Exists(ref string) bool
	// Find finds a row of c, or fails with HANDLE_INVALID.
	Find(c *schema.Class, ref string) (*Row, error)
	// ByUUID finds a row of c, or fails with UUID_INVALID.
	ByUUID(c *schema.Class, uuid string) (*Row, error)
	// ByName lists the references of the rows of c with this name label.
	ByName(c *schema.Class, label string) []string
	// Rows walks the rows of c in order of reference.
	Rows(c *schema.Class) iter.Seq[*Row]
	// Count is the number of rows of c.
	Count(c *schema.Class) int
	// Value returns a field of a row, derived sets included. Shared, read only.
	Value(row *Row, f *schema.Field) any
	// Referrers lists the rows whose field f, the reference end of a
	// one-to-many relation, is ref. References to nothing, NullRef or empty,
	// are not indexed.
	Referrers(f *schema.Field, ref string) []string
	// Record returns the public fields of a row; the caller owns the map, the
	// values are shared.
	Record(row *Row) map[string]dbus.Variant
}

// A Deletion remembers a row that is gone.
type Deletion struct {
	Class   *schema.Class
	Ref     string
	Created uint64 // revision
	Deleted uint64 // revision
}

type nameKey struct {
	class      int
	label, ref string
}

// An edge says that the reference end of a one-to-many relation in row source
// points at target.
type edge struct {
	rel            uint32
	target, source string
}

// A state is the whole database at one moment: persistent trees that share all
// unchanged nodes with the states before and after. copy takes constant time.
type state struct {
	cat    *catalog
	rev    uint64
	oldest uint64 // deletions up to this revision may be forgotten
	counts []int  // rows by class index

	rows   *btree.Map[string, *Row]
	tables *btree.BTreeG[*Row] // by class, reference
	log    *btree.BTreeG[*Row] // by modified revision
	uuids  *btree.Map[string, string]
	names  *btree.BTreeG[nameKey]
	edges  *btree.BTreeG[edge]
	dead   *btree.BTreeG[Deletion] // by deleted revision
}

func newState(cat *catalog) *state {
	unlocked := btree.Options{NoLocks: true}
	return &state{
		cat:    cat,
		counts: make([]int, len(cat.tables)),
		rows:   btree.NewMap[string, *Row](0),
		tables: btree.NewBTreeGOptions(byClass, unlocked),
		log:    btree.NewBTreeGOptions(byModified, unlocked),
		uuids:  btree.NewMap[string, string](0),
		names:  btree.NewBTreeGOptions(nameKey.less, unlocked),
		edges:  btree.NewBTreeGOptions(edge.less, unlocked),
		dead:   btree.NewBTreeGOptions(byDeleted, unlocked),
	}
}

func byClass(a, b *Row) bool {
	return a.Class.Index < b.Class.Index || a.Class.Index == b.Class.Index && a.Ref < b.Ref
}

func byModified(a, b *Row) bool {
	return a.Modified < b.Modified || a.Modified == b.Modified && a.Ref < b.Ref
}

func byDeleted(a, b Deletion) bool {
	return a.Deleted < b.Deleted || a.Deleted == b.Deleted && a.Ref < b.Ref
}

func (k nameKey) less(o nameKey) bool {
	return cmp.Or(cmp.Compare(k.class, o.class), strings.Compare(k.label, o.label), strings.Compare(k.ref, o.ref)) < 0
}

func (e edge) less(o edge) bool {
	return cmp.Or(cmp.Compare(e.rel, o.rel), strings.Compare(e.target, o.target), strings.Compare(e.source, o.source)) < 0
}

// copy returns a state that can change without touching s. Only the owner of s
// may call it: it marks the nodes of s as shared.
func (s *state) copy() *state {
	c := *s
	c.counts = slices.Clone(s.counts)
	c.rows = s.rows.Copy()
	c.tables = s.tables.Copy()
	c.log = s.log.Copy()
	c.uuids = s.uuids.Copy()
	c.names = s.names.Copy()
	c.edges = s.edges.Copy()
	c.dead = s.dead.Copy()
	return &c
}

func (s *state) Rev() uint64 { return s.rev }

func (s *state) Get(ref string) (*Row, bool) { return s.rows.Get(ref) }

func (s *state) Exists(ref string) bool {
	_, ok := s.rows.Get(ref)
	return ok
}

func (s *state) Find(c *schema.Class, ref string) (*Row, error) {
	if row, ok := s.rows.Get(ref); ok && row.Class == c {
		return row, nil
	}
	return nil, xerr.New(codes.HANDLE_INVALID, c.Name, ref)
}

func (s *state) ByUUID(c *schema.Class, uuid string) (*Row, error) {
	if ref, ok := s.uuids.Get(uuid); ok {
		if row, ok := s.rows.Get(ref); ok && row.Class == c {
			return row, nil
		}
	}
	return nil, xerr.New(codes.UUID_INVALID, c.Name, uuid)
}

func (s *state) ByName(c *schema.Class, label string) []string {
	refs := []string{}
	s.names.Ascend(nameKey{class: c.Index, label: label}, func(k nameKey) bool {
		if k.class != c.Index || k.label != label {
			return false
		}
		refs = append(refs, k.ref)
		return true
	})
	return refs
}

func (s *state) Rows(c *schema.Class) iter.Seq[*Row] {
	return func(yield func(*Row) bool) {
		s.tables.Ascend(&Row{Class: c}, func(row *Row) bool {
			return row.Class == c && yield(row)
		})
	}
}

func (s *state) Count(c *schema.Class) int { return s.counts[c.Index] }

func (s *state) Value(row *Row, f *schema.Field) any {
	if !f.Derived {
		return row.values[f.Index]
	}
	col := &s.cat.table(row.Class).columns[f.Index]
	if col.rel == nil {
		return col.def
	}
	return s.sources(col.rel, row.Ref)
}

func (s *state) Referrers(f *schema.Field, ref string) []string {
	for _, t := range s.cat.tables {
		if f.Index < len(t.columns) && t.columns[f.Index].field == f && t.columns[f.Index].rel != nil {
			return s.sources(t.columns[f.Index].rel, ref)
		}
	}
	return []string{}
}

// sources lists the rows a relation's reference end of which is target.
func (s *state) sources(rel *relation, target string) []string {
	refs := []string{}
	s.edges.Ascend(edge{rel: rel.id, target: target}, func(e edge) bool {
		if e.rel != rel.id || e.target != target {
			return false
		}
		refs = append(refs, e.source)
		return true
	})
	return refs
}

func (s *state) Record(row *Row) map[string]dbus.Variant {
	t := s.cat.table(row.Class)
	rec := make(map[string]dbus.Variant, len(t.columns))
	for i := range t.columns {
		col := &t.columns[i]
		if !col.field.Internal {
			rec[col.field.Name] = dbus.MakeVariantWithSignature(s.Value(row, col.field), col.sig)
		}
	}
	return rec
}

// put replaces old (nil: none) by row in the trees that hold rows. The indexes
// over values are the business of index and unindex.
func (s *state) put(old, row *Row) {
	if old == nil {
		s.counts[row.Class.Index]++
	} else {
		s.log.Delete(old)
	}
	s.rows.Set(row.Ref, row)
	s.tables.Set(row)
	s.log.Set(row)
}

// remove takes a row out of the trees that hold rows.
func (s *state) remove(row *Row) {
	s.counts[row.Class.Index]--
	s.rows.Delete(row.Ref)
	s.tables.Delete(row)
	s.log.Delete(row)
}

// index enters the value of one column in its index; unindex takes it out.
func (s *state) index(t *table, i int, ref string, v any) {
	switch col := &t.columns[i]; {
	case i == t.uuid:
		if v.(string) != "" {
			s.uuids.Set(v.(string), ref)
		}
	case i == t.label:
		s.names.Set(nameKey{t.class.Index, v.(string), ref})
	case col.isPointer():
		if v.(string) != NullRef && v.(string) != "" {
			s.edges.Set(edge{col.rel.id, v.(string), ref})
		}
	}
}

func (s *state) unindex(t *table, i int, ref string, v any) {
	switch col := &t.columns[i]; {
	case i == t.uuid:
		s.uuids.Delete(v.(string))
	case i == t.label:
		s.names.Delete(nameKey{t.class.Index, v.(string), ref})
	case col.isPointer():
		s.edges.Delete(edge{col.rel.id, v.(string), ref})
	}
}

// isPointer tells whether the column is the reference end of a one-to-many
// relation.
func (c *column) isPointer() bool {
	return c.rel != nil && c.rel.kind == schema.OneToMany && !c.field.Derived
}

// bury remembers a deletion. It stays if the reference comes into use again.
func (s *state) bury(d Deletion) {
	if d.Deleted > s.oldest {
		s.dead.Set(d)
	}
}

// forget drops the oldest deletions beyond a number of them.
func (s *state) forget(keep int) {
	for s.dead.Len() > keep {
		d, _ := s.dead.Min()
		s.forgetUpTo(d.Deleted)
	}
}

// forgetUpTo drops the deletions up to a revision.
func (s *state) forgetUpTo(rev uint64) {
	for {
		d, ok := s.dead.Min()
		if !ok || d.Deleted > rev {
			break
		}
		s.dead.Delete(d)
	}
	s.oldest = max(s.oldest, rev)
}
