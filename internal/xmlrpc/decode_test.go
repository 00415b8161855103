package xmlrpc_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/xcp-dbus/xcp/internal/rpc"
	"github.com/xcp-dbus/xcp/internal/xerr"
	. "github.com/xcp-dbus/xcp/internal/xmlrpc"
)

// TestRecordedCalls reads requests as client libraries write them.
func TestRecordedCalls(t *testing.T) {
	files, err := filepath.Glob("testdata/calls/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded calls: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sections := txtar.Parse(raw).Files
			request, want := string(sections[0].Data), strings.TrimSpace(string(sections[1].Data))
			call, err := DecodeCall(request, rpc.DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, show(call)); diff != "" {
				t.Error(diff)
			}
			if name, ok := PeekMethod(request); !ok || name != call.Method {
				t.Errorf("PeekMethod gives %q, %v", name, ok)
			}
		})
	}
}

func TestDecodeValue(t *testing.T) {
	for _, tc := range []struct{ xml, want string }{
		{`<value>plain</value>`, `"plain"`},
		{`<value> spaces stay </value>`, `" spaces stay "`},
		{"<value>a\r\nb\rc&#13;</value>", `"a\nb\nc\r"`},
		{`<value>]] ]&gt; ]]</value>`, `"]] ]> ]]"`},
		{`<value>a<!-- not b -->c<?or this?>d</value>`, `"acd"`},
		{`<value><![CDATA[]]></value>`, `""`},
		{"<value><![CDATA[a\r\nb]]></value>", `"a\nb"`},
		{`<value>` + "\uFFFD" + `</value>`, `"` + "\uFFFD" + `"`},
		{`<value>&#x1F600;</value>`, `"😀"`},
		{"<value>\n <int> 7 </int> </value>", `7`},
		{`<value><int>+7</int></value>`, `7`},
		{`<value><boolean>true</boolean></value>`, `false`},
		{`<value><boolean>1</boolean></value>`, `true`},
		{`<value><double>1e400</double></value>`, `+Inf`},
		{`<value><double>nan</double></value>`, `NaN`},
		{`<value kind="x" other = 'y>' ><string>a</string></value>`, `"a"`},
		{`<value><nil></nil></value>`, `nil`},
	} {
		call, err := DecodeCall(envelope(tc.xml), rpc.DefaultLimits)
		if err != nil {
			t.Errorf("%s: %v", tc.xml, err)
			continue
		}
		if got := showValue(call.Params[0]); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.xml, got, tc.want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	deep := strings.Repeat("<value><array><data>", 65) + strings.Repeat("</data></array></value>", 65)
	for name, body := range map[string]string{
		"nothing":              "",
		"no XML":               "hello",
		"cut":                  "<methodCall><methodName>a</methodName><params><param><value>",
		"no method":            "<methodCall></methodCall>",
		"empty method":         "<methodCall><methodName/></methodCall>",
		"trailing":             "<methodCall><methodName>a</methodName></methodCall>x",
		"second document":      "<methodCall><methodName>a</methodName></methodCall><a/>",
		"document type":        "<!DOCTYPE methodCall><methodCall><methodName>a</methodName></methodCall>",
		"latin 1":              `<?xml version="1.0" encoding="ISO-8859-1"?><methodCall><methodName>a</methodName></methodCall>`,
		"method not UTF-8":     "<methodCall><methodName>a\xff</methodName></methodCall>",
		"unended comment":      "<methodCall><methodName>a</methodName><params><!-- </params></methodCall>",
		"text between":         envelope("x"),
		"two values":           envelope("<value/><value/>"),
		"unknown entity":       envelope("<value>&nbsp;</value>"),
		"lone &":               envelope("<value>a & b</value>"),
		"null reference":       envelope("<value>&#0;</value>"),
		"control reference":    envelope("<value>&#8;</value>"),
		"surrogate reference":  envelope("<value>&#xD800;</value>"),
		"huge reference":       envelope("<value>&#x110000;</value>"),
		"raw control":          envelope("<value>a\x01b</value>"),
		"raw null":             envelope("<value>a\x00b</value>"),
		"noncharacter":         envelope("<value>\uFFFE</value>"),
		"]]>":                  envelope("<value>a]]>b</value>"),
		"mixed":                envelope("<value>a<int>1</int></value>"),
		"mixed after":          envelope("<value><int>1</int>a</value>"),
		"wrong end":            envelope("<value><int>1</i4></value>"),
		"unknown type":         envelope("<value><base64>eA==</base64></value>"),
		"not an int":           envelope("<value><int>1.5</int></value>"),
		"empty int":            envelope("<value><int/></value>"),
		"int overflow":         envelope("<value><int>9223372036854775808</int></value>"),
		"not a double":         envelope("<value><double>x</double></value>"),
		"filled nil":           envelope("<value><nil>x</nil></value>"),
		"duplicate member":     envelope("<value><struct><member><name>a</name><value/></member><member><name>a</name><value/></member></struct></value>"),
		"member without name":  envelope("<value><struct><member><value/></member></struct></value>"),
		"member without value": envelope("<value><struct><member><name>a</name></member></struct></value>"),
		"too deep":             envelope(deep),
		"too many":             envelope("<value><array><data>" + strings.Repeat("<value/>", 1<<16) + "</data></array></value>"),
		"attribute no quotes":  envelope("<value a=b/>"),
		"attribute with <":     envelope("<value a='<'/>"),
		"attributes on an end": "<methodCall><methodName>a</methodName></methodCall a='b'>",
	} {
		_, err := DecodeCall(body, rpc.DefaultLimits)
		var malformed *rpc.MalformedError
		if !errors.As(err, &malformed) {
			t.Errorf("%s: %v is no MalformedError", name, err)
		}
	}
}

func TestDuplicateAmongMany(t *testing.T) {
	var b strings.Builder
	for i := range 40 {
		fmt.Fprintf(&b, "<member><name>m%d</name><value/></member>", i%39)
	}
	_, err := DecodeCall(envelope("<value><struct>"+b.String()+"</struct></value>"), rpc.DefaultLimits)
	if err == nil || !strings.Contains(err.Error(), `"m0"`) {
		t.Errorf("got %v", err)
	}
}

// TestInvalidUTF8 is a failure of the protocol, as it concerns a parameter.
func TestInvalidUTF8(t *testing.T) {
	for _, value := range []string{
		"<value>a\xffb</value>",
		"<value><![CDATA[a\xffb]]></value>",
		"<value><string>a\xffb</string></value>",
		"<value><struct><member><name>a\xffb</name><value/></member></struct></value>",
	} {
		_, err := DecodeCall(envelope(value), rpc.DefaultLimits)
		want := xerr.New("INVALID_VALUE", "Invalid UTF-8 string in parameter", "S(a\xffb)")
		if diff := cmp.Diff(want, xerr.From(err)); diff != "" {
			t.Errorf("%q: %s", value, diff)
		}
	}
	if _, err := DecodeCall(envelope("<value>\xff<"), rpc.DefaultLimits); xerr.Is(err, "INVALID_VALUE") {
		t.Error("a malformed document is judged by its parameters")
	}
}

func TestDecodeResponse(t *testing.T) {
	ok := NewEncoder(nil)
	ok.Success()
	ok.Text("")
	ok.End()
	if v, err := DecodeResponse(string(ok.Buffer()), rpc.DefaultLimits); err != nil || showValue(v) != `""` {
		t.Errorf("%s: %v %v", ok.Buffer(), v, err)
	}
	no := NewEncoder(nil)
	no.Failure(rpc.Failure{Code: "HANDLE_INVALID", Params: []string{"VM", ""}})
	_, err := DecodeResponse(string(no.Buffer()), rpc.DefaultLimits)
	if diff := cmp.Diff(xerr.New("HANDLE_INVALID", "VM", ""), xerr.From(err)); diff != "" {
		t.Error(diff)
	}
	bare := NewEncoder(nil)
	bare.Bare()
	bare.BeginArray()
	bare.Text("a")
	bare.EndArray()
	bare.End()
	if v, err := DecodeResponse(string(bare.Buffer()), rpc.DefaultLimits); err != nil || showValue(v) != `["a"]` {
		t.Errorf("%s: %v %v", bare.Buffer(), v, err)
	}
	fault := "<methodResponse><fault><value><struct><member><name>faultString</name><value>no</value></member></struct></value></fault></methodResponse>"
	if _, err := DecodeResponse(fault, rpc.DefaultLimits); err == nil || !strings.Contains(err.Error(), "no") {
		t.Errorf("a fault gives %v", err)
	}
}

func envelope(value string) string {
	return "<methodCall><methodName>a</methodName><params><param>" + value + "</param></params></methodCall>"
}

// show writes a call as a line a person can read.
func show(c rpc.Call) string {
	params := make([]string, len(c.Params))
	for i, p := range c.Params {
		params[i] = showValue(p)
	}
	return c.Method + "(" + strings.Join(params, ", ") + ")"
}

func showValue(v rpc.Value) string {
	switch v.Kind {
	case rpc.Text:
		return strconv.Quote(v.Text)
	case rpc.Int:
		return strconv.FormatInt(v.Int, 10)
	case rpc.Float:
		return strconv.FormatFloat(v.Float, 'g', -1, 64)
	case rpc.Bool:
		return strconv.FormatBool(v.Bool)
	case rpc.DateTime:
		return "@" + v.Text
	case rpc.Array:
		items := make([]string, len(v.Items))
		for i, item := range v.Items {
			items[i] = showValue(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case rpc.Struct:
		members := make([]string, len(v.Members))
		for i, m := range v.Members {
			members[i] = strconv.Quote(m.Name) + ": " + showValue(m.Value)
		}
		return "{" + strings.Join(members, ", ") + "}"
	}
	return "nil"
}
