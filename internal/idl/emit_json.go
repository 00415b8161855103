package idl

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/xcp-dbus/xcp/internal/schema"
)

// The JSON model has the shape in which XenAPI is published: a list of classes
// with fields, messages and enums; messages take the session first. Beyond it
// fields and parameters have their default, messages whether they are async.

type jsonChange struct {
	Transition  string `json:"transition"`
	Release     string `json:"release"`
	Description string `json:"description"`
}

type jsonField struct {
	Qualifier   string          `json:"qualifier"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Type        string          `json:"type"`
	Default     json.RawMessage `json:"default,omitempty"`
	Unit        string          `json:"unit,omitempty"`
	Tag         string          `json:"tag"`
	Lifecycle   []jsonChange    `json:"lifecycle"`
}

type jsonParam struct {
	Type    string          `json:"type"`
	Name    string          `json:"name"`
	Doc     string          `json:"doc"`
	Default json.RawMessage `json:"default,omitempty"`
}

type jsonName struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
}

type jsonMessage struct {
	Name        string       `json:"name"`
	Description string       `json:"description"`
	Result      [2]string    `json:"result"`
	Params      []jsonParam  `json:"params"`
	Errors      []jsonName   `json:"errors"`
	Roles       []string     `json:"roles"`
	Async       bool         `json:"async"`
	Tag         string       `json:"tag"`
	Lifecycle   []jsonChange `json:"lifecycle"`
	Implicit    bool         `json:"implicit"`
}

type jsonEnum struct {
	Name   string     `json:"name"`
	Values []jsonName `json:"values"`
}

// emitJSON writes introspect/model.json and introspect/errors.json, a member
// per line so that changes can be read.
func emitJSON(c *Contract, out Output) error {
	e := jsonEmitter{c: c}
	var b bytes.Buffer
	b.WriteString("[\n")
	first := true
	for _, class := range c.Classes {
		if !class.Published {
			continue
		}
		if !first {
			b.WriteString(",\n")
		}
		first = false
		if err := e.class(&b, class); err != nil {
			return err
		}
	}
	b.WriteString("\n]\n")
	out["introspect/model.json"] = b.Bytes()
	return e.errors(out)
}

type jsonEmitter struct{ c *Contract }

func (e jsonEmitter) errors(out Output) error {
	type jsonError struct {
		Name   string   `json:"name"`
		Params []string `json:"params"`
	}
	list := []jsonError{}
	for _, x := range e.c.Errors {
		if x.Published {
			list = append(list, jsonError{x.Code, x.Params})
		}
	}
	var b bytes.Buffer
	b.WriteString("[")
	if err := lines(&b, "", list); err != nil {
		return err
	}
	b.WriteString("]\n")
	out["introspect/errors.json"] = b.Bytes()
	return nil
}

func (e jsonEmitter) class(b *bytes.Buffer, c *Class) error {
	fmt.Fprintf(b, "{\"name\": %q", c.Name)
	for _, part := range []struct {
		name  string
		value any
	}{{"description", c.Doc}, {"lifecycle", changes(c.Life)}, {"tag", tag(c.Tags)}} {
		if err := member(b, part.name, part.value); err != nil {
			return err
		}
	}
	fmt.Fprintf(b, ",\n \"fields\": [")
	if err := lines(b, "  ", e.fields(c)); err != nil {
		return err
	}
	fmt.Fprintf(b, "],\n \"messages\": [")
	msgs, err := e.messages(c)
	if err != nil {
		return err
	}
	if err := lines(b, "  ", msgs); err != nil {
		return err
	}
	fmt.Fprintf(b, "],\n \"enums\": [")
	if err := lines(b, "  ", e.enums(c)); err != nil {
		return err
	}
	b.WriteString("]}")
	return nil
}

// marshal is JSON without the escapes meant for web pages.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func member(b *bytes.Buffer, name string, v any) error {
	data, err := marshal(v)
	fmt.Fprintf(b, ",\n %q: %s", name, data)
	return err
}

// lines writes list items one per line.
func lines[T any](b *bytes.Buffer, indent string, list []T) error {
	for i, v := range list {
		if i > 0 {
			b.WriteString(",")
		}
		data, err := marshal(v)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "\n%s%s", indent, data)
	}
	if len(list) > 0 {
		b.WriteString("\n" + indent)
	}
	return nil
}

func tag(tags []string) string {
	if len(tags) == 0 {
		return ""
	}
	return tags[0]
}

func changes(l Life) []jsonChange {
	out := []jsonChange{}
	for _, c := range l.Changes {
		out = append(out, jsonChange{Transition: c.What, Release: c.Release})
	}
	return out
}

func defaultJSON(has bool, v any) (json.RawMessage, error) {
	if !has {
		return nil, nil
	}
	return json.Marshal(v)
}

func (e jsonEmitter) fields(c *Class) []jsonField {
	out := []jsonField{}
	for _, f := range c.Fields {
		if f.Internal {
			continue
		}
		def, _ := defaultJSON(f.HasDefault, f.Default) // plain values always marshal
		out = append(out, jsonField{
			Qualifier: qualifierNames[f.Qualifier], Name: f.Name, Description: f.Doc, Type: f.Type.Text,
			Default: def, Unit: f.Unit, Tag: tag(f.Tags), Lifecycle: changes(f.Life),
		})
	}
	return out
}

func (e jsonEmitter) messages(c *Class) ([]jsonMessage, error) {
	out := []jsonMessage{}
	for _, m := range c.Messages {
		if m.Hidden {
			continue
		}
		x := jsonMessage{
			Name: m.Name, Description: m.Doc, Result: [2]string{m.Result.Text, ""}, Params: []jsonParam{},
			Errors: []jsonName{}, Roles: e.roles(m.Roles), Async: m.Async, Tag: tag(m.Tags),
			Lifecycle: changes(m.Life), Implicit: m.Kind != schema.Custom,
		}
		if !m.NoSession {
			x.Params = append(x.Params, jsonParam{Type: "session ref", Name: "session_id", Doc: "The session of the caller."})
		}
		for _, p := range m.Params {
			def, err := defaultJSON(p.HasDefault, p.Default)
			if err != nil {
				return nil, err
			}
			x.Params = append(x.Params, jsonParam{Type: p.Type.Text, Name: p.Name, Doc: p.Doc, Default: def})
		}
		for _, code := range m.Errors {
			x.Errors = append(x.Errors, jsonName{Name: code})
		}
		out = append(out, x)
	}
	return out, nil
}

func (e jsonEmitter) roles(set string) []string {
	for _, s := range e.c.RoleSets {
		if s.Name == set {
			return append([]string{}, s.Roles...)
		}
	}
	return []string{}
}

// enums are those a class uses in what is published of it.
func (e jsonEmitter) enums(c *Class) []jsonEnum {
	used := map[string]bool{}
	for _, f := range c.Fields {
		if !f.Internal {
			usedEnums(used, f.Type)
		}
	}
	for _, m := range c.Messages {
		if m.Hidden {
			continue
		}
		usedEnums(used, m.Result)
		for _, p := range m.Params {
			usedEnums(used, p.Type)
		}
	}
	out := []jsonEnum{}
	for _, en := range e.c.Enums {
		if !used[en.Name] {
			continue
		}
		x := jsonEnum{Name: en.Name}
		for _, v := range en.Values {
			x.Values = append(x.Values, jsonName{Name: v})
		}
		out = append(out, x)
	}
	return out
}

func usedEnums(used map[string]bool, t *schema.Type) {
	if t == nil {
		return
	}
	if t.Enum != nil {
		used[t.Enum.Name] = true
	}
	usedEnums(used, t.Key)
	usedEnums(used, t.Elem)
}
