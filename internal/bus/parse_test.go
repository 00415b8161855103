package bus

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/xcp-dbus/xcp/internal/bus/wire"
)

// These tests look at what does not need a bus: parsing of what a hostile one,
// or a hostile peer, could send.

func sameMeta(a, b *Meta) string {
	return cmp.Diff(a, b, cmp.AllowUnexported(Meta{}))
}

// drawMeta makes any Meta that survives the way over the bus.
func drawMeta(t *rapid.T) *Meta {
	text := rapid.StringMatching(`[a-z:/äöü-]{0,12}`)
	m := &Meta{
		TraceParent: text.Draw(t, "trace"), TraceState: text.Draw(t, "state"), IdempotencyKey: text.Draw(t, "key"),
		Task: text.Draw(t, "task"), Session: text.Draw(t, "session"), Subject: text.Draw(t, "subject"),
		Cause: text.Draw(t, "cause"), Permission: text.Draw(t, "permission"), OriginDomain: text.Draw(t, "domain"),
	}
	if rapid.Bool().Draw(t, "deadline?") {
		m.Deadline = time.UnixMilli(rapid.Int64Range(1, 1<<50).Draw(t, "deadline"))
	}
	if n := rapid.IntRange(0, 3).Draw(t, "roles"); n > 0 {
		m.Roles = rapid.SliceOfN(text, n, n).Draw(t, "roles")
	}
	if rapid.Bool().Draw(t, "origin?") {
		m.Origin = &Origin{
			Transport: text.Draw(t, "transport"), Peer: text.Draw(t, "peer"), UID: rapid.Int64Range(-1, 1<<32-1).Draw(t, "uid"),
			UserAgent: text.Draw(t, "agent"), Task: text.Draw(t, "otask"), SubtaskOf: text.Draw(t, "sub"),
			Internal: rapid.Bool().Draw(t, "internal"), TraceParent: text.Draw(t, "otrace"),
		}
		if rapid.Bool().Draw(t, "config?") {
			m.Origin.TaskOtherConfig = map[string]string{text.Draw(t, "k"): text.Draw(t, "v")}
		}
	}
	return m
}

// TestMetaSurvives: both ways to write a context and both to read it agree.
func TestMetaSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMeta(t)
		parsed, err := ParseMeta(m.Dict())
		if err != nil {
			t.Fatal(err)
		}
		read := &Meta{received: true}
		r := wire.NewReader(appendMeta(nil, 0, m))
		if err := readMeta(r, read); err != nil || r.Rest() != 0 {
			t.Fatal(err, r.Rest())
		}
		m.received = true
		if d := sameMeta(m, parsed); d != "" {
			t.Fatal(d)
		}
		if d := sameMeta(m, read); d != "" {
			t.Fatal(d)
		}
	})
}

func TestFrontAlwaysSaysItsSession(t *testing.T) {
	if d := (&Meta{Origin: &Origin{UID: -1}}).Dict(); d["session"].Value() != "" {
		t.Errorf("%v", d)
	}
	if d := (&Meta{}).Dict(); len(d) != 0 {
		t.Errorf("%v", d)
	}
	if d := (*Meta)(nil).Dict(); len(d) != 0 {
		t.Errorf("%v", d)
	}
}

// FuzzParseMeta feeds both parsers the same data.
func FuzzParseMeta(f *testing.F) {
	o := &Origin{Transport: "tcp", UID: 0, TaskOtherConfig: map[string]string{"a": "b"}, Internal: true}
	f.Add(appendMeta(nil, 0, &Meta{Session: "s", Roles: []string{"r"}, Deadline: time.UnixMilli(5), Origin: o}))
	f.Add(appendMeta(nil, 0, &Meta{}))
	for k, v := range map[string]any{"origin": "x", "roles": int64(1), "uid": true, "deadline-ms": uint64(1) << 63, "unknown": []string{}} {
		b, _, err := wire.AppendSig(nil, 0, dictSig, map[string]dbus.Variant{k: dbus.MakeVariant(v)})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		read := &Meta{received: true}
		r := wire.NewReader(data)
		readErr := readMeta(r, read)
		values, err := wire.NewReader(data).Values(dictSig)
		if err != nil {
			return
		}
		d := values[0].(map[string]dbus.Variant)
		parsed, parseErr := ParseMeta(d)
		if readErr != nil {
			return // of keys said twice a map knows the last only
		}
		if parseErr != nil {
			t.Fatalf("%v is refused: %v", d, parseErr)
		}
		if len(read.Session) > maxMetaText || len(read.IdempotencyKey) > maxKeyLen || len(read.Roles) > maxMetaRoles {
			t.Fatalf("beyond the bounds: %+v", read)
		}
		if read.Origin == nil && sameMeta(read, parsed) != "" {
			t.Fatalf("%v: %s", d, sameMeta(read, parsed))
		}
	})
}

// sample is a whole marshalled call.
func sample(t testing.TB) []byte {
	t.Helper()
	m := message{
		kind: dbus.TypeMethodCall, serial: 7, dest: ":1.2", sender: ":1.3", path: "/a/b", iface: "a.b", member: "C",
		sig: "sh" + dictSig, args: []any{"text", dbus.UnixFD(3)}, meta: &Meta{Task: "t"},
	}
	b, fds, err := m.marshal(nil)
	if err != nil || len(fds) != 1 {
		t.Fatal(err, fds)
	}
	return b
}

func TestMessageSurvives(t *testing.T) {
	m, fds, err := parseMessage(sample(t))
	if err != nil || fds != 1 || m.serial != 7 || m.path != "/a/b" || m.iface != "a.b" || m.member != "C" || m.sender != ":1.3" || m.sig != "sha{sv}" {
		t.Fatalf("%+v, %d, %v", m, fds, err)
	}
	m.fds = []int{42}
	v, err := m.values()
	if err != nil || v[0] != "text" || v[1] != dbus.UnixFD(42) {
		t.Fatalf("%v, %v", v, err)
	}
}

func TestUnknownHeaderFieldsAreSkipped(t *testing.T) {
	b := []byte{'l', byte(dbus.TypeMethodCall), 0, 1, 0, 0, 0, 0, 9, 0, 0, 0}
	b, mark := wire.OpenDict(b, 0)
	b = wire.AppendString(appendField(b, dbus.FieldMember, "s"), 0, "M")
	b = wire.AppendStrings(appendField(b, 200, "as"), 0, []string{"from", "the", "future"})
	b = wire.AppendString(appendField(b, dbus.FieldPath, "o"), 0, "/p")
	b = wire.Align(wire.Close(b, mark), 0, 8)
	m, _, err := parseMessage(b)
	if err != nil || m.member != "M" || m.path != "/p" || m.serial != 9 {
		t.Fatalf("%+v, %v", m, err)
	}
}

func FuzzMessage(f *testing.F) {
	f.Add(sample(f))
	f.Add(sample(f)[:40])
	big := sample(f)
	big[0] = 'B'
	f.Add(big)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) < headerSize {
			return
		}
		size, err := messageSize(raw)
		if err != nil || size > len(raw) {
			return
		}
		m, fds, err := parseMessage(raw[:size])
		if err != nil {
			return
		}
		if fds < 0 || fds > maxQueuedFDs {
			t.Fatalf("%d descriptors", fds)
		}
		m.fds = make([]int, fds)
		_, _ = m.values()
	})
}

func TestMessageSizes(t *testing.T) {
	b := make([]byte, headerSize)
	for _, order := range []byte{'l', 'B', 'x', 0} {
		b[0] = order
		for _, n := range []uint32{0, 8, 1 << 26, 1<<32 - 1} {
			binary.LittleEndian.PutUint32(b[4:], n)
			binary.LittleEndian.PutUint32(b[12:], n)
			if size, err := messageSize(b); err == nil && (size < headerSize || size > maxIncoming) {
				t.Errorf("%c: %d", order, size)
			}
		}
	}
}

func TestTraces(t *testing.T) {
	good := "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	tr, ok := ParseTrace(good)
	if !ok || tr.String() != good {
		t.Fatalf("%s, %v", tr, ok)
	}
	if c := tr.Child(); c.ID != tr.ID || c.Span == tr.Span || c.Flags != tr.Flags {
		t.Errorf("child %s", c)
	}
	if _, ok := ParseTrace("01" + good[2:] + "-future"); !ok {
		t.Error("a later version is refused")
	}
	for _, bad := range []string{
		"", "00", good + "-x", "ff" + good[2:], strings.ToUpper(good), strings.Replace(good, "-b", "_b", 1), "0x" + good[2:],
		"00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
		strings.Repeat("-", 55), "01" + good[2:] + "x",
	} {
		if _, ok := ParseTrace(bad); ok {
			t.Errorf("%q is taken", bad)
		}
	}
	if fresh, ok := ParseTrace(childTrace("nonsense")); !ok || fresh.ID == tr.ID {
		t.Error("no new trace for a broken one")
	}
}

func TestMux(t *testing.T) {
	top, deep := &Node{}, &Node{Children: func() []string { return []string{"own"} }}
	m := NewMux()
	m.Handle("/org/xen/xcp/xapi", Objects{"/org/xen/xcp/xapi": top, "/org/xen/xcp/xapi/VM": deep})
	m.Handle("/org/xen/xcp/xapi/Job", Objects{"/org/xen/xcp/xapi/Job": deep})
	m.Handle("/org/freedesktop/LogControl1", Objects{"/org/freedesktop/LogControl1": deep})
	for path, want := range map[dbus.ObjectPath]*Node{
		"/org/xen/xcp/xapi": top, "/org/xen/xcp/xapi/VM": deep, "/org/xen/xcp/xapi/Job": deep, "/": m.empty, "/org": m.empty,
		"/org/xen/xcp/xapi/none": nil, "/org/xen/xcp/xap": nil, "/none": nil, "": nil, "/org/xen/xcp/xapi/Job/1": nil,
	} {
		if got, ok := m.Node(path); got != want || ok != (want != nil) {
			t.Errorf("%q: %p, want %p", path, got, want)
		}
	}
	for path, want := range map[dbus.ObjectPath]string{"/": "org", "/org": "freedesktop xen", "/org/xen/xcp/xapi": "Job", "/org/xen/xcp/xapi/VM": "own"} {
		n, _ := m.Node(path)
		if got := strings.Join(childNames(m, path, n), " "); got != want {
			t.Errorf("below %q: %q, want %q", path, got, want)
		}
	}
}

func TestMatches(t *testing.T) {
	sig := Signal{Sender: ":1.5", Path: "/a/b", Interface: "i.f", Member: "M", Body: []any{"x.y"}}
	base := Match{Interface: "i.f", Member: "M"}
	for _, c := range []struct {
		change func(*Match)
		want   bool
	}{
		{func(m *Match) {}, true},
		{func(m *Match) { m.Member = "N" }, false},
		{func(m *Match) { m.Sender = ":1.5" }, true},
		{func(m *Match) { m.Sender = ":1.6" }, false},
		{func(m *Match) { m.Sender = "well.known" }, false},
		{func(m *Match) { m.Path = "/a/b" }, true},
		{func(m *Match) { m.Path = "/a" }, false},
		{func(m *Match) { m.PathNamespace = "/a" }, true},
		{func(m *Match) { m.PathNamespace = "/" }, true},
		{func(m *Match) { m.PathNamespace = "/a/bc" }, false},
		{func(m *Match) { m.PathNamespace = "/a/" }, false},
		{func(m *Match) { m.Arg0 = "x.y" }, true},
		{func(m *Match) { m.Arg0 = "x" }, false},
		{func(m *Match) { m.Arg0Namespace = "x" }, true},
		{func(m *Match) { m.Arg0Namespace = "x.y.z" }, false},
	} {
		m := base
		c.change(&m)
		if got := m.fits(&sig, ""); got != c.want {
			t.Errorf("%s: %v", m.rule(), got)
		}
	}
	base.Arg0 = "it's"
	if got := base.rule(); got != `type='signal',interface='i.f',member='M',arg0='it'\''s'` {
		t.Errorf("%s", got)
	}
}

func TestNames(t *testing.T) {
	for _, good := range []message{
		{path: "/", iface: "a.b", member: "M_1", dest: ":1.42"}, {dest: "org.xen.xcp-x.y"}, {errorName: "a.b.C_1"}, {},
	} {
		if err := good.checkNames(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
	long := strings.Repeat("a.", 130)
	for _, bad := range []message{
		{path: "a"},
		{path: "/a/"},
		{iface: "a"},
		{iface: "a..b"},
		{iface: "a.1b"},
		{iface: "a.b-c"},
		{iface: long + "a"},
		{member: "a.b"},
		{member: "1a"},
		{member: "a b"},
		{member: strings.Repeat("m", 256)},
		{errorName: "no name"},
		{dest: "a"},
		{dest: "a.1"},
		{dest: ":"},
		{dest: ".a.b"},
		{dest: "a.b."},
		{dest: "ä.b"},
	} {
		if bad.checkNames() == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
