package idl_test

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/idl"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/introspect"
)

// TestInternalFields walks all fields that never leave the toolstack and looks
// for them wherever a public thing is generated.
func TestInternalFields(t *testing.T) {
	reference, err := os.ReadFile(filepath.Join(root, "introspect", "reference.md"))
	if err != nil {
		t.Fatal(err)
	}
	json := fromJSON(t, firstValues(readReference[factReleases](t, "releases.json")))
	n := 0
	for _, c := range model.Classes {
		for i := range c.Fields {
			f := &c.Fields[i]
			if !f.Internal {
				continue
			}
			n++
			if _, ok := json[c.Name+"."+f.Name+"#type"]; ok {
				t.Errorf("%s.%s is in model.json", c.Name, f.Name)
			}
			for _, m := range c.Messages {
				if m.Field == f {
					t.Errorf("%s is served for internal field %s", m.Wire(), f.Name)
				}
			}
			notInXML(t, c, f)
			notInReference(t, string(reference), c, f)
			markedInRecord(t, c, f)
		}
	}
	if n != 29 {
		t.Errorf("walked %d internal fields, want 29", n)
	}
}

func notInXML(t *testing.T, c *schema.Class, f *schema.Field) {
	t.Helper()
	written := map[string]bool{} // VTPM.get_contents is written down, not made from the field
	for _, m := range c.Messages {
		written[m.Name] = m.Kind == schema.Custom
	}
	for _, kind := range []string{"", "Async", "Stream", "Object"} {
		text, ok := introspect.Interface("org.xen.xcp.xapi." + c.Name + kind + "1")
		if !ok {
			continue
		}
		for _, name := range []string{f.Name, "get_" + f.Name, "set_" + f.Name, "add_to_" + f.Name, "remove_from_" + f.Name} {
			method := strings.Contains(text, `<method name="`+name+`"`) && !written[name]
			if method || strings.Contains(text, `<property name="`+name+`"`) {
				t.Errorf("%s%s1 shows internal field %s", c.Name, kind, f.Name)
			}
		}
	}
}

func notInReference(t *testing.T, text string, c *schema.Class, f *schema.Field) {
	t.Helper()
	_, section, ok := strings.Cut(text, "\n## "+c.Name+"\n")
	if !ok {
		_, section, _ = strings.Cut(text, "\n## "+c.Name+" (")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	if strings.Contains(section, "| "+f.Name+" |") {
		t.Errorf("reference.md shows internal field %s.%s", c.Name, f.Name)
	}
}

// markedInRecord sees that the Go record says what must stay inside.
func markedInRecord(t *testing.T, c *schema.Class, f *schema.Field) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "internal", "gen", "model", strings.ToLower(c.Name)+".gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	_, record, _ := strings.Cut(string(data), "Record struct {\n")
	record, _, _ = strings.Cut(record, "\n}\n")
	marked := 0
	for _, line := range strings.Split(record, "\n") {
		if regexp.MustCompile(`//.*\binternal\b`).MatchString(line) {
			marked++
		}
	}
	want := 0
	for i := range c.Fields {
		if c.Fields[i].Internal {
			want++
		}
	}
	if marked != want {
		t.Errorf("record of %s marks %d internal fields, want %d", c.Name, marked, want)
	}
}

// TestXML parses every interface and compares its methods with the model.
func TestXML(t *testing.T) {
	type method struct {
		Name string `xml:"name,attr"`
		Args []struct {
			Type      string `xml:"type,attr"`
			Direction string `xml:"direction,attr"`
		} `xml:"arg"`
	}
	read := func(name string) map[string]string {
		text, ok := introspect.Interface(name)
		if !ok {
			return nil
		}
		var x struct {
			Methods    []method `xml:"method"`
			Properties []struct {
				Name        string `xml:"name,attr"`
				Annotations []struct {
					Name string `xml:"name,attr"`
				} `xml:"annotation"`
			} `xml:"property"`
		}
		if err := xml.Unmarshal([]byte(text), &x); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, p := range x.Properties {
			emits := false
			for _, a := range p.Annotations {
				emits = emits || a.Name == "org.freedesktop.DBus.Property.EmitsChangedSignal"
			}
			if !emits {
				t.Errorf("%s.%s does not say whether it emits changes", name, p.Name)
			}
		}
		out := map[string]string{}
		for _, m := range x.Methods {
			sig := map[string]string{}
			for _, a := range m.Args {
				sig[a.Direction] += a.Type
			}
			out[m.Name] = sig["in"] + ">" + sig["out"]
		}
		return out
	}
	for _, c := range model.Classes {
		plain, async, stream := read(xapi(c, "")), read(xapi(c, "Async")), read(xapi(c, "Stream"))
		for _, m := range c.Messages {
			in := ""
			for _, p := range m.Params {
				in += p.Type.Sig
			}
			result := m.Result.Sig
			if m.BusResult != "" {
				result = m.BusResult
			}
			want(t, m, plain, in+"a{sv}>"+result, true)
			want(t, m, async, in+"a{sv}>s", m.Async)
			want(t, m, stream, in+"a{sv}>h", m.Stream)
		}
	}
}

func xapi(c *schema.Class, kind string) string { return "org.xen.xcp.xapi." + c.Name + kind + "1" }

func want(t *testing.T, m *schema.Message, methods map[string]string, sig string, served bool) {
	t.Helper()
	got, ok := methods[m.Name]
	if ok != served || served && got != sig {
		t.Errorf("%s: have %q (%v), want %q (%v)", m.Wire(), got, ok, sig, served)
	}
}

// FuzzParse looks for input that makes the compiler panic, and for complaints
// without a place.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"bond", "role", "event", "roles", "releases"} {
		data, err := os.ReadFile(filepath.Join(root, "introspect", "idl", "xapi", name+".hcl"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`class "a" { field "b" { type = "((a -> b) map -> c) map" } }`))
	prelude, err := os.ReadFile("testdata/prelude.hcl")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 64<<10 {
			t.Skip("long input finds nothing more")
		}
		c, diags := idl.Parse(map[string][]byte{"xapi/fuzz.hcl": data, "xapi/prelude.hcl": prelude})
		if (c == nil) != diags.HasErrors() {
			t.Fatalf("a contract and errors, or neither: %v", diags)
		}
		for _, d := range diags {
			if d.Subject == nil || d.Subject.Filename == "" {
				t.Errorf("a diagnostic without a place: %v", d)
			}
		}
		if c != nil {
			_, _ = idl.Generate(c) // an error is an answer, a panic is not
		}
	})
}
