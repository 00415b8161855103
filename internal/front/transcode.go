package front

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/xcp-dbus/xcp/internal/bus/wire"
	"github.com/xcp-dbus/xcp/internal/rpc"
	"github.com/xcp-dbus/xcp/internal/rpc/typed"
	"github.com/xcp-dbus/xcp/internal/schema"
)

// A transcoder writes marshalled records as a client reads them, without
// making values of them in between. Texts are checked where they are written:
// no encoder lets out what is not UTF-8.
type transcoder struct {
	e       rpc.Encoder
	classes typed.Classes
	r       wire.Reader
}

// errForeign is a frame that is not what the contract says.
var errForeign = errors.New("the data is not of its type")

// pair writes a frame (sa{sv}) as a member: reference and record.
func (t *transcoder) pair(frame []byte, class *schema.Class) error {
	t.r.Reset(frame)
	t.e.Member(string(t.r.Text()))
	if err := t.record(class); err != nil {
		return fmt.Errorf("%s record: %w", class.Name, err)
	}
	return t.r.Err()
}

// record writes an a{sv}. Its entries come in the contract's order, with gaps
// where an option is absent, so each field is found where it is expected.
func (t *transcoder) record(class *schema.Class) error {
	t.e.BeginStruct()
	next := 0
	for a := t.r.OpenDict(); t.r.More(a); {
		t.r.Struct()
		key := t.r.Text()
		sig := t.r.VariantSignature()
		f := t.field(class, key, next)
		if f == nil || f.Internal {
			t.r.Skip(string(sig))
			continue
		}
		next = f.Index + 1
		typ := f.Type
		if typ.Kind == schema.Option {
			typ = typ.Elem
		}
		if string(sig) != typ.Sig {
			return fmt.Errorf("field %s: %w", f.Name, errForeign)
		}
		t.e.Member(f.Name)
		if err := t.value(typ); err != nil {
			return fmt.Errorf("field %s: %w", f.Name, err)
		}
	}
	t.e.EndStruct()
	return t.r.Err()
}

// field finds a field by its name, looking first where it should be.
func (t *transcoder) field(class *schema.Class, key []byte, next int) *schema.Field {
	for i := next; i < len(class.Fields); i++ {
		if class.Fields[i].Name == string(key) {
			return &class.Fields[i]
		}
	}
	return class.Field(string(key))
}

// value writes one value of a type.
func (t *transcoder) value(typ *schema.Type) error {
	switch typ.Kind {
	case schema.DateTime:
		t.e.DateTime(string(t.r.Text()))
	case schema.String, schema.Secret, schema.Enum, schema.Ref:
		t.e.TextBytes(t.r.Text())
	case schema.Int:
		t.e.Int(t.r.Int64())
	case schema.Float:
		t.e.Float(t.r.Float64())
	case schema.Bool:
		t.e.Bool(t.r.Bool())
	case schema.Set:
		t.e.BeginArray()
		for a := t.r.OpenArray(typ.Elem.Sig[0]); t.r.More(a); {
			if err := t.value(typ.Elem); err != nil {
				return err
			}
		}
		t.e.EndArray()
	case schema.Map:
		t.e.BeginStruct()
		for a := t.r.OpenDict(); t.r.More(a); {
			t.r.Struct()
			if typ.Key.Kind == schema.Int {
				t.e.Member(strconv.FormatInt(t.r.Int64(), 10))
			} else {
				t.e.Member(string(t.r.Text()))
			}
			if err := t.value(typ.Elem); err != nil {
				return err
			}
		}
		t.e.EndStruct()
	case schema.Record:
		class := t.classes(typ.Name)
		if class == nil {
			return errForeign
		}
		return t.record(class)
	default:
		return errForeign
	}
	return t.r.Err()
}

// event writes a frame (sa{sv}) that holds an event. All its members are
// texts but the snapshot, a record of the event's class.
func (t *transcoder) event(frame []byte) error {
	class, err := eventClass(frame)
	if err != nil {
		return err
	}
	t.r.Reset(frame)
	t.r.Text() // the reference is a member of the event, too
	t.e.BeginStruct()
	for a := t.r.OpenDict(); t.r.More(a); {
		t.r.Struct()
		key := string(t.r.Text())
		sig := string(t.r.VariantSignature())
		t.e.Member(key)
		switch sig {
		case "s":
			t.e.TextBytes(t.r.Text())
		case "x":
			t.e.Text(strconv.FormatInt(t.r.Int64(), 10))
		case "a{sv}":
			c := t.classes(class)
			if c == nil {
				return fmt.Errorf("an event of class %q: %w", class, errForeign)
			}
			if err := t.record(c); err != nil {
				return fmt.Errorf("%s event: %w", class, err)
			}
		default:
			return fmt.Errorf("event.%s: %w", key, errForeign)
		}
	}
	t.e.EndStruct()
	return t.r.Err()
}

// eventClass reads an event up to its class.
func eventClass(frame []byte) (string, error) {
	r := wire.NewReader(frame)
	r.Text()
	for a := r.OpenDict(); r.More(a); {
		r.Struct()
		key, sig := string(r.Text()), string(r.VariantSignature())
		if key == "class" && sig == "s" {
			return r.String(), r.Err()
		}
		r.Skip(sig)
	}
	if r.Err() != nil {
		return "", r.Err()
	}
	return "", fmt.Errorf("an event without a class: %w", errForeign)
}
