package idl_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/rbac"
	"github.com/xcp-dbus/xcp/internal/gen/wiremap"
	"github.com/xcp-dbus/xcp/internal/idl"
)

const root = "../.."

func contract(t testing.TB) *idl.Contract {
	t.Helper()
	c, err := idl.Tree{Root: root}.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func firstValues(r factReleases) firstValue {
	first := firstValue{}
	for _, e := range r.Enums {
		first[e.Name] = e.Values[0]
	}
	return first
}

func report(t *testing.T, what string, diffs []string) {
	t.Helper()
	for i, d := range diffs {
		if i == 20 {
			t.Errorf("%s: and %d more", what, len(diffs)-i)
			return
		}
		t.Errorf("%s: %s", what, d)
	}
}

// TestConformance compares the contract, the generated model in memory and the
// generated JSON model with the reference, and prints what it counted.
func TestConformance(t *testing.T) {
	f := readReference[facts](t, "facts.json")
	first := firstValues(readReference[factReleases](t, "releases.json"))
	want := fromFacts(f, first)
	c := contract(t)
	report(t, "contract", differences(want, fromContract(c, first)))
	report(t, "package model", differences(want, fromModel(first), modelKnows...))
	report(t, "model.json", differences(published(want, f), fromJSON(t, first), jsonKnows...))
	report(t, "roles", roleDifferences(f))
	if got, want := [4]int{model.APIMajor, model.APIMinor, model.SchemaMajor, model.SchemaMinor}, [4]int{f.APIVersion[0], f.APIVersion[1], f.SchemaVersion[0], f.SchemaVersion[1]}; got != want {
		t.Errorf("versions: have %v, want %v", got, want)
	}
	printCounts(c)
}

func printCounts(c *idl.Contract) {
	fields, internal, served, shown := 0, 0, 0, 0
	for _, class := range c.Classes {
		for _, x := range class.Fields {
			fields++
			if x.Internal {
				internal++
			}
		}
		for _, m := range class.Messages {
			served++
			if !m.Hidden {
				shown++
			}
		}
	}
	fmt.Printf("conformance: %d classes, %d fields (%d internal), %d messages served, %d published, %d enums, %d errors, %d alerts, %d permissions\n",
		len(c.Classes), fields, internal, served, shown, len(c.Enums), len(c.Errors), len(c.Alerts), strings.Count(rbac.CSV, "\n")-1)
}

func roleDifferences(f facts) (out []string) {
	if len(f.Roles) != len(model.Roles) {
		return []string{fmt.Sprintf("have %d, want %d", len(model.Roles), len(f.Roles))}
	}
	for i, r := range f.Roles {
		if m := model.Roles[i]; m.Name != r.Name || m.UUID != r.UUID || m.Internal != r.Internal {
			out = append(out, fmt.Sprintf("have %v, want %v", m, r))
		}
	}
	return out
}

// jsonKnows are the attributes the published model has.
var jsonKnows = []string{"type", "qualifier", "default", "params", "result", "roles", "errors", "async", "lifecycle"}

// published keeps what the published model may say.
func published(s said, f facts) said {
	out := said{}
	drop := map[string]bool{}
	for _, c := range f.Classes {
		for _, x := range c.Fields {
			drop[c.Name+"."+x.Name] = x.Internal || !c.Published
		}
		for _, m := range c.Messages {
			drop[c.Name+"."+m.Name+"()"] = m.Hidden || !c.Published
		}
		drop[c.Name] = !c.Published
	}
	for key, v := range s {
		if name, _, _ := strings.Cut(key, "#"); !drop[name] {
			out[key] = v
		}
	}
	return out
}

// fromJSON says what introspect/model.json says.
func fromJSON(t *testing.T, first firstValue) said {
	data, err := os.ReadFile(filepath.Join(root, "introspect", "model.json"))
	if err != nil {
		t.Fatal(err)
	}
	type life []struct{ Transition, Release string }
	var classes []struct {
		Name      string
		Lifecycle life
		Fields    []struct {
			Name, Type, Qualifier string
			Default               json.RawMessage
			Lifecycle             life
		}
		Messages []struct {
			Name      string
			Result    []string
			Implicit  bool
			Async     bool
			Params    []factParam
			Roles     []string
			Errors    []struct{ Name string }
			Lifecycle life
		}
	}
	if err := json.Unmarshal(data, &classes); err != nil {
		t.Fatal(err)
	}
	changes := func(l life) (out []string) {
		for _, c := range l {
			out = append(out, c.Transition+" "+c.Release)
		}
		return out
	}
	s := said{}
	for _, c := range classes {
		s.put(c.Name+"#lifecycle", changes(c.Lifecycle))
		for _, x := range c.Fields {
			key := c.Name + "." + x.Name
			s.put(key+"#type", x.Type)
			s.put(key+"#qualifier", x.Qualifier)
			s.put(key+"#default", first.defaultText(x.Type, x.Default))
			s.put(key+"#lifecycle", changes(x.Lifecycle))
		}
		for _, m := range c.Messages {
			key := c.Name + "." + m.Name + "()"
			var params, errs []string
			for _, p := range m.Params {
				if p.Name != "session_id" {
					params = append(params, fmt.Sprintf("%s %s = %s", p.Type, p.Name, first.defaultText(p.Type, p.Default)))
				}
			}
			for _, e := range m.Errors {
				errs = append(errs, e.Name)
			}
			s.put(key+"#params", strings.Join(params, ", "))
			s.put(key+"#result", m.Result[0])
			s.put(key+"#roles", m.Roles)
			s.put(key+"#errors", errs)
			s.put(key+"#async", m.Async)
			if !m.Implicit {
				s.put(key+"#lifecycle", changes(m.Lifecycle))
			}
		}
	}
	return s
}

// TestPermissions compares the static table with the reference row by row.
func TestPermissions(t *testing.T) {
	have := strings.Split(strings.TrimSpace(rbac.CSV), "\n")
	want := strings.Split(strings.TrimSpace(string(reference(t, "rbac.csv"))), "\n")
	if len(have) != len(want) {
		t.Errorf("have %d rows, want %d", len(have), len(want))
	}
	for i := range min(len(have), len(want)) {
		if have[i] != want[i] {
			t.Fatalf("row %d: have %s, want %s", i+1, have[i], want[i])
		}
	}
	fmt.Printf("conformance: %d permissions equal row by row\n", len(want)-1)
}

func TestEnumsAndReleases(t *testing.T) {
	r := readReference[factReleases](t, "releases.json")
	c := contract(t)
	have := map[string][]string{}
	for _, e := range c.Enums {
		have[e.Name] = e.Values
	}
	for _, e := range r.Enums {
		if !slices.Equal(have[e.Name], e.Values) {
			t.Errorf("enum %s: have %v, want %v", e.Name, have[e.Name], e.Values)
		}
	}
	if len(have) != len(r.Enums) {
		t.Errorf("have %d enums, want %d", len(have), len(r.Enums))
	}
	if !slices.Equal(c.Numbered, r.Numbered) {
		t.Errorf("numbered releases: have %v, want %v", c.Numbered, r.Numbered)
	}
	if len(c.Releases) != len(r.Releases) {
		t.Fatalf("have %d releases, want %d", len(c.Releases), len(r.Releases))
	}
	for i, want := range r.Releases {
		got := c.Releases[i]
		code := ""
		if want.Code != nil {
			code = *want.Code
		}
		sameDate := (got.Date == nil) == (want.Date == nil) && (got.Date == nil || *got.Date == *want.Date)
		if got.Code != code || !slices.Equal(got.Version, []int{want.Major, want.Minor}) || got.Product != want.Product ||
			!sameDate || !slices.Equal(got.Schema, want.Schema) {
			t.Errorf("release %d: have %+v, want %+v", i, got, want)
		}
	}
}

func TestErrorCodes(t *testing.T) {
	e := readReference[factErrors](t, "errors.json")
	c := contract(t)
	if len(c.Errors) != len(e.Errors) {
		t.Errorf("have %d codes, want %d", len(c.Errors), len(e.Errors))
	}
	for i, want := range e.Errors {
		got := c.Errors[i]
		shown := want.Documented == nil || *want.Documented
		if got.Code != want.Code || got.Published != shown || (got.Params == nil) != (want.Params == nil) || !slices.Equal(got.Params, want.Params) {
			t.Errorf("have %+v, want %+v", got, want)
		}
		if !codes.Known(want.Code) || !slices.Equal(codes.Params(want.Code), want.Params) {
			t.Errorf("package codes: %s has %v, want %v", want.Code, codes.Params(want.Code), want.Params)
		}
	}
	for i, want := range e.Prefixes {
		if got := c.ErrorPrefixes[i]; got.Code != want.Prefix || !slices.Equal(got.Params, want.Params) {
			t.Errorf("have %+v, want %+v", got, want)
		}
	}
	if len(c.Alerts) != len(e.Messages) {
		t.Errorf("have %d alerts, want %d", len(c.Alerts), len(e.Messages))
	}
	for i, want := range e.Messages {
		if got := c.Alerts[i]; got.Name != want.Name || got.Priority != want.Priority || got.Published != want.Documented {
			t.Errorf("have %+v, want %+v", got, want)
		}
		if got := codes.Priorities[want.Name]; got != want.Priority {
			t.Errorf("package codes: %s has priority %d, want %d", want.Name, got, want.Priority)
		}
	}
	for i, want := range e.MessagePrefixes {
		if got := c.AlertPrefixes[i]; got.Name != want.Prefix || got.Priority != want.Priority {
			t.Errorf("have %+v, want %+v", got, want)
		}
	}
}

// TestConformanceCanFail changes one thing of the reference at a time and
// expects to be told.
func TestConformanceCanFail(t *testing.T) {
	first := firstValues(readReference[factReleases](t, "releases.json"))
	have := fromContract(contract(t), first)
	vm := func(f *facts) *factClass {
		return &f.Classes[slices.IndexFunc(f.Classes, func(x factClass) bool { return x.Name == "VM" })]
	}
	for name, change := range map[string]func(*facts){
		"class gone":     func(f *facts) { f.Classes = f.Classes[1:] },
		"class renamed":  func(f *facts) { vm(f).Name = "Vm" },
		"field gone":     func(f *facts) { vm(f).Fields = vm(f).Fields[1:] },
		"field type":     func(f *facts) { vm(f).Fields[1].Type = "int" },
		"qualifier":      func(f *facts) { vm(f).Fields[3].Qual = "StaticRO" },
		"default":        func(f *facts) { vm(f).Fields[3].Default = json.RawMessage(`"x"`) },
		"message gone":   func(f *facts) { vm(f).Messages = vm(f).Messages[1:] },
		"parameter":      func(f *facts) { vm(f).Messages[0].Params[0].Name = "me" },
		"async":          func(f *facts) { vm(f).Messages[0].Async = true },
		"roles":          func(f *facts) { vm(f).Messages[0].Roles = "pool-admin" },
		"role set":       func(f *facts) { f.RoleSets["vm-admin"] = f.RoleSets["vm-admin"][1:] },
		"field internal": func(f *facts) { vm(f).Fields[4].Internal = true },
	} {
		f := readReference[facts](t, "facts.json")
		change(&f)
		if len(differences(fromFacts(f, first), have)) == 0 {
			t.Errorf("%s: no difference was found", name)
		}
	}
}

func TestWiremap(t *testing.T) {
	if got, want := len(wiremap.SyncNames()), len(model.Messages); got != want {
		t.Errorf("have %d names, want %d", got, want)
	}
	for i, m := range model.Messages {
		if m.ID != i || wiremap.Messages[i] != m {
			t.Fatalf("%s has ID %d at %d", m.Wire(), m.ID, i)
		}
		for _, name := range []string{m.Wire(), m.Class.Name + "_" + m.Name} {
			if got, ok := wiremap.Lookup(name); !ok || got != m {
				t.Errorf("Lookup(%q) does not find its message", name)
			}
		}
	}
	for _, name := range []string{"", "VM", "VM.", "vm.clone", "Async.VM.clone", "VM.clone "} {
		if m, ok := wiremap.Lookup(name); ok {
			t.Errorf("Lookup(%q) finds %s", name, m.Wire())
		}
	}
}
