package db

import "github.com/xcp-dbus/xcp/internal/schema"

// A Snapshot is one published state. It is immutable and safe for concurrent
// use.
type Snapshot struct {
	*state
	next chan struct{} // closed when a newer snapshot is published
}

var _ Reader = (*Snapshot)(nil)

// Changes calls fn for each row created or changed after a revision, in order
// of their newest revision.
func (s *Snapshot) Changes(after uint64, fn func(row *Row)) {
	s.log.Ascend(&Row{Modified: after + 1}, func(row *Row) bool {
		fn(row)
		return true
	})
}

// Deletions calls fn for each row deleted after a revision, oldest first.
func (s *Snapshot) Deletions(after uint64, fn func(class *schema.Class, ref string, created, deleted uint64)) {
	s.dead.Ascend(Deletion{Deleted: after + 1}, func(d Deletion) bool {
		fn(d.Class, d.Ref, d.Created, d.Deleted)
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
