package idl_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/idl"
	"github.com/xcp-dbus/xcp/internal/schema"
)

var (
	stateWords     = []string{"published", "prototyped", "deprecated", "removed", "unreleased"}
	qualifierWords = []string{"RW", "StaticRO", "DynamicRO"}
	relationWords  = []string{"one-to-many", "many-to-one", "many-to-many"}
	implWords      = []string{"db", "custom", "host-extension"}
	messageWords   = []string{"custom", "getter", "setter", "add", "remove", "get_record", "get_by_uuid", "get_by_label", "get_all", "get_all_where", "get_all_records", "get_all_records_where", "make", "delete"}
)

// firstValue is the first value of each enum: what the reference writes as an
// empty list once.
type firstValue map[string]string

// defaultText is the one form defaults are compared in.
func (f firstValue) defaultText(typ string, raw json.RawMessage) string {
	if raw == nil {
		return "none"
	}
	if e, ok := strings.CutPrefix(typ, "enum "); ok && string(raw) == "[]" {
		return fmt.Sprintf("%q", f[e])
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%#v", v)
}

func (f firstValue) goText(typ string, has bool, v any) string {
	if !has {
		return "none"
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return f.defaultText(typ, raw)
}

func (s said) put(key string, v any) { s[key] = fmt.Sprint(v) }

func orPublished(state string) string {
	if state == "" {
		return "published"
	}
	return state
}

// fromFacts says what the reference says.
func fromFacts(f facts, first firstValue) said {
	s := said{}
	for _, c := range f.Classes {
		for attr, v := range map[string]any{
			"state": c.State, "published": c.Published, "in_db": c.InDB, "persist": c.Persist, "events": c.Events,
			"ctor_dtor": c.CtorDtor, "get_all": c.GetAll, "task_records": c.TaskRecords, "lifecycle": c.Lifecycle, "set": c.Roles,
		} {
			s.put(c.Name+"#"+attr, v)
		}
		for _, x := range c.Fields {
			if !c.InDB {
				x.Set = nil // nothing sets a field of a class without rows
			}
			s.factField(c.Name+"."+x.Name, x, first)
		}
		for _, m := range c.Messages {
			s.factMessage(f, c.Name+"."+m.Name+"()", m, first)
		}
	}
	return s
}

func (s said) factField(key string, x factField, first firstValue) {
	column := strings.Join(x.Path, "__")
	if column == "" {
		column = x.Name
	}
	set := ""
	if x.Set != nil {
		set = *x.Set
	}
	relation := ""
	if r := x.Relation; r != nil && r.Kind != "unknown type" {
		relation = r.Class + "." + r.Field + " " + r.Kind
	}
	for attr, v := range map[string]any{
		"type": x.Type, "qualifier": x.Qual, "default": first.defaultText(x.Type, x.Default), "internal": x.Internal,
		"derived": x.Derived, "effect": x.Effect, "state": orPublished(x.State), "lifecycle": x.Lifecycle,
		"get": x.Get, "set": set, "column": column, "relation": relation, "key_roles": []string(x.KeyRoles), "no_fk": x.NoFK,
	} {
		s.put(key+"#"+attr, v)
	}
}

func (s said) factMessage(f facts, key string, m factMessage, first firstValue) {
	var params []string
	for _, p := range m.Params {
		params = append(params, fmt.Sprintf("%s %s = %s", p.Type, p.Name, first.defaultText(p.Type, p.Default)))
	}
	for attr, v := range map[string]any{
		"kind": m.Kind, "params": strings.Join(params, ", "), "result": m.Result, "roles": f.RoleSets[m.Roles],
		"impl": m.Impl, "field": m.Field, "state": orPublished(m.State), "async": m.Async, "hidden": m.Hidden,
		"session": m.Session == nil || *m.Session, "emergency": m.Emergency, "pool_internal": m.PoolInternal,
		"no_relay": m.NoRelay, "secret": m.Secret, "raw_result": m.RawResult, "errors": m.Errors, "runs": m.Runs,
		"marks": m.Marks, "key_roles": []string(m.KeyRoles),
	} {
		s.put(key+"#"+attr, v)
	}
	if m.Kind == "custom" {
		s.put(key+"#lifecycle", m.Lifecycle)
	}
}

func lifeText(l idl.Life) []string {
	var out []string
	for _, c := range l.Changes {
		out = append(out, c.What+" "+c.Release)
	}
	return out
}

func keyText(roles []idl.KeyRole) []string {
	var out []string
	for _, kr := range roles {
		out = append(out, kr.Key+"="+kr.Roles)
	}
	return out
}

// fromContract says what the compiler has understood.
func fromContract(c *idl.Contract, first firstValue) said {
	s := said{}
	sets := map[string][]string{}
	for _, r := range c.RoleSets {
		sets[r.Name] = r.Roles
	}
	for _, c := range c.Classes {
		for attr, v := range map[string]any{
			"state": stateWords[c.Life.State], "published": c.Published, "in_db": c.InDB, "persist": c.Persist, "events": c.Events,
			"ctor_dtor": c.CtorDtor, "get_all": c.GetAll, "task_records": c.TaskRecords, "lifecycle": lifeText(c.Life), "set": c.Roles,
		} {
			s.put(c.Name+"#"+attr, v)
		}
		for _, x := range c.Fields {
			s.contractField(c.Name+"."+x.Name, x, first)
		}
		for _, m := range c.Messages {
			s.contractMessage(sets, c.Name+"."+m.Name+"()", m, first)
		}
	}
	return s
}

func (s said) contractField(key string, x *idl.Field, first firstValue) {
	relation := ""
	if r := x.Relation; r != nil {
		relation = r.Class + "." + r.Field + " " + relationWords[r.Kind]
	}
	for attr, v := range map[string]any{
		"type": x.Type.Text, "qualifier": qualifierWords[x.Qualifier], "default": first.goText(x.Type.Text, x.HasDefault, x.Default),
		"internal": x.Internal, "derived": x.Derived, "effect": x.Effect != nil, "state": stateWords[x.Life.State],
		"lifecycle": lifeText(x.Life), "get": x.GetRoles, "set": x.SetRoles, "column": x.Column(), "relation": relation,
		"key_roles": keyText(x.KeyRoles), "no_fk": x.NoFK,
	} {
		s.put(key+"#"+attr, v)
	}
}

func (s said) contractMessage(sets map[string][]string, key string, m *idl.Message, first firstValue) {
	var params []string
	for _, p := range m.Params {
		params = append(params, fmt.Sprintf("%s %s = %s", p.Type.Text, p.Name, first.goText(p.Type.Text, p.HasDefault, p.Default)))
	}
	field := ""
	if m.Field != nil {
		field = m.Field.Name
	}
	for attr, v := range map[string]any{
		"kind": messageWords[m.Kind], "params": strings.Join(params, ", "), "result": m.Result.Text, "roles": sets[m.Roles],
		"impl": implWords[m.Impl], "field": field, "state": stateWords[m.Life.State], "async": m.Async, "hidden": m.Hidden,
		"session": !m.NoSession, "emergency": m.Emergency, "pool_internal": m.PoolInternal, "no_relay": m.NoRelay,
		"secret": m.Secret, "raw_result": m.RawResult, "errors": m.Errors, "runs": m.Runs, "marks": m.Marks,
		"key_roles": keyText(m.KeyRoles),
	} {
		s.put(key+"#"+attr, v)
	}
	if m.Kind == schema.Custom {
		s.put(key+"#lifecycle", lifeText(m.Life))
	}
}

// modelKnows are the attributes a program sees at run time.
var modelKnows = []string{
	"state", "published", "in_db", "persist", "events", "ctor_dtor", "get_all", "task_records", "type", "qualifier",
	"default", "internal", "derived", "effect", "column", "kind", "params", "result", "roles", "impl", "field", "async",
	"hidden", "session", "emergency", "pool_internal", "no_relay", "secret", "raw_result", "errors", "marks",
}

// emptyValue is what a nil default of the model stands for.
func (f firstValue) emptyValue(t *schema.Type) any {
	switch t.Kind {
	case schema.Int, schema.Float:
		return 0
	case schema.Bool:
		return false
	case schema.Ref:
		return "OpaqueRef:NULL"
	case schema.DateTime:
		return "19700101T00:00:00Z"
	case schema.Enum:
		return f[t.Enum.Name]
	case schema.Set:
		return []string{}
	case schema.Map:
		return map[string]string{}
	}
	return ""
}

func (f firstValue) modelDefault(t *schema.Type, has bool, v any) string {
	if has && v == nil {
		v = f.emptyValue(t)
	}
	return f.goText(t.Text, has, v)
}

// fromModel says what the generated package model has in memory.
func fromModel(first firstValue) said {
	s := said{}
	for _, c := range model.Classes {
		for attr, v := range map[string]any{
			"state": stateWords[c.State], "published": c.Published, "in_db": c.InDB, "persist": c.Persist, "events": c.Events,
			"ctor_dtor": c.CtorDtor, "get_all": c.GetAll, "task_records": c.TaskRecords,
		} {
			s.put(c.Name+"#"+attr, v)
		}
		for _, x := range c.Fields {
			for attr, v := range map[string]any{
				"type": x.Type.Text, "qualifier": qualifierWords[x.Qualifier], "default": first.modelDefault(x.Type, x.HasDefault, x.Default),
				"internal": x.Internal, "derived": x.Derived, "effect": x.Effect, "state": stateWords[x.State], "column": x.Column,
			} {
				s.put(c.Name+"."+x.Name+"#"+attr, v)
			}
		}
		for _, m := range c.Messages {
			s.modelMessage(m, first)
		}
	}
	return s
}

func (s said) modelMessage(m *schema.Message, first firstValue) {
	var params, roles []string
	for _, p := range m.Params {
		params = append(params, fmt.Sprintf("%s %s = %s", p.Type.Text, p.Name, first.modelDefault(p.Type, p.HasDefault, p.Default)))
	}
	for i, r := range model.Roles {
		if m.Roles.Has(i) {
			roles = append(roles, r.Name)
		}
	}
	field := ""
	if m.Field != nil {
		field = m.Field.Name
	}
	for attr, v := range map[string]any{
		"kind": messageWords[m.Kind], "params": strings.Join(params, ", "), "result": m.Result.Text, "roles": roles,
		"impl": implWords[m.Impl], "field": field, "state": stateWords[m.State], "async": m.Async, "hidden": m.Hidden,
		"session": !m.NoSession, "emergency": m.Emergency, "pool_internal": m.PoolInternal, "no_relay": m.NoRelay,
		"secret": m.SecretArgs, "raw_result": m.RawResult, "errors": m.Errors, "marks": m.Marks,
	} {
		s.put(m.Wire()+"()#"+attr, v)
	}
}
