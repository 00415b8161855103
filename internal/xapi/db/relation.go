package db

import (
	"slices"

	"github.com/xcp-dbus/xcp/internal/schema"
)

// link enters a new value of a column in the indexes and tells the rows at the
// other end of its relation.
func (tx *Tx) link(t *table, i int, row *Row, v any, need schema.Durability) {
	tx.index(t, i, row.Ref, v)
	col := &t.columns[i]
	need = max(need, col.field.Durability)
	if row.memory {
		need = schema.Memory
	}
	switch {
	case col.isPointer():
		tx.touchPeer(col, v.(string), need)
	case col.isMany():
		for _, target := range v.([]string) {
			tx.join(col, target, row.Ref, need)
		}
	}
}

// unlink takes the old value of a column, which is to become next, out of the
// indexes and tells the rows at the other end that are not in next.
func (tx *Tx) unlink(t *table, i int, row *Row, old, next any, need schema.Durability) {
	tx.unindex(t, i, row.Ref, old)
	col := &t.columns[i]
	switch {
	case col.isPointer():
		tx.touchPeer(col, old.(string), need)
	case col.isMany():
		for _, target := range old.([]string) {
			if !slices.Contains(next.([]string), target) {
				tx.part(col, target, row.Ref, need)
			}
		}
	}
}

// isMany tells whether the column is one end of a many-to-many relation.
func (c *column) isMany() bool { return c.rel != nil && c.rel.kind == schema.ManyToMany }

// peerRow finds the row at the other end, if it exists and is of the class the
// relation is with.
func (tx *Tx) peerRow(col *column, target string) (*Row, bool) {
	row, ok := tx.rows.Get(target)
	return row, ok && row.Class == col.other.class
}

func (tx *Tx) touchPeer(col *column, target string, need schema.Durability) {
	if _, ok := tx.peerRow(col, target); ok {
		tx.touch(target, need)
	}
}

// join adds ref to the set at the other end of a many-to-many relation.
func (tx *Tx) join(col *column, target, ref string, need schema.Durability) {
	peer, ok := tx.peerRow(col, target)
	if !ok {
		return
	}
	set := peer.values[col.peer].([]string)
	if slices.Contains(set, ref) {
		return
	}
	tx.mark(tx.assign(peer, col.peer, append(slices.Clip(set), ref)), need)
}

// part removes ref from the set at the other end.
func (tx *Tx) part(col *column, target, ref string, need schema.Durability) {
	peer, ok := tx.peerRow(col, target)
	if !ok {
		return
	}
	set := peer.values[col.peer].([]string)
	i := slices.Index(set, ref)
	if i < 0 {
		return
	}
	set = slices.Delete(slices.Clone(set), i, i+1)
	tx.mark(tx.assign(peer, col.peer, col.other.columns[col.peer].share(set)), need)
}
