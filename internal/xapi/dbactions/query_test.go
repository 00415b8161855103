package dbactions

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

type fakeRow map[string]any

func (r fakeRow) Reference() string { return "OpaqueRef:1" }
func (r fakeRow) Value(f *schema.Field) any {
	if v, ok := r[f.Name]; ok {
		return v
	}
	return zero(f.Type)
}

func zero(t *schema.Type) any {
	switch t.Kind {
	case schema.Int:
		return int64(0)
	case schema.Bool:
		return false
	case schema.Map:
		return map[string]string{}
	}
	return ""
}

func TestQuery(t *testing.T) {
	row := fakeRow{
		"name_label":    "web 1",
		"is_a_template": false,
		"VCPUs_max":     int64(4),
		"power_state":   "Running",
		"tags":          []string{"a", "b'c"},
		"other_config":  map[string]string{"k": "v", "a": `b\`},
	}
	for expr, want := range map[string]bool{
		`true`:                                           true,
		`false`:                                          false,
		`not false`:                                      true,
		`field "name__label" = "web 1"`:                  true,
		`"web 1"=field "name__label"`:                    true,
		`field "is_a_template"="false"`:                  true,
		`field "VCPUs__max" = "4"`:                       true,
		`field "_ref"="OpaqueRef:1"`:                     true,
		`field "power_state" = "running"`:                false,
		`field "tags" = "('a' 'b\'c')"`:                  true,
		`field "other_config"="(('k' 'v') ('a' 'b\\'))"`: true,
		`field "name__label" = field "power_state"`:      false,
		`false and true or true`:                         true,
		`true or true and false`:                         false, // one precedence, from the left
		`not true or true`:                               false, // junctions bind tighter
		`true and not false and false`:                   true,
		`(not true) or true`:                             true,
		"\n(\ttrue ) ":                                   true,
		`trueandtrue`:                                    true,
		`false and field "nonsense" = "x"`:               false,
	} {
		q, err := ParseQuery(model.VM, expr)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if got, err := q.Match(row); err != nil || got != want {
			t.Errorf("%s = %v, %v; want %v", expr, got, err, want)
		}
	}
}

func TestQueryRefuses(t *testing.T) {
	for _, expr := range []string{
		``, `field`, `field "x"`, `"a" = `, `true true`, `field "a" == "b"`, `(true`, `true)`, `and`, `"a`, `field name = "x"`, `TRUE`,
		strings.Repeat("(", 100_000), strings.Repeat("not ", 100_000), `true and`,
	} {
		_, err := ParseQuery(model.VM, expr)
		e := xerr.From(err)
		if e == nil || e.Code != codes.INVALID_VALUE || len(e.Params) != 2 || e.Params[0] != expr {
			t.Errorf("%.30s: %v", expr, err)
		}
	}
	q, err := ParseQuery(model.VM, `field "nonsense" = "x"`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Match(fakeRow{}); !xerr.Is(err, codes.INVALID_VALUE) {
		t.Error(err)
	}
}

func FuzzParseQuery(f *testing.F) {
	f.Add(`field "a" = "b" and not (true or "x" = field "_ref")`)
	f.Fuzz(func(t *testing.T, expr string) {
		q, err := ParseQuery(model.VM, expr)
		if err != nil {
			if !xerr.Is(err, codes.INVALID_VALUE) {
				t.Fatal(err)
			}
			return
		}
		if _, err := q.Match(fakeRow{}); err != nil && !xerr.Is(err, codes.INVALID_VALUE) {
			t.Fatal(err)
		}
	})
}

// TestStorageInverse checks for every stored type of the contract that Parse
// undoes Format.
func TestStorageInverse(t *testing.T) {
	types := map[string]*schema.Type{}
	for _, c := range model.Classes {
		for i := range c.Fields {
			if c.InDB {
				types[c.Fields[i].Type.Text] = c.Fields[i].Type
			}
		}
	}
	for text, typ := range types {
		t.Run(text, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				v := draw(rt, typ)
				got, err := Parse(typ, Format(typ, v))
				if err != nil {
					rt.Fatalf("%q: %v", Format(typ, v), err)
				}
				if diff := cmp.Diff(v, got); diff != "" {
					rt.Fatal(diff)
				}
			})
		})
	}
	t.Logf("%d types", len(types))
}
