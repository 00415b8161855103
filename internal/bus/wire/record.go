package wire

import (
	"fmt"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/schema"
)

// AppendValue marshals one value of a schema type, whose Go form schema.Type
// describes. It checks the Go type and that texts are UTF-8 without NUL.
func AppendValue(dst []byte, base int, t *schema.Type, v any) ([]byte, error) {
	e := encoder{base: base}
	dst, err := e.value(dst, Signature(t), v, 0)
	if err != nil {
		return dst, fmt.Errorf("%s: %w", t.Text, err)
	}
	return dst, nil
}

// Signature is the type's D-Bus signature; an option has its element's.
func Signature(t *schema.Type) string {
	for t.Kind == schema.Option {
		t = t.Elem
	}
	return t.Sig
}

// AppendRecord marshals a row as the a{sv} of its public fields, in the order
// of the class. An absent option (nil) is left out.
func AppendRecord(dst []byte, base int, class *schema.Class, row []any) ([]byte, error) {
	dst, m := OpenDict(dst, base)
	dst, err := appendEntries(dst, base, class, row)
	if err != nil {
		return dst, err
	}
	return Close(dst, m), nil
}

// Entries are the marshalled entries of an a{sv}. They fit wherever the content
// of one begins, since that is aligned to 8: a row caches them, streams and
// replies splice them. As a value (AppendSig, results of a method) they stand
// for the dictionary.
type Entries []byte

// RecordEntries marshals the entries of AppendRecord's dictionary; as a value
// the result must be made Entries.
func RecordEntries(class *schema.Class, row []any) ([]byte, error) {
	// A record of a VM takes about 5 KiB.
	return appendEntries(make([]byte, 0, 64*len(class.Fields)), 0, class, row)
}

func appendEntries(dst []byte, base int, class *schema.Class, row []any) ([]byte, error) {
	if len(row) != len(class.Fields) {
		return dst, fmt.Errorf("a row of %s has %d values, the class %d fields", class.Name, len(row), len(class.Fields))
	}
	e := encoder{base: base}
	for i := range class.Fields {
		f := &class.Fields[i]
		if f.Internal || f.Type.Kind == schema.Option && row[i] == nil {
			continue
		}
		sig := Signature(f.Type)
		dst = AppendEntry(dst, base, f.Name, sig)
		var err error
		if dst, err = e.value(dst, sig, row[i], 0); err != nil {
			return dst, fmt.Errorf("%s.%s: %w", class.Name, f.Name, err)
		}
	}
	return dst, nil
}

// AppendDict marshals a{sv} from entries marshalled before (RecordEntries).
func AppendDict(dst []byte, base int, entries Entries) []byte {
	dst, m := OpenDict(dst, base)
	return Close(append(dst, entries...), m)
}

// AppendVariant marshals v.
func AppendVariant(dst []byte, base int, v dbus.Variant) ([]byte, error) {
	e := encoder{base: base}
	return e.variant(dst, v, 0)
}
