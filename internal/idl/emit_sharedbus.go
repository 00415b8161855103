package idl

import (
	"fmt"
	"sort"
	"strings"

	"github.com/xcp-dbus/xcp/internal/schema"
)

const sharedbusDoc = `Package sharedbus types the interfaces every service may have: Service1, Health1,
Diagnostics1, LogControl1, Events1, Job1. For each there is a handler to
implement, New<Name> that makes it a bus.Interface, and <Name>Client.`

// packages of interfaces written by hand, by room.
var interfacePackages = map[string]string{"shared": "sharedbus", "xapi": "xapibus"}

// emitSharedbus writes the Go of the interfaces that are not made from classes:
// internal/gen/sharedbus, and xapi's own into internal/gen/xapibus.
func emitSharedbus(c *Contract, out Output) error {
	doc := sharedbusDoc
	for _, i := range c.Interfaces {
		pkg := interfacePackages[i.Room]
		if pkg == "" {
			return fmt.Errorf("interface %s: room %s has no package for interfaces", i.Name, i.Room)
		}
		f := &code{pkg: pkg}
		if pkg == "sharedbus" {
			f.doc, doc = doc, ""
		}
		interfaceGo(f, i)
		if err := out.add("internal/gen/"+pkg+"/"+strings.ToLower(shortName(i))+".gen.go", f); err != nil {
			return err
		}
	}
	return nil
}

// shortName is an interface's name without the reversed domain.
func shortName(i *Interface) string { return i.Name[strings.LastIndexByte(i.Name, '.')+1:] }

func interfaceGo(f *code, i *Interface) {
	g := shortName(i)
	f.p("// %sName is the interface's full name.\nconst %sName = %q\n", g, g, i.Name)
	if i.Path != "" {
		f.p("// %sPath is the one path it is served at.\nconst %sPath = %q\n", g, g, i.Path)
	}
	f.p("// %s\ntype %s interface {", strings.Join(wrap(g+" is implemented by a service. "+i.Doc, 96), "\n// "), g)
	for _, m := range i.Methods {
		f.p("// %s\n%s(%s) %s", strings.Join(wrap(m.Name+": "+m.Doc, 92), "\n// "), m.Name, goParams("ctx context.Context, c *bus.Call", m.In), goResults(m.Out))
	}
	for _, p := range i.Properties {
		f.p("// %s\n%s(ctx context.Context, c *bus.Call) (%s, error)", strings.Join(wrap(p.Name+" is a property. "+p.Doc, 92), "\n// "), p.Name, sigGo(p.Sig))
		if p.Writable {
			f.p("Set%s(ctx context.Context, c *bus.Call, value %s) error", p.Name, sigGo(p.Sig))
		}
	}
	f.p("}\n\n// New%s serves an implementation.\nfunc New%s(h %s) *bus.Interface {\nreturn &bus.Interface{\nName: %sName,\nXML: xml%s,", g, g, g, g, g)
	f.p("Methods: map[string]*bus.Method{")
	for _, m := range i.Methods {
		methodGo(f, i, m)
	}
	f.p("},\nProperties: map[string]*bus.Property{")
	for _, p := range i.Properties {
		propertyGo(f, p)
	}
	f.p("},\n}\n}\n")
	clientGo(f, i, g)
	for _, s := range i.Signals {
		signalGo(f, g, s)
	}
	f.p("const xml%s = `%s`", g, interfaceXML(i))
}

func methodGo(f *code, i *Interface, m *Method) {
	flags := ""
	if !i.NoContext {
		flags += ", HasContext: true"
	}
	if m.Long {
		flags += ", NoReplyLimit: true"
	}
	f.p("%q: {Name: %q, In: %q, Out: %q%s, Handle: func(ctx context.Context, c *bus.Call) ([]any, error) {", m.Name, m.Name, sigOf(m.inArgs(i)), sigOf(m.Out), flags)
	args := "ctx, c"
	for n, a := range m.In {
		f.p("%s, ok := c.Args[%d].(%s)\nif !ok {\nreturn nil, bus.Errorf(bus.InvalidArgs, \"%s has the wrong type\")\n}", paramName(a.Name), n, sigGo(a.Sig), a.Name)
		args += ", " + paramName(a.Name)
	}
	var results []string
	for _, a := range m.Out {
		results = append(results, paramName(a.Name))
	}
	f.p("%s := h.%s(%s)", strings.Join(append(results, "err"), ", "), m.Name, args)
	f.p("if err != nil {\nreturn nil, err\n}")
	if len(results) == 0 {
		f.p("return nil, nil\n}},")
		return
	}
	f.p("return []any{%s}, nil\n}},", strings.Join(results, ", "))
}

func propertyGo(f *code, p *Property) {
	f.p("%q: {Name: %q, Sig: %q, Get: func(ctx context.Context, c *bus.Call) (any, error) { return h.%s(ctx, c) },", p.Name, p.Name, p.Sig, p.Name)
	if p.Writable {
		f.p("Set: func(ctx context.Context, c *bus.Call, value any) error {\nv, ok := value.(%s)\nif !ok {\nreturn bus.Errorf(bus.InvalidArgs, \"%s has the wrong type\")\n}\nreturn h.Set%s(ctx, c, v)\n},", sigGo(p.Sig), p.Name, p.Name)
	}
	f.p("},")
}

var retryNames = map[schema.Idempotency]string{schema.Reads: "Idempotent", schema.Keyed: "Keyed", schema.Never: "Never"}

func clientGo(f *code, i *Interface, g string) {
	f.p("// %sClient calls one object's %s. A call needs a context with a deadline.\ntype %sClient struct {\nBus bus.Caller\nDest string\nPath dbus.ObjectPath\n}\n", g, g, g)
	for _, m := range i.Methods {
		retry := retryNames[m.Idempotent]
		if i.NoContext && m.Idempotent != schema.Reads {
			retry = "Never" // nothing carries the key
		}
		f.p("// %s calls %s.\nfunc (c %sClient) %s(%s) %s {", m.Name, m.Name, g, m.Name, goParams("ctx context.Context", m.In), goResults(m.Out))
		var args []string
		for _, a := range m.In {
			args = append(args, paramName(a.Name))
		}
		context := ""
		if !i.NoContext {
			context = ", Context: true"
		}
		f.p("body, err := c.Bus.Do(ctx, &bus.Request{Dest: c.Dest, Path: c.Path, Interface: %sName, Member: %q, In: %q, Args: []any{%s}%s, Retry: bus.%s})",
			g, m.Name, sigOf(m.inArgs(i)), strings.Join(args, ", "), context, retry)
		clientResults(f, m)
		f.p("}\n")
	}
	for _, p := range i.Properties {
		f.p("// %s reads the property.\nfunc (c %sClient) %s(ctx context.Context) (value %s, err error) {", p.Name, g, p.Name, sigGo(p.Sig))
		f.p("return property[%s](ctx, c.Bus, c.Dest, c.Path, %sName, %q)\n}\n", sigGo(p.Sig), g, p.Name)
		if p.Writable {
			f.p("// Set%s writes the property.\nfunc (c %sClient) Set%s(ctx context.Context, value %s) error {", p.Name, g, p.Name, sigGo(p.Sig))
			f.p("_, err := c.Bus.Do(ctx, &bus.Request{Dest: c.Dest, Path: c.Path, Interface: \"org.freedesktop.DBus.Properties\", Member: \"Set\", In: \"ssv\", Args: []any{%sName, %q, dbus.MakeVariant(value)}, Retry: bus.Idempotent})\nreturn err\n}\n", g, p.Name)
		}
	}
}

// clientResults unpacks a reply into the named results.
func clientResults(f *code, m *Method) {
	if len(m.Out) == 0 {
		f.p("_ = body\nreturn err")
		return
	}
	f.p("if err != nil {\nreturn\n}")
	f.p("if len(body) != %d {\nbus.CloseFDs(body)\nerr = bus.Errorf(bus.InvalidArgs, \"%s answered %%d values, not %d\", len(body))\nreturn\n}", len(m.Out), m.Name, len(m.Out))
	for n, a := range m.Out {
		if a.Sig == "h" {
			f.p("%s = bus.File(body[%d], %q)", paramName(a.Name), n, m.Name)
			continue
		}
		f.p("if %s, err = value[%s](body[%d], %q); err != nil {\nreturn\n}", paramName(a.Name), sigGo(a.Sig), n, m.Name)
	}
	f.p("return")
}

func signalGo(f *code, g string, s *Signal) {
	f.p("// %s", strings.Join(wrap(fmt.Sprintf("Send%s%s sends the signal %s; an empty dest broadcasts it. %s", g, s.Name, s.Name, s.Doc), 96), "\n// "))
	f.p("func Send%s%s(%s) error {", g, s.Name, goParams("ctx context.Context, conn *bus.Conn, dest string, path dbus.ObjectPath", s.Args))
	args := ""
	for _, a := range s.Args {
		args += ", " + paramName(a.Name)
	}
	f.p("return conn.Signal(ctx, dest, path, %sName, %q, %q%s)\n}\n", g, s.Name, sigOf(s.Args), args)
}

func sigOf(args []Arg) string {
	var b strings.Builder
	for _, a := range args {
		b.WriteString(a.Sig)
	}
	return b.String()
}

func goParams(first string, args []Arg) string {
	for _, a := range args {
		first += ", " + paramName(a.Name) + " " + sigGo(a.Sig)
	}
	return first
}

func goResults(args []Arg) string {
	var b strings.Builder
	for _, a := range args {
		b.WriteString(paramName(a.Name) + " " + sigGo(a.Sig) + ", ")
	}
	if b.Len() == 0 {
		return "error"
	}
	return "(" + b.String() + "err error)"
}

// sigGo is the Go type godbus decodes a signature to.
func sigGo(sig string) string {
	switch sig[0] {
	case 'a':
		if sig[1] != '{' {
			return "[]" + sigGo(sig[1:])
		}
		return "map[" + sigGo(sig[2:3]) + "]" + sigGo(sig[3:len(sig)-1])
	case '(':
		return "[]any"
	}
	return map[byte]string{
		's': "string", 'o': "dbus.ObjectPath", 'u': "uint32", 't': "uint64", 'i': "int32", 'x': "int64",
		'd': "float64", 'b': "bool", 'v': "dbus.Variant", 'h': "*os.File", 'y': "byte", 'q': "uint16", 'n': "int16", 'g': "dbus.Signature",
	}[sig[0]]
}

// busSupport is what generated clients share, per package.
const busSupport = `// value reads one value of a reply.
func value[T any](v any, what string) (T, error) {
	out, ok := v.(T)
	if !ok {
		return out, bus.Errorf(bus.InvalidArgs, "%%s answered a %%T", what, v)
	}
	return out, nil
}
`

const propertySupport = `
func property[T any](ctx context.Context, b bus.Caller, dest string, path dbus.ObjectPath, iface, name string) (T, error) {
	var none T
	body, err := b.Do(ctx, &bus.Request{Dest: dest, Path: path, Interface: "org.freedesktop.DBus.Properties", Member: "Get", In: "ss", Args: []any{iface, name}, Retry: bus.Idempotent})
	if err != nil {
		return none, err
	}
	if len(body) != 1 {
		return none, bus.Errorf(bus.InvalidArgs, "property %%s: %%d values", name, len(body))
	}
	v, err := value[dbus.Variant](body[0], name)
	if err != nil {
		return none, err
	}
	return value[T](v.Value(), name)
}
`

// emitSupport writes the shared part of a package with interfaces.
func emitSupport(c *Contract, out Output) error {
	props := map[string]bool{}
	for _, i := range c.Interfaces {
		pkg := interfacePackages[i.Room]
		props[pkg] = props[pkg] || len(i.Properties) > 0
	}
	pkgs := sortedKeys(props)
	sort.Strings(pkgs)
	for _, pkg := range pkgs {
		f := &code{pkg: pkg}
		f.p(busSupport)
		if props[pkg] {
			f.p(propertySupport)
		}
		if err := out.add("internal/gen/"+pkg+"/support.gen.go", f); err != nil {
			return err
		}
	}
	return nil
}
