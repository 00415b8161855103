package wire_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"reflect"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/xcp-dbus/xcp/internal/bus/wire"
	"github.com/xcp-dbus/xcp/internal/schema"
)

// byGodbus marshals values with godbus, as the body of a message.
func byGodbus(t testing.TB, sig string, values ...any) []byte {
	t.Helper()
	msg := &dbus.Message{Type: dbus.TypeMethodReply, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldReplySerial: dbus.MakeVariant(uint32(1)),
		dbus.FieldSignature:   dbus.MakeVariant(dbus.ParseSignatureMust(sig)),
	}, Body: values}
	var b bytes.Buffer
	if err := msg.EncodeTo(&b, binary.LittleEndian); err != nil {
		t.Fatal(err)
	}
	n := binary.LittleEndian.Uint32(b.Bytes()[4:])
	return b.Bytes()[b.Len()-int(n):]
}

// sample values, whose Go types are the ones godbus decodes to and encodes
// from alike, so that both encoders take them. Maps have one entry: neither
// side orders them.
var samples = []struct {
	sig   string
	value any
}{
	{"y", byte(7)},
	{"b", true},
	{"n", int16(-3)},
	{"q", uint16(3)},
	{"i", int32(-9)},
	{"u", uint32(9)},
	{"x", int64(math.MinInt64)},
	{"t", uint64(math.MaxUint64)},
	{"d", 2.5},
	{"s", ""},
	{"s", "grün"},
	{"o", dbus.ObjectPath("/a/b")},
	{"g", dbus.ParseSignatureMust("a{sv}")},
	{"v", dbus.MakeVariant("x")},
	{"as", []string{"a", "", "ccc"}},
	{"as", []string{}},
	{"ax", []int64{1, -1}},
	{"ay", []byte("bytes")},
	{"a{ss}", map[string]string{"k": "v"}},
	{"a{xd}", map[int64]float64{1: 0.5}},
	{"a{sx}", map[string]int64{}},
	{"a{sas}", map[string][]string{"k": {"v", "w"}}},
	{"aas", [][]string{{"a"}, {}}},
	{"a{sa{ss}}", map[string]map[string]string{"k": {"a": "b"}}},
	{"a{sv}", map[string]dbus.Variant{"k": dbus.MakeVariant([]string{"a"})}},
	{"aa{sv}", []map[string]dbus.Variant{{"k": dbus.MakeVariant(int64(1))}, {}}},
	{"v", dbus.MakeVariant(dbus.MakeVariant(map[string]string{"a": "b"}))},
	{"av", []dbus.Variant{dbus.MakeVariant(true), dbus.MakeVariant(uint32(1))}},
}

func TestEncodesAsGodbus(t *testing.T) {
	for _, c := range samples {
		// After a byte, so that padding shows.
		got, _, err := wire.AppendSig(nil, 0, "y"+c.sig, byte(1), c.value)
		if err != nil {
			t.Errorf("%s: %v", c.sig, err)
			continue
		}
		if want := byGodbus(t, "y"+c.sig, byte(1), c.value); !bytes.Equal(got, want) {
			t.Errorf("%s %v:\n got %x\nwant %x", c.sig, c.value, got, want)
		}
	}
}

func TestReadsBack(t *testing.T) {
	for _, c := range samples {
		b, _, err := wire.AppendSig(nil, 0, c.sig, c.value)
		if err != nil {
			t.Fatal(err)
		}
		r := wire.NewReader(b)
		out, err := r.Values(c.sig)
		if err != nil || r.Rest() != 0 {
			t.Errorf("%s: %v, %d bytes left", c.sig, err, r.Rest())
			continue
		}
		if d := cmp.Diff(c.value, out[0], cmp.Comparer(sameVariant), cmp.Comparer(sameSig), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: %s", c.sig, d)
		}
	}
}

func sameVariant(a, b dbus.Variant) bool {
	return a.Signature() == b.Signature() && cmp.Equal(a.Value(), b.Value(), cmp.Comparer(sameVariant))
}

func sameSig(a, b dbus.Signature) bool { return a.String() == b.String() }

func TestStructs(t *testing.T) {
	type pair struct {
		Name string
		N    int64
	}
	want := byGodbus(t, "(sx)a(sx)", pair{"a", 1}, []pair{{"b", 2}, {"c", 3}})
	for _, values := range [][]any{
		{pair{"a", 1}, []pair{{"b", 2}, {"c", 3}}},
		{[]any{"a", int64(1)}, [][]any{{"b", int64(2)}, {"c", int64(3)}}},
		{&pair{"a", 1}, []any{pair{"b", 2}, []any{"c", int64(3)}}},
	} {
		got, _, err := wire.AppendSig(nil, 0, "(sx)a(sx)", values...)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v: %v\n got %x\nwant %x", values, err, got, want)
		}
	}
}

func TestRefusesWrongValues(t *testing.T) {
	for _, c := range []struct {
		sig    string
		values []any
	}{
		{"s", []any{65}},
		{"x", []any{"1"}},
		{"s", nil},
		{"", []any{"s"}},
		{"s", []any{nil}},
		{"s", []any{"a\x00b"}},
		{"s", []any{"\xff"}},
		{"as", []any{[]string{"\xff"}}},
		{"o", []any{dbus.ObjectPath("no")}},
		{"o", []any{"rel/ative"}},
		{"a{ss}", []any{map[string]string{"\xff": ""}}},
		{"(ss)", []any{[]any{"one"}}},
		{"(s)", []any{[]any{"one", "two"}}},
		{"h", []any{dbus.UnixFD(-1)}},
		{"h", []any{(*os.File)(nil)}},
		{"i", []any{dbus.UnixFD(1)}},
		{"x", []any{int32(1)}},
		{"u", []any{int32(1)}},
		{"a{ss}", []any{[]string{"k"}}},
		{"v", []any{"bare"}},
		{"v", []any{dbus.Variant{}}},
		{"(", []any{[]any{}}},
		{"()", []any{[]any{}}},
		{"a{vs}", []any{nil}},
		{"a", []any{nil}},
		{"g", []any{"s"}},
	} {
		if b, _, err := wire.AppendSig(nil, 0, c.sig, c.values...); err == nil {
			t.Errorf("%q takes %v: %x", c.sig, c.values, b)
		}
	}
}

func TestNilIsEmpty(t *testing.T) {
	for _, sig := range []string{"as", "a{ss}", "a{sv}", "ax"} {
		got, _, err := wire.AppendSig(nil, 0, sig, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r := wire.NewReader(got); true {
			r.Skip(sig)
			if r.Err() != nil || r.Rest() != 0 {
				t.Errorf("%s: %v", sig, r.Err())
			}
		}
	}
}

// values draws a value of any type the contract can have.
func values(t *rapid.T, depth int) (*schema.Type, any) {
	kinds := []schema.Kind{schema.String, schema.Int, schema.Float, schema.Bool, schema.Set, schema.Map}
	if depth == 0 {
		kinds = kinds[:4]
	}
	text := rapid.StringMatching(`[^\x00]{0,20}`)
	switch k := rapid.SampledFrom(kinds).Draw(t, "kind"); k {
	case schema.Int:
		return &schema.Type{Kind: k, Sig: "x"}, rapid.Int64().Draw(t, "int")
	case schema.Float:
		return &schema.Type{Kind: k, Sig: "d"}, rapid.Float64().Draw(t, "float")
	case schema.Bool:
		return &schema.Type{Kind: k, Sig: "b"}, rapid.Bool().Draw(t, "bool")
	case schema.Set:
		elem, one := values(t, depth-1)
		s := reflect.MakeSlice(reflect.SliceOf(reflect.TypeOf(one)), 0, 1)
		for range rapid.IntRange(0, 3).Draw(t, "len") {
			s = reflect.Append(s, reflect.ValueOf(one))
		}
		return &schema.Type{Kind: k, Sig: "a" + elem.Sig, Elem: elem}, s.Interface()
	case schema.Map:
		elem, one := values(t, depth-1)
		m := reflect.MakeMap(reflect.MapOf(reflect.TypeFor[string](), reflect.TypeOf(one)))
		if rapid.Bool().Draw(t, "entry") {
			m.SetMapIndex(reflect.ValueOf(text.Draw(t, "key")), reflect.ValueOf(one))
		}
		return &schema.Type{Kind: k, Sig: "a{s" + elem.Sig + "}", Elem: elem}, m.Interface()
	}
	return &schema.Type{Kind: schema.String, Sig: "s"}, text.Draw(t, "text")
}

func TestValuesAgainstGodbus(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		typ, v := values(rt, 3)
		got, err := wire.AppendValue(nil, 0, typ, v)
		if err != nil {
			rt.Fatal(err)
		}
		if want := byGodbus(t, typ.Sig, v); !bytes.Equal(got, want) {
			rt.Fatalf("%s %v:\n got %x\nwant %x", typ.Sig, v, got, want)
		}
		out, err := wire.NewReader(got).Values(typ.Sig)
		if err != nil {
			rt.Fatal(err)
		}
		if d := cmp.Diff(v, out[0], cmpopts.EquateEmpty(), cmpopts.EquateNaNs()); d != "" {
			rt.Fatal(d)
		}
	})
}

// vm is a small class with every kind of field.
func vm() *schema.Class {
	str := &schema.Type{Kind: schema.String, Sig: "s", Text: "string"}
	fields := []schema.Field{
		{Name: "uuid", Type: str},
		{Name: "secret", Type: str, Internal: true},
		{Name: "memory", Type: &schema.Type{Kind: schema.Int, Sig: "x", Text: "int"}},
		{Name: "VIFs", Type: &schema.Type{Kind: schema.Set, Sig: "as", Text: "VIF ref set", Elem: str}},
		{Name: "other_config", Type: &schema.Type{Kind: schema.Map, Sig: "a{ss}", Text: "map", Key: str, Elem: str}},
		{Name: "maybe", Type: &schema.Type{Kind: schema.Option, Elem: str, Text: "string option"}},
	}
	for i := range fields {
		fields[i].Index = i
	}
	return &schema.Class{Name: "VM", Fields: fields}
}

func row() []any {
	return []any{"u-1", "hidden", int64(5), []string{"OpaqueRef:1"}, map[string]string{"k": "v"}, nil}
}

func TestRecordIsADictionary(t *testing.T) {
	r := row()
	b, err := wire.AppendRecord(nil, 0, vm(), r)
	if err != nil {
		t.Fatal(err)
	}
	out, err := wire.NewReader(b).Values("a{sv}")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]dbus.Variant{
		"uuid": dbus.MakeVariant("u-1"), "memory": dbus.MakeVariant(int64(5)),
		"VIFs": dbus.MakeVariant([]string{"OpaqueRef:1"}), "other_config": dbus.MakeVariant(map[string]string{"k": "v"}),
	}
	if d := cmp.Diff(want, out[0], cmp.Comparer(sameVariant)); d != "" {
		t.Error(d)
	}
	r[5] = "here"
	if b, err = wire.AppendRecord(nil, 0, vm(), r); err != nil || !bytes.Contains(b, []byte("maybe")) {
		t.Errorf("a present option: %v", err)
	}
	if bytes.Contains(b, []byte("hidden")) {
		t.Error("an internal field is in the record")
	}
}

func TestRecordRefusesBadRows(t *testing.T) {
	short := row()[:3]
	wrong := row()
	wrong[2] = "five"
	for _, r := range [][]any{short, wrong, nil} {
		if _, err := wire.AppendRecord(nil, 0, vm(), r); err == nil {
			t.Errorf("takes %v", r)
		}
	}
}

func TestSplicedEntriesFitEverywhere(t *testing.T) {
	entries, err := wire.RecordEntries(vm(), row())
	if err != nil {
		t.Fatal(err)
	}
	for pre := range 9 {
		b := bytes.Repeat([]byte{0}, pre)
		b = wire.AppendDict(b, 0, entries)
		r := wire.NewReader(b)
		for range pre {
			r.Byte()
		}
		r.Skip("a{sv}")
		if r.Err() != nil || r.Rest() != 0 {
			t.Fatalf("after %d bytes: %v, %d left", pre, r.Err(), r.Rest())
		}
	}
}

func TestEntriesStandForDictionaries(t *testing.T) {
	entries, err := wire.RecordEntries(vm(), row())
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := wire.AppendSig(nil, 0, "ya{sv}aa{sv}", byte(1), wire.Entries(entries), []wire.Entries{entries, nil})
	if err != nil {
		t.Fatal(err)
	}
	out, err := wire.NewReader(b).Values("ya{sv}aa{sv}")
	if err != nil {
		t.Fatal(err)
	}
	one, all := out[1].(map[string]dbus.Variant), out[2].([]map[string]dbus.Variant)
	if one["uuid"].Value() != "u-1" || len(all) != 2 || all[0]["uuid"].Value() != "u-1" || len(all[1]) != 0 {
		t.Errorf("%v", out)
	}
}

func TestReaderRefusesHostileData(t *testing.T) {
	deep := bytes.Repeat([]byte{1, 'v', 0}, 100)
	for name, c := range map[string]struct {
		sig  string
		data []byte
	}{
		"text beyond the end":     {"s", []byte{255, 255, 255, 127, 'a'}},
		"length wraps":            {"s", []byte{255, 255, 255, 255, 0}},
		"no end":                  {"s", []byte{1, 0, 0, 0, 'a', 'b'}},
		"NUL inside":              {"s", []byte{2, 0, 0, 0, 'a', 0, 0}},
		"not UTF-8":               {"s", []byte{1, 0, 0, 0, 0xff, 0}},
		"array beyond the end":    {"as", []byte{9, 0, 0, 0, 0, 0, 0, 0}},
		"array of half an int":    {"ax", []byte{4, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}},
		"element exceeds":         {"as", []byte{5, 0, 0, 0, 1, 0, 0, 0, 'a', 0, 9}},
		"huge array":              {"ay", []byte{255, 255, 255, 255}},
		"boolean two":             {"b", []byte{2, 0, 0, 0}},
		"padding":                 {"yu", []byte{1, 1, 0, 0, 1, 0, 0, 0}},
		"variant of two":          {"v", []byte{2, 's', 's', 0}},
		"variant of nothing":      {"v", []byte{0, 0}},
		"variant of a bad type":   {"v", []byte{1, 'z', 0}},
		"variants in variants":    {"v", deep},
		"signature without type":  {"a", []byte{0, 0, 0, 0}},
		"dictionary of variants":  {"a{vs}", []byte{0, 0, 0, 0, 0, 0, 0, 0}},
		"empty struct":            {"()", nil},
		"empty data":              {"x", nil},
		"text of 4 GiB minus one": {"s", []byte{254, 255, 255, 255, 'a', 0}},
	} {
		if out, err := wire.NewReader(c.data).Values(c.sig); err == nil {
			t.Errorf("%s: read %v", name, out)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, c := range samples {
		b, _, err := wire.AppendSig(nil, 0, c.sig, c.value)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(c.sig, b)
	}
	f.Add("(sa{sv})", []byte{0})
	f.Fuzz(func(t *testing.T, sig string, data []byte) {
		if len(sig) > 255 || wire.HasFD(sig) {
			return
		}
		r := wire.NewReader(data)
		out, err := r.Values(sig)
		if err != nil {
			return
		}
		// What was accepted can be said again, and reads the same.
		b, _, err := wire.AppendSig(nil, 0, sig, out...)
		if err != nil {
			return // object paths and variants of descriptors are looser to read
		}
		again, err := wire.NewReader(b).Values(sig)
		if err != nil {
			t.Fatalf("%s: %x was read as %v, written as %x, and then: %v", sig, data, out, b, err)
		}
		if got, want := fmt.Sprint(again...), fmt.Sprint(out...); got != want {
			t.Fatalf("%s: %s became %s", sig, want, got)
		}
	})
}

func BenchmarkAppendRecord(b *testing.B) {
	class, r := vm(), row()
	buf := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = wire.AppendRecord(buf[:0], 0, class, r); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkSkipRecord(b *testing.B) {
	data, err := wire.AppendRecord(nil, 0, vm(), row())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	var r wire.Reader
	for b.Loop() {
		r.Reset(data)
		if r.Skip("a{sv}"); r.Err() != nil {
			b.Fatal(r.Err())
		}
	}
}
