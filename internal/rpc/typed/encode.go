package typed

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/rpc"
	"github.com/xcp-dbus/xcp/internal/schema"
)

// Encode writes a Go value of a type. A value that is not of its type is an
// error of this program; what was written until then is of no use.
func (c Classes) Encode(e rpc.Encoder, t *schema.Type, v any) error {
	switch t.Kind {
	case schema.Void:
		e.Void()
		return nil
	case schema.Option:
		return c.Encode(e, t.Elem, v)
	}
	switch v := v.(type) {
	case string:
		if t.Kind == schema.DateTime {
			e.DateTime(v)
			return nil
		}
		if t.IsText() {
			e.Text(v)
			return nil
		}
	case int64:
		if t.Kind == schema.Int {
			e.Int(v)
			return nil
		}
	case float64:
		if t.Kind == schema.Float {
			e.Float(v)
			return nil
		}
	case bool:
		if t.Kind == schema.Bool {
			e.Bool(v)
			return nil
		}
	case map[string]dbus.Variant:
		if t.Kind == schema.Record {
			return c.encodeRecord(e, t, v)
		}
	case []string:
		if t.Kind == schema.Set && t.Elem.IsText() && t.Elem.Kind != schema.DateTime {
			e.BeginArray()
			for _, s := range v {
				e.Text(s)
			}
			e.EndArray()
			return nil
		}
	case map[string]string:
		if t.Kind == schema.Map && t.Key.IsText() && t.Elem.IsText() && t.Elem.Kind != schema.DateTime {
			e.BeginStruct()
			for _, k := range slices.Sorted(maps.Keys(v)) {
				e.Member(k)
				e.Text(v[k])
			}
			e.EndStruct()
			return nil
		}
	}
	return c.encodeContainer(e, t, v)
}

// encodeContainer writes the sets and maps that have no case of their own.
func (c Classes) encodeContainer(e rpc.Encoder, t *schema.Type, v any) error {
	r := reflect.ValueOf(v)
	switch {
	case t.Kind == schema.Set && r.Kind() == reflect.Slice:
		e.BeginArray()
		for i := range r.Len() {
			if err := c.Encode(e, t.Elem, r.Index(i).Interface()); err != nil {
				return err
			}
		}
		e.EndArray()
		return nil
	case t.Kind == schema.Map && r.Kind() == reflect.Map:
		e.BeginStruct()
		for _, k := range sortedKeys(r) {
			e.Member(memberName(k))
			if err := c.Encode(e, t.Elem, r.MapIndex(k).Interface()); err != nil {
				return err
			}
		}
		e.EndStruct()
		return nil
	}
	return fmt.Errorf("a %T is no value of type %s", v, t.Text)
}

func sortedKeys(m reflect.Value) []reflect.Value {
	return slices.SortedFunc(slices.Values(m.MapKeys()), func(a, b reflect.Value) int {
		if a.CanInt() && b.CanInt() {
			return cmp.Compare(a.Int(), b.Int())
		}
		return cmp.Compare(memberName(a), memberName(b))
	})
}

// memberName is a map's key as a member's name.
func memberName(k reflect.Value) string {
	if k.CanInt() {
		return strconv.FormatInt(k.Int(), 10)
	}
	return k.String()
}

// encodeRecord writes the public fields of a record in the contract's order.
// One that is absent is an option without a value.
func (c Classes) encodeRecord(e rpc.Encoder, t *schema.Type, rec map[string]dbus.Variant) error {
	class := c(t.Name)
	if class == nil {
		return fmt.Errorf("no class %q", t.Name)
	}
	if class.Name == eventClass {
		return c.encodeEvent(e, rec)
	}
	e.BeginStruct()
	for i := range class.Fields {
		f := &class.Fields[i]
		v, ok := rec[f.Name]
		if !ok || f.Internal {
			continue
		}
		e.Member(f.Name)
		if err := c.Encode(e, f.Type, v.Value()); err != nil {
			return fmt.Errorf("%s.%s: %w", class.Name, f.Name, err)
		}
	}
	e.EndStruct()
	return nil
}

const eventClass = "event"

// encodeEvent writes an event: all members are texts, whatever the contract
// says of them, but the snapshot, a record of the event's own class.
func (c Classes) encodeEvent(e rpc.Encoder, rec map[string]dbus.Variant) error {
	e.BeginStruct()
	for _, name := range slices.Sorted(maps.Keys(rec)) {
		e.Member(name)
		switch v := rec[name].Value().(type) {
		case string:
			e.Text(v)
		case int64:
			e.Text(strconv.FormatInt(v, 10))
		case map[string]dbus.Variant:
			class, _ := rec["class"].Value().(string)
			if err := c.encodeRecord(e, &schema.Type{Kind: schema.Record, Name: class}, v); err != nil {
				return err
			}
		default:
			return fmt.Errorf("event.%s: a %T is not expected", name, v)
		}
	}
	e.EndStruct()
	return nil
}
