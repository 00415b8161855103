package dbactions_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/xapitest"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

func message(t testing.TB, c *schema.Class, name string) *schema.Message {
	t.Helper()
	i := slices.IndexFunc(c.Messages, func(m *schema.Message) bool { return m.Name == name })
	if i < 0 {
		t.Fatalf("class %s has no message %s", c.Name, name)
	}
	return c.Messages[i]
}

// call answers with the result, or with the error's code and parameters as one
// text.
func call(t testing.TB, d *db.DB, c *schema.Class, name string, args ...any) (any, string) {
	t.Helper()
	v, err := dbactions.Do(context.Background(), d, message(t, c, name), args)
	if err == nil {
		return v, ""
	}
	var e *xerr.Error
	if !errors.As(err, &e) {
		t.Fatalf("%s: %v", name, err)
	}
	return nil, strings.Join(append([]string{e.Code}, e.Params...), "|")
}

func create(t testing.TB, d *db.DB, c *schema.Class, set map[string]any) string {
	t.Helper()
	draft := dbactions.NewDraft(c)
	for name, v := range set {
		draft.Set(name, v)
	}
	if _, err := d.Update(context.Background(), draft.Create); err != nil {
		t.Fatal(err)
	}
	return draft.Ref
}

func TestReads(t *testing.T) {
	d := xapitest.Open(t)
	vm := create(t, d, model.VM, map[string]any{"name_label": "a", "uuid": "u-1"})
	sr := create(t, d, model.SR, map[string]any{"name_label": "a", "uuid": "u-2"})
	vdi := create(t, d, model.VDI, map[string]any{"SR": sr})
	for _, c := range []struct {
		class *schema.Class
		name  string
		arg   []any
		want  any
		fails string
	}{
		{model.VM, "get_by_uuid", []any{"u-1"}, vm, ""},
		{model.VM, "get_by_uuid", []any{"u-2"}, nil, "UUID_INVALID|VM|u-2"},
		{model.VM, "get_by_name_label", []any{"a"}, []string{vm}, ""},
		{model.VM, "get_by_name_label", []any{"A"}, []string{}, ""},
		{model.VM, "get_all", nil, []string{vm}, ""},
		{model.VM, "get_name_label", []any{vm}, "a", ""},
		{model.VM, "get_name_label", []any{sr}, nil, "HANDLE_INVALID|VM|" + sr},
		{model.SR, "get_VDIs", []any{sr}, []string{vdi}, ""},
		{model.VM, "get_record", []any{"OpaqueRef:NULL"}, nil, "HANDLE_INVALID|VM|OpaqueRef:NULL"},
		{model.VDI, "get_all_where", []any{`field "SR" = "` + sr + `"`}, []string{vdi}, ""},
		{model.VDI, "get_all_where", []any{`field "SR" = "x"`}, []string{}, ""},
		{model.VM, "get_all_where", []any{`field "uuid" = "u-1"`}, []string{vm}, ""},
		{model.VM, "get_all_where", []any{`field "no" = "u-1"`}, nil, "INVALID_VALUE|field|no"},
		{model.VIF, "get_all_where", []any{`field "no" = "u-1"`}, []string{}, ""},
		{model.VM, "get_all_records_where", []any{`what`}, nil, `INVALID_VALUE|what|a quoted string expected`},
	} {
		got, fails := call(t, d, c.class, c.name, c.arg...)
		if fails != c.fails || !cmp.Equal(got, c.want) {
			t.Errorf("%s.%s(%v) = %v, %q; want %v, %q", c.class.Name, c.name, c.arg, got, fails, c.want, c.fails)
		}
	}
	recs, _ := call(t, d, model.VM, "get_all_records")
	if rec := recs.(map[string]map[string]dbus.Variant)[vm]; rec["name_label"].Value() != "a" {
		t.Error(rec)
	}
}

func TestWrites(t *testing.T) {
	d := xapitest.Open(t)
	vm := create(t, d, model.VM, map[string]any{"name_label": "a"})
	host := create(t, d, model.Host, nil)
	for _, c := range []struct {
		name  string
		args  []any
		fails string
		event bool
	}{
		{"set_name_label", []any{"b"}, "", true},
		{"set_name_label", []any{"b"}, "", false},
		{"set_name_label", []any{"b\x01c"}, "INVALID_VALUE|name_label|b", false},
		{"set_name_label", []any{"b\ufffe"}, "INVALID_VALUE|name_label|b", false},
		{"set_HVM_boot_params", []any{map[string]string{"k": "v", "o": "a\x00"}}, "INVALID_VALUE|HVM_boot_params|a", false},
		{"set_HVM_boot_params", []any{map[string]string{"": "v"}}, "INVALID_VALUE|HVM_boot_params|an empty key", false},
		{"set_HVM_boot_params", []any{map[string]string{"k": "v"}}, "", true},
		{"add_to_HVM_boot_params", []any{"k", "v"}, "MAP_DUPLICATE_KEY|VM|HVM__boot_params|" + vm + "|k", false},
		{"add_to_HVM_boot_params", []any{"", "v"}, "INVALID_VALUE|HVM_boot_params|an empty key", false},
		{"add_to_HVM_boot_params", []any{"cut", "ab\x02cd"}, "", true},
		{"remove_from_HVM_boot_params", []any{"absent"}, "", false},
		{"remove_from_HVM_boot_params", []any{"k"}, "", true},
		{"add_tags", []any{"t"}, "", true},
		{"add_tags", []any{"t"}, "", false},
		{"remove_tags", []any{"x"}, "", false},
		{"set_tags", []any{[]string{"a", "b\x1f"}}, "INVALID_VALUE|tags|b", false},
		{"set_affinity", []any{host}, "", true},
		{"set_affinity", []any{vm}, "HANDLE_INVALID|host|" + vm, false},
		{"set_affinity", []any{"OpaqueRef:NULL"}, "", true},
		{"set_actions_after_shutdown", []any{"explode"}, "INVALID_VALUE|actions_after_shutdown|explode", false},
		{"set_name_description", []any{strings.Repeat("x", 2<<20)}, "INVALID_VALUE|name_description|" + strings.Repeat("x", 64), false},
	} {
		before := d.Snapshot().Rev()
		_, fails := call(t, d, model.VM, c.name, append([]any{vm}, c.args...)...)
		changed := false
		d.Snapshot().Changes(before, func(*db.Row) { changed = true })
		if fails != c.fails || changed != c.event {
			t.Errorf("%s(%.40v): %q, event %v; want %q, %v", c.name, c.args, fails, changed, c.fails, c.event)
		}
	}
	params, _ := call(t, d, model.VM, "get_HVM_boot_params", vm)
	if diff := cmp.Diff(map[string]string{"cut": "ab"}, params); diff != "" {
		t.Error(diff)
	}
	if _, fails := call(t, d, model.VM, "set_name_label", "OpaqueRef:gone", "x"); fails != "HANDLE_INVALID|VM|OpaqueRef:gone" {
		t.Error(fails)
	}
}

func TestFromRecord(t *testing.T) {
	full := map[string]dbus.Variant{
		"name_label":   dbus.MakeVariant("n\x01x"),
		"other_config": dbus.MakeVariant(map[string]string{"k": "v"}),
		"uuid":         dbus.MakeVariant("mine"),
		"unknown":      dbus.MakeVariant(1),
	}
	draft, err := dbactions.FromRecord(model.Network, full)
	if err != nil {
		t.Fatal(err)
	}
	if draft.Text("name_label") != "n" || draft.Text("uuid") == "mine" || draft.Get("MTU") != int64(1500) {
		t.Error(draft.Values)
	}
	delete(full, "other_config")
	if _, err := dbactions.FromRecord(model.Network, full); !xerr.Is(err, codes.INVALID_VALUE) || xerr.From(err).Params[0] != "other_config" {
		t.Error(err)
	}
	full["other_config"] = dbus.MakeVariant("text")
	if _, err := dbactions.FromRecord(model.Network, full); !xerr.Is(err, codes.INVALID_VALUE) {
		t.Error(err)
	}
}

// TestEveryMessage calls each plain message of the contract once on a row of
// its class: none may be unknown to Do.
func TestEveryMessage(t *testing.T) {
	d := xapitest.Open(t)
	count := 0
	for _, c := range model.Classes {
		if !c.InDB {
			continue
		}
		self := create(t, d, c, nil)
		for _, m := range c.Messages {
			if m.Impl != schema.ImplDB {
				continue
			}
			args := make([]any, len(m.Params))
			for i, p := range m.Params {
				args[i] = db.Empty(p.Type)
				if p.Type.IsText() && p.Type.Kind != schema.Enum && p.Type.Kind != schema.Ref {
					args[i] = "true"
				}
				if i == 0 && p.Type.Kind == schema.Ref {
					args[i] = self
				}
			}
			v, err := dbactions.Do(context.Background(), d, m, args)
			if err != nil && m.Kind != schema.GetByUUID {
				t.Errorf("%s: %v", m.Wire(), err)
			}
			if (m.Result.Kind == schema.Void) != (v == nil) && m.Kind != schema.GetByUUID {
				t.Errorf("%s: %v", m.Wire(), v)
			}
			count++
		}
	}
	t.Logf("%d messages", count)
}
