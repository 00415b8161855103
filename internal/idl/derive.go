package idl

import (
	"slices"

	"github.com/xcp-dbus/xcp/internal/schema"
)

// derive adds to every class the messages that follow from its fields and
// flags, in the order clients know: those of one object first, then the ones
// written by hand, then those of all objects.
func derive(c *Contract) {
	types := typeIndex(c)
	for _, class := range c.Classes {
		d := deriver{class: class, types: types}
		own := class.Messages
		class.Messages = nil
		if class.InDB {
			d.object()
			d.fields()
		}
		class.Messages = append(class.Messages, own...)
		if class.GetAll {
			d.all()
		}
	}
}

// typeIndex makes types of the contract's names; derived messages cannot fail
// on them, as all of their classes exist.
func typeIndex(c *Contract) func(string) *schema.Type {
	ts := types{enums: map[string]*Enum{}, classes: map[string]bool{}, made: map[string]*schema.Type{}}
	for _, e := range c.Enums {
		ts.enums[e.Name] = e
	}
	for _, class := range c.Classes {
		ts.classes[class.Name] = true
	}
	return func(text string) *schema.Type {
		t, err := ts.parse(text)
		if err != nil {
			panic("idl: derived type: " + err.Error())
		}
		return t
	}
}

type deriver struct {
	class *Class
	types func(string) *schema.Type
}

func (d *deriver) add(m *Message, reads bool) *Message {
	m.Idempotency = schema.Keyed
	if reads {
		m.Idempotency = schema.Reads
	}
	force := d.class.ForceCustom
	if force == "RW" || force == "StaticRO" && reads {
		m.Impl = schema.ImplCustom
	}
	if m.Hand() && m.Runs == "" {
		m.Runs = "local"
	}
	m.Range = d.class.Range
	d.class.Messages = append(d.class.Messages, m)
	return m
}

func (d *deriver) self() *Param {
	return &Param{Name: "self", Type: d.types(d.class.Name + " ref"), Sensitive: d.class.Name == "session"}
}

func (d *deriver) param(name, typ string) *Param { return &Param{Name: name, Type: d.types(typ)} }

// classMessage is one that has life cycle and roles from the class.
func (d *deriver) classMessage(name string, kind schema.MessageKind, result string, params ...*Param) *Message {
	return &Message{Name: name, Kind: kind, Params: params, Result: d.types(result), Life: d.class.Life, Roles: d.class.ImplicitRoles}
}

func (d *deriver) object() {
	c := d.class
	ref := c.Name + " ref"
	d.add(d.classMessage("get_record", schema.GetRecord, c.Name+" record", d.self()), true)
	d.add(d.classMessage("get_by_uuid", schema.GetByUUID, ref, d.param("uuid", "string")), true)
	if c.CtorDtor {
		args := d.param("args", c.Name+" record")
		args.Sensitive = c.Sensitive()
		d.construct(d.classMessage("create", schema.Make, ref, args), c.Constructor)
		d.construct(d.classMessage("destroy", schema.Delete, "void", d.self()), c.Destructor)
	}
	if f := c.Field("name_label"); f != nil && slices.Equal(f.Path, []string{"name", "label"}) {
		d.add(d.classMessage("get_by_name_label", schema.GetByLabel, ref+" set", d.param("label", "string")), true)
	}
}

func (d *deriver) construct(m *Message, e Effect) {
	m.Impl, m.Async, m.Roles, m.Runs, m.Marks = schema.ImplCustom, true, d.class.Roles, e.Runs, e.Marks
	d.add(m, false)
}

func (d *deriver) fieldMessage(prefix string, kind schema.MessageKind, f *Field, result string, params ...*Param) *Message {
	return &Message{
		Name: prefix + f.Name, Kind: kind, Field: f, Life: f.Life, Roles: f.SetRoles,
		Params: append([]*Param{d.self()}, params...), Result: d.types(result),
	}
}

func (d *deriver) fields() {
	for _, f := range d.class.Fields {
		if f.Internal {
			continue
		}
		m := d.fieldMessage("get_", schema.Getter, f, f.Type.Text)
		m.Roles = f.GetRoles
		d.add(m, true)
	}
	for _, f := range d.class.Fields {
		if !f.Internal && f.Qualifier == schema.RW {
			d.writers(f)
		}
	}
}

func (d *deriver) writers(f *Field) {
	value := func(typ string) *Param {
		p := d.param("value", typ)
		p.Sensitive = f.Sensitive
		return p
	}
	set := d.fieldMessage("set_", schema.Setter, f, "void", value(f.Type.Text))
	if f.Effect != nil {
		set.Impl, set.Runs, set.Marks = schema.ImplCustom, f.Effect.Runs, f.Effect.Marks
	}
	d.add(set, false)
	switch f.Type.Kind {
	case schema.Map:
		key := f.Type.Key.Text
		add := d.fieldMessage("add_to_", schema.AddTo, f, "void", d.param("key", key), value(f.Type.Elem.Text))
		remove := d.fieldMessage("remove_from_", schema.RemoveFrom, f, "void", d.param("key", key))
		add.KeyRoles, remove.KeyRoles = f.KeyRoles, f.KeyRoles
		d.add(add, false)
		d.add(remove, false)
	case schema.Set:
		d.add(d.fieldMessage("add_", schema.AddTo, f, "void", value(f.Type.Elem.Text)), false)
		d.add(d.fieldMessage("remove_", schema.RemoveFrom, f, "void", value(f.Type.Elem.Text)), false)
	}
}

func (d *deriver) all() {
	ref, expr := d.class.Name+" ref", d.param("expr", "string")
	records := "(" + ref + " -> " + d.class.Name + " record) map"
	d.add(d.classMessage("get_all", schema.GetAll, ref+" set"), true)
	where := d.add(d.classMessage("get_all_where", schema.GetAllWhere, ref+" set", expr), true)
	recordsWhere := d.add(d.classMessage("get_all_records_where", schema.GetAllRecordsWhere, records, expr), true)
	all := d.add(d.classMessage("get_all_records", schema.GetAllRecords, records), true)
	where.Hidden, recordsWhere.Hidden = true, true
	recordsWhere.Stream, all.Stream = true, true
}
