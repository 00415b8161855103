package jsonrpc_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	. "github.com/xcp-dbus/xcp/internal/jsonrpc"
	"github.com/xcp-dbus/xcp/internal/rpc"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

func text(s string) rpc.Value { return rpc.Value{Kind: rpc.Text, Text: s} }

func integer(i int64) rpc.Value { return rpc.Value{Kind: rpc.Int, Int: i} }

func TestDecodeCall(t *testing.T) {
	call := func(method string, params ...rpc.Value) rpc.Call {
		return rpc.Call{Method: method, Params: params}
	}
	for name, tc := range map[string]struct {
		body string
		want Request
	}{
		"go sdk": {
			`{"jsonrpc":"2.0","method":"session.login_with_password","params":["root","pa\"ss","1.0","terraform"],"id":0}`,
			Request{call("session.login_with_password", text("root"), text(`pa"ss`), text("1.0"), text("terraform")), V2, "0"},
		},
		"xen-api": {
			`{"id":"3f0\u00e9","jsonrpc":"2.0","method":"event.from","params":["OpaqueRef:1",["*"],"",60.1]}`,
			Request{call("event.from", text("OpaqueRef:1"), rpc.Value{Kind: rpc.Array, Items: []rpc.Value{text("*")}}, text(""), rpc.Value{Kind: rpc.Float, Float: 60.1}), V2, `"3f0\u00e9"`},
		},
		"c# sdk": {
			"{\r\n  \"jsonrpc\": \"2.0\",\r\n  \"method\": \"VM.set_VCPUs_max\",\r\n  \"params\": [ \"s\", \"v\", 4 ],\r\n  \"id\": 17\r\n}",
			Request{call("VM.set_VCPUs_max", text("s"), text("v"), integer(4)), V2, "17"},
		},
		"version 1":             {`{"method":"a","params":[],"id":1}`, Request{call("a"), V1, "1"}},
		"version 1 by accident": {`{"jsonrpc":"1.0","method":"a","params":[],"id":1}`, Request{call("a"), V1, "1"}},
		"no params":             {`{"jsonrpc":"2.0","method":"a","id":-5}`, Request{call("a"), V2, "-5"}},
		"null params":           {`{"jsonrpc":"2.0","method":"a","id":12345678901234567890123,"params":null}`, Request{call("a"), V2, "12345678901234567890123"}},
		"object params": {
			`{"jsonrpc":"2.0","method":"a","id":1,"params":{"x":1}}`,
			Request{call("a", rpc.Value{Kind: rpc.Struct, Members: []rpc.Member{{Name: "x", Value: integer(1)}}}), V2, "1"},
		},
		"64 bits": {
			`{"method":"a","id":1,"params":[9223372036854775807,-9223372036854775808,9007199254740993]}`,
			Request{call("a", integer(math.MaxInt64), integer(math.MinInt64), integer(9007199254740993)), V1, "1"},
		},
		"numbers": {
			`{"method":"a","id":1,"params":[1.0,1e3,9223372036854775808,-0,0.5]}`,
			Request{call("a", integer(1), integer(1000), rpc.Value{Kind: rpc.Float, Float: 1 << 63}, integer(0), rpc.Value{Kind: rpc.Float, Float: .5}), V1, "1"},
		},
		"escapes": {
			`{"method":"a","id":1,"params":["\"\\\/\n\r\t\u0041\ud83d\ude00é"],"extra":[{}]}`,
			Request{call("a", text("\"\\/\n\r\tA😀é")), V1, "1"},
		},
		"others": {
			`{"method":"a","id":1,"params":[true,false,null,{},[]]}`,
			Request{call("a", rpc.Value{Kind: rpc.Bool, Bool: true}, rpc.Value{Kind: rpc.Bool}, rpc.Value{}, rpc.Value{Kind: rpc.Struct}, rpc.Value{Kind: rpc.Array}), V1, "1"},
		},
	} {
		got, err := DecodeCall(tc.body, rpc.DefaultLimits)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(tc.want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	params := func(p string) string { return `{"method":"a","id":1,"params":[` + p + `]}` }
	for name, body := range map[string]string{
		"nothing":           ``,
		"array":             `[]`,
		"batch":             `[{"jsonrpc":"2.0","method":"a","id":1}]`,
		"empty":             `{}`,
		"no method":         `{"jsonrpc":"2.0","id":1}`,
		"method no string":  `{"jsonrpc":"2.0","method":1,"id":1}`,
		"no id":             `{"jsonrpc":"2.0","method":"a"}`,
		"null id":           `{"jsonrpc":"2.0","method":"a","id":null}`,
		"float id":          `{"jsonrpc":"2.0","method":"a","id":1.0}`,
		"array id":          `{"jsonrpc":"2.0","method":"a","id":[]}`,
		"1.0 no params":     `{"method":"a","id":1}`,
		"1.0 null params":   `{"method":"a","id":1,"params":null}`,
		"1.0 object params": `{"method":"a","id":1,"params":{}}`,
		"2.0 text params":   `{"jsonrpc":"2.0","method":"a","id":1,"params":"x"}`,
		"twice":             `{"method":"a","method":"a","id":1,"params":[]}`,
		"trailing":          params("") + "x",
		"cut":               `{"method":"a","id":1,"params":["`,
		"duplicate":         params(`{"a":1,"a":2}`),
		"trailing comma":    params(`1,`),
		"no comma":          params(`1 2`),
		"leading zero":      params(`01`),
		"plus":              params(`+1`),
		"bare point":        params(`1.`),
		"bare exponent":     params(`1e`),
		"NaN":               params(`NaN`),
		"raw newline":       params("\"\n\""),
		"bad escape":        params(`"\x"`),
		"bad hex":           params(`"\u00zz"`),
		"comment":           params(`/* */`),
		"too deep":          params(strings.Repeat("[", 65) + strings.Repeat("]", 65)),
		"too many":          params(strings.Repeat("0,", 1<<16) + "0"),
		"id not UTF-8":      `{"method":"a","id":"` + "\xff" + `","params":[]}`,
	} {
		_, err := DecodeCall(body, rpc.DefaultLimits)
		var malformed *rpc.MalformedError
		if !errors.As(err, &malformed) {
			t.Errorf("%s: %v is no MalformedError", name, err)
		}
	}
}

func TestInvalidText(t *testing.T) {
	for _, s := range []string{"a\xff", `\u0000`, `\ud800`, `\ud800\u0041`, `\udc00`, `\ufffe`, "\uffff", `\b`} {
		_, err := DecodeCall(`{"method":"a","id":1,"params":["`+s+`"]}`, rpc.DefaultLimits)
		if e := xerr.From(err); e == nil || e.Code != "INVALID_VALUE" || e.Params[0] != "Invalid UTF-8 string in parameter" {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestPeekMethod(t *testing.T) {
	for body, want := range map[string]string{
		`{"method":"a","params":["`:                        "a",
		`{"id":1,"params":[1,{"method":"b"}],"method":"a"`: "a",
		`{"id":1,"params":[1,{"method":"b"}`:               "",
		`{"method":5`:                                      "",
		`[`:                                                "",
		``:                                                 "",
	} {
		if got, ok := PeekMethod(body); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v", body, got, ok)
		}
	}
}

func TestEncode(t *testing.T) {
	value := func(e *Encoder) {
		e.BeginStruct()
		e.Member("a")
		e.BeginArray()
		e.Int(1)
		e.Int4(math.MinInt64)
		e.Float(1)
		e.Float(0.1)
		e.Float(1e20)
		e.Float(0.30000000000000004)
		e.EndArray()
		e.Member("b\"")
		e.BeginArray()
		e.Bool(true)
		e.BeginStruct()
		e.EndStruct()
		e.Void()
		e.DateTime("20250319T04:16:24Z")
		e.EndArray()
		e.Member("c")
		e.TextBytes([]byte("\x01\n\t\r\\é\xff</>"))
		e.EndStruct()
	}
	const want = `{"a":[1,-9223372036854775808,1.0,0.1,1e+20,0.30000000000000004],"b\"":[true,{},"","20250319T04:16:24Z"],"c":"\u0001\n\t\r\\é�</>"}`
	for version, envelope := range map[Version]string{
		V1: `{"result":` + want + `,"error":null,"id":"x"}`,
		V2: `{"jsonrpc":"2.0","result":` + want + `,"id":"x"}`,
	} {
		e := NewEncoder(nil, version, `"x"`)
		e.Success()
		value(e)
		e.End()
		if diff := cmp.Diff(envelope, string(e.Buffer())); diff != "" {
			t.Error(diff)
		}
		if !json.Valid(e.Buffer()) {
			t.Errorf("%s is no JSON", e.Buffer())
		}
	}
}

func TestFailures(t *testing.T) {
	f := rpc.Failure{Code: "HANDLE_INVALID", Params: []string{"VM", "x\""}}
	e := NewEncoder(nil, V1, "7")
	e.Failure(f)
	if diff := cmp.Diff(`{"result":null,"error":["HANDLE_INVALID","VM","x\""],"id":7}`, string(e.Buffer())); diff != "" {
		t.Error(diff)
	}
	e = NewEncoder(nil, V2, "7")
	e.Failure(f)
	if diff := cmp.Diff(`{"jsonrpc":"2.0","error":{"code":1,"message":"HANDLE_INVALID","data":["VM","x\""]},"id":7}`, string(e.Buffer())); diff != "" {
		t.Error(diff)
	}
	e.Reset()
	e.EarlyFailure(f)
	if diff := cmp.Diff(`{"jsonrpc":"2.0","error":["HANDLE_INVALID","VM","x\""],"id":0}`, string(e.Buffer())); diff != "" {
		t.Error(diff)
	}
}

func TestNotANumber(t *testing.T) {
	e := NewEncoder(nil, V2, "1")
	e.BeginArray()
	e.Float(math.NaN())
	e.Float(math.Inf(1))
	e.Float(math.Inf(-1))
	e.EndArray()
	if got := string(e.Buffer()); got != `[NaN,Infinity,-Infinity]` {
		t.Error(got)
	}
}

// FuzzDecodeCall: no body makes it panic, what it takes the standard library
// takes too and reads the same, and what is written is read again.
func FuzzDecodeCall(f *testing.F) {
	f.Add(`{"jsonrpc":"2.0","method":"a","params":["\u00e9",1,2.5,true,null,{"a":[]}],"id":"x"}`)
	f.Add(`{"method":"a","params":[1e3,9223372036854775808],"id":1}`)
	f.Fuzz(func(t *testing.T, body string) {
		req, err := DecodeCall(body, rpc.DefaultLimits)
		if err != nil {
			return
		}
		if !json.Valid([]byte(strings.TrimPrefix(body, "\uFEFF"))) {
			t.Fatal("taken, but no JSON")
		}
		e := NewEncoder(nil, V2, req.ID)
		e.Success()
		e.BeginArray()
		for _, p := range req.Params {
			encodeValue(e, p)
		}
		e.EndArray()
		e.End()
		again := strings.Replace(string(e.Buffer()), `"result"`, `"method":"a","params"`, 1)
		back, err := DecodeCall(again, rpc.Limits{Depth: 66, Nodes: 1 << 17})
		if err != nil {
			if strings.Contains(again, "Infinity") {
				return
			}
			t.Fatalf("cannot read what was written: %v", err)
		}
		nilAsText := cmp.Transformer("nil", func(k rpc.ValueKind) int { return max(int(k), int(rpc.Text)) })
		if diff := cmp.Diff(req.Params, back.Params, nilAsText, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func encodeValue(e *Encoder, v rpc.Value) {
	switch v.Kind {
	case rpc.Nil:
		e.Text("")
	case rpc.Text:
		e.Text(v.Text)
	case rpc.Int:
		e.Int(v.Int)
	case rpc.Float:
		e.Float(v.Float)
	case rpc.Bool:
		e.Bool(v.Bool)
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

func BenchmarkDecodeCall(b *testing.B) {
	const body = `{"jsonrpc":"2.0","method":"VM.get_record","params":["OpaqueRef:8b0f1c7a-2f6f-4a53-9f0e-65b1c9be0c11","OpaqueRef:0d9e5f0c-4f4b-4a1b-8b49-2e8a4f4c7e21"],"id":1}`
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeCall(body, rpc.DefaultLimits); err != nil {
			b.Fatal(err)
		}
	}
}

var _ rpc.Answer = (*Encoder)(nil)
