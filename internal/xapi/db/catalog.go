package db

import (
	"fmt"
	"reflect"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/schema"
)

// A catalog is what the database derives from the contract once, at Open.
type catalog struct {
	tables []*table // by Class.Index
	byName map[string]*table
}

// A table is one class as the database sees it.
type table struct {
	class   *schema.Class
	lower   string
	columns []column       // by Field.Index
	byName  map[string]int // wire name to index
	blank   []any          // the defaults of all columns
	derived []int          // the columns that are computed
	uuid    int            // index of the field, -1 if there is none
	label   int
}

// A column is one field of a table.
type column struct {
	field   *schema.Field
	goType  reflect.Type
	sig     dbus.Signature
	def     any            // shared by all rows that have it
	defJSON []byte         // def as it is stored
	words   map[string]any // of an enum: each word once
	stored  bool           // has a place in the JSON of a row

	rel   *relation // nil if the field is in none
	other *table    // the table at the relation's other end
	peer  int       // the field there
}

// A relation is a pair of fields that are kept in step. Its number is the
// first part of the keys in the edge index.
type relation struct {
	id   uint32
	kind schema.RelationKind // OneToMany or ManyToMany
}

func newCatalog(classes []*schema.Class) (*catalog, error) {
	cat := &catalog{byName: make(map[string]*table, len(classes))}
	for i, c := range classes {
		if c.Index != i {
			return nil, fmt.Errorf("class %s has index %d at place %d", c.Name, c.Index, i)
		}
		t, err := newTable(c)
		if err != nil {
			return nil, err
		}
		cat.tables = append(cat.tables, t)
		cat.byName[c.Name] = t
	}
	return cat, cat.relate()
}

func newTable(c *schema.Class) (*table, error) {
	t := &table{class: c, lower: c.Lower(), byName: make(map[string]int, len(c.Fields)), uuid: -1, label: -1}
	if !c.InDB {
		return t, nil
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.Index != i {
			return nil, fmt.Errorf("field %s.%s has index %d at place %d", c.Name, f.Name, f.Index, i)
		}
		if !storable(f.Type) {
			return nil, fmt.Errorf("field %s.%s is a %s: the database does not keep these", c.Name, f.Name, f.Type.Text)
		}
		col := newColumn(f)
		if reflect.TypeOf(col.def) != col.goType {
			return nil, fmt.Errorf("the default of %s.%s is a %T, not a %s", c.Name, f.Name, col.def, f.Type.Text)
		}
		t.columns = append(t.columns, col)
		t.blank = append(t.blank, col.def)
		t.byName[f.Name] = i
		if f.Derived {
			t.derived = append(t.derived, i)
		}
		switch f.Name {
		case "uuid":
			t.uuid = i
		case "name_label":
			t.label = i
		}
	}
	return t, nil
}

// storable tells whether the database knows a form for values of t.
func storable(t *schema.Type) bool {
	switch t.Kind {
	case schema.Void, schema.Record, schema.Option:
		return false
	case schema.Set:
		return storable(t.Elem)
	case schema.Map:
		return storable(t.Key) && storable(t.Elem)
	}
	return true
}

func newColumn(f *schema.Field) column {
	col := column{
		field:  f,
		goType: goType(f.Type),
		sig:    dbus.ParseSignatureMust(f.Type.Sig),
		def:    f.Default,
		stored: !f.Derived && f.Durability != schema.Memory,
	}
	if col.def == nil {
		col.def = Empty(f.Type)
	}
	col.defJSON = appendJSON(nil, col.def)
	if f.Type.Kind == schema.Enum {
		col.words = make(map[string]any, len(f.Type.Enum.Values))
		for _, w := range f.Type.Enum.Values {
			col.words[w] = w
		}
	}
	return col
}

// relate pairs the ends of all relations. A field that is its own other end
// (role.subroles) is an ordinary set.
func (cat *catalog) relate() error {
	var next uint32
	for _, t := range cat.tables {
		for i := range t.columns {
			col := &t.columns[i]
			r := col.field.Relation
			if r == nil || col.rel != nil || r.Class == t.class.Name && r.Field == col.field.Name {
				continue
			}
			other, ok := cat.byName[r.Class]
			if !ok {
				return fmt.Errorf("field %s.%s is related to the unknown class %s", t.class.Name, col.field.Name, r.Class)
			}
			peer, ok := other.byName[r.Field]
			if !ok {
				return fmt.Errorf("field %s.%s is related to the unknown field %s.%s", t.class.Name, col.field.Name, r.Class, r.Field)
			}
			kind := schema.OneToMany
			if r.Kind == schema.ManyToMany {
				kind = schema.ManyToMany
			}
			rel := &relation{id: next, kind: kind}
			next++
			col.rel, col.other, col.peer = rel, other, peer
			back := &other.columns[peer]
			back.rel, back.other, back.peer = rel, t, i
		}
	}
	return nil
}

// table returns the table of a class of this contract.
func (cat *catalog) table(c *schema.Class) *table { return cat.tables[c.Index] }
