package xmlrpc_test

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"github.com/xcp-dbus/xcp/internal/rpc"
	. "github.com/xcp-dbus/xcp/internal/xmlrpc"
)

// FuzzDecodeCall: no body makes it panic, what it takes the standard library's
// parser takes too, and what it read is read again after writing it.
func FuzzDecodeCall(f *testing.F) {
	files, _ := filepath.Glob("testdata/calls/*.txtar")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(txtar.Parse(raw).Files[0].Data))
	}
	f.Add(envelope("<value>&#13;]]&gt;<![CDATA[ ]]></value>"))
	f.Fuzz(func(t *testing.T, body string) {
		call, err := DecodeCall(body, rpc.DefaultLimits)
		if err != nil {
			return
		}
		if err := wellFormed(body); err != nil {
			t.Fatalf("taken, but not well formed: %v", err)
		}
		again, err := DecodeCall(string(encodeCall(call)), rpc.DefaultLimits)
		if err != nil {
			t.Fatalf("cannot read what was written: %v", err)
		}
		if diff := cmp.Diff(untyped(call), untyped(again), cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

// FuzzDecodeResponse: no answer of another server makes it panic.
func FuzzDecodeResponse(f *testing.F) {
	var e Encoder
	e.Failure(rpc.Failure{Code: "A", Params: []string{"b"}})
	f.Add(string(e.Buffer()))
	e.Reset()
	e.Bare()
	e.Text("a")
	e.End()
	f.Add(string(e.Buffer()))
	f.Fuzz(func(t *testing.T, body string) {
		if _, err := DecodeResponse(body, rpc.DefaultLimits); err == nil && wellFormed(body) != nil {
			t.Fatal("taken, but not well formed")
		}
	})
}

func wellFormed(body string) error {
	d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(body, "\uFEFF")))
	for {
		if _, err := d.RawToken(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// TestRoundTrip: what the encoder writes the decoder reads.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		call := rpc.Call{Method: "VM.x", Params: rapid.SliceOfN(genValue(3), 0, 3).Draw(t, "params")}
		again, err := DecodeCall(string(encodeCall(call)), rpc.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(untyped(call), untyped(again), cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func genValue(depth int) *rapid.Generator[rpc.Value] {
	text := rapid.StringOf(rapid.Rune().Filter(rpc.LegalRune))
	return rapid.Custom(func(t *rapid.T) rpc.Value {
		kinds := 5
		if depth > 0 {
			kinds = 7
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return rpc.Value{Kind: rpc.Text, Text: text.Draw(t, "text")}
		case 1:
			return rpc.Value{Kind: rpc.Int, Int: rapid.Int64().Draw(t, "int")}
		case 2:
			return rpc.Value{Kind: rpc.Float, Float: float64(rapid.IntRange(-1e6, 1e6).Draw(t, "float")) / 8}
		case 3:
			return rpc.Value{Kind: rpc.Bool, Bool: rapid.Bool().Draw(t, "bool")}
		case 4:
			return rpc.Value{Kind: rpc.DateTime, Text: "20250319T04:16:24Z"}
		case 5:
			return rpc.Value{Kind: rpc.Array, Items: rapid.SliceOfN(genValue(depth-1), 0, 4).Draw(t, "items")}
		}
		v := rpc.Value{Kind: rpc.Struct}
		for _, name := range rapid.SliceOfNDistinct(text, 0, 20, rapid.ID[string]).Draw(t, "names") {
			v.Members = append(v.Members, rpc.Member{Name: name, Value: genValue(0).Draw(t, "member")})
		}
		return v
	})
}

// untyped makes integers the text they are sent as, and floats what 16 digits
// leave of them.
func untyped(call rpc.Call) rpc.Call {
	out := rpc.Call{Method: call.Method}
	for _, p := range call.Params {
		out.Params = append(out.Params, untypedValue(p))
	}
	return out
}

func untypedValue(v rpc.Value) rpc.Value {
	switch v.Kind {
	case rpc.Int:
		return rpc.Value{Kind: rpc.Text, Text: showValue(v)}
	case rpc.Nil:
		return rpc.Value{Kind: rpc.Text}
	case rpc.Float:
		return rpc.Value{Kind: rpc.Float, Float: float64(float32(v.Float))}
	}
	out := rpc.Value{Kind: v.Kind, Bool: v.Bool, Text: v.Text}
	for _, item := range v.Items {
		out.Items = append(out.Items, untypedValue(item))
	}
	for _, m := range v.Members {
		out.Members = append(out.Members, rpc.Member{Name: m.Name, Value: untypedValue(m.Value)})
	}
	return out
}

func encodeCall(call rpc.Call) []byte {
	var params []func(rpc.Encoder)
	for _, p := range call.Params {
		params = append(params, func(e rpc.Encoder) { encodeValue(e, p) })
	}
	return AppendCall(nil, call.Method, params...)
}

func encodeValue(e rpc.Encoder, v rpc.Value) {
	switch v.Kind {
	case rpc.Nil:
		e.Void()
	case rpc.Text:
		e.Text(v.Text)
	case rpc.Int:
		e.Int(v.Int)
	case rpc.Float:
		e.Float(v.Float)
	case rpc.Bool:
		e.Bool(v.Bool)
	case rpc.DateTime:
		e.DateTime(v.Text)
	case rpc.Array:
		e.BeginArray()
		for _, item := range v.Items {
			encodeValue(e, item)
		}
		e.EndArray()
	case rpc.Struct:
		e.BeginStruct()
		for _, m := range v.Members {
			e.Member(m.Name)
			encodeValue(e, m.Value)
		}
		e.EndStruct()
	}
}
