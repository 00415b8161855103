package db

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/schema"
)

// NullRef is the reference to nothing.
const NullRef = "OpaqueRef:NULL"

// epoch is the empty value of a date.
const epoch = "19700101T00:00:00Z"

// Empty returns the value a type has when nobody gave one. Sets and maps are
// empty, not nil, and shared: read only.
func Empty(t *schema.Type) any {
	switch t.Kind {
	case schema.Enum:
		return t.Enum.Values[0]
	case schema.Ref:
		return NullRef
	case schema.DateTime:
		return epoch
	case schema.Option:
		return Empty(t.Elem)
	case schema.Set:
		return reflect.MakeSlice(goType(t), 0, 0).Interface()
	case schema.Map, schema.Record:
		return reflect.MakeMap(goType(t)).Interface()
	case schema.Void:
		return nil
	}
	return reflect.Zero(goType(t)).Interface()
}

// goType is the Go type values of t have (see schema.Type).
func goType(t *schema.Type) reflect.Type {
	switch t.Kind {
	case schema.Int:
		return reflect.TypeFor[int64]()
	case schema.Float:
		return reflect.TypeFor[float64]()
	case schema.Bool:
		return reflect.TypeFor[bool]()
	case schema.Set:
		return reflect.SliceOf(goType(t.Elem))
	case schema.Map:
		return reflect.MapOf(goType(t.Key), goType(t.Elem))
	case schema.Record:
		return reflect.TypeFor[map[string]dbus.Variant]()
	case schema.Option:
		return goType(t.Elem)
	}
	return reflect.TypeFor[string]()
}

// Equal tells whether two values of one type are the same. The order of a set
// counts, as it does in the reference.
func Equal(a, b any) bool {
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		return ok && x == y
	case int64:
		y, ok := b.(int64)
		return ok && x == y
	case bool:
		y, ok := b.(bool)
		return ok && x == y
	case float64:
		y, ok := b.(float64)
		return ok && math.Float64bits(x) == math.Float64bits(y)
	case []string:
		y, ok := b.([]string)
		return ok && slices.Equal(x, y)
	case map[string]string:
		y, ok := b.(map[string]string)
		return ok && maps.Equal(x, y)
	}
	return reflect.DeepEqual(a, b)
}

// conform checks that v is a value of the column's type and returns the form
// to keep: defaults and enum words are shared between all rows.
func (c *column) conform(v any) (any, error) {
	if v == nil {
		return c.def, nil
	}
	if reflect.TypeOf(v) != c.goType {
		return nil, fmt.Errorf("field %s takes a %s, not a %T", c.field.Name, c.field.Type.Text, v)
	}
	if !carriable(v) {
		return nil, fmt.Errorf("field %s holds text that is not UTF-8, or a NUL", c.field.Name)
	}
	return c.share(v), nil
}

// share replaces a value by an equal one that other rows hold already.
func (c *column) share(v any) any {
	if Equal(v, c.def) || isEmpty(v) && isEmpty(c.def) {
		return c.def
	}
	if s, ok := v.(string); ok {
		if boxed, ok := c.words[s]; ok {
			return boxed
		}
	}
	return v
}

// carriable tells whether all text in v can be carried by D-Bus and JSON.
func carriable(v any) bool {
	switch x := v.(type) {
	case string:
		return utf8.ValidString(x) && strings.IndexByte(x, 0) < 0
	case []string:
		for _, s := range x {
			if !carriable(s) {
				return false
			}
		}
		return true
	case map[string]string:
		for k, s := range x {
			if !carriable(k) || !carriable(s) {
				return false
			}
		}
		return true
	case int64, float64, bool:
		return true
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Slice:
		for i := range r.Len() {
			if !carriable(r.Index(i).Interface()) {
				return false
			}
		}
	case reflect.Map:
		for k, e := range r.Seq2() {
			if !carriable(k.Interface()) || !carriable(e.Interface()) {
				return false
			}
		}
	}
	return true
}

func isEmpty(v any) bool {
	switch x := v.(type) {
	case []string:
		return len(x) == 0
	case map[string]string:
		return len(x) == 0
	case string, int64, float64, bool:
		return false
	}
	r := reflect.ValueOf(v)
	return (r.Kind() == reflect.Slice || r.Kind() == reflect.Map) && r.Len() == 0
}
