package xmlrpc_test

import (
	"math"
	"testing"

	kolo "github.com/kolo/xmlrpc"
	"pgregory.net/rapid"

	"github.com/xcp-dbus/xcp/internal/rpc"
	. "github.com/xcp-dbus/xcp/internal/xmlrpc"
)

func TestEncodeValue(t *testing.T) {
	for _, tc := range []struct {
		write func(e *Encoder)
		want  string
	}{
		{func(e *Encoder) { e.Text("") }, `<value></value>`},
		{func(e *Encoder) { e.Void() }, `<value></value>`},
		{func(e *Encoder) { e.Text(`<a href="b">&'`) }, `<value>&lt;a href=&quot;b&quot;&gt;&amp;'</value>`},
		{func(e *Encoder) { e.Text("a\x00\x1f\tb\nc\rd\ufffe") }, "<value>a\tb\nc&#13;d</value>"},
		{func(e *Encoder) { e.Text("é\xff😀\x7f") }, "<value>é\ufffd😀\x7f</value>"},
		{func(e *Encoder) { e.TextBytes([]byte("é<\xe2\x82")) }, "<value>é&lt;\ufffd\ufffd</value>"},
		{func(e *Encoder) { e.Int(math.MinInt64) }, `<value>-9223372036854775808</value>`},
		{func(e *Encoder) { e.Int4(3) }, `<value><i4>3</i4></value>`},
		{func(e *Encoder) { e.Bool(true) }, `<value><boolean>1</boolean></value>`},
		{func(e *Encoder) { e.Bool(false) }, `<value><boolean>0</boolean></value>`},
		{func(e *Encoder) { e.Float(0.1) }, `<value><double>0.1</double></value>`},
		{func(e *Encoder) { e.Float(1) }, `<value><double>1</double></value>`},
		{func(e *Encoder) { e.Float(1234567) }, `<value><double>1234567</double></value>`},
		{func(e *Encoder) { e.Float(1e20) }, `<value><double>1e+20</double></value>`},
		{func(e *Encoder) { e.Float(1.0 / 3) }, `<value><double>0.3333333333333333</double></value>`},
		{func(e *Encoder) { e.Float(math.NaN()) }, `<value><double>nan</double></value>`},
		{func(e *Encoder) { e.Float(math.Inf(-1)) }, `<value><double>-inf</double></value>`},
		{func(e *Encoder) { e.DateTime("20250319T04:16:24Z") }, `<value><dateTime.iso8601>20250319T04:16:24Z</dateTime.iso8601></value>`},
		{func(e *Encoder) { e.BeginArray(); e.EndArray() }, `<value><array><data></data></array></value>`},
		{func(e *Encoder) { e.BeginStruct(); e.EndStruct() }, `<value><struct></struct></value>`},
		{func(e *Encoder) {
			e.BeginStruct()
			e.Member("a&b")
			e.BeginStruct()
			e.Member("c")
			e.Int(1)
			e.EndStruct()
			e.Member("d")
			e.Int(2)
			e.EndStruct()
		}, `<value><struct><member><name>a&amp;b</name><value><struct><member><name>c</name><value>1</value></member></struct></value></member><member><name>d</name><value>2</value></member></struct></value>`},
	} {
		var e Encoder
		tc.write(&e)
		if got := string(e.Buffer()); got != tc.want {
			t.Errorf("got  %s\nwant %s", got, tc.want)
		}
	}
}

func TestEnvelopes(t *testing.T) {
	var e Encoder
	e.Failure(rpc.Failure{Code: "SESSION_INVALID", Params: []string{"OpaqueRef:1"}})
	want := `<?xml version="1.0"?><methodResponse><params><param><value><struct><member><name>Status</name><value>Failure</value></member><member><name>ErrorDescription</name><value><array><data><value>SESSION_INVALID</value><value>OpaqueRef:1</value></data></array></value></member></struct></value></param></params></methodResponse>`
	if got := string(e.Buffer()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	e.Reset()
	e.Success()
	e.Void()
	e.End()
	want = `<?xml version="1.0"?><methodResponse><params><param><value><struct><member><name>Status</name><value>Success</value></member><member><name>Value</name><value></value></member></struct></value></param></params></methodResponse>`
	if got := string(e.Buffer()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestKolo has an independent library write the calls.
func TestKolo(t *testing.T) {
	params := []any{"a<&>\"é", 7, true, 1.5, []any{"x", 1}, map[string]any{"k": "v"}}
	body, err := kolo.EncodeMethodCall("VM.start", params...)
	if err != nil {
		t.Fatal(err)
	}
	call, err := DecodeCall(string(body), rpc.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := show(call), `VM.start("a<&>\"é", 7, true, 1.5, ["x", 1], {"k": "v"})`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestKoloAgrees: whatever it writes is read as it was meant.
func TestKoloAgrees(t *testing.T) {
	texts := rapid.StringOf(rapid.Rune().Filter(rpc.LegalRune))
	names := rapid.StringMatching(`[a-z_ ]*`) // it does not escape names
	rapid.Check(t, func(t *rapid.T) {
		s, i, b := texts.Draw(t, "s"), rapid.Int64().Draw(t, "i"), rapid.Bool().Draw(t, "b")
		list := rapid.SliceOf(texts).Draw(t, "list")
		dict := rapid.MapOf(names, texts).Draw(t, "dict")
		body, err := kolo.EncodeMethodCall("VM.x", s, i, b, list, dict)
		if err != nil {
			t.Fatal(err)
		}
		call, err := DecodeCall(string(body), rpc.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		p := call.Params
		if p[0].Text != s || p[1].Int != i || p[2].Bool != b || len(p[3].Items) != len(list) || len(p[4].Members) != len(dict) {
			t.Fatalf("%s is read as %s", body, show(call))
		}
		for n, item := range p[3].Items {
			if item.Text != list[n] {
				t.Fatalf("%q is read as %q", list[n], item.Text)
			}
		}
		for _, m := range p[4].Members {
			if want, ok := dict[m.Name]; !ok || m.Value.Text != want {
				t.Fatalf("%q: %q is read as %q", m.Name, want, m.Value.Text)
			}
		}
	})
}

// TestKoloReads has it read an answer.
func TestKoloReads(t *testing.T) {
	var e Encoder
	e.Failure(rpc.Failure{Code: "A", Params: []string{"<b>"}})
	var answer struct {
		Status           string
		ErrorDescription []string
	}
	if err := kolo.Response(e.Buffer()).Unmarshal(&answer); err != nil {
		t.Fatal(err)
	}
	if answer.Status != "Failure" || len(answer.ErrorDescription) != 2 || answer.ErrorDescription[1] != "<b>" {
		t.Errorf("got %+v", answer)
	}
}

var _ rpc.Answer = (*Encoder)(nil)
