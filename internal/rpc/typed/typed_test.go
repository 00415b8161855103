package typed_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/xcp-dbus/xcp/internal/jsonrpc"
	"github.com/xcp-dbus/xcp/internal/rpc"
	. "github.com/xcp-dbus/xcp/internal/rpc/typed"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xerr"
	"github.com/xcp-dbus/xcp/internal/xmlrpc"
)

var (
	str      = &schema.Type{Kind: schema.String, Sig: "s", Text: "string"}
	integer  = &schema.Type{Kind: schema.Int, Sig: "x", Text: "int"}
	float    = &schema.Type{Kind: schema.Float, Sig: "d", Text: "float"}
	boolean  = &schema.Type{Kind: schema.Bool, Sig: "b", Text: "bool"}
	datetime = &schema.Type{Kind: schema.DateTime, Sig: "s", Text: "datetime"}
	secret   = &schema.Type{Kind: schema.Secret, Sig: "s", Text: "secretstring"}
	vmRef    = &schema.Type{Kind: schema.Ref, Name: "VM", Sig: "s", Text: "VM ref"}
	power    = &schema.Type{Kind: schema.Enum, Enum: &schema.EnumType{Name: "vm_power_state", Values: []string{"Halted", "Running"}}, Sig: "s", Text: "enum vm_power_state"}
	bond     = &schema.Type{Kind: schema.Enum, Enum: &schema.EnumType{Name: "bond_mode", Values: []string{"balance-slb"}, ExactCase: true}, Sig: "s"}
	void     = &schema.Type{Kind: schema.Void}
	vmRecord = &schema.Type{Kind: schema.Record, Name: "VM", Sig: "a{sv}"}
)

func set(elem *schema.Type) *schema.Type {
	return &schema.Type{Kind: schema.Set, Elem: elem, Sig: "a" + elem.Sig}
}

func dict(key, elem *schema.Type) *schema.Type {
	return &schema.Type{Kind: schema.Map, Key: key, Elem: elem, Sig: "a{" + key.Sig + elem.Sig + "}"}
}

var classes Classes = func(name string) *schema.Class {
	switch strings.ToLower(name) {
	case "vm":
		return &schema.Class{Name: "VM", Fields: []schema.Field{
			{Name: "uuid", Type: str, Qualifier: schema.DynamicRO},
			{Name: "name_label", Type: str},
			{Name: "VCPUs_max", Type: integer, HasDefault: true},
			{Name: "secret_thing", Type: str, HasDefault: true, Internal: true},
			{Name: "note", Type: &schema.Type{Kind: schema.Option, Elem: str, Sig: "s"}},
			{Name: "started", Type: datetime, HasDefault: true},
		}}
	case "event":
		return &schema.Class{Name: "event"}
	}
	return nil
}

func text(s string) rpc.Value { return rpc.Value{Kind: rpc.Text, Text: s} }

func structure(pairs ...any) rpc.Value {
	v := rpc.Value{Kind: rpc.Struct}
	for i := 0; i < len(pairs); i += 2 {
		v.Members = append(v.Members, rpc.Member{Name: pairs[i].(string), Value: pairs[i+1].(rpc.Value)})
	}
	return v
}

func array(items ...rpc.Value) rpc.Value { return rpc.Value{Kind: rpc.Array, Items: items} }

func TestDecode(t *testing.T) {
	num := func(i int64) rpc.Value { return rpc.Value{Kind: rpc.Int, Int: i} }
	for _, tc := range []struct {
		typ  *schema.Type
		in   rpc.Value
		want any
	}{
		{str, text(""), ""},
		{vmRef, text("anything"), "anything"},
		{integer, text("-9223372036854775808"), int64(math.MinInt64)},
		{integer, num(5), int64(5)},
		{float, num(5), 5.0},
		{float, text("0.5"), 0.5},
		{float, rpc.Value{Kind: rpc.Float, Float: 60.1}, 60.1},
		{boolean, rpc.Value{Kind: rpc.Bool, Bool: true}, true},
		{power, text("hALTED"), "Halted"},
		{bond, text("balance-slb"), "balance-slb"},
		{datetime, rpc.Value{Kind: rpc.DateTime, Text: "20250319T04:16:24Z"}, "20250319T04:16:24Z"},
		{datetime, text("20250319T04:16:24"), "20250319T04:16:24"},
		{datetime, text("2025-03-19T04:16:24"), "20250319T04:16:24"},
		{datetime, text("2025-03-19T06:16:24+02:00"), "20250319T04:16:24Z"},
		{set(str), array(text("a"), text("b")), []string{"a", "b"}},
		{set(str), array(), []string{}},
		{set(integer), array(num(1), text("2")), []int64{1, 2}},
		{dict(str, str), structure("a", text("b")), map[string]string{"a": "b"}},
		{dict(integer, float), structure("3", num(1)), map[int64]float64{3: 1}},
		{dict(str, set(str)), structure("k", array(text("v"))), map[string][]string{"k": {"v"}}},
		{
			vmRecord, structure("name_label", text("n"), "VCPUs_max", text("2"), "uuid", num(1), "alien", num(2), "note", rpc.Value{}),
			map[string]dbus.Variant{"name_label": dbus.MakeVariant("n"), "VCPUs_max": dbus.MakeVariant(int64(2))},
		},
	} {
		got, err := classes.Decode("p", tc.typ, tc.in)
		if err != nil {
			t.Errorf("%s: %v", tc.typ.Text, err)
			continue
		}
		if !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: got %#v, want %#v", tc.typ.Text, got, tc.want)
		}
		if want := GoType(tc.typ); reflect.TypeOf(got) != want {
			t.Errorf("%s: a %T is no %v", tc.typ.Text, got, want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, tc := range []struct {
		typ  *schema.Type
		in   rpc.Value
		want []string
	}{
		{boolean, text("true"), []string{"p", "true"}},
		{boolean, rpc.Value{Kind: rpc.Int, Int: 1}, []string{"p", "1"}},
		{integer, text(" 5"), []string{"p", " 5"}},
		{integer, text("9223372036854775808"), []string{"p", "9223372036854775808"}},
		{integer, rpc.Value{Kind: rpc.Float, Float: 1.5}, []string{"p", "1.5"}},
		{str, rpc.Value{Kind: rpc.Int, Int: 1}, []string{"p", "1"}},
		{str, rpc.Value{}, []string{"p", "null"}},
		{secret, array(), []string{"p", "***"}},
		{power, text("Sleeping"), []string{"p", "Sleeping"}},
		{bond, text("Balance-SLB"), []string{"p", "Balance-SLB"}},
		{datetime, text("yesterday"), []string{"p", "yesterday"}},
		{datetime, text("9999-12-31T23:59:59-01:00"), []string{"p", "9999-12-31T23:59:59-01:00"}},
		{set(str), text("a"), []string{"p", "a"}},
		{set(str), array(array()), []string{"p", "an array"}},
		{dict(integer, str), structure("a", text("b")), []string{"p", "a"}},
		{dict(str, str), array(), []string{"p", "an array"}},
		{vmRecord, structure(), []string{"name_label", ""}},
		{vmRecord, structure("name_label", text("x"), "VCPUs_max", text("many")), []string{"VCPUs_max", "many"}},
		{str, rpc.Value{Kind: rpc.DateTime, Text: strings.Repeat("é", 200)}, []string{"p", strings.Repeat("é", 128) + "..."}},
	} {
		_, err := classes.Decode("p", tc.typ, tc.in)
		if diff := cmp.Diff(xerr.New("INVALID_VALUE", tc.want...), xerr.From(err)); diff != "" {
			t.Errorf("%s: %s", tc.typ.Text, diff)
		}
	}
}

func TestEncode(t *testing.T) {
	record := map[string]dbus.Variant{
		"name_label":   dbus.MakeVariant("n"),
		"VCPUs_max":    dbus.MakeVariant(int64(2)),
		"secret_thing": dbus.MakeVariant("x"),
		"started":      dbus.MakeVariant("20250319T04:16:24Z"),
	}
	const vm = `{"name_label":"n","VCPUs_max":2,"started":"20250319T04:16:24Z"}`
	for _, tc := range []struct {
		typ  *schema.Type
		in   any
		want string
	}{
		{void, nil, `""`},
		{str, "a", `"a"`},
		{integer, int64(7), `7`},
		{float, 1.0, `1.0`},
		{boolean, true, `true`},
		{set(vmRef), []string{"a"}, `["a"]`},
		{set(integer), []int64{1, 2}, `[1,2]`},
		{set(datetime), []string{"20250319T04:16:24Z"}, `["20250319T04:16:24Z"]`},
		{dict(str, str), map[string]string{"b": "1", "a": "2"}, `{"a":"2","b":"1"}`},
		{dict(integer, float), map[int64]float64{10: 1, 9: 2}, `{"9":2.0,"10":1.0}`},
		{dict(str, dict(str, str)), map[string]map[string]string{"a": {}}, `{"a":{}}`},
		{vmRecord, record, vm},
		{dict(vmRef, vmRecord), map[string]map[string]dbus.Variant{"OpaqueRef:1": record}, `{"OpaqueRef:1":` + vm + `}`},
		{set(&schema.Type{Kind: schema.Record, Name: "event"}), []map[string]dbus.Variant{{
			"id": dbus.MakeVariant(int64(12)), "class": dbus.MakeVariant("vm"), "snapshot": dbus.MakeVariant(record),
		}}, `[{"class":"vm","id":"12","snapshot":` + vm + `}]`},
	} {
		e := jsonrpc.NewEncoder(nil, jsonrpc.V2, "1")
		if err := classes.Encode(e, tc.typ, tc.in); err != nil {
			t.Errorf("%s: %v", tc.typ.Text, err)
			continue
		}
		if diff := cmp.Diff(tc.want, string(e.Buffer())); diff != "" {
			t.Errorf("%s: %s", tc.typ.Text, diff)
		}
	}
	var e xmlrpc.Encoder
	if err := classes.Encode(&e, datetime, "20250319T04:16:24Z"); err != nil || !strings.Contains(string(e.Buffer()), "<dateTime.iso8601>") {
		t.Errorf("%s, %v", e.Buffer(), err)
	}
	for typ, v := range map[*schema.Type]any{str: 1, integer: "1", vmRecord: "x", set(str): map[string]string{}, boolean: nil} {
		if err := classes.Encode(&e, typ, v); err == nil {
			t.Errorf("%s takes a %T", typ.Text, v)
		}
	}
}
