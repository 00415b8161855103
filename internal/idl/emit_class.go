package idl

import (
	"crypto/md5"
	"fmt"
	"strings"

	"github.com/xcp-dbus/xcp/internal/schema"
)

// nameUUID is the uuid of a static role or permission: the MD5 of its name.
func nameUUID(name string) string {
	x := fmt.Sprintf("%x", md5.Sum([]byte(name)))
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// members writes the key: value list of a composite literal, leaving out what
// is zero.
type members struct{ b strings.Builder }

func (w *members) set(name, value string) { fmt.Fprintf(&w.b, ", %s: %s", name, value) }

func (w *members) text(name, value string) {
	if value != "" {
		w.set(name, fmt.Sprintf("%q", value))
	}
}

func (w *members) texts(name string, values []string) {
	if len(values) > 0 {
		w.set(name, fmt.Sprintf("%#v", values))
	}
}

func (w *members) flag(name string, value bool) {
	if value {
		w.set(name, "true")
	}
}

func (w *members) word(name, value, zero string) {
	if value != zero {
		w.set(name, "schema."+value)
	}
}

func (w *members) String() string { return strings.TrimPrefix(w.b.String(), ", ") }

var (
	stateNames       = [...]string{"Published", "Prototyped", "Deprecated", "Removed", "Unreleased"}
	qualifierNames   = [...]string{"RW", "StaticRO", "DynamicRO"}
	durabilityNames  = [...]string{"Sync", "Lazy", "Memory"}
	relationNames    = [...]string{"OneToMany", "ManyToOne", "ManyToMany"}
	implNames        = [...]string{"ImplDB", "ImplCustom", "ImplExtension"}
	idempotencyNames = [...]string{"Reads", "Keyed", "Never"}
	kindOfMessage    = [...]string{
		"Custom", "Getter", "Setter", "AddTo", "RemoveFrom", "GetRecord", "GetByUUID", "GetByLabel",
		"GetAll", "GetAllWhere", "GetAllRecords", "GetAllRecordsWhere", "Make", "Delete",
	}
)

// class writes one class: its literal, field indexes, and record.
func (m *modelEmitter) class(c *Class) *code {
	f := &code{pkg: "model"}
	g := m.name(goName(c.Name), "class "+c.Name)
	for _, line := range wrap(fmt.Sprintf("%s is class %s. %s", g, c.Name, c.Doc), 100) {
		f.p("// %s", line)
	}
	f.p("var %s = &schema.Class{%s, Fields: fields%s[:], Messages: messages%s}\n", g, m.classMembers(c), g, g)
	f.p("// Indexes of the fields of %s in its rows.\nconst (", c.Name)
	for i, x := range c.Fields {
		f.p("%s = %d", m.name(g+"_"+goName(x.Name), "field "+c.Name+"."+x.Name), i)
	}
	f.p(")\n")
	f.p("var fields%s = [...]schema.Field{", g)
	for _, x := range c.Fields {
		f.p("{%s},", m.fieldMembers(x))
	}
	f.p("}\n\nvar messages%s = []*schema.Message{", g)
	for _, x := range c.Messages {
		f.p("{%s},", m.messageMembers(g, x))
	}
	f.p("}\n")
	m.record(f, g, c)
	return f
}

func (m *modelEmitter) classMembers(c *Class) string {
	var w members
	w.text("Name", c.Name)
	w.text("Doc", c.Doc)
	w.word("State", stateNames[c.Life.State], "Published")
	w.flag("InDB", c.InDB)
	w.flag("Persist", c.Persist)
	w.flag("Events", c.Events)
	w.flag("CtorDtor", c.CtorDtor)
	w.flag("GetAll", c.GetAll)
	w.flag("TaskRecords", c.TaskRecords)
	w.flag("Published", c.Published)
	return w.String()
}

// defaults writes HasDefault and Default, the latter nil for an empty value.
func (w *members) defaults(has bool, v any, t *schema.Type) {
	w.flag("HasDefault", has)
	if has && !isEmpty(v, t) {
		w.set("Default", literal(v, t))
	}
}

func (m *modelEmitter) fieldMembers(x *Field) string {
	var w members
	w.text("Name", x.Name)
	w.text("Column", x.Column())
	w.set("Index", fmt.Sprint(x.Index))
	w.set("Type", "t"+typeName(x.Type))
	w.text("Doc", x.Doc)
	w.text("Unit", x.Unit)
	w.word("State", stateNames[x.Life.State], "Published")
	w.word("Qualifier", qualifierNames[x.Qualifier], "")
	w.defaults(x.HasDefault, x.Default, x.Type)
	w.flag("Internal", x.Internal)
	w.flag("Derived", x.Derived)
	w.flag("Effect", x.Effect != nil)
	w.flag("Sensitive", x.Sensitive)
	w.word("Durability", durabilityNames[x.Durability], "Sync")
	if r := m.keptRelation(x); r != nil {
		w.set("Relation", fmt.Sprintf("&schema.Relation{Class: %q, Field: %q, Kind: schema.%s}", r.Class, r.Field, relationNames[r.Kind]))
	}
	w.keyRoles(m, x.KeyRoles)
	return w.String()
}

// keptRelation leaves out relations whose ends are not kept in step.
func (m *modelEmitter) keptRelation(x *Field) *Relation {
	r := x.Relation
	if r == nil || x.NoFK {
		return nil
	}
	for _, c := range m.c.Classes {
		if c.Name == r.Class && c.Field(r.Field).NoFK {
			return nil
		}
	}
	return r
}

func (w *members) keyRoles(m *modelEmitter, roles []KeyRole) {
	if len(roles) == 0 {
		return
	}
	var b strings.Builder
	for _, kr := range roles {
		fmt.Fprintf(&b, "{Key: %q, Roles: %s},", kr.Key, m.roleSet(kr.Roles))
	}
	w.set("KeyRoles", "[]schema.KeyRole{"+strings.TrimSuffix(b.String(), ",")+"}")
}

func (m *modelEmitter) messageMembers(g string, x *Message) string {
	var w members
	w.text("Name", x.Name)
	w.word("Kind", kindOfMessage[x.Kind], "Custom")
	w.word("Impl", implNames[x.Impl], "ImplDB")
	if x.Field != nil {
		w.set("Field", fmt.Sprintf("&fields%s[%d]", g, x.Field.Index))
	}
	w.text("Doc", x.Doc)
	w.word("State", stateNames[x.Life.State], "Published")
	m.params(&w, x.Params)
	if n := x.Required(); n > 0 {
		w.set("Required", fmt.Sprint(n))
	}
	w.set("Result", "t"+typeName(x.Result))
	w.text("BusResult", x.BusResult)
	w.flag("NoSession", x.NoSession)
	w.flag("Async", x.Async)
	w.flag("Hidden", x.Hidden)
	w.flag("PoolInternal", x.PoolInternal)
	w.flag("Emergency", x.Emergency)
	w.flag("NoRelay", x.NoRelay)
	w.flag("Stream", x.Stream)
	w.flag("RawResult", x.RawResult)
	w.flag("SecretArgs", x.Secret)
	w.word("Idempotency", idempotencyNames[x.Idempotency], "Reads")
	if x.Roles != "" {
		w.set("Roles", m.roleSet(x.Roles))
	}
	w.keyRoles(m, x.KeyRoles)
	w.texts("Errors", x.Errors)
	if x.Runs != "local" {
		w.text("Runs", x.Runs)
	}
	w.texts("Marks", x.Marks)
	return w.String()
}

func (m *modelEmitter) params(w *members, params []*Param) {
	if len(params) == 0 {
		return
	}
	var b strings.Builder
	for _, p := range params {
		var pw members
		pw.text("Name", p.Name)
		pw.set("Type", "t"+typeName(p.Type))
		pw.defaults(p.HasDefault, p.Default, p.Type)
		pw.flag("Sensitive", p.Sensitive)
		b.WriteString("{" + pw.String() + "},")
	}
	w.set("Params", "[]schema.Param{"+strings.TrimSuffix(b.String(), ",")+"}")
}

// record writes the typed form of a row.
func (m *modelEmitter) record(f *code, g string, c *Class) {
	if len(c.Fields) == 0 {
		return
	}
	r := m.name(g+"Record", "record of "+c.Name)
	f.p("// %s is a row of class %s. Fields marked internal never leave the toolstack.\ntype %s struct {", r, c.Name, r)
	for _, x := range c.Fields {
		f.p("%s %s%s", goName(x.Name), typedGo(x.Type), fieldRemark(x))
	}
	f.p("}\n\n// New%s gives the row of a new object, with the contract's defaults.\nfunc New%s() %s {\nreturn %s{", r, r, r, r)
	for _, x := range c.Fields {
		if v := startValue(x); v != "0" && v != "false" && v != `""` && v != "nil" {
			f.p("%s: %s,", goName(x.Name), v)
		}
	}
	f.p("}\n}\n\n// Row gives the record as a row.\nfunc (r *%s) Row() []any {\nreturn []any{", r)
	for _, x := range c.Fields {
		f.p("%s,", rowCell(x))
	}
	f.p("}\n}\n\n// %sFrom reads a row of class %s.\nfunc %sFrom(row []any) %s {\nreturn %s{", r, c.Name, r, r, r)
	for i, x := range c.Fields {
		f.p("%s: %s,", goName(x.Name), fromCell(x, i))
	}
	f.p("}\n}")
}

func fieldRemark(x *Field) string {
	var words []string
	if x.Internal {
		words = append(words, "internal")
	}
	if x.Sensitive {
		words = append(words, "sensitive")
	}
	if x.Derived {
		words = append(words, "derived")
	}
	if x.Unit != "" {
		words = append(words, x.Unit)
	}
	if len(words) == 0 {
		return ""
	}
	return " // " + strings.Join(words, ", ")
}

func startValue(x *Field) string {
	if !x.HasDefault || isEmpty(x.Default, x.Type) {
		return emptyLiteral(x.Type)
	}
	if x.Type.Kind == schema.Set {
		return typedGo(x.Type) + strings.TrimPrefix(literal(x.Default, x.Type), plainGo(x.Type))
	}
	return literal(x.Default, x.Type)
}

func rowCell(x *Field) string {
	name := "r." + goName(x.Name)
	if x.Type.Kind == schema.Option && x.Type.Elem.IsText() {
		return "optional(" + name + ")"
	}
	return plain(x.Type, name)
}

func fromCell(x *Field, i int) string {
	if x.Type.Kind == schema.Option && x.Type.Elem.IsText() {
		return fmt.Sprintf("optionalFrom(row[%d])", i)
	}
	return typed(x.Type, fmt.Sprintf("cell[%s](row, %d)", plainGo(x.Type), i))
}

// Column is the field's name in where-queries and storage.
func (x *Field) Column() string {
	if x.Path == nil {
		return x.Name
	}
	return strings.Join(x.Path, "__")
}

// wrap breaks text into lines of at most width bytes where it can.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
