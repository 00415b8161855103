package dbactions

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/xcp-dbus/xcp/internal/schema"
)

// draw makes any value of a stored type.
func draw(rt *rapid.T, t *schema.Type) any {
	switch t.Kind {
	case schema.Int:
		return rapid.Int64().Draw(rt, "int")
	case schema.Float:
		return rapid.Float64().Draw(rt, "float")
	case schema.Bool:
		return rapid.Bool().Draw(rt, "bool")
	case schema.Enum:
		return rapid.SampledFrom(t.Enum.Values).Draw(rt, "enum")
	case schema.Set:
		s := reflect.MakeSlice(goType(t), 0, 0)
		for range rapid.IntRange(0, 3).Draw(rt, "size") {
			s = reflect.Append(s, reflect.ValueOf(draw(rt, t.Elem)))
		}
		return s.Interface()
	case schema.Map:
		m := reflect.MakeMap(goType(t))
		for range rapid.IntRange(0, 3).Draw(rt, "size") {
			m.SetMapIndex(reflect.ValueOf(draw(rt, t.Key)), reflect.ValueOf(draw(rt, t.Elem)))
		}
		return m.Interface()
	}
	return rapid.String().Draw(rt, "text")
}

func TestFormat(t *testing.T) {
	str := &schema.Type{Kind: schema.String}
	for _, c := range []struct {
		typ  *schema.Type
		v    any
		want string
	}{
		{&schema.Type{Kind: schema.Float}, 0.5, "0.5"},
		{&schema.Type{Kind: schema.Float}, 1.0, "1"},
		{&schema.Type{Kind: schema.Float}, 0.1, "0.100000000000000006"},
		{&schema.Type{Kind: schema.Bool}, true, "true"},
		{&schema.Type{Kind: schema.Set, Elem: str}, []string{}, "()"},
		{&schema.Type{Kind: schema.Set, Elem: str}, []string{"a", `b'\`}, `('a' 'b\'\\')`},
		{&schema.Type{Kind: schema.Map, Key: str, Elem: str}, map[string]string{"k2": "v2", "k": "v"}, `(('k' 'v') ('k2' 'v2'))`},
	} {
		if got := Format(c.typ, c.v); got != c.want {
			t.Errorf("%v: %s, want %s", c.v, got, c.want)
		}
	}
}
