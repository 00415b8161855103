package front_test

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/wire"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/rpc"
	"github.com/xcp-dbus/xcp/internal/rpc/typed"
	"github.com/xcp-dbus/xcp/internal/xmlrpc"
)

// streaming answers each call with a pipe that write fills.
func streaming(write func(w *wire.FrameWriter) error) *xapi {
	return &xapi{answer: func(context.Context, *bus.Request) ([]any, error) {
		r, w, err := wire.Pipe()
		if err != nil {
			return nil, err
		}
		go func() {
			defer w.Close()
			_ = write(wire.NewFrameWriter(w))
		}()
		return []any{descriptor(r)}, nil
	}}
}

// descriptor gives a file's descriptor as a call returns it: the receiver's own.
func descriptor(f *os.File) dbus.UnixFD {
	defer f.Close()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		panic(err)
	}
	return dbus.UnixFD(fd)
}

// vmRow is a row of the size a real VM has.
func vmRow() []any {
	row := make([]any, len(model.VM.Fields))
	for i := range model.VM.Fields {
		f := &model.VM.Fields[i]
		switch row[i] = typed.Empty(f.Type); f.Name {
		case "uuid":
			row[i] = "0d9e5f0c-4f4b-4a1b-8b49-2e8a4f4c7e21"
		case "name_label":
			row[i] = "a <name> & more"
		case "memory_static_max":
			row[i] = int64(1 << 32)
		case "VBDs", "VIFs", "snapshots":
			row[i] = []string{"OpaqueRef:0d9e5f0c-4f4b-4a1b-8b49-2e8a4f4c7e21", "OpaqueRef:0d9e5f0c-4f4b-4a1b-8b49-2e8a4f4c7e22"}
		case "other_config", "platform", "xenstore_data", "bios_strings":
			row[i] = map[string]string{"folder": "/a/b", "vgpu": "false", "install-methods": "cdrom,nfs,http,ftp", "base_template_name": "Debian"}
		case "allowed_operations":
			row[i] = []string{"start", "clone", "copy", "snapshot", "export", "destroy"}
		}
	}
	return row
}

func vmEntries(t testing.TB) []byte {
	t.Helper()
	entries, err := wire.RecordEntries(model.VM, vmRow())
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func records(t testing.TB, n int, errorName string) *xapi {
	entries := vmEntries(t)
	return streaming(func(w *wire.FrameWriter) error {
		for i := range n {
			if err := w.Record("OpaqueRef:"+itoa(i), entries); err != nil {
				return err
			}
		}
		return w.Close(errorName)
	})
}

func TestStreamOfRecords(t *testing.T) {
	for _, n := range []int{0, 1, 500} {
		x := records(t, n, "")
		s := serve(t, x)
		res, got := s.post(t, "/", xmlCall("VM.get_all_records", v("s")))
		if whole := n < 500; whole != (res.ContentLength >= 0) {
			t.Errorf("%d records have length %d", n, res.ContentLength)
		}
		val, err := xmlrpc.DecodeResponse(got, limits)
		if err != nil || len(val.Members) != n {
			t.Fatalf("%d records: %d, %v", n, len(val.Members), err)
		}
		if n > 0 {
			fields := val.Members[n-1].Value.Members
			public := 0
			for _, f := range model.VM.Fields {
				if !f.Internal {
					public++
				}
			}
			if len(fields) != public || fields[0].Name != "uuid" {
				t.Errorf("%d fields of %d", len(fields), public)
			}
		}
		if x.last.Interface != "org.xen.xcp.xapi.VMStream1" {
			t.Error(x.last.Interface)
		}
		if _, got := s.post(t, "/jsonrpc", `{"jsonrpc":"2.0","method":"VM.get_all_records","params":["s"],"id":1}`); n == 1 && !strings.Contains(got, `"OpaqueRef:0":{"uuid":"0d9e5f0c`) {
			t.Error(got)
		}
	}
}

// TestStreamAgrees: a record is the same, streamed or not.
func TestStreamAgrees(t *testing.T) {
	entries := vmEntries(t)
	s := serve(t, records(t, 1, ""))
	_, streamed := s.post(t, "/", xmlCall("VM.get_all_records", v("s")))
	r := wire.NewReader(wire.AppendDict(nil, 0, entries))
	plain, err := r.Values("a{sv}")
	if err != nil {
		t.Fatal(err)
	}
	s = serve(t, answering(plain...))
	_, boxed := s.post(t, "/", xmlCall("VM.get_record", v("s"), v("r")))
	all, err := xmlrpc.DecodeResponse(streamed, limits)
	if err != nil {
		t.Fatal(err)
	}
	one, err := xmlrpc.DecodeResponse(boxed, limits)
	if err != nil {
		t.Fatal(err)
	}
	byName := cmpopts.SortSlices(func(a, b rpc.Member) bool { return a.Name < b.Name })
	if diff := cmp.Diff(all.Members[0].Value, one, byName); diff != "" {
		t.Error(diff)
	}
}

func TestStreamFailures(t *testing.T) {
	s := serve(t, records(t, 1, "org.xen.xcp.Error.XenAPI.SESSION_INVALID"))
	if _, got := s.post(t, "/", xmlCall("VM.get_all_records", v("s"))); got != xmlFailure("SESSION_INVALID") {
		t.Error(got)
	}
	s = serve(t, records(t, 3, "org.xen.xcp.Error.Internal"))
	if _, got := s.post(t, "/", xmlCall("VM.get_all_records", v("s"))); !strings.Contains(got, "INTERNAL_ERROR") {
		t.Error(got)
	}
	// What breaks off late must not look complete.
	s = serve(t, records(t, 500, "org.xen.xcp.Error.Internal"))
	r, _ := http.NewRequest("POST", s.url, strings.NewReader(xmlCall("VM.get_all_records", v("s"))))
	res, err := s.client.Do(r)
	if err == nil {
		_, err = io.ReadAll(res.Body)
		res.Body.Close()
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a broken stream ends in %v", err)
	}
	s = serve(t, streaming(func(w *wire.FrameWriter) error { return w.Flush() }))
	if _, got := s.post(t, "/", xmlCall("VM.get_all_records", v("s"))); !strings.Contains(got, "INTERNAL_ERROR") {
		t.Error(got)
	}
	s = serve(t, answering("no descriptor"))
	if _, got := s.post(t, "/", xmlCall("VM.get_all_records", v("s"))); !strings.Contains(got, "INTERNAL_ERROR") {
		t.Error(got)
	}
}

func eventFrame(class, op string, snapshot []byte) []byte {
	b := wire.AppendString(nil, 0, "OpaqueRef:1")
	b, m := wire.OpenDict(b, 0)
	b = wire.AppendTextEntry(b, 0, "id", "12")
	b = wire.AppendTextEntry(b, 0, "timestamp", "0.0")
	b = wire.AppendTextEntry(b, 0, "class", class)
	b = wire.AppendTextEntry(b, 0, "operation", op)
	b = wire.AppendTextEntry(b, 0, "ref", "OpaqueRef:1")
	if snapshot != nil {
		b = wire.AppendDict(wire.AppendEntry(b, 0, "snapshot", "a{sv}"), 0, snapshot)
	}
	return wire.Close(b, m)
}

func TestEvents(t *testing.T) {
	entries := vmEntries(t)
	x := streaming(func(w *wire.FrameWriter) error {
		b := wire.AppendString(nil, 0, "")
		b, m := wire.OpenDict(b, 0)
		b = wire.AppendTextEntry(b, 0, "token", "00000000000000000012,00000000000000000000")
		b = wire.AppendEntry(b, 0, "valid_ref_counts", "a{sx}")
		b, counts := wire.OpenDict(b, 0)
		b = wire.AppendInt64(wire.AppendString(wire.Align(b, 0, 8), 0, "vm"), 0, 3)
		b = wire.Close(wire.Close(b, counts), m)
		for _, f := range [][]byte{b, eventFrame("vm", "add", entries), eventFrame("vm", "del", nil)} {
			if err := w.Frame(f); err != nil {
				return err
			}
		}
		return w.Close("")
	})
	s := serve(t, x)
	_, got := s.post(t, "/", xmlCall("event.from", v("s"), "<value><array><data><value>*</value></data></array></value>", v(""), "<value><double>60.1</double></value>"))
	for _, want := range []string{
		`<name>Value</name><value><struct><member><name>events</name><value><array><data><value><struct><member><name>id</name><value>12</value></member><member><name>timestamp</name><value>0.0</value></member>`,
		`<member><name>snapshot</name><value><struct><member><name>uuid</name>`,
		`<member><name>memory_static_max</name><value>4294967296</value>`,
		`<member><name>operation</name><value>del</value></member><member><name>ref</name><value>OpaqueRef:1</value></member></struct></value></data></array></value></member>` +
			`<member><name>valid_ref_counts</name><value><struct><member><name>vm</name><value><i4>3</i4></value></member></struct></value></member>` +
			`<member><name>token</name><value>00000000000000000012,00000000000000000000</value></member></struct></value>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if err := xml.Unmarshal([]byte(got), new(struct{})); err != nil {
		t.Error(err)
	}
	if x.last.Interface != "org.xen.xcp.xapi.eventStream1" || x.last.Args[2] != 60.1 {
		t.Errorf("%+v", x.last)
	}
}

func BenchmarkGetAllRecords(b *testing.B) {
	for _, n := range []int{1000, 16000} {
		b.Run(itoa(n), func(b *testing.B) {
			s := serve(b, records(b, n, ""))
			body := xmlCall("VM.get_all_records", v("s"))
			size := int64(0)
			for b.Loop() {
				res, err := s.client.Post(s.url, "text/xml", strings.NewReader(body))
				if err != nil {
					b.Fatal(err)
				}
				size, err = io.Copy(io.Discard, res.Body)
				res.Body.Close()
				if err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(size)
		})
	}
}

func BenchmarkCall(b *testing.B) {
	s := serve(b, answering("name"))
	body := xmlCall("VM.get_name_label", v("OpaqueRef:8b0f1c7a-2f6f-4a53-9f0e-65b1c9be0c11"), v("OpaqueRef:0d9e5f0c-4f4b-4a1b-8b49-2e8a4f4c7e21"))
	b.ReportAllocs()
	for b.Loop() {
		res, err := s.client.Post(s.url, "text/xml", strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
}
