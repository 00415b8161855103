package dbactions

import (
	"reflect"

	"github.com/godbus/dbus/v5"
	"github.com/google/uuid"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// refPrefix begins every reference; clients test for it.
const refPrefix = "OpaqueRef:"

// NewRef makes a reference nobody has.
func NewRef() string { return refPrefix + uuid.NewString() }

// NewUUID makes a uuid nobody has.
func NewUUID() string { return uuid.NewString() }

// A Draft is a row on its way into the database: a value per field of its
// class, nil where the field's default is meant. The zero Draft is of no use;
// NewDraft and FromRecord make one.
type Draft struct {
	Class  *schema.Class
	Ref    string
	Values []any
}

// NewDraft begins a row with a fresh reference and uuid, and defaults.
func NewDraft(c *schema.Class) *Draft {
	d := &Draft{Class: c, Ref: NewRef(), Values: make([]any, len(c.Fields))}
	if f := c.Field("uuid"); f != nil {
		d.Values[f.Index] = NewUUID()
	}
	return d
}

// FromRecord begins a row with what a client gave a constructor. Only fields of
// the constructor are taken from the record (RW and StaticRO, not internal);
// one that is missing and has no default is INVALID_VALUE with its name and an
// empty text, and so is a value of another type. Texts are cut at the first
// character XML cannot carry.
func FromRecord(c *schema.Class, rec map[string]dbus.Variant) (*Draft, error) {
	d := NewDraft(c)
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.Qualifier == schema.DynamicRO || f.Internal || f.Derived {
			continue
		}
		v, ok := rec[f.Name]
		if !ok {
			if !f.HasDefault && f.State != schema.Removed {
				return nil, xerr.New(codes.INVALID_VALUE, f.Name, "")
			}
			continue
		}
		if reflect.TypeOf(v.Value()) != goType(f.Type) {
			return nil, xerr.New(codes.INVALID_VALUE, f.Name, shown(f, v.String()))
		}
		value := cutValue(f, v.Value())
		if err := CheckValue(f, value); err != nil {
			return nil, err
		}
		d.Values[i] = value
	}
	return d, nil
}

// Set gives a field of the draft a value. A name the class does not have is a
// mistake in the program and panics.
func (d *Draft) Set(field string, v any) *Draft {
	d.Values[d.field(field).Index] = v
	return d
}

// Get returns the value a field will have.
func (d *Draft) Get(field string) any {
	f := d.field(field)
	if v := d.Values[f.Index]; v != nil {
		return v
	}
	if f.Default != nil {
		return f.Default
	}
	return db.Empty(f.Type)
}

// Text is Get for a field whose Go type is string.
func (d *Draft) Text(field string) string { return d.Get(field).(string) }

// Map is Get for a map of texts. Shared, read only.
func (d *Draft) Map(field string) map[string]string { return d.Get(field).(map[string]string) }

func (d *Draft) field(name string) *schema.Field {
	f := d.Class.Field(name)
	if f == nil {
		panic("class " + d.Class.Name + " has no field " + name)
	}
	return f
}

// CheckRefs checks all references of the draft, as CheckRefs does for a field.
func (d *Draft) CheckRefs(r db.Reader) error {
	for i, v := range d.Values {
		if v == nil {
			continue
		}
		if err := CheckRefs(r, &d.Class.Fields[i], v); err != nil {
			return err
		}
	}
	return nil
}

// Create writes the draft. It must not be used after that.
func (d *Draft) Create(tx *db.Tx) error {
	_, err := tx.Create(d.Class, d.Ref, d.Values)
	return err
}
