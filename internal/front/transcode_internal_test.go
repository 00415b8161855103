package front

import (
	"testing"
	"unicode/utf8"

	"github.com/xcp-dbus/xcp/internal/bus/wire"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/rpc/typed"
	"github.com/xcp-dbus/xcp/internal/xmlrpc"
)

// FuzzTranscode: no frame makes it panic, or write what is not UTF-8.
func FuzzTranscode(f *testing.F) {
	row := make([]any, len(model.Network.Fields))
	for i := range row {
		row[i] = typed.Empty(model.Network.Fields[i].Type)
	}
	entries, err := wire.RecordEntries(model.Network, row)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(wire.AppendDict(wire.AppendString(nil, 0, "OpaqueRef:1"), 0, entries))
	event := wire.AppendString(nil, 0, "OpaqueRef:1")
	event, mark := wire.OpenDict(event, 0)
	event = wire.AppendTextEntry(event, 0, "class", "network")
	event = wire.AppendDict(wire.AppendEntry(event, 0, "snapshot", "a{sv}"), 0, entries)
	f.Add(wire.Close(event, mark))
	f.Fuzz(func(t *testing.T, frame []byte) {
		for _, read := range []func(*transcoder) error{
			func(x *transcoder) error { return x.pair(frame, model.Network) },
			func(x *transcoder) error { return x.event(frame) },
		} {
			e := new(xmlrpc.Encoder)
			e.BeginStruct()
			if err := read(&transcoder{e: e, classes: model.ClassByLower}); err == nil && !utf8.Valid(e.Buffer()) {
				t.Error("the answer is not UTF-8")
			}
		}
		_, _ = readTail(frame)
	})
}
