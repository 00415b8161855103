package idl

import (
	"fmt"
	"sort"
)

// emitRef writes internal/gen/ref.
func emitRef(c *Contract, out Output) error {
	f := &code{pkg: "ref", doc: "Package ref gives references to XenAPI objects a type per class, so that a\nVM's cannot be passed for an SR's."}
	f.p("// Null refers to nothing.\nconst Null = %q\n", nullRef)
	f.p("// References, by class.\ntype (")
	for _, class := range c.Classes {
		f.p("%s string", goName(class.Name))
	}
	f.p(")\n")
	f.p(`// Strings gives references as plain text, as rows and messages hold them. The
// caller owns the result.
func Strings[T ~string](refs []T) []string {
	out := make([]string, len(refs))
	for i, r := range refs {
		out[i] = string(r)
	}
	return out
}

// Of gives plain text the type of its class. The caller owns the result.
func Of[T ~string](refs []string) []T {
	out := make([]T, len(refs))
	for i, r := range refs {
		out[i] = T(r)
	}
	return out
}`)
	return out.add("internal/gen/ref/ref.gen.go", f)
}

// emitCodes writes internal/gen/codes.
func emitCodes(c *Contract, out Output) error {
	f := &code{pkg: "codes", doc: "Package codes names XenAPI's error codes, spelled as on the wire, and the alerts\n(names of message records) with their priorities."}
	errors := append([]Error{}, c.Errors...)
	sort.Slice(errors, func(i, j int) bool { return errors[i].Code < errors[j].Code })
	f.p("// Error codes; a comment names the parameters.\nconst (")
	for _, e := range errors {
		f.p("%s = %q%s", e.Code, e.Code, paramsRemark(e.Params))
	}
	f.p(")\n\n// Beginnings of codes that end in a number or word chosen at run time.\nconst (")
	for _, e := range c.ErrorPrefixes {
		f.p("Prefix_%s = %q%s", e.Code, e.Code, paramsRemark(e.Params))
	}
	f.p(")\n\n// Alerts.\nconst (")
	for _, a := range c.Alerts {
		f.p("Alert_%s = %q", a.Name, a.Name)
	}
	for _, a := range c.AlertPrefixes {
		f.p("AlertPrefix_%s = %q", a.Name, a.Name)
	}
	f.p(")\n\n// Priorities gives each alert, or beginning of one, its priority: 1 critical,\n// 2 major, 3 warning, 4 minor, 5 information.\nvar Priorities = map[string]int{")
	for _, a := range append(append([]Alert{}, c.Alerts...), c.AlertPrefixes...) {
		if a.Priority != 0 {
			f.p("%q: %d,", a.Name, a.Priority)
		}
	}
	f.p("}\n\n// all is sorted by code.\nvar all = []struct {\ncode string\nparams []string\n}{")
	for _, e := range errors {
		if len(e.Params) > 0 {
			f.p("{%q, %#v},", e.Code, e.Params)
		} else {
			f.p("{%q, nil},", e.Code)
		}
	}
	f.p(`}

// Known tells whether the contract has this code.
func Known(code string) bool {
	_, ok := find(code)
	return ok
}

// Params gives the names of a code's parameters in order; read only.
func Params(code string) []string {
	i, ok := find(code)
	if !ok {
		return nil
	}
	return all[i].params
}

func find(code string) (int, bool) {
	return slices.BinarySearchFunc(all, code, func(e struct {
		code   string
		params []string
	}, c string) int {
		return strings.Compare(e.code, c)
	})
}`)
	return out.add("internal/gen/codes/codes.gen.go", f)
}

func paramsRemark(params []string) string {
	if len(params) == 0 {
		return ""
	}
	return fmt.Sprintf(" // %v", params)
}

// emitWiremap writes internal/gen/wiremap.
func emitWiremap(_ *Contract, out Output) error {
	f := &code{pkg: "wiremap", doc: "Package wiremap finds the message of a method name on the wire."}
	f.p(`// Messages are all messages by ID; read only.
var Messages = model.Messages

var byName = sync.OnceValue(func() map[string]*schema.Message {
	names := make(map[string]*schema.Message, 2*len(Messages))
	for _, m := range Messages {
		names[m.Wire()] = m
		names[m.Class.Name+"_"+m.Name] = m
	}
	return names
})

// Lookup finds a message by its synchronous name in either spelling, VM.clone or
// VM_clone. Prefixes (Async., InternalAsync.) are the caller's business.
func Lookup(name string) (*schema.Message, bool) {
	m, ok := byName()[name]
	return m, ok
}

// SyncNames lists every message in its dotted spelling, hidden ones included: the
// answer of system.listMethods. The caller owns the result.
func SyncNames() []string {
	names := make([]string, len(Messages))
	for i, m := range Messages {
		names[i] = m.Wire()
	}
	return names
}`)
	return out.add("internal/gen/wiremap/wiremap.gen.go", f)
}
