package db

import (
	"encoding/json"
	"sync/atomic"

	"github.com/xcp-dbus/xcp/internal/schema"
)

// A Row is one record at one revision. It never changes; a changed record is a
// new Row.
type Row struct {
	Class    *schema.Class
	Ref      string
	Created  uint64 // revision
	Modified uint64 // revision

	memory bool  // made by CreateMemory
	values []any // by field index, shared, read only
	// unknown holds members of the stored record that this contract has no
	// field for, so that an older version loses nothing of a newer one.
	unknown map[string]json.RawMessage

	encoded atomic.Pointer[[]byte]
}

// Value returns a stored value, shared, read only. For a derived set ask the
// Snapshot or Tx.
func (r *Row) Value(f *schema.Field) any { return r.values[f.Index] }

// Text returns the value of a field whose Go type is string.
func (r *Row) Text(f *schema.Field) string { return r.values[f.Index].(string) }

// Int returns the value of an int field.
func (r *Row) Int(f *schema.Field) int64 { return r.values[f.Index].(int64) }

// Float returns the value of a float field.
func (r *Row) Float(f *schema.Field) float64 { return r.values[f.Index].(float64) }

// Bool returns the value of a bool field.
func (r *Row) Bool(f *schema.Field) bool { return r.values[f.Index].(bool) }

// Strings returns the value of a set of texts, shared, read only.
func (r *Row) Strings(f *schema.Field) []string { return r.values[f.Index].([]string) }

// Map returns the value of a map of texts, shared, read only.
func (r *Row) Map(f *schema.Field) map[string]string { return r.values[f.Index].(map[string]string) }

// InMemory tells whether the row was made by Tx.CreateMemory.
func (r *Row) InMemory() bool { return r.memory }

// with returns a copy of the row at a new revision. The values are still
// shared: who changes them copies them first.
func (r *Row) with(rev uint64) *Row {
	return &Row{
		Class: r.Class, Ref: r.Ref, Created: r.Created, Modified: rev,
		memory: r.memory, values: r.values, unknown: r.unknown,
	}
}
