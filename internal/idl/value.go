package idl

import (
	"math/big"
	"regexp"
	"sort"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/xcp-dbus/xcp/internal/schema"
)

var datePattern = regexp.MustCompile(`^\d{8}T\d{2}:\d{2}:\d{2}Z$`)

// value reads a default as the plain Go value of its type (schema.Type).
func (p *parser) value(a hcl.Expression, t *schema.Type) any {
	v, diags := a.Value(nil)
	p.diags = append(p.diags, diags...)
	if diags.HasErrors() {
		return nil
	}
	out, ok := goValue(v, t)
	if !ok {
		p.fail(a.Range(), "Default does not fit the type", "A default of type %s is needed here, not %s.", t.Text, v.Type().FriendlyName())
	}
	return out
}

func goValue(v cty.Value, t *schema.Type) (any, bool) {
	if v.IsNull() || !v.IsWhollyKnown() {
		return nil, false
	}
	switch t.Kind {
	case schema.Enum:
		if v.Type().IsTupleType() && v.LengthInt() == 0 {
			return []string{}, true // host.create leaves one enum off this way: the type's empty value
		}
		return textValue(v, t)
	case schema.String, schema.Secret, schema.Ref, schema.DateTime:
		return textValue(v, t)
	case schema.Int:
		if v.Type() != cty.Number {
			return nil, false
		}
		i, acc := v.AsBigFloat().Int64()
		return i, acc == big.Exact
	case schema.Float:
		if v.Type() != cty.Number {
			return nil, false
		}
		f, _ := v.AsBigFloat().Float64()
		return f, true
	case schema.Bool:
		if v.Type() != cty.Bool {
			return nil, false
		}
		return v.True(), true
	case schema.Set:
		return listValue(v, t)
	case schema.Map:
		return mapValue(v, t)
	}
	return nil, false
}

func textValue(v cty.Value, t *schema.Type) (any, bool) {
	if v.Type() != cty.String {
		return nil, false
	}
	s := v.AsString()
	switch t.Kind {
	case schema.Enum:
		spelled, ok := t.Enum.Find(s)
		return s, ok && spelled == s
	case schema.DateTime:
		return s, datePattern.MatchString(s)
	}
	return s, true
}

// listValue takes sets of text or of numbers; the contract has no default of
// another set.
func listValue(v cty.Value, t *schema.Type) (any, bool) {
	if !v.Type().IsTupleType() {
		return nil, false
	}
	texts, ints := []string{}, []int64{}
	for it := v.ElementIterator(); it.Next(); {
		_, ev := it.Element()
		x, ok := goValue(ev, t.Elem)
		switch x := x.(type) {
		case string:
			texts = append(texts, x)
		case int64:
			ints = append(ints, x)
		default:
			ok = false
		}
		if !ok {
			return nil, false
		}
	}
	if t.Elem.Kind == schema.Int {
		return ints, true
	}
	return texts, true
}

// mapValue takes maps of text to text, and the empty map of any type.
func mapValue(v cty.Value, t *schema.Type) (any, bool) {
	if !v.Type().IsObjectType() || v.LengthInt() > 0 && !(t.Key.IsText() && t.Elem.IsText()) {
		return nil, false
	}
	out := map[string]string{}
	for it := v.ElementIterator(); it.Next(); {
		kv, ev := it.Element()
		s, ok := textValueOf(ev, t.Elem)
		if !ok {
			return nil, false
		}
		out[kv.AsString()] = s
	}
	return out, true
}

func textValueOf(v cty.Value, t *schema.Type) (string, bool) {
	x, ok := goValue(v, t)
	s, isText := x.(string)
	return s, ok && isText
}

// isEmpty tells whether a default is the empty value of its type, which
// schema writes as nil.
func isEmpty(v any, t *schema.Type) bool {
	switch x := v.(type) {
	case string:
		switch t.Kind {
		case schema.Ref:
			return x == nullRef
		case schema.DateTime:
			return x == epoch
		case schema.Enum:
			return x == t.Enum.Values[0]
		}
		return x == ""
	case int64:
		return x == 0
	case float64:
		return x == 0
	case bool:
		return !x
	case []string:
		return len(x) == 0
	case []int64:
		return len(x) == 0
	case map[string]string:
		return len(x) == 0
	}
	return false
}

// The empty values of references and dates.
const (
	nullRef = "OpaqueRef:NULL"
	epoch   = "19700101T00:00:00Z"
)

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
