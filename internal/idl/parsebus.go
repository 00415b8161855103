package idl

import (
	"github.com/godbus/dbus/v5"
	"github.com/hashicorp/hcl/v2"
)

// iface builds an interface that is written by hand.
func (p *parser) iface(room string, b *interfaceBlock) {
	i := &Interface{
		Name: b.Name, Room: room, Doc: oneParagraph(b.Doc), Path: b.Path, Everywhere: b.Everywhere,
		NoContext: !orElse(b.Context, true), Access: b.Access, Range: b.Range,
	}
	for _, m := range b.Methods {
		i.Methods = append(i.Methods, &Method{
			Name: m.Name, Doc: oneParagraph(m.Doc), In: p.args(m.In), Out: p.args(m.Out), Errors: m.Errors,
			Access: m.Access, Bulk: m.Bulk, Long: m.Long, Range: m.Range,
			Idempotent: idempotencies[p.oneOf(m.Idempotent, "yes", "key", "no")],
		})
	}
	for _, x := range b.Properties {
		i.Properties = append(i.Properties, &Property{
			Name: x.Name, Doc: oneParagraph(x.Doc), Sig: p.signature(x.Type), Writable: x.Writable,
			EmitsChange: p.oneOf(x.Emits, "false", "const", "invalidates", "true"), Range: x.Range,
		})
	}
	for _, s := range b.Signals {
		i.Signals = append(i.Signals, &Signal{Name: s.Name, Doc: oneParagraph(s.Doc), Args: p.args(s.Args), Range: s.Range})
	}
	p.c.Interfaces = append(p.c.Interfaces, i)
}

func (p *parser) args(blocks []argBlock) []Arg {
	var out []Arg
	for _, b := range blocks {
		out = append(out, Arg{Name: b.Name, Sig: p.signature(b.Type), Doc: oneParagraph(b.Doc), Sensitive: b.Sensitive})
	}
	return out
}

// signature reads one complete D-Bus type.
func (p *parser) signature(a hcl.Expression) string {
	text := p.text(a)
	if _, err := dbus.ParseSignature(text); err != nil || firstType(text) != len(text) || text == "" {
		p.fail(a.Range(), "Bad D-Bus type", "%q is not one complete D-Bus type, such as s, as, a{sv} or (sx).", text)
	}
	return text
}

// firstType is the length of the first complete type of a valid signature.
func firstType(sig string) int {
	depth := 0
	for i := range len(sig) {
		switch sig[i] {
		case '(', '{':
			depth++
		case ')', '}':
			depth--
		case 'a':
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(sig)
}

func (p *parser) checkInterfaces() {
	byName := map[string]*Interface{}
	for _, i := range p.c.Interfaces {
		if byName[i.Name] != nil {
			p.fail(i.Range, "Interface declared twice", "Remove one of the two blocks of %q.", i.Name)
		}
		byName[i.Name] = i
		p.checkMembers(i)
	}
	for _, s := range p.c.Services {
		for _, name := range s.Interfaces {
			if byName[name] == nil {
				p.fail(s.Range, "Unknown interface", "Interface %q is declared nowhere; add interface %q { ... } or correct the name.", name, name)
			}
		}
	}
}

// checkMembers sees that the members of an interface have names of their own,
// and that a stream says what flows in it.
func (p *parser) checkMembers(i *Interface) {
	seen := map[string]bool{}
	member := func(name string, at hcl.Range) {
		p.checkName(name, at)
		if seen[name] {
			p.fail(at, "Member declared twice", "Interface %s has another member %q; rename one.", i.Name, name)
		}
		seen[name] = true
	}
	for _, m := range i.Methods {
		member(m.Name, m.Range)
		for _, a := range append(append([]Arg{}, m.In...), m.Out...) {
			if a.Name == "context" {
				p.fail(m.Range, "Context written down", "The compiler adds the context argument; remove it from %q.", m.Name)
			}
			if a.Sig == "h" && m.Bulk == "" {
				p.fail(m.Range, "Descriptor without schema", "Say with bulk = \"...\" what flows through %s of %q.", a.Name, m.Name)
			}
		}
	}
	for _, x := range i.Properties {
		member(x.Name, x.Range)
	}
	for _, s := range i.Signals {
		member(s.Name, s.Range)
	}
}
