package event

import (
	"maps"
	"strconv"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus/wire"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
)

// The operations of events.
const (
	opAdd = "add"
	opMod = "mod"
	opDel = "del"
)

// A Batch is one answer of event.from. Its snapshots are made from the rows
// only when it is sent.
type Batch struct {
	snap  *db.Snapshot
	to    position
	token string

	messages   []MessageChange
	adds, mods []*db.Row
	dels       []deletion
}

type deletion struct {
	class *schema.Class
	ref   string
	rev   uint64
}

// batch gathers what a client that stands at a position has not seen.
func (e *Engine) batch(snap *db.Snapshot, sub *subscription, from position) *Batch {
	b := &Batch{snap: snap, to: position{revision: snap.Rev(), messages: from.messages}}
	snap.Changes(from.revision, func(row *db.Row) {
		switch {
		case !sub.wants(row.Class, row.Ref):
		case row.Created > from.revision:
			b.adds = append(b.adds, row)
		default:
			b.mods = append(b.mods, row)
		}
	})
	snap.Deletions(from.revision, func(class *schema.Class, ref string, created, deleted uint64) {
		if created <= from.revision && sub.wants(class, ref) {
			b.dels = append(b.dels, deletion{class, ref, deleted})
		}
	})
	changes, newest := e.cfg.Messages.Since(from.messages)
	b.to.messages = newest
	if sub.wantsMessages() {
		b.messages = changes
	}
	b.token = e.token(b.to)
	return b
}

// news tells whether there is anything to say.
func (b *Batch) news() bool {
	return len(b.messages)+len(b.adds)+len(b.mods)+len(b.dels) > 0
}

// counts gives valid_ref_counts: the rows of every table, subscribed or not.
func (b *Batch) counts() map[string]int64 {
	counts := make(map[string]int64)
	for class, n := range b.snap.Counts() {
		counts[class] = int64(n)
	}
	return counts
}

// header is the answer without its events.
func (b *Batch) header() map[string]dbus.Variant {
	return map[string]dbus.Variant{
		"token":            dbus.MakeVariant(b.token),
		"valid_ref_counts": dbus.MakeVariant(b.counts()),
	}
}

// Dict is the whole answer as one value, for a plain reply.
func (b *Batch) Dict() map[string]dbus.Variant {
	events := make([]map[string]dbus.Variant, 0, len(b.messages)+len(b.adds)+len(b.mods)+len(b.dels))
	for _, m := range b.messages {
		ev := plainEvent("0", messageClass, opOf(m.Deleted), m.Ref)
		if !m.Deleted {
			ev["snapshot"] = dbus.MakeVariant(m.Record)
		}
		events = append(events, ev)
	}
	row := func(row *db.Row, op string) {
		ev := plainEvent(id(row.Modified), row.Class.Lower(), op, row.Ref)
		ev["snapshot"] = dbus.MakeVariant(b.snap.Record(row))
		events = append(events, ev)
	}
	for _, r := range b.adds {
		row(r, opAdd)
	}
	for _, r := range b.mods {
		row(r, opMod)
	}
	for _, d := range b.dels {
		events = append(events, plainEvent(id(d.rev), d.class.Lower(), opDel, d.ref))
	}
	all := maps.Clone(b.header())
	all["events"] = dbus.MakeVariant(events)
	return all
}

func opOf(deleted bool) string {
	if deleted {
		return opDel
	}
	return opAdd
}

func id(revision uint64) string { return strconv.FormatUint(revision, 10) }

// noTime is what event.from says of when things happened: the log has
// revisions, not times.
const noTime = "0.0"

func plainEvent(id, class, op, ref string) map[string]dbus.Variant {
	return map[string]dbus.Variant{
		"id":        dbus.MakeVariant(id),
		"timestamp": dbus.MakeVariant(noTime),
		"class":     dbus.MakeVariant(class),
		"operation": dbus.MakeVariant(op),
		"ref":       dbus.MakeVariant(ref),
	}
}

// WriteFrames sends the answer as a stream: a frame with the header, then one
// for each event. It does not close the stream.
func (b *Batch) WriteFrames(w *wire.FrameWriter) error {
	buf := wire.AppendString(nil, 0, "")
	buf, m := wire.OpenDict(buf, 0)
	buf = wire.AppendTextEntry(buf, 0, "token", b.token)
	buf = wire.AppendEntry(buf, 0, "valid_ref_counts", "a{sx}")
	buf, counts := wire.OpenDict(buf, 0)
	for class, n := range b.counts() {
		buf = wire.AppendString(wire.Align(buf, 0, 8), 0, class)
		buf = wire.AppendInt64(buf, 0, n)
	}
	buf = wire.Close(wire.Close(buf, counts), m)
	if err := w.Frame(buf); err != nil {
		return err
	}
	return b.writeEvents(w, buf)
}

func (b *Batch) writeEvents(w *wire.FrameWriter, buf []byte) error {
	for _, m := range b.messages {
		buf, mark := openEvent(buf[:0], "0", messageClass, opOf(m.Deleted), m.Ref)
		if !m.Deleted {
			var err error
			buf = wire.AppendString(wire.Align(buf, 0, 8), 0, "snapshot")
			if buf, err = wire.AppendVariant(buf, 0, dbus.MakeVariant(m.Record)); err != nil {
				return err
			}
		}
		if err := w.Frame(wire.Close(buf, mark)); err != nil {
			return err
		}
	}
	for _, group := range []struct {
		op   string
		rows []*db.Row
	}{{opAdd, b.adds}, {opMod, b.mods}} {
		for _, row := range group.rows {
			var mark wire.Mark
			buf, mark = openEvent(buf[:0], id(row.Modified), row.Class.Lower(), group.op, row.Ref)
			buf = wire.AppendEntry(buf, 0, "snapshot", "a{sv}")
			buf = wire.AppendDict(buf, 0, b.snap.Encoded(row))
			if err := w.Frame(wire.Close(buf, mark)); err != nil {
				return err
			}
		}
	}
	for _, d := range b.dels {
		var mark wire.Mark
		buf, mark = openEvent(buf[:0], id(d.rev), d.class.Lower(), opDel, d.ref)
		if err := w.Frame(wire.Close(buf, mark)); err != nil {
			return err
		}
	}
	return nil
}

// openEvent begins the frame of one event, leaving its record open.
func openEvent(buf []byte, id, class, op, ref string) ([]byte, wire.Mark) {
	buf = wire.AppendString(buf, 0, ref)
	buf, m := wire.OpenDict(buf, 0)
	buf = wire.AppendTextEntry(buf, 0, "id", id)
	buf = wire.AppendTextEntry(buf, 0, "timestamp", noTime)
	buf = wire.AppendTextEntry(buf, 0, "class", class)
	buf = wire.AppendTextEntry(buf, 0, "operation", op)
	buf = wire.AppendTextEntry(buf, 0, "ref", ref)
	return buf, m
}
