package idl

import (
	"fmt"
	"strings"

	"github.com/xcp-dbus/xcp/internal/schema"
)

const modelDoc = `Package model is XenAPI as data: a schema.Class per class, with its fields and
all messages, wired together when the program starts.

Naming: the class VM_metrics is VMMetrics; VM_NameLabel is the index of the
field name_label in rows of class VM; VMPowerState_Halted is a value of the
enum vm_power_state; VMRecord is a row of class VM with a Go type per field.
Sets and maps of records share memory with the row.`

// emitModel writes internal/gen/model: types and enums, roles, and a file per
// class.
func emitModel(c *Contract, out Output) error {
	m := &modelEmitter{c: c, roles: permissionBits(c), names: map[string]string{}}
	for _, class := range c.Classes {
		if err := out.add("internal/gen/model/"+fileName(class.Name)+".gen.go", m.class(class)); err != nil {
			return err
		}
	}
	for name, file := range map[string]*code{"types": m.types(), "enums": m.enums(), "model": m.index()} {
		if err := out.add("internal/gen/model/"+name+".gen.go", file); err != nil {
			return err
		}
	}
	return m.err
}

type modelEmitter struct {
	c     *Contract
	roles map[string]schema.RoleSet
	names map[string]string // Go names already given, and to what
	err   error
}

// permissionBits resolves role sets by name.
func permissionBits(c *Contract) map[string]schema.RoleSet {
	out := make(map[string]schema.RoleSet, len(c.RoleSets))
	for _, s := range c.RoleSets {
		out[s.Name] = s.Bits
	}
	return out
}

// name claims a package-level Go name; two things that would share one are an
// error of the contract.
func (m *modelEmitter) name(name, what string) string {
	if other, ok := m.names[name]; ok && m.err == nil {
		m.err = fmt.Errorf("%s and %s would both be model.%s; rename one", other, what, name)
	}
	m.names[name] = what
	return name
}

func (m *modelEmitter) roleSet(name string) string { return "roles" + goName(name) }

func (m *modelEmitter) index() *code {
	f := &code{pkg: "model", doc: modelDoc}
	f.p("// The version of XenAPI this is, and of the database's schema.")
	f.p("const (\nAPIMajor = %d\nAPIMinor = %d\nAPIVendor = %q\nSchemaMajor = %d\nSchemaMinor = %d\n)\n",
		m.c.API.Version[0], m.c.API.Version[1], m.c.API.Vendor, m.c.API.Schema[0], m.c.API.Schema[1])
	f.p("// Roles are the static roles, strongest first; a RoleSet has their bits in this order.")
	f.p("var Roles = []schema.Role{")
	for _, r := range m.c.Roles {
		f.p("{Name: %q, UUID: %q, Internal: %t},", r.Name, nameUUID(r.Name), r.Internal)
	}
	f.p("}\n")
	f.p("const (")
	for _, s := range m.c.RoleSets {
		f.p("%s schema.RoleSet = %#b", m.roleSet(s.Name), s.Bits)
	}
	f.p(")\n")
	f.p("// Classes are all classes, by lower-case name. Class.Index counts them.")
	f.p("var Classes = []*schema.Class{")
	for _, c := range m.c.Classes {
		f.p("%s,", goName(c.Name))
	}
	f.p("}\n")
	f.p(`// Messages are all messages by ID.
var Messages []*schema.Message

var byName, byLower map[string]*schema.Class

// ClassByName finds a class by its name on the wire, nil if there is none.
func ClassByName(name string) *schema.Class { return byName[name] }

// ClassByLower finds a class by its lower-case name, as events spell it.
func ClassByLower(name string) *schema.Class { return byLower[name] }

func init() {
	byName = make(map[string]*schema.Class, len(Classes))
	byLower = make(map[string]*schema.Class, len(Classes))
	Messages = make([]*schema.Message, 0, %d)
	for i, c := range Classes {
		c.Index = i
		byName[c.Name], byLower[c.Lower()] = c, c
		for _, m := range c.Messages {
			m.Class, m.ID = c, len(Messages)
			Messages = append(Messages, m)
		}
	}
}

// cell reads one column of a row; a wrong type gives the zero value.
func cell[T any](row []any, i int) T {
	v, _ := row[i].(T)
	return v
}

// optional gives an absent value as an empty cell.
func optional(v *string) any {
	if v == nil {
		return nil
	}
	return *v
}

// optionalFrom reads a cell that may be empty.
func optionalFrom(v any) *string {
	if s, ok := v.(string); ok {
		return &s
	}
	return nil
}
`, m.messages())
	return f
}

func (m *modelEmitter) messages() (n int) {
	for _, c := range m.c.Classes {
		n += len(c.Messages)
	}
	return n
}

func (m *modelEmitter) enums() *code {
	f := &code{pkg: "model"}
	for _, e := range m.c.Enums {
		g := goName(e.Name)
		f.p("// Values of the enum %s.\nconst (", e.Name)
		for _, v := range e.Values {
			f.p("%s = %q", m.name(g+"_"+goName(v), "enum value "+e.Name+"."+v), v)
		}
		f.p(")\n")
		exact := ""
		if e.ExactCase {
			exact = ", ExactCase: true"
		}
		f.p("var enum%s = &schema.EnumType{Name: %q, Values: %#v%s}\n", g, e.Name, e.Values, exact)
	}
	return f
}

// types writes each type of the contract once; composite ones point to their
// parts.
func (m *modelEmitter) types() *code {
	f := &code{pkg: "model"}
	seen := map[string]bool{}
	f.p("var (")
	var write func(t *schema.Type)
	write = func(t *schema.Type) {
		if t == nil || seen[t.Text] {
			return
		}
		seen[t.Text] = true
		write(t.Key)
		write(t.Elem)
		f.p("t%s = &schema.Type{%s}", typeName(t), m.typeBody(t))
	}
	for _, c := range m.c.Classes {
		for _, x := range c.Fields {
			write(x.Type)
		}
		for _, x := range c.Messages {
			write(x.Result)
			for _, p := range x.Params {
				write(p.Type)
			}
		}
	}
	f.p(")")
	return f
}

var kindNames = map[schema.Kind]string{
	schema.Void: "Void", schema.String: "String", schema.Secret: "Secret", schema.Int: "Int", schema.Float: "Float",
	schema.Bool: "Bool", schema.DateTime: "DateTime", schema.Enum: "Enum", schema.Ref: "Ref", schema.Set: "Set",
	schema.Map: "Map", schema.Record: "Record", schema.Option: "Option",
}

func (m *modelEmitter) typeBody(t *schema.Type) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Kind: schema.%s", kindNames[t.Kind])
	if t.Name != "" {
		fmt.Fprintf(&b, ", Name: %q", t.Name)
	}
	if t.Enum != nil {
		fmt.Fprintf(&b, ", Enum: enum%s", goName(t.Enum.Name))
	}
	if t.Key != nil {
		fmt.Fprintf(&b, ", Key: t%s", typeName(t.Key))
	}
	if t.Elem != nil {
		fmt.Fprintf(&b, ", Elem: t%s", typeName(t.Elem))
	}
	if t.Sig != "" {
		fmt.Fprintf(&b, ", Sig: %q", t.Sig)
	}
	fmt.Fprintf(&b, ", Text: %q", t.Text)
	return b.String()
}
