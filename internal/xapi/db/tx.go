package db

import (
	"errors"
	"fmt"
	"slices"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// A Tx is one transaction: the reads of a Snapshot over its own working state,
// and writes to it. It is valid only inside the function given to Update, and
// for one goroutine.
type Tx struct {
	*state
	changed map[string]schema.Durability // rows put, with the strongest need to write them
	gone    map[string]*Row              // rows deleted that were there before, by key
}

var _ Reader = (*Tx)(nil)

func newTx(s *state) *Tx {
	tx := &Tx{state: s, changed: make(map[string]schema.Durability), gone: make(map[string]*Row)}
	tx.rev++
	return tx
}

// idle tells whether the transaction changed nothing.
func (tx *Tx) idle() bool { return len(tx.changed) == 0 && len(tx.gone) == 0 }

// Rev is the revision this transaction gets if it changes something.
func (tx *Tx) Rev() uint64 { return tx.rev }

// Create makes a row. values are by field index, nil for a field's default;
// values of derived fields are ignored. Tx keeps the values: the caller must
// not change them any more. A reference or uuid that is taken, in any class, is
// an error, unless the row there has exactly these values: that row is
// returned.
func (tx *Tx) Create(c *schema.Class, ref string, values []any) (*Row, error) {
	return tx.create(c, ref, values, false)
}

// CreateMemory is Create for a row that is never written to disk: it is gone
// after a restart. Its class must be in no many-to-many relation, for that is
// stored at the other end too.
func (tx *Tx) CreateMemory(c *schema.Class, ref string, values []any) (*Row, error) {
	for i := range tx.cat.table(c).columns {
		if tx.cat.table(c).columns[i].isMany() {
			return nil, fmt.Errorf("cannot keep a %s in memory only: its field %s is stored at both ends", c.Name, c.Fields[i].Name)
		}
	}
	return tx.create(c, ref, values, true)
}

func (tx *Tx) create(c *schema.Class, ref string, values []any, memory bool) (*Row, error) {
	t := tx.cat.table(c)
	if len(t.columns) == 0 || len(values) != len(t.columns) {
		return nil, fmt.Errorf("cannot create a %s of %d values: it has %d fields", c.Name, len(values), len(t.columns))
	}
	if ref == "" || ref == NullRef {
		return nil, xerr.New(codes.INVALID_VALUE, "_ref", ref)
	}
	values, err := t.conform(values)
	if err != nil {
		return nil, err
	}
	if old, ok := tx.rows.Get(ref); ok {
		if old.Class == c && old.memory == memory && tx.sameStored(t, old.values, values) {
			return old, nil
		}
		return nil, taken(c, "_ref", ref)
	}
	if t.uuid >= 0 {
		uuid := values[t.uuid].(string)
		if _, ok := tx.uuids.Get(uuid); ok {
			return nil, taken(c, "uuid", uuid)
		}
	}
	row := &Row{Class: c, Ref: ref, Created: tx.rev, Modified: tx.rev, memory: memory, values: values}
	if old, ok := tx.gone[key(row)]; ok {
		row.Created = old.Created // deleted and made again in one transaction: a change
	}
	tx.put(nil, row)
	tx.mark(row, schema.Sync)
	for i := range t.columns {
		tx.link(t, i, row, values[i], schema.Sync)
	}
	row, _ = tx.rows.Get(ref) // linking may have changed it, if it is related to itself
	return row, nil
}

func taken(c *schema.Class, field, key string) error {
	return xerr.Wrap(errors.New("a row with this key exists"), codes.INVALID_VALUE, field, key)
}

// conform brings the values of a new row into the form rows keep.
func (t *table) conform(values []any) ([]any, error) {
	out := make([]any, len(values))
	for i := range t.columns {
		col := &t.columns[i]
		if col.field.Derived {
			out[i] = col.def
			continue
		}
		v, err := col.conform(values[i])
		if err != nil {
			return nil, xerr.Wrap(err, codes.INTERNAL_ERROR, err.Error())
		}
		out[i] = v
	}
	return out, nil
}

func (tx *Tx) sameStored(t *table, a, b []any) bool {
	for i := range t.columns {
		if t.columns[i].stored && !Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

// Set gives a field a value, which the caller must not change any more. An
// equal value changes nothing. A derived set cannot be set: set the other end.
func (tx *Tx) Set(ref string, f *schema.Field, v any) error {
	row, ok := tx.rows.Get(ref)
	if !ok {
		return fmt.Errorf("cannot set %s of %s: there is no such row", f.Name, ref)
	}
	t := tx.cat.table(row.Class)
	if f.Index >= len(t.columns) || t.columns[f.Index].field != f {
		return fmt.Errorf("cannot set %s of %s: not a field of class %s", f.Name, ref, row.Class.Name)
	}
	if f.Derived {
		return fmt.Errorf("cannot set %s.%s: it is derived from a relation", row.Class.Name, f.Name)
	}
	v, err := t.columns[f.Index].conform(v)
	if err != nil {
		return xerr.Wrap(err, codes.INTERNAL_ERROR, err.Error())
	}
	old := row.values[f.Index]
	if Equal(old, v) {
		return nil
	}
	if f.Index == t.uuid {
		if _, ok := tx.uuids.Get(v.(string)); ok {
			return taken(row.Class, "uuid", v.(string))
		}
	}
	row = tx.assign(row, f.Index, v)
	tx.mark(row, f.Durability)
	tx.unlink(t, f.Index, row, old, v, f.Durability)
	tx.link(t, f.Index, row, v, f.Durability)
	return nil
}

// assign puts a copy of the row with one other value.
func (tx *Tx) assign(row *Row, i int, v any) *Row {
	next := row.with(tx.rev)
	next.values = slices.Clone(row.values)
	next.values[i] = v
	tx.put(row, next)
	return next
}

// Touch gives a row the transaction's revision and changes nothing else in it.
func (tx *Tx) Touch(ref string) error {
	if !tx.Exists(ref) {
		return fmt.Errorf("cannot touch %s: there is no such row", ref)
	}
	tx.touch(ref, schema.Memory)
	return nil
}

func (tx *Tx) touch(ref string, need schema.Durability) {
	row, ok := tx.rows.Get(ref)
	if !ok {
		return
	}
	if row.Modified != tx.rev {
		next := row.with(tx.rev)
		tx.put(row, next)
		row = next
	}
	tx.mark(row, need)
}

// mark notes that a row was put, and how badly it wants to be on disk.
func (tx *Tx) mark(row *Row, need schema.Durability) {
	if row.memory {
		need = schema.Memory
	}
	if had, ok := tx.changed[row.Ref]; !ok || need < had {
		tx.changed[row.Ref] = need
	}
}

// Delete removes a row. References to it stay.
func (tx *Tx) Delete(ref string) error {
	row, ok := tx.rows.Get(ref)
	if !ok {
		return fmt.Errorf("cannot delete %s: there is no such row", ref)
	}
	t := tx.cat.table(row.Class)
	need := schema.Sync
	if row.memory {
		need = schema.Memory
	}
	for i := range t.columns {
		tx.unlink(t, i, row, row.values[i], t.columns[i].def, need)
	}
	row, _ = tx.rows.Get(ref) // a row related to itself has been touched
	tx.remove(row)
	delete(tx.changed, ref)
	if row.Created != tx.rev {
		tx.gone[key(row)] = row
		tx.bury(Deletion{Class: row.Class, Ref: ref, Created: row.Created, Deleted: tx.rev})
	}
	return nil
}
