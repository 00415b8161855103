package dbactions

import (
	"reflect"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// CheckValue checks a whole value somebody wants a field to have: its texts at
// any depth, the keys of maps, the words of enums. Wrong ones are INVALID_VALUE
// with the field's name. References are checked by CheckRefs.
func CheckValue(f *schema.Field, v any) error {
	if err := checkText(f, v); err != nil {
		return err
	}
	if err := checkWords(f, f.Type, v); err != nil {
		return err
	}
	if m, ok := v.(map[string]string); ok {
		if _, empty := m[""]; empty {
			return CheckKey(f, "")
		}
	}
	return nil
}

// CheckKey checks a key for a map field: INVALID_VALUE if it is empty or too
// long.
func CheckKey(f *schema.Field, key any) error {
	if s, ok := key.(string); ok && s == "" {
		return xerr.New(codes.INVALID_VALUE, f.Name, "an empty key")
	}
	return checkText(f, key)
}

// checkWords checks that a text of an enum type is one of its words. The front
// has put words into the contract's spelling; callers on the bus have not.
func checkWords(f *schema.Field, t *schema.Type, v any) error {
	switch t.Kind {
	case schema.Enum:
		s, ok := v.(string)
		if w, known := t.Enum.Find(s); !ok || !known || w != s {
			return xerr.New(codes.INVALID_VALUE, f.Name, shown(f, s))
		}
	case schema.Set:
		if t.Elem.Kind != schema.Enum {
			return nil
		}
		for _, s := range v.([]string) {
			if err := checkWords(f, t.Elem, s); err != nil {
				return err
			}
		}
	case schema.Map:
		if t.Key.Kind != schema.Enum {
			return nil
		}
		for it := reflect.ValueOf(v).MapRange(); it.Next(); {
			if err := checkWords(f, t.Key, it.Key().Interface()); err != nil {
				return err
			}
		}
	}
	return nil
}

// CheckRefs checks that the references in a value name rows of their class:
// HANDLE_INVALID with that class if not. The null reference and the empty text,
// which old clients send for it, pass.
func CheckRefs(r db.Reader, f *schema.Field, v any) error {
	t := f.Type
	switch t.Kind {
	case schema.Ref:
		return checkRef(r, t, v.(string))
	case schema.Set:
		if t.Elem.Kind != schema.Ref {
			return nil
		}
		for _, ref := range v.([]string) {
			if err := checkRef(r, t.Elem, ref); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkRef(r db.Reader, t *schema.Type, ref string) error {
	if t.Kind != schema.Ref || ref == db.NullRef || ref == "" {
		return nil
	}
	if row, ok := r.Get(ref); ok && row.Class.Name == t.Name {
		return nil
	}
	return xerr.New(codes.HANDLE_INVALID, t.Name, ref)
}
