package idl

import (
	"fmt"
	"go/token"
	"strings"
	"unicode"

	"github.com/xcp-dbus/xcp/internal/schema"
)

// initialisms are written in capitals in Go names.
var initialisms = map[string]string{}

func init() {
	for _, w := range strings.Fields(`API CA CPU CRL DNS DR FD GPU GPG HA HTTP HTTPS HVM ID IO IP IQN JSON LDAPS MAC MTU NBD
		NIC NTP NUMA OEM OS OVS PCI PEM PGPU PIF PV PVS PXE RBAC RPM RRD SDN SM SR SSH SSL TCP TLS UEFI URI URL USB UUID
		VBD VCPU VDI VGPU VHD VIF VLAN VM VMPP VMSS VNC VTPM VUSB WLB XML`) {
		initialisms[strings.ToLower(w)] = w
	}
	for _, w := range []string{"IDs", "VMs", "VCPUs", "CPUs", "VDIs", "VBDs", "VIFs", "PIFs", "PBDs", "SRs", "URLs", "IPs"} {
		initialisms[strings.ToLower(w)] = w
	}
	initialisms["ipv4"], initialisms["ipv6"] = "IPv4", "IPv6"
}

// goName is a wire name in Go's manner: name_label is NameLabel, VCPUs_max is
// VCPUsMax, balance-slb is BalanceSlb.
func goName(wire string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(wire, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if up, ok := initialisms[strings.ToLower(part)]; ok && (part == strings.ToLower(part) || part == up) {
			b.WriteString(up)
			continue
		}
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// takenWords are names a generated parameter must not have.
var takenWords = map[string]bool{
	"ctx": true, "ref": true, "dbus": true, "schema": true, "xerr": true, "model": true,
	"codes": true, "wiremap": true, "context": true, "a": true, "c": true, "string": true, "int64": true, "bool": true, "any": true, "err": true, "call": true, "result": true, "take": true, "in": true, "r": true,
}

// paramName is a parameter's name in Go.
func paramName(wire string) string {
	name := goName(wire)
	i := 0
	for i < len(name) && unicode.IsUpper(rune(name[i])) {
		i++
	}
	switch {
	case i == len(name):
		name = strings.ToLower(name)
	case i > 1 && !strings.HasPrefix(name[i:], "s"): // URLPath is urlPath
		name = strings.ToLower(name[:i-1]) + name[i-1:]
	case i > 1: // VCPUsMax is vcpusMax
		name = strings.ToLower(name[:i]) + name[i:]
	default:
		name = strings.ToLower(name[:1]) + name[1:]
	}
	if token.IsKeyword(name) || takenWords[name] {
		name += "_"
	}
	return name
}

// fileName is a class's name in file names.
func fileName(class string) string { return strings.ToLower(class) }

// typeName names a type in Go identifiers.
func typeName(t *schema.Type) string {
	switch t.Kind {
	case schema.Ref:
		return goName(t.Name) + "Ref"
	case schema.Record:
		return goName(t.Name) + "Record"
	case schema.Enum:
		return "Enum" + goName(t.Enum.Name)
	case schema.Set:
		return typeName(t.Elem) + "Set"
	case schema.Option:
		return typeName(t.Elem) + "Option"
	case schema.Map:
		return "Map" + typeName(t.Key) + "To" + typeName(t.Elem)
	}
	return goName(t.Text)
}

// plainGo is the Go form values of the type have inside the toolstack.
func plainGo(t *schema.Type) string {
	switch t.Kind {
	case schema.Int:
		return "int64"
	case schema.Float:
		return "float64"
	case schema.Bool:
		return "bool"
	case schema.Set:
		return "[]" + plainGo(t.Elem)
	case schema.Map:
		return "map[" + plainGo(t.Key) + "]" + plainGo(t.Elem)
	case schema.Record:
		return "map[string]dbus.Variant"
	case schema.Option:
		return plainGo(t.Elem)
	}
	return "string"
}

// typedGo is the Go form in signatures and records: as plainGo, but references
// and sets of them have the type of their class.
func typedGo(t *schema.Type) string {
	switch {
	case t.Kind == schema.Ref:
		return "ref." + goName(t.Name)
	case t.Kind == schema.Set && t.Elem.Kind == schema.Ref:
		return "[]ref." + goName(t.Elem.Name)
	case t.Kind == schema.Option && t.Elem.Kind != schema.Record:
		return "*" + plainGo(t.Elem)
	}
	return plainGo(t)
}

// typed makes an expression of plain form typed.
func typed(t *schema.Type, expr string) string {
	switch {
	case t.Kind == schema.Ref:
		return fmt.Sprintf("ref.%s(%s)", goName(t.Name), expr)
	case t.Kind == schema.Set && t.Elem.Kind == schema.Ref:
		return fmt.Sprintf("ref.Of[ref.%s](%s)", goName(t.Elem.Name), expr)
	}
	return expr
}

// plain makes an expression of typed form plain.
func plain(t *schema.Type, expr string) string {
	switch {
	case t.Kind == schema.Ref:
		return "string(" + expr + ")"
	case t.Kind == schema.Set && t.Elem.Kind == schema.Ref:
		return "ref.Strings(" + expr + ")"
	}
	return expr
}

// literal writes a default as a Go expression of plain form.
func literal(v any, t *schema.Type) string {
	switch x := v.(type) {
	case int64:
		return fmt.Sprintf("int64(%d)", x)
	case float64:
		return fmt.Sprintf("float64(%v)", x)
	case map[string]string:
		var b strings.Builder
		for _, k := range sortedKeys(x) {
			fmt.Fprintf(&b, "%q: %q, ", k, x[k])
		}
		return plainGo(t) + "{" + strings.TrimSuffix(b.String(), ", ") + "}"
	case []string, []int64:
		return plainGo(t) + strings.TrimPrefix(strings.TrimPrefix(fmt.Sprintf("%#v", x), "[]string"), "[]int64")
	}
	return fmt.Sprintf("%#v", v)
}

// emptyLiteral is the empty value of a type in plain form.
func emptyLiteral(t *schema.Type) string {
	switch t.Kind {
	case schema.Int, schema.Float:
		return "0"
	case schema.Bool:
		return "false"
	case schema.Ref:
		return "ref.Null"
	case schema.DateTime:
		return `"` + epoch + `"`
	case schema.Enum:
		return fmt.Sprintf("%q", t.Enum.Values[0])
	case schema.Set, schema.Map, schema.Record:
		return typedGo(t) + "{}"
	case schema.Option:
		return "nil"
	}
	return `""`
}
