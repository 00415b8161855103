package db

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"

	"github.com/xcp-dbus/xcp/internal/schema"
)

// encode writes the stored fields of a row as a JSON object, in the order of
// the contract, and after them what a newer version had stored.
func (cat *catalog) encode(row *Row) []byte {
	b := append(make([]byte, 0, 1024), '{')
	for i := range cat.table(row.Class).columns {
		col := &cat.table(row.Class).columns[i]
		if !col.stored {
			continue
		}
		b = appendMember(b, col.field.Name)
		b = appendJSON(b, row.values[i])
	}
	for _, name := range slices.Sorted(maps.Keys(row.unknown)) {
		b = appendMember(b, name)
		b = append(b, row.unknown[name]...)
	}
	return append(b, '}')
}

func appendMember(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(appendText(b, name), ':')
}

// appendJSON writes a value. Numbers JSON has no form for are texts.
func appendJSON(b []byte, v any) []byte {
	switch x := v.(type) {
	case string:
		return appendText(b, x)
	case int64:
		return strconv.AppendInt(b, x, 10)
	case bool:
		return strconv.AppendBool(b, x)
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return strconv.AppendQuote(b, strconv.FormatFloat(x, 'g', -1, 64))
		}
		return strconv.AppendFloat(b, x, 'g', -1, 64)
	case []string:
		b = append(b, '[')
		for i, s := range x {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendText(b, s)
		}
		return append(b, ']')
	case map[string]string:
		b = append(b, '{')
		for _, k := range slices.Sorted(maps.Keys(x)) {
			b = appendText(appendMember(b, k), x[k])
		}
		return append(b, '}')
	}
	return appendReflected(b, reflect.ValueOf(v))
}

// appendReflected writes the rarer sets and maps.
func appendReflected(b []byte, v reflect.Value) []byte {
	if v.Kind() == reflect.Slice {
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, v.Index(i).Interface())
		}
		return append(b, ']')
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(x, y reflect.Value) int { return bytes.Compare(keyText(x), keyText(y)) })
	b = append(b, '{')
	for _, k := range keys {
		b = appendJSON(appendMember(b, string(keyText(k))), v.MapIndex(k).Interface())
	}
	return append(b, '}')
}

func keyText(k reflect.Value) []byte { return fmt.Append(nil, k.Interface()) }

// appendText writes a JSON string.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // a string always marshals
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// A decoder reads stored records. It keeps one copy of each short text it has
// seen, so it should live only as long as a load.
type decoder struct {
	cat  *catalog
	seen map[string]any
}

// maxShared is the longest text worth sharing: references and uuids fit.
const maxShared = 64

// decode reads a record that encode wrote, now or in another version.
func (d *decoder) decode(t *table, value []byte) (values []any, unknown map[string]json.RawMessage, err error) {
	value = bytes.TrimSpace(value)
	if !json.Valid(value) || value[0] != '{' {
		return nil, nil, errors.New("it is not a JSON object")
	}
	values = slices.Clone(t.blank)
	for name, raw := range members(value) {
		i, ok := t.byName[string(name)]
		if !ok {
			if unknown == nil {
				unknown = make(map[string]json.RawMessage)
			}
			unknown[string(name)] = slices.Clone(raw)
			continue
		}
		col := &t.columns[i]
		if !col.stored || bytes.Equal(raw, col.defJSON) {
			continue // not stored: the contract of another version said otherwise
		}
		v, err := d.value(col.field.Type, raw)
		if err == nil {
			values[i], err = col.conform(v)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("field %s: %w", name, err)
		}
	}
	return values, unknown, nil
}

// members walks the members of a valid JSON object that encode may have
// written. Most of a load is spent here: nothing is copied, and the names and
// values live as long as object.
func members(object []byte) iter.Seq2[[]byte, json.RawMessage] {
	return func(yield func([]byte, json.RawMessage) bool) {
		rest := object[1:]
		for {
			rest = bytes.TrimLeft(rest, " \t\r\n,")
			if rest[0] == '}' {
				return
			}
			n := valueLen(rest)
			name := rest[1 : n-1]
			if bytes.IndexByte(name, '\\') >= 0 {
				var s string
				_ = json.Unmarshal(rest[:n], &s) // it is valid
				name = []byte(s)
			}
			rest = bytes.TrimLeft(rest[n:], " \t\r\n:")
			n = valueLen(rest)
			if !yield(name, json.RawMessage(rest[:n:n])) {
				return
			}
			rest = rest[n:]
		}
	}
}

// valueLen is the length of the value valid JSON text begins with.
func valueLen(text []byte) int {
	depth := 0
	for i := 0; ; i++ {
		switch text[i] {
		case '"':
			for i++; text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		default:
			if depth > 0 || bytes.IndexByte(ends, text[i+1]) < 0 {
				continue
			}
		}
		if depth == 0 {
			return i + 1
		}
	}
}

// ends are the bytes that follow a number or a word inside an object.
var ends = []byte(" \t\r\n,}]")

func (d *decoder) value(t *schema.Type, raw json.RawMessage) (any, error) {
	switch {
	case t.IsText():
		return d.text(raw)
	case t.Kind == schema.Float && raw[0] == '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, err
		}
		return strconv.ParseFloat(s, 64)
	case t.Kind == schema.Set:
		return d.set(t, raw)
	case t.Kind == schema.Map:
		return d.mapping(t, raw)
	}
	p := reflect.New(goType(t))
	if err := json.Unmarshal(raw, p.Interface()); err != nil {
		return nil, err
	}
	return p.Elem().Interface(), nil
}

func (d *decoder) set(t *schema.Type, raw json.RawMessage) (any, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, err
	}
	out := reflect.MakeSlice(goType(t), len(items), len(items))
	for i, item := range items {
		v, err := d.value(t.Elem, item)
		if err != nil {
			return nil, err
		}
		out.Index(i).Set(reflect.ValueOf(v))
	}
	return out.Interface(), nil
}

func (d *decoder) mapping(t *schema.Type, raw json.RawMessage) (any, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, err
	}
	out := reflect.MakeMapWithSize(goType(t), len(members))
	for name, member := range members {
		k, err := parseKey(t.Key, name)
		if err != nil {
			return nil, err
		}
		v, err := d.value(t.Elem, member)
		if err != nil {
			return nil, err
		}
		out.SetMapIndex(reflect.ValueOf(k), reflect.ValueOf(v))
	}
	return out.Interface(), nil
}

// parseKey reads the key of a map from the name of a JSON member.
func parseKey(t *schema.Type, name string) (any, error) {
	switch t.Kind {
	case schema.Int:
		return strconv.ParseInt(name, 10, 64)
	case schema.Float:
		return strconv.ParseFloat(name, 64)
	case schema.Bool:
		return strconv.ParseBool(name)
	}
	return name, nil
}

// text reads a JSON string; equal short ones become one.
func (d *decoder) text(raw json.RawMessage) (any, error) {
	if len(raw) <= maxShared {
		if v, ok := d.seen[string(raw)]; ok {
			return v, nil
		}
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, err
	}
	var v any = s
	if len(raw) <= maxShared {
		d.seen[string(raw)] = v
	}
	return v, nil
}
