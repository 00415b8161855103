package idl

import (
	"fmt"
	"strings"

	"github.com/xcp-dbus/xcp/internal/schema"
)

const xapibusDoc = `Package xapibus types the XenAPI messages that have an implementation of their
own: an Actions interface per class, all of them together as CustomActions, a
dispatcher from a message and its arguments to the method (Invoke), and a
client that is a CustomActions too, over any Transport (NewClient).

References and sets of them have the type of their class; everything else is
the plain Go form of schema.Type. The context carries session, task and trace.`

// emitXapibus writes internal/gen/xapibus: a file per class with hand-written
// messages, and what joins them.
func emitXapibus(c *Contract, out Output) error {
	var classes []*Class
	for _, class := range c.Classes {
		if len(handMessages(class)) == 0 {
			continue
		}
		classes = append(classes, class)
		if err := out.add("internal/gen/xapibus/"+fileName(class.Name)+".gen.go", actionsFile(class)); err != nil {
			return err
		}
	}
	return out.add("internal/gen/xapibus/xapibus.gen.go", actionsIndex(classes))
}

func handMessages(c *Class) []*Message {
	var out []*Message
	for _, m := range c.Messages {
		if m.Hand() {
			out = append(out, m)
		}
	}
	return out
}

func actionsIndex(classes []*Class) *code {
	f := &code{pkg: "xapibus", doc: xapibusDoc}
	f.p("// CustomActions are all hand-written messages, by class.\ntype CustomActions struct {")
	for _, c := range classes {
		f.p("%s %sActions", goName(c.Name), goName(c.Name))
	}
	f.p("}\n\n// NewUnimplemented refuses every message.\nfunc NewUnimplemented() *CustomActions {\nreturn &CustomActions{")
	for _, c := range classes {
		f.p("%s: Unimplemented%s{},", goName(c.Name), goName(c.Name))
	}
	f.p(`}
}

// A Transport carries calls to another host, or in process. The arguments and the
// result have the plain form of their types; the result of a void message is nil.
type Transport interface {
	Call(ctx context.Context, m *schema.Message, args []any) (any, error)
}

// NewClient gives all messages as calls over a transport.
func NewClient(t Transport) *CustomActions {
	return &CustomActions{`)
	for _, c := range classes {
		f.p("%s: %sClient{t},", goName(c.Name), goName(c.Name))
	}
	f.p(`}
}

// Invoke calls the implementation of a message. The arguments are complete and in
// plain form, without session; the result of a void message is nil.
func Invoke(ctx context.Context, a *CustomActions, m *schema.Message, args []any) (any, error) {
	if len(args) != len(m.Params) {
		return nil, xerr.New(codes.INTERNAL_ERROR, fmt.Sprintf("%%s takes %%d arguments, not %%d", m.Wire(), len(m.Params), len(args)))
	}
	in := &arguments{m: m, list: args}
	switch m.Class.Name {`)
	for _, c := range classes {
		f.p("case %q:\nreturn invoke%s(ctx, a.%s, in)", c.Name, goName(c.Name), goName(c.Name))
	}
	f.p(`}
	return nil, unimplemented(m.Wire())
}

func unimplemented(wire string) error { return xerr.New(codes.NOT_IMPLEMENTED, wire) }

// arguments are those of one call; err is the first that had a wrong type.
type arguments struct {
	m    *schema.Message
	list []any
	err  error
}

func take[T any](in *arguments, i int) T {
	v, ok := in.list[i].(T)
	if !ok && in.err == nil {
		in.err = xerr.New(codes.INTERNAL_ERROR, fmt.Sprintf("%%s: argument %%s cannot be a %%T", in.m.Wire(), in.m.Params[i].Name, in.list[i]))
	}
	return v
}

func call(ctx context.Context, t Transport, wire string, args ...any) (any, error) {
	m, ok := wiremap.Lookup(wire)
	if !ok {
		return nil, unimplemented(wire)
	}
	return t.Call(ctx, m, args)
}

func result[T any](v any, err error) (T, error) {
	var none T
	if err != nil {
		return none, err
	}
	out, ok := v.(T)
	if !ok {
		return none, xerr.New(codes.INTERNAL_ERROR, fmt.Sprintf("the answer cannot be a %%T", v))
	}
	return out, nil
}`)
	return f
}

func actionsFile(c *Class) *code {
	f := &code{pkg: "xapibus"}
	g := goName(c.Name)
	msgs := handMessages(c)
	f.p("// %sActions are the hand-written messages of class %s.\ntype %sActions interface {", g, c.Name, g)
	for _, m := range msgs {
		f.p("%s", methodDoc(c, m))
		f.p("%s", signatureOf(m, true))
	}
	f.p("}\n\n// Unimplemented%s answers NOT_IMPLEMENTED to every message; embed it.\ntype Unimplemented%s struct{}\n", g, g)
	for _, m := range msgs {
		f.p("func (Unimplemented%s) %s {\nreturn %sunimplemented(%q)\n}\n", g, signatureOf(m, false), zeroResult(m), c.Name+"."+m.Name)
	}
	f.p("func invoke%s(ctx context.Context, a %sActions, in *arguments) (any, error) {\nswitch in.m.Name {", g, g)
	for _, m := range msgs {
		invokeCase(f, m)
	}
	f.p("}\nreturn nil, unimplemented(in.m.Wire())\n}\n")
	f.p("// %sClient calls the messages over a transport.\ntype %sClient struct{ t Transport }\n\nvar _ %sActions = %sClient{}\n", g, g, g, g)
	for _, m := range msgs {
		clientMethod(f, c, g, m)
	}
	return f
}

func methodDoc(c *Class, m *Message) string {
	text := fmt.Sprintf("%s is %s.%s", goName(m.Name), c.Name, m.Name)
	if m.Runs != "" && m.Runs != "local" {
		text += ", run at " + m.Runs
	}
	text += "."
	if m.Doc != "" {
		text += " " + m.Doc
	}
	return "// " + strings.Join(wrap(text, 96), "\n// ")
}

// signatureOf writes Name(params) result, with or without parameter names.
func signatureOf(m *Message, names bool) string {
	params := []string{"context.Context"}
	if names {
		params[0] = "ctx " + params[0]
	}
	for _, p := range m.Params {
		t := typedGo(p.Type)
		if names {
			t = paramName(p.Name) + " " + t
		}
		params = append(params, t)
	}
	return fmt.Sprintf("%s(%s) %s", goName(m.Name), strings.Join(params, ", "), resultGo(m))
}

func resultGo(m *Message) string {
	if t := busForm(m); t != "" {
		return "(" + t + ", error)"
	}
	return "error"
}

// busForm is the Go form of a message's result, empty for void.
func busForm(m *Message) string {
	switch {
	case m.BusResult == "a{sv}":
		return "map[string]dbus.Variant"
	case m.Result.Kind == schema.Void:
		return ""
	}
	return typedGo(m.Result)
}

func zeroResult(m *Message) string {
	t := busForm(m)
	switch {
	case t == "":
		return ""
	case strings.HasPrefix(t, "ref."), t == "string":
		return `"", `
	case t == "int64", t == "float64":
		return "0, "
	case t == "bool":
		return "false, "
	}
	return "nil, "
}

func invokeCase(f *code, m *Message) {
	f.p("case %q:", m.Name)
	args := []string{"ctx"}
	for i, p := range m.Params {
		v := paramName(p.Name)
		f.p("%s := %s", v, typed(p.Type, fmt.Sprintf("take[%s](in, %d)", plainGo(p.Type), i)))
		args = append(args, v)
	}
	if len(m.Params) > 0 {
		f.p("if in.err != nil {\nreturn nil, in.err\n}")
	}
	call := fmt.Sprintf("a.%s(%s)", goName(m.Name), strings.Join(args, ", "))
	switch {
	case busForm(m) == "":
		f.p("return nil, %s", call)
	case m.BusResult == "" && plain(m.Result, "r") != "r":
		f.p("r, err := %s\nreturn %s, err", call, plain(m.Result, "r"))
	default:
		f.p("return %s", call)
	}
}

func clientMethod(f *code, c *Class, g string, m *Message) {
	args := []string{"ctx", "c.t", fmt.Sprintf("%q", c.Name+"."+m.Name)}
	for _, p := range m.Params {
		args = append(args, plain(p.Type, paramName(p.Name)))
	}
	call := "call(" + strings.Join(args, ", ") + ")"
	f.p("func (c %sClient) %s {", g, signatureOf(m, true))
	switch {
	case busForm(m) == "":
		f.p("_, err := %s\nreturn err", call)
	case m.BusResult == "" && plain(m.Result, "r") != "r":
		f.p("r, err := result[%s](%s)\nreturn %s, err", plainGo(m.Result), call, typed(m.Result, "r"))
	default:
		f.p("return result[%s](%s)", busForm(m), call)
	}
	f.p("}\n")
}
