package idl

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/xcp-dbus/xcp/internal/schema"
)

func orElse(b *bool, plain bool) bool {
	if b == nil {
		return plain
	}
	return *b
}

// class builds one class; what is left off has its plain value.
func (p *parser) class(b *classBlock) {
	inDB := orElse(b.InDB, true)
	c := &Class{
		Name: b.Name, Doc: oneParagraph(b.Doc), Life: p.life(b.Since, b.Lifecycle, b.Range),
		Roles: p.text(b.Roles), ImplicitRoles: p.textOr(b.ImplicitRoles, "read-only"), Tags: b.Tags,
		Published: orElse(b.Published, true), InDB: inDB, Persist: orElse(b.Persist, inDB),
		Events: orElse(b.Events, inDB), GetAll: orElse(b.GetAll, inDB), TaskRecords: orElse(b.TaskRecords, true),
		CtorDtor: b.CtorDtor, LogDestroy: b.LogDestroy, Async: orElse(b.Async, true),
		ForceCustom: p.oneOf(b.ForceCustom, "", "StaticRO", "RW"), Range: b.Range,
	}
	if b.Constructor != nil {
		c.Constructor = Effect{Runs: b.Constructor.Runs, Marks: b.Constructor.Marks}
	}
	if b.Destructor != nil {
		c.Destructor = Effect{Runs: b.Destructor.Runs, Marks: b.Destructor.Marks}
	}
	for i := range b.Fields {
		f := p.field(c, &b.Fields[i])
		f.Index = i
		c.Fields = append(c.Fields, f)
	}
	for i := range b.Messages {
		c.Messages = append(c.Messages, p.message(c, &b.Messages[i]))
	}
	p.c.Classes = append(p.c.Classes, c)
}

var (
	qualifiers    = map[string]schema.Qualifier{"RW": schema.RW, "StaticRO": schema.StaticRO, "DynamicRO": schema.DynamicRO}
	durabilities  = map[string]schema.Durability{"sync": schema.Sync, "lazy": schema.Lazy, "memory": schema.Memory}
	idempotencies = map[string]schema.Idempotency{"yes": schema.Reads, "key": schema.Keyed, "no": schema.Never}
)

func (p *parser) field(c *Class, b *fieldBlock) *Field {
	f := &Field{
		Name: b.Name, Path: p.texts(b.Path), Type: p.typeOf(b.Type), Doc: oneParagraph(b.Doc), Unit: b.Unit,
		Life:      p.life(b.Since, b.Lifecycle, b.Range),
		Qualifier: qualifiers[p.oneOf(b.Qualifier, "RW", "StaticRO", "DynamicRO")],
		GetRoles:  p.textOr(b.GetRoles, c.ImplicitRoles),
		KeyRoles:  p.keyRoles(b.KeyRoles), NoFK: b.NoFK, Internal: b.Internal, Sensitive: b.Sensitive,
		Durability: durabilities[p.oneOf(b.Durability, "sync", "lazy", "memory")], Tags: b.Tags, Range: b.Range,
	}
	if f.Path != nil && strings.Join(f.Path, "_") != f.Name {
		p.fail(b.Path.Range(), "Path and name differ", "The parts joined with _ must give the field's name %q.", f.Name)
	}
	if !absent(b.Default) {
		f.HasDefault = true
		f.Default = p.value(b.Default, f.Type)
	}
	if f.Type.Kind == schema.Secret {
		f.Sensitive = true
	}
	switch {
	case !c.InDB:
	case b.Name == "uuid":
		f.SetRoles = p.textOr(b.SetRoles, "pool-admin")
	default:
		f.SetRoles = p.textOr(b.SetRoles, c.Roles)
	}
	if b.Effect != nil {
		f.Effect = &Effect{Runs: b.Effect.Runs, Marks: b.Effect.Marks}
	}
	if !absent(b.Relation) {
		p.relations = append(p.relations, relationAt{c, f, p.text(b.Relation), b.Relation.Range()})
	}
	return f
}

func (p *parser) message(c *Class, b *messageBlock) *Message {
	m := &Message{
		Name: b.Name, Kind: schema.Custom, Impl: schema.ImplCustom, Extension: b.Extension, Doc: oneParagraph(b.Doc),
		Life: p.life(b.Since, b.Lifecycle, b.Range), BusResult: b.BusResult,
		Async: orElse(b.Async, c.Async), NoSession: !orElse(b.Session, true), Hidden: b.Hidden,
		PoolInternal: b.PoolInternal, Emergency: b.Emergency, NoRelay: b.NoRelay, Stream: b.Stream,
		RawResult: b.RawResult, Secret: b.Secret, NoCurrentOps: b.NoCurrentOps,
		Roles: p.textOr(b.Roles, c.Roles), KeyRoles: p.keyRoles(b.KeyRoles), Errors: p.texts(b.Errors),
		Runs: b.Runs, Marks: b.Marks, Tags: b.Tags, Range: b.Range,
	}
	for _, code := range m.Errors {
		p.errorsAt = append(p.errorsAt, errorAt{code, b.Errors.Range()})
	}
	switch p.oneOf(b.Impl, "custom", "db") {
	case "db":
		m.Impl = schema.ImplDB
	default:
		if m.Runs == "" {
			m.Runs = "local"
		}
	}
	if m.Extension != "" {
		m.Impl = schema.ImplExtension
	}
	m.Result = p.voidType()
	if !absent(b.Result) {
		m.Result = p.typeOf(b.Result)
	}
	m.Idempotency = plainIdempotency(m.Name)
	if !absent(b.Idempotent) {
		m.Idempotency = idempotencies[p.oneOf(b.Idempotent, "yes", "key", "no")]
	}
	for i := range b.Params {
		m.Params = append(m.Params, p.param(&b.Params[i]))
	}
	return m
}

// plainIdempotency is yes for calls that only look, by their names.
func plainIdempotency(name string) schema.Idempotency {
	if name == "get" {
		return schema.Reads
	}
	for _, prefix := range []string{"get_", "assert_", "is_", "list_", "has_", "query_"} {
		if strings.HasPrefix(name, prefix) {
			return schema.Reads
		}
	}
	return schema.Keyed
}

func (p *parser) param(b *paramBlock) *Param {
	out := &Param{Name: b.Name, Type: p.typeOf(b.Type), Doc: oneParagraph(b.Doc), Since: b.Since, Sensitive: b.Sensitive, Range: b.Range}
	if !absent(b.Default) {
		out.HasDefault = true
		out.Default = p.value(b.Default, out.Type)
	}
	if out.Type.Kind == schema.Secret || out.Type.Kind == schema.Ref && out.Type.Name == "session" {
		out.Sensitive = true
	}
	return out
}

// life reads since or lifecycle.
func (p *parser) life(since, changes hcl.Expression, at hcl.Range) Life {
	if absent(since) == absent(changes) {
		p.fail(at, "Life cycle missing or doubled", "Write either since = \"RELEASE\" (published then, unchanged since) or lifecycle = [\"CHANGE RELEASE\", ...].")
		return Life{}
	}
	if !absent(since) {
		return Life{Changes: []Change{{"published", p.text(since)}}}
	}
	var l Life
	for _, s := range p.texts(changes) {
		what, release, ok := strings.Cut(s, " ")
		state, known := states[what]
		if !ok || !known {
			p.fail(changes.Range(), "Bad life cycle entry", "%q is not \"CHANGE RELEASE\" with a change of prototyped, published, extended, changed, deprecated, removed.", s)
			continue
		}
		l.Changes = append(l.Changes, Change{what, release})
		l.State = state
	}
	return l
}

var states = map[string]schema.State{
	"prototyped": schema.Prototyped, "published": schema.Published, "extended": schema.Published,
	"changed": schema.Published, "deprecated": schema.Deprecated, "removed": schema.Removed,
}

func (p *parser) voidType() *schema.Type {
	t, _ := p.types.parse("void")
	return t
}

// typeOf reads a type attribute. After an error it gives void, so that the
// reading goes on.
func (p *parser) typeOf(a hcl.Expression) *schema.Type {
	text := p.text(a)
	t, err := p.types.parse(text)
	if err != nil {
		p.fail(a.Range(), "Bad type", "%s.", err)
		return p.voidType()
	}
	return t
}

// absent tells whether an attribute was left off.
func absent(a hcl.Expression) bool {
	if a == nil {
		return true
	}
	v, diags := a.Value(nil)
	return !diags.HasErrors() && v.IsKnown() && v.IsNull()
}

func (p *parser) text(a hcl.Expression) string {
	var s string
	p.decode(a, cty.String, &s)
	return s
}

func (p *parser) textOr(a hcl.Expression, plain string) string {
	if absent(a) {
		return plain
	}
	return p.text(a)
}

func (p *parser) texts(a hcl.Expression) []string {
	if absent(a) {
		return nil
	}
	exprs, diags := hcl.ExprList(a)
	p.diags = append(p.diags, diags...)
	var out []string
	for _, e := range exprs {
		var s string
		p.decode(e, cty.String, &s)
		out = append(out, s)
	}
	return out
}

func (p *parser) decode(a hcl.Expression, want cty.Type, into any) {
	v, diags := a.Value(nil)
	p.diags = append(p.diags, diags...)
	if diags.HasErrors() {
		return
	}
	if v.IsNull() || !v.IsWhollyKnown() || v.Type() != want {
		p.fail(a.Range(), "Wrong kind of value", "Write a %s here, not %s.", want.FriendlyName(), v.Type().FriendlyName())
		return
	}
	if err := gocty.FromCtyValue(v, into); err != nil {
		p.fail(a.Range(), "Wrong kind of value", "%s.", err)
	}
}

// oneOf reads one of some words; the first is the plain one.
func (p *parser) oneOf(a hcl.Expression, words ...string) string {
	if absent(a) {
		return words[0]
	}
	got := p.text(a)
	for _, w := range words {
		if got == w {
			return w
		}
	}
	p.fail(a.Range(), "Unknown word", "%q is none of %s.", got, strings.TrimPrefix(strings.Join(words, ", "), ", "))
	return words[0]
}

// keyRoles reads { "key" = "role set" } in the order it is written, which
// decides which pattern matches first.
func (p *parser) keyRoles(a hcl.Expression) []KeyRole {
	if absent(a) {
		return nil
	}
	pairs, diags := hcl.ExprMap(a)
	p.diags = append(p.diags, diags...)
	var out []KeyRole
	for _, kv := range pairs {
		var kr KeyRole
		p.decode(kv.Key, cty.String, &kr.Key)
		p.decode(kv.Value, cty.String, &kr.Roles)
		out = append(out, kr)
	}
	return out
}
