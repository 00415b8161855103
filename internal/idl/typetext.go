package idl

import (
	"fmt"
	"strings"

	"github.com/xcp-dbus/xcp/internal/schema"
)

// maxTypeDepth bounds how deep a type may nest.
const maxTypeDepth = 8

// types turns the contract's spelling of types into schema.Types; equal
// spellings give one Type.
type types struct {
	enums   map[string]*Enum
	classes map[string]bool
	made    map[string]*schema.Type
	order   []*schema.Type
}

var plainTypes = map[string]struct {
	kind schema.Kind
	sig  string
}{
	"void":         {schema.Void, ""},
	"string":       {schema.String, "s"},
	"secretstring": {schema.Secret, "s"},
	"int":          {schema.Int, "x"},
	"float":        {schema.Float, "d"},
	"bool":         {schema.Bool, "b"},
	"datetime":     {schema.DateTime, "s"},
}

// parse reads one type. The error says what is wrong, without position.
func (ts *types) parse(text string) (*schema.Type, error) { return ts.parseAt(text, 0) }

func (ts *types) parseAt(text string, depth int) (*schema.Type, error) {
	if t := ts.made[text]; t != nil {
		return t, nil
	}
	if depth > maxTypeDepth {
		return nil, fmt.Errorf("type nests deeper than %d levels", maxTypeDepth)
	}
	t, err := ts.make(text, depth)
	if err != nil {
		return nil, err
	}
	t.Text = text
	ts.made[text] = t
	ts.order = append(ts.order, t)
	return t, nil
}

func (ts *types) make(text string, depth int) (*schema.Type, error) {
	if p, ok := plainTypes[text]; ok {
		return &schema.Type{Kind: p.kind, Sig: p.sig}, nil
	}
	if body, ok := strings.CutSuffix(text, " set"); ok {
		elem, err := ts.element(body, depth)
		if err != nil {
			return nil, err
		}
		return &schema.Type{Kind: schema.Set, Elem: elem, Sig: "a" + elem.Sig}, nil
	}
	if body, ok := strings.CutSuffix(text, " option"); ok {
		elem, err := ts.element(body, depth)
		if err != nil {
			return nil, err
		}
		return &schema.Type{Kind: schema.Option, Elem: elem, Sig: elem.Sig}, nil
	}
	if body, ok := strings.CutSuffix(text, ") map"); ok {
		return ts.mapType(body, depth)
	}
	if name, ok := strings.CutPrefix(text, "enum "); ok {
		e := ts.enums[name]
		if e == nil {
			return nil, fmt.Errorf("enum %q is declared nowhere; add enum %q { values = [...] } or correct the name", name, name)
		}
		return &schema.Type{Kind: schema.Enum, Enum: &e.EnumType, Sig: "s"}, nil
	}
	if name, ok := strings.CutSuffix(text, " ref"); ok && !strings.Contains(name, " ") {
		return ts.classType(schema.Ref, name, "s")
	}
	if name, ok := strings.CutSuffix(text, " record"); ok && !strings.Contains(name, " ") {
		return ts.classType(schema.Record, name, "a{sv}")
	}
	return nil, fmt.Errorf("%q is no type; write string, secretstring, int, float, bool, datetime, \"enum NAME\", \"CLASS ref\", \"CLASS record\", \"T set\", \"T option\" or \"(K -> V) map\"", text)
}

func (ts *types) element(text string, depth int) (*schema.Type, error) {
	t, err := ts.parseAt(text, depth+1)
	if err == nil && t.Kind == schema.Void {
		return nil, fmt.Errorf("void cannot be an element")
	}
	return t, err
}

func (ts *types) classType(kind schema.Kind, class, sig string) (*schema.Type, error) {
	if !ts.classes[class] {
		return nil, fmt.Errorf("class %q is declared nowhere; class names are case-sensitive", class)
	}
	return &schema.Type{Kind: kind, Name: class, Sig: sig}, nil
}

func (ts *types) mapType(body string, depth int) (*schema.Type, error) {
	inner, ok := strings.CutPrefix(body, "(")
	k, v, arrow := strings.Cut(inner, " -> ")
	if !ok || !arrow {
		return nil, fmt.Errorf("write a map as \"(K -> V) map\"")
	}
	key, err := ts.element(k, depth)
	if err != nil {
		return nil, err
	}
	switch key.Kind {
	case schema.String, schema.Int, schema.Ref, schema.Enum:
	default:
		return nil, fmt.Errorf("a map's key must be a string, int, ref or enum, not %s", k)
	}
	elem, err := ts.element(v, depth)
	if err != nil {
		return nil, err
	}
	return &schema.Type{Kind: schema.Map, Key: key, Elem: elem, Sig: "a{" + key.Sig + elem.Sig + "}"}, nil
}
