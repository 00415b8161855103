package idl

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/xcp-dbus/xcp/internal/schema"
)

// maxFileBytes bounds one IDL file.
const maxFileBytes = 4 << 20

// ReadDir reads all IDL files below dir, by slash-separated path relative to
// dir ("xapi/vm.hcl").
func ReadDir(dir string) (map[string][]byte, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*", "*.hcl"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("cannot find an IDL file in %s", filepath.Join(dir, "<room>", "*.hcl"))
	}
	files := make(map[string][]byte, len(names))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return nil, err
		}
		files[filepath.ToSlash(rel)] = data
	}
	return files, nil
}

// Parse makes a Contract of IDL files: reads, checks, and adds the derived
// messages. The Contract is nil if there is an error among the diagnostics.
func Parse(files map[string][]byte) (*Contract, hcl.Diagnostics) {
	p := &parser{c: &Contract{OtherSchemas: map[string][]int{}}}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	var parsed []sourceFile
	for _, name := range names {
		if f, ok := p.readFile(name, files[name]); ok {
			parsed = append(parsed, f)
		}
	}
	if p.diags.HasErrors() {
		return nil, p.diags
	}
	p.build(parsed)
	if !p.diags.HasErrors() {
		p.check()
	}
	if p.diags.HasErrors() {
		return nil, p.diags
	}
	derive(p.c)
	return p.c, p.diags
}

type sourceFile struct {
	room string
	fileBlock
}

type parser struct {
	c         *Contract
	types     types
	roleSets  map[string]*RoleSet
	diags     hcl.Diagnostics
	relations []relationAt
	errorsAt  []errorAt
}

// relationAt is a relation to be resolved when all classes are known.
type relationAt struct {
	class  *Class
	field  *Field
	target string
	at     hcl.Range
}

// errorAt is an error code a message names.
type errorAt struct {
	code string
	at   hcl.Range
}

func (p *parser) fail(at hcl.Range, what, todo string, args ...any) {
	p.diags = append(p.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: what, Detail: fmt.Sprintf(todo, args...), Subject: &at,
	})
}

func (p *parser) readFile(name string, src []byte) (sourceFile, bool) {
	out := sourceFile{room: strings.Split(name, "/")[0]}
	whole := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	if len(src) > maxFileBytes {
		p.fail(whole, "File too big", "An IDL file has at most %d bytes; split it.", maxFileBytes)
		return out, false
	}
	f, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	p.diags = append(p.diags, diags...)
	if diags.HasErrors() {
		return out, false
	}
	diags = gohcl.DecodeBody(f.Body, nil, &out.fileBlock)
	p.diags = append(p.diags, diags...)
	return out, !diags.HasErrors()
}

// build turns blocks into the model: first the names, then what uses them.
func (p *parser) build(files []sourceFile) {
	p.types = types{enums: map[string]*Enum{}, classes: map[string]bool{}, made: map[string]*schema.Type{}}
	p.roleSets = map[string]*RoleSet{}
	for i := range files {
		p.declare(&files[i])
	}
	for i := range files {
		f := &files[i]
		p.tables(f)
		for j := range f.Classes {
			p.class(&f.Classes[j])
		}
		for j := range f.Interfaces {
			p.iface(f.room, &f.Interfaces[j])
		}
		for _, s := range f.Services {
			p.c.Services = append(p.c.Services, &Service{Room: s.Room, Doc: oneParagraph(s.Doc), User: s.User, Interfaces: s.Interfaces, Callers: s.Callers, Range: s.Range})
		}
	}
	sort.Slice(p.c.Classes, func(i, j int) bool { return lessFold(p.c.Classes[i].Name, p.c.Classes[j].Name) })
	sort.Slice(p.c.Enums, func(i, j int) bool { return p.c.Enums[i].Name < p.c.Enums[j].Name })
	sort.Slice(p.c.Interfaces, func(i, j int) bool { return p.c.Interfaces[i].Name < p.c.Interfaces[j].Name })
	sort.Slice(p.c.Services, func(i, j int) bool { return p.c.Services[i].Room < p.c.Services[j].Room })
}

func lessFold(a, b string) bool {
	if x, y := strings.ToLower(a), strings.ToLower(b); x != y {
		return x < y
	}
	return a < b
}

// declare takes in the names others may use: roles, role sets, enums, classes.
func (p *parser) declare(f *sourceFile) {
	for _, r := range f.Roles {
		p.c.Roles = append(p.c.Roles, Role{Name: r.Name, Internal: r.Internal})
	}
	for _, e := range f.Enums {
		if p.types.enums[e.Name] != nil {
			p.fail(e.Range, "Enum declared twice", "Enum %q is also declared at %s; remove one.", e.Name, p.types.enums[e.Name].Range)
			continue
		}
		if len(e.Values) == 0 {
			p.fail(e.Range, "Enum without values", "Give enum %q at least one value: the first is the empty value of the type.", e.Name)
			continue
		}
		en := &Enum{EnumType: schema.EnumType{Name: e.Name, Values: e.Values, ExactCase: e.ExactCase}, Range: e.Range}
		p.types.enums[e.Name] = en
		p.c.Enums = append(p.c.Enums, en)
	}
	for _, c := range f.Classes {
		if p.types.classes[c.Name] {
			p.fail(c.Range, "Class declared twice", "Class %q has another file already; remove one.", c.Name)
		}
		p.types.classes[c.Name] = true
	}
}

// tables takes in everything of XenAPI that is not a class.
func (p *parser) tables(f *sourceFile) {
	c := p.c
	for _, s := range f.RoleSets {
		p.roleSet(&s)
	}
	for _, x := range f.Permissions {
		c.Permissions = append(c.Permissions, Permission{Name: x.Name, Roles: p.text(x.Roles)})
	}
	for _, e := range f.Errors {
		c.Errors = append(c.Errors, p.errorCode(&e))
	}
	for _, e := range f.ErrorPrefixes {
		c.ErrorPrefixes = append(c.ErrorPrefixes, p.errorCode(&e))
	}
	for _, a := range f.Alerts {
		c.Alerts = append(c.Alerts, Alert{Name: a.Name, Priority: a.Priority, Published: a.Published})
	}
	for _, a := range f.AlertPrefixes {
		c.AlertPrefixes = append(c.AlertPrefixes, Alert{Name: a.Name, Priority: a.Priority})
	}
	for _, a := range f.HTTPActions {
		c.HTTPActions = append(c.HTTPActions, HTTPAction{
			Name: a.Name, Method: a.Method, URI: a.URI, Roles: p.text(a.Roles), SDK: a.SDK, Args: a.Args,
			NoRBAC: a.RBAC != nil && !*a.RBAC, OwnRateLimit: a.OwnRateLimit, Sub: p.keyRoles(a.Sub),
		})
	}
	for _, a := range f.API {
		if c.API.Vendor != "" {
			p.fail(a.Range, "Second api block", "The contract has one api block; remove this one.")
		}
		c.API = API{Version: a.Version, Vendor: a.Vendor, Schema: a.Schema}
	}
	for _, r := range f.Releases {
		c.Releases = append(c.Releases, Release{Code: r.Code, Version: r.Version, Product: r.Product, Date: r.Date, Schema: r.Schema})
	}
	c.Numbered = append(c.Numbered, f.Numbered...)
	c.PreviewSchemas = append(c.PreviewSchemas, f.Previews...)
	for k, v := range f.OtherSchemas {
		c.OtherSchemas[k] = v
	}
}

func (p *parser) errorCode(e *errorBlock) Error {
	out := Error{Code: e.Code, Published: e.Published == nil || *e.Published, Range: e.Range}
	if e.Params != nil {
		out.Params = append([]string{}, *e.Params...)
	}
	return out
}

func (p *parser) roleSet(s *roleSetBlock) {
	set := RoleSet{Name: s.Name, Roles: p.texts(s.Roles)}
	for _, r := range set.Roles {
		i := slices.IndexFunc(p.c.Roles, func(x Role) bool { return x.Name == r })
		if i < 0 {
			p.fail(s.Roles.Range(), "Unknown role", "Role %q is declared nowhere; add role %q {} or correct the name.", r, r)
			continue
		}
		if i >= 8 {
			p.fail(s.Roles.Range(), "Too many roles", "A role set has one bit per role, 8 in all; widen schema.RoleSet first.")
			continue
		}
		set.Bits |= 1 << i
	}
	p.c.RoleSets = append(p.c.RoleSets, set)
}

// oneParagraph joins the lines of a here-document.
func oneParagraph(s string) string { return strings.Join(strings.Fields(s), " ") }
