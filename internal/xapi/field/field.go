// Package field reads fields of rows by the generated index constants
// (model.VM_PowerState), which the compiler checks, where db.Row takes a
// schema.Field. Values are shared: read only.
package field

import (
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
)

// Of is the field of a row's class with this index.
func Of(row *db.Row, i int) *schema.Field { return &row.Class.Fields[i] }

// Text reads a text, an enum, a date or a reference.
func Text(row *db.Row, i int) string { return row.Text(Of(row, i)) }

// Int reads a number.
func Int(row *db.Row, i int) int64 { return row.Int(Of(row, i)) }

// Float reads a float.
func Float(row *db.Row, i int) float64 { return row.Float(Of(row, i)) }

// Bool reads a flag.
func Bool(row *db.Row, i int) bool { return row.Bool(Of(row, i)) }

// Map reads a map of texts.
func Map(row *db.Row, i int) map[string]string { return row.Map(Of(row, i)) }

// Set reads a set of texts or references, derived ones included.
func Set(r db.Reader, row *db.Row, i int) []string { return r.Value(row, Of(row, i)).([]string) }

// Follow gives the row a reference field points at, or nil if it points nowhere.
func Follow(r db.Reader, row *db.Row, i int) *db.Row {
	target, ok := r.Get(Text(row, i))
	if !ok || target.Class.Name != Of(row, i).Type.Name {
		return nil
	}
	return target
}

// Rows gives the rows a set of references points at; dangling ones are left
// out.
func Rows(r db.Reader, row *db.Row, i int) []*db.Row {
	refs := Set(r, row, i)
	rows := make([]*db.Row, 0, len(refs))
	for _, ref := range refs {
		if target, ok := r.Get(ref); ok {
			rows = append(rows, target)
		}
	}
	return rows
}
