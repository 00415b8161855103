package db

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/xcp-dbus/xcp/internal/bus/wire"
	"github.com/xcp-dbus/xcp/internal/schema"
)

// A Snapshot is one published state. It is immutable and safe for concurrent
// use.
type Snapshot struct {
	*state
	next chan struct{} // closed when a newer snapshot is published
}

var _ Reader = (*Snapshot)(nil)

// Superseded is closed when a newer snapshot is published.
func (s *Snapshot) Superseded() <-chan struct{} { return s.next }

// Changes calls fn for each row created or changed after a revision, in order
// of their newest revision.
func (s *Snapshot) Changes(after uint64, fn func(row *Row)) {
	s.log.Ascend(&Row{Modified: after + 1}, func(row *Row) bool {
		fn(row)
		return true
	})
}

// Deletions calls fn for each row deleted after a revision, oldest first, that
// has not been made again since: that one is among the Changes.
func (s *Snapshot) Deletions(after uint64, fn func(class *schema.Class, ref string, created, deleted uint64)) {
	s.dead.Ascend(Deletion{Deleted: after + 1}, func(d Deletion) bool {
		if row, ok := s.rows.Get(d.Ref); !ok || row.Class != d.Class {
			fn(d.Class, d.Ref, d.Created, d.Deleted)
		}
		return true
	})
}

// OldestDeletion is the revision up to which deletions may have been
// forgotten: who last looked before it has to start again.
func (s *Snapshot) OldestDeletion() uint64 { return s.oldest }

// Counts returns the number of rows of every class of the database by its
// lower-case name; the caller owns the map.
func (s *Snapshot) Counts() map[string]int {
	counts := make(map[string]int, len(s.counts))
	for i, t := range s.cat.tables {
		if t.class.InDB {
			counts[t.lower] = s.counts[i]
		}
	}
	return counts
}

// Encoded returns the public fields of a row marshalled as the content of an
// a{sv} (wire.RecordEntries, to be spliced with wire.AppendDict). It is made on
// first use and kept with the row; shared, read only.
func (s *Snapshot) Encoded(row *Row) []byte {
	if entries := row.encoded.Load(); entries != nil {
		return *entries
	}
	entries, err := wire.RecordEntries(row.Class, s.complete(row))
	if err != nil { // conform lets no such value in
		panic(fmt.Sprintf("cannot encode %s: %v", row.Ref, err))
	}
	entries = bytes.Clone(entries) // without the room to grow
	// A change of a derived set makes a new row, so the row of this state and
	// its encoding belong together. A row of another state may not.
	if now, ok := s.rows.Get(row.Ref); ok && now == row {
		row.encoded.Store(&entries)
	}
	return entries
}

// complete returns a row's values with the derived ones filled in.
func (s *state) complete(row *Row) []any {
	t := s.cat.table(row.Class)
	if len(t.derived) == 0 {
		return row.values
	}
	values := slices.Clone(row.values)
	for _, i := range t.derived {
		values[i] = s.Value(row, t.columns[i].field)
	}
	return values
}
