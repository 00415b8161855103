package db

import (
	"github.com/xcp-dbus/xcp/internal/store"
)

// watermarkKey holds a revision no handed-out one has reached yet, as decimal
// text: revisions that are kept in memory only never come twice.
const watermarkKey = "meta/watermark"

// Every commit keeps room for the watermark.
const (
	maxKeys  = store.MaxKeys - 1
	maxBytes = store.MaxBytes - 100
)

// writes is what transactions have for the disk: per key the newest value, or
// nil for a deletion.
type writes struct {
	values map[string][]byte
	bytes  int
}

func (w *writes) set(key string, value []byte) {
	if w.values == nil {
		w.values = make(map[string][]byte)
	}
	if old, ok := w.values[key]; ok {
		w.bytes -= len(key) + len(old)
	}
	w.values[key] = value
	w.bytes += len(key) + len(value)
}

func (w *writes) merge(later *writes) {
	for key, value := range later.values {
		w.set(key, value)
	}
}

func (w *writes) empty() bool { return len(w.values) == 0 }

// fits tells whether one commit can hold both. Keys in common are counted
// twice: that errs on the safe side.
func (w *writes) fits(more *writes) bool {
	return len(w.values)+len(more.values) <= maxKeys && w.bytes+more.bytes <= maxBytes
}

// batch turns the writes into the store's form.
func (w *writes) batch() store.Batch {
	var b store.Batch
	for key, value := range w.values {
		if value == nil {
			b.Delete = append(b.Delete, key)
		} else {
			b.Puts = append(b.Puts, store.Put{Key: key, Value: value})
		}
	}
	return b
}
