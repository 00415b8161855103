package idl

import (
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/xcp-dbus/xcp/internal/schema"
)

var namePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// runWords are the places forwarding knows; "param:X" is checked apart.
var runWords = map[string]bool{
	"": true, "local": true, "vm-host": true, "owner-host": true, "sr-host": true, "multi-sr-host": true,
	"sr-all-hosts": true, "placed-host": true, "cluster-member": true, "task-host": true,
	"coordinator": true, "all-hosts": true, "mixed": true,
}

// check refuses what does not fit together. It runs before derive, on what is
// written down.
func (p *parser) check() {
	for i := range p.c.RoleSets {
		s := &p.c.RoleSets[i]
		p.roleSets[s.Name] = s
	}
	p.checkAPI()
	p.checkRelations()
	p.checkErrors()
	p.checkEnums()
	for _, c := range p.c.Classes {
		p.checkClass(c)
	}
	for _, x := range p.c.Permissions {
		p.checkRoles(x.Roles, fileRange("xapi/roles.hcl"))
	}
	for _, a := range p.c.HTTPActions {
		p.checkRoles(a.Roles, fileRange("xapi/http_actions.hcl"))
	}
	p.checkInterfaces()
}

func (p *parser) checkAPI() {
	if a := p.c.API; len(a.Version) != 2 || len(a.Schema) != 2 || a.Vendor == "" {
		p.fail(fileRange("xapi/releases.hcl"), "No API version", "Write one api { version = [MAJOR, MINOR] vendor = \"...\" schema = [MAJOR, MINOR] }.")
	}
}

func fileRange(name string) hcl.Range {
	return hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
}

func (p *parser) checkRoles(name string, at hcl.Range) {
	if name != "" && p.roleSets[name] == nil {
		p.fail(at, "Unknown role set", "Role set %q is declared nowhere; use one of %s.", name, strings.Join(sortedKeys(p.roleSets), ", "))
	}
}

// checkRelations resolves each relation and sees that its other end names this
// one.
func (p *parser) checkRelations() {
	for _, r := range p.relations {
		class, field, _ := strings.Cut(r.target, ".")
		r.field.Relation = &Relation{Class: class, Field: field}
	}
	for _, r := range p.relations {
		other := p.otherEnd(r.field.Relation)
		if other == nil {
			p.fail(r.at, "Unknown relation", "There is no field %s; write \"CLASS.FIELD\".", r.target)
			continue
		}
		if back := other.Relation; back == nil || back.Class != r.class.Name || back.Field != r.field.Name {
			p.fail(r.at, "One-sided relation", "Field %s must say relation = \"%s.%s\".", r.target, r.class.Name, r.field.Name)
			continue
		}
		if refClass(r.field.Type) != r.field.Relation.Class {
			p.fail(r.at, "Relation and type differ", "A field related to %s refers to class %s; its type is %s.", r.target, r.field.Relation.Class, r.field.Type.Text)
			continue
		}
		p.relationKind(r, other)
	}
}

func (p *parser) relationKind(r relationAt, other *Field) {
	here, there := r.field.Type.Kind == schema.Ref, other.Type.Kind == schema.Ref
	switch {
	case here && there:
		p.fail(r.at, "Relation of two references", "One end of a relation is a set.")
	case here:
		r.field.Relation.Kind = schema.OneToMany
	case there:
		r.field.Relation.Kind = schema.ManyToOne
		r.field.Derived = !r.field.NoFK
	default:
		r.field.Relation.Kind = schema.ManyToMany
	}
}

func (p *parser) otherEnd(r *Relation) *Field {
	for _, c := range p.c.Classes {
		if c.Name == r.Class {
			return c.Field(r.Field)
		}
	}
	return nil
}

// refClass is the class a reference, or a set of references, points to.
func refClass(t *schema.Type) string {
	switch {
	case t.Kind == schema.Ref:
		return t.Name
	case t.Kind == schema.Set && t.Elem.Kind == schema.Ref:
		return t.Elem.Name
	}
	return ""
}

func (p *parser) checkErrors() {
	known := map[string]bool{}
	for _, e := range p.c.Errors {
		if known[e.Code] {
			p.fail(e.Range, "Error code declared twice", "Remove one of the two blocks of %q.", e.Code)
		}
		if !namePattern.MatchString(e.Code) || strings.ToUpper(e.Code) != e.Code {
			p.fail(e.Range, "Bad error code", "A code is written with A-Z, 0-9 and _: %q is not.", e.Code)
		}
		known[e.Code] = true
	}
	for _, e := range p.errorsAt {
		if !known[e.code] {
			p.fail(e.at, "Unknown error code", "Error code %q is declared nowhere; add it to errors.hcl or correct it.", e.code)
		}
	}
}

func (p *parser) checkEnums() {
	for _, e := range p.c.Enums {
		p.checkName(e.Name, e.Range)
		taken := map[string]string{}
		for _, v := range e.Values {
			g := goName(v)
			if other, ok := taken[g]; ok || g == "" {
				p.fail(e.Range, "Bad enum value", "Value %q of %q is empty or too like %q; values differ in letters and digits.", v, e.Name, other)
			}
			taken[g] = v
		}
	}
}

func (p *parser) checkClass(c *Class) {
	if c.Doc == "" {
		p.fail(c.Range, "Class without doc", "Say in two to four sentences what a %s is, how it lives and who writes it.", c.Name)
	}
	p.checkName(c.Name, c.Range)
	p.checkRoles(c.Roles, c.Range)
	p.checkRoles(c.ImplicitRoles, c.Range)
	p.checkLife(c.Life, c.Range)
	p.checkEffect(&c.Constructor, c.Range)
	p.checkEffect(&c.Destructor, c.Range)
	if c.GetAll && !c.InDB {
		p.fail(c.Range, "get_all without rows", "A class with in_db = false has no implicit messages; remove get_all.")
	}
	names := map[string]bool{}
	for _, f := range c.Fields {
		p.checkField(c, f)
		if names[f.Name] {
			p.fail(f.Range, "Field declared twice", "Class %s has another field %q; remove one.", c.Name, f.Name)
		}
		names[f.Name] = true
	}
	p.checkMessages(c)
}

func (p *parser) checkName(name string, at hcl.Range) {
	if !namePattern.MatchString(name) {
		p.fail(at, "Bad name", "A name starts with a letter and has letters, digits and _ only: %q does not.", name)
	}
}

func (p *parser) checkField(c *Class, f *Field) {
	p.checkName(f.Name, f.Range)
	p.checkRoles(f.GetRoles, f.Range)
	p.checkRoles(f.SetRoles, f.Range)
	p.checkKeyRoles(f.KeyRoles, f.Range)
	p.checkLife(f.Life, f.Range)
	if f.Type.Kind == schema.Void {
		p.fail(f.Range, "Field of type void", "Give field %q a type.", f.Name)
	}
	if f.KeyRoles != nil && f.Type.Kind != schema.Map {
		p.fail(f.Range, "key_roles on a field that is no map", "Remove key_roles from %q: only keys of maps have roles of their own.", f.Name)
	}
	if f.Effect == nil {
		return
	}
	p.checkEffect(f.Effect, f.Range)
	if f.Qualifier != schema.RW || f.Internal || !c.InDB {
		p.fail(f.Range, "Effect without setter", "Only a public RW field of a class with rows has a setter that could have an effect.")
	}
}

func (p *parser) checkKeyRoles(roles []KeyRole, at hcl.Range) {
	for _, kr := range roles {
		p.checkRoles(kr.Roles, at)
		if i := strings.Index(kr.Key, "*"); i >= 0 && i != len(kr.Key)-1 {
			p.fail(at, "Bad key pattern", "A * stands at the end of a key only: %q.", kr.Key)
		}
	}
}

func (p *parser) checkEffect(e *Effect, at hcl.Range) {
	if !runWords[e.Runs] && !strings.HasPrefix(e.Runs, "param:") {
		p.fail(at, "Unknown place", "runs = %q is none of %s or param:NAME.", e.Runs, strings.TrimPrefix(strings.Join(sortedKeys(runWords), ", "), ", "))
	}
	for _, mark := range e.Marks {
		if class, op, ok := strings.Cut(mark, ":"); !ok || !p.types.classes[class] || op == "" {
			p.fail(at, "Bad mark", "A mark is \"CLASS:operation\" with a class of the contract: %q.", mark)
		}
	}
}

// checkLife sees that every release of a life cycle exists.
func (p *parser) checkLife(l Life, at hcl.Range) {
	for _, ch := range l.Changes {
		if !p.knownRelease(ch.Release) {
			p.fail(at, "Unknown release", "Release %q is not in releases.hcl; add it there or correct the life cycle.", ch.Release)
		}
	}
}

func (p *parser) knownRelease(name string) bool {
	for _, r := range p.c.Releases {
		if r.Code != "" && r.Code == name {
			return true
		}
	}
	for _, r := range p.c.Numbered {
		if r == name {
			return true
		}
	}
	return false
}

func (p *parser) checkMessages(c *Class) {
	names := derivedNames(c)
	for _, m := range c.Messages {
		p.checkName(m.Name, m.Range)
		if why := names[m.Name]; why != "" {
			p.fail(m.Range, "Message declared twice", "%s.%s is %s already; remove this block.", c.Name, m.Name, why)
		}
		names[m.Name] = "declared"
		p.checkMessage(c, m)
	}
	p.checkGoNames(c)
}

// checkGoNames sees that no two members would have one name in generated Go.
func (p *parser) checkGoNames(c *Class) {
	fields, messages := map[string]string{}, map[string]string{}
	claim := func(taken map[string]string, what, name string, at hcl.Range) {
		g := goName(name)
		if other, ok := taken[g]; ok && other != name {
			p.fail(at, "Names too alike", "%s %q and %q of %s would both be %s in Go; rename one.", what, other, name, c.Name, g)
		}
		taken[g] = name
	}
	for _, f := range c.Fields {
		claim(fields, "Fields", f.Name, f.Range)
	}
	for _, m := range c.Messages {
		claim(messages, "Messages", m.Name, m.Range)
	}
}

// derivedNames tells which names derive will take, and why.
func derivedNames(c *Class) map[string]string {
	names := map[string]string{}
	if !c.InDB {
		return names
	}
	names["get_record"], names["get_by_uuid"] = "made from the class", "made from the class"
	if c.CtorDtor {
		names["create"], names["destroy"] = "made by ctor_dtor", "made by ctor_dtor"
	}
	if c.GetAll {
		for _, n := range []string{"get_all", "get_all_where", "get_all_records", "get_all_records_where"} {
			names[n] = "made by get_all"
		}
	}
	for _, f := range c.Fields {
		if f.Internal {
			continue
		}
		names["get_"+f.Name] = "made from a field"
		if f.Qualifier == schema.RW {
			names["set_"+f.Name] = "made from a field"
		}
	}
	return names
}

func (p *parser) checkMessage(c *Class, m *Message) {
	if m.Roles != c.Roles {
		p.checkRoles(m.Roles, m.Range)
	}
	p.checkKeyRoles(m.KeyRoles, m.Range)
	p.checkLife(m.Life, m.Range)
	p.checkEffect(&Effect{Runs: m.Runs, Marks: m.Marks}, m.Range)
	params := map[string]bool{}
	optional := false
	for _, x := range m.Params {
		p.checkName(x.Name, x.Range)
		if params[x.Name] {
			p.fail(x.Range, "Parameter declared twice", "Message %q has another parameter %q; remove one.", m.Name, x.Name)
		}
		params[x.Name] = true
		if optional && !x.HasDefault {
			p.fail(x.Range, "Parameter without default after one with", "Only the last parameters can be left off: give %q a default or move it forward.", x.Name)
		}
		optional = x.HasDefault
	}
	if name, ok := strings.CutPrefix(m.Runs, "param:"); ok && !params[name] {
		p.fail(m.Range, "Unknown place", "runs = %q names no parameter of %q.", m.Runs, m.Name)
	}
	if m.KeyRoles != nil && !params["key"] {
		p.fail(m.Range, "key_roles without key", "Message %q has no parameter called key.", m.Name)
	}
	if m.Emergency && m.Async {
		p.fail(m.Range, "Emergency call with an async form", "In emergency mode there are no tasks: add async = false to %q.", m.Name)
	}
}
