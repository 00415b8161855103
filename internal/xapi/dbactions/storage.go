package dbactions

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/xcp-dbus/xcp/internal/schema"
)

// Format gives the storage form of a value: what a query compares. Sets and
// maps are s-expressions of quoted texts; the entries of a map are in the order
// of their keys.
func Format(t *schema.Type, v any) string {
	switch t.Kind {
	case schema.Int:
		return strconv.FormatInt(v.(int64), 10)
	case schema.Float:
		return formatFloat(v.(float64))
	case schema.Bool:
		return strconv.FormatBool(v.(bool))
	case schema.Set:
		return formatSet(t, v)
	case schema.Map:
		return formatMap(t, v)
	}
	return v.(string)
}

// formatFloat prints 18 significant digits, as C's %0.18g does.
func formatFloat(f float64) string {
	s := strconv.FormatFloat(f, 'g', 18, 64)
	if mantissa, exp, ok := strings.Cut(s, "e"); ok {
		return trimZeros(mantissa) + "e" + exp
	}
	return trimZeros(s)
}

func trimZeros(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

func formatSet(t *schema.Type, v any) string {
	parts := make([]string, 0, 4)
	if texts, ok := v.([]string); ok {
		for _, s := range texts {
			parts = append(parts, quote(s))
		}
	} else {
		r := reflect.ValueOf(v)
		for i := range r.Len() {
			parts = append(parts, quote(Format(t.Elem, r.Index(i).Interface())))
		}
	}
	return "(" + strings.Join(parts, " ") + ")"
}

func formatMap(t *schema.Type, v any) string {
	r := reflect.ValueOf(v)
	parts := make([]string, 0, r.Len())
	for it := r.MapRange(); it.Next(); {
		key := quote(Format(t.Key, it.Key().Interface()))
		parts = append(parts, "("+key+" "+quote(Format(t.Elem, it.Value().Interface()))+")")
	}
	slices.Sort(parts)
	return "(" + strings.Join(parts, " ") + ")"
}

var quoter = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

func quote(s string) string { return "'" + quoter.Replace(s) + "'" }

var errStorage = errors.New("this is not the storage form of the type")

// Parse reads a storage form. It is the inverse of Format.
func Parse(t *schema.Type, s string) (any, error) {
	switch t.Kind {
	case schema.Int:
		return strconv.ParseInt(s, 10, 64)
	case schema.Float:
		return strconv.ParseFloat(s, 64)
	case schema.Bool:
		if s != "true" && s != "false" {
			return nil, errStorage
		}
		return s == "true", nil
	case schema.Set, schema.Map:
		p := sexpr{rest: s}
		v, err := p.value(t)
		if p.space(); err == nil && p.rest != "" {
			err = errStorage
		}
		return v, err
	case schema.Record, schema.Option, schema.Void:
		return nil, fmt.Errorf("values of type %s are not stored", t.Text)
	}
	return s, nil
}

// sexpr reads the s-expressions of sets and maps, which nest no deeper than
// their types do.
type sexpr struct{ rest string }

func (p *sexpr) space() { p.rest = strings.TrimLeft(p.rest, " \t\n") }

func (p *sexpr) eat(c byte) bool {
	p.space()
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *sexpr) text() (string, error) {
	if !p.eat('\'') {
		return "", errStorage
	}
	var b strings.Builder
	for i := 0; i < len(p.rest); i++ {
		switch c := p.rest[i]; c {
		case '\'':
			p.rest = p.rest[i+1:]
			return b.String(), nil
		case '\\':
			if i++; i == len(p.rest) {
				return "", errStorage
			}
			b.WriteByte(p.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", errStorage
}

func (p *sexpr) item(t *schema.Type) (reflect.Value, error) {
	s, err := p.text()
	if err != nil {
		return reflect.Value{}, err
	}
	v, err := Parse(t, s)
	return reflect.ValueOf(v), err
}

func (p *sexpr) value(t *schema.Type) (any, error) {
	if !p.eat('(') {
		return nil, errStorage
	}
	if t.Kind == schema.Set {
		return p.set(t)
	}
	m := reflect.MakeMap(goType(t))
	for !p.eat(')') {
		if !p.eat('(') {
			return nil, errStorage
		}
		key, err := p.item(t.Key)
		if err != nil {
			return nil, err
		}
		v, err := p.item(t.Elem)
		if err != nil || !p.eat(')') {
			return nil, errStorage
		}
		m.SetMapIndex(key, v)
	}
	return m.Interface(), nil
}

func (p *sexpr) set(t *schema.Type) (any, error) {
	s := reflect.MakeSlice(goType(t), 0, 4)
	for !p.eat(')') {
		v, err := p.item(t.Elem)
		if err != nil {
			return nil, err
		}
		s = reflect.Append(s, v)
	}
	return s.Interface(), nil
}

// goType is the Go type of the values of a stored type.
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
	}
	return reflect.TypeFor[string]()
}
