// Package typed turns the neutral values of package rpc into the Go values that
// travel inside the toolstack, and those into encoder events, by the types of
// the contract. The front uses it for calls and answers, xapi for the result of
// a task and for calls to other hosts. It knows types, and no class: the caller
// gives it the classes.
package typed

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/rpc"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// Classes finds a class by its name, or by its name in lower case; nil if there
// is none.
type Classes func(name string) *schema.Class

// Decode checks a value a client sent for a field or parameter and gives the Go
// value of its type (schema.Type). The error is INVALID_VALUE [field, value].
// The result shares the strings of v.
func (c Classes) Decode(field string, t *schema.Type, v rpc.Value) (any, error) {
	if t.IsText() {
		return text(field, t, v)
	}
	switch t.Kind {
	case schema.Int:
		return integer(field, v)
	case schema.Float:
		return float(field, v)
	case schema.Bool:
		if v.Kind == rpc.Bool {
			return v.Bool, nil
		}
	case schema.Set:
		if v.Kind == rpc.Array {
			return c.set(field, t, v)
		}
	case schema.Map:
		if v.Kind == rpc.Struct {
			return c.dict(field, t, v)
		}
	case schema.Record:
		if v.Kind == rpc.Struct {
			return c.record(t, v)
		}
	case schema.Option:
		return c.Decode(field, t.Elem, v)
	}
	return nil, invalid(field, v)
}

// invalid is the failure for a value that is not of its field's type.
func invalid(field string, v rpc.Value) error {
	return xerr.New("INVALID_VALUE", field, show(v))
}

// show gives a value as the text in a failure, bounded.
func show(v rpc.Value) string {
	const most = 256
	switch v.Kind {
	case rpc.Text, rpc.DateTime:
		if len(v.Text) > most {
			return strings.ToValidUTF8(v.Text[:most], "") + "..."
		}
		return v.Text
	case rpc.Int:
		return strconv.FormatInt(v.Int, 10)
	case rpc.Float:
		return strconv.FormatFloat(v.Float, 'g', -1, 64)
	case rpc.Bool:
		return strconv.FormatBool(v.Bool)
	case rpc.Array:
		return "an array"
	case rpc.Struct:
		return "a struct"
	}
	return "null"
}

// text decodes the types that are Go strings.
func text(field string, t *schema.Type, v rpc.Value) (any, error) {
	switch {
	case t.Kind == schema.DateTime && (v.Kind == rpc.DateTime || v.Kind == rpc.Text):
		if s, ok := dateTime(v.Text); ok {
			return s, nil
		}
	case v.Kind != rpc.Text:
	case t.Kind == schema.Enum:
		if s, ok := t.Enum.Find(v.Text); ok {
			return s, nil
		}
	case t.Kind != schema.DateTime:
		return v.Text, nil
	}
	if t.Kind == schema.Secret {
		v = rpc.Value{Kind: rpc.Text, Text: "***"}
	}
	return nil, invalid(field, v)
}

func integer(field string, v rpc.Value) (any, error) {
	switch v.Kind {
	case rpc.Int:
		return v.Int, nil
	case rpc.Text:
		if n, err := strconv.ParseInt(v.Text, 10, 64); err == nil {
			return n, nil
		}
	}
	return nil, invalid(field, v)
}

func float(field string, v rpc.Value) (any, error) {
	switch v.Kind {
	case rpc.Float:
		return v.Float, nil
	case rpc.Int:
		return float64(v.Int), nil
	case rpc.Text:
		if f, err := strconv.ParseFloat(v.Text, 64); err == nil {
			return f, nil
		}
	}
	return nil, invalid(field, v)
}

func (c Classes) set(field string, t *schema.Type, v rpc.Value) (any, error) {
	if t.Elem.IsText() {
		texts := make([]string, len(v.Items))
		for i, item := range v.Items {
			s, err := text(field, t.Elem, item)
			if err != nil {
				return nil, err
			}
			texts[i] = s.(string)
		}
		return texts, nil
	}
	out := reflect.MakeSlice(GoType(t), len(v.Items), len(v.Items))
	for i, item := range v.Items {
		e, err := c.Decode(field, t.Elem, item)
		if err != nil {
			return nil, err
		}
		out.Index(i).Set(reflect.ValueOf(e))
	}
	return out.Interface(), nil
}

func (c Classes) dict(field string, t *schema.Type, v rpc.Value) (any, error) {
	if t.Key.IsText() && t.Elem.IsText() {
		texts := make(map[string]string, len(v.Members))
		for _, m := range v.Members {
			k, err := key(field, t.Key, m.Name)
			if err != nil {
				return nil, err
			}
			s, err := text(field, t.Elem, m.Value)
			if err != nil {
				return nil, err
			}
			texts[k.(string)] = s.(string)
		}
		return texts, nil
	}
	out := reflect.MakeMapWithSize(GoType(t), len(v.Members))
	for _, m := range v.Members {
		k, err := key(field, t.Key, m.Name)
		if err != nil {
			return nil, err
		}
		e, err := c.Decode(field, t.Elem, m.Value)
		if err != nil {
			return nil, err
		}
		out.SetMapIndex(reflect.ValueOf(k), reflect.ValueOf(e))
	}
	return out.Interface(), nil
}

// key decodes a member's name as a map's key.
func key(field string, t *schema.Type, name string) (any, error) {
	v := rpc.Value{Kind: rpc.Text, Text: name}
	if t.Kind == schema.Int {
		return integer(field, v)
	}
	return text(field, t, v)
}

// record decodes a struct a constructor is given. Members that are no fields
// of the constructor are ignored, a field that is missing and has no default
// is an error.
func (c Classes) record(t *schema.Type, v rpc.Value) (any, error) {
	class := c(t.Name)
	if class == nil {
		return nil, invalid(t.Name, v)
	}
	given := make(map[string]*rpc.Value, len(v.Members))
	for i := range v.Members {
		given[v.Members[i].Name] = &v.Members[i].Value
	}
	out := make(map[string]dbus.Variant, len(class.Fields))
	for i := range class.Fields {
		f := &class.Fields[i]
		if f.Qualifier == schema.DynamicRO || f.Internal || f.Derived {
			continue
		}
		item := given[f.Name]
		if item == nil || item.Kind == rpc.Nil && f.Type.Kind == schema.Option {
			if !f.HasDefault && f.State != schema.Removed && f.Type.Kind != schema.Option {
				return nil, xerr.New("INVALID_VALUE", f.Name, "")
			}
			continue
		}
		e, err := c.Decode(f.Name, f.Type, *item)
		if err != nil {
			return nil, err
		}
		out[f.Name] = dbus.MakeVariant(e)
	}
	return out, nil
}

// GoType is the Go type of a type's values. It is nil for Void.
func GoType(t *schema.Type) reflect.Type {
	switch t.Kind {
	case schema.Void:
		return nil
	case schema.Int:
		return reflect.TypeFor[int64]()
	case schema.Float:
		return reflect.TypeFor[float64]()
	case schema.Bool:
		return reflect.TypeFor[bool]()
	case schema.Set:
		return reflect.SliceOf(GoType(t.Elem))
	case schema.Map:
		return reflect.MapOf(GoType(t.Key), GoType(t.Elem))
	case schema.Record:
		return reflect.TypeFor[map[string]dbus.Variant]()
	case schema.Option:
		return GoType(t.Elem)
	}
	return reflect.TypeFor[string]()
}
