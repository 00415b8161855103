package rbac

import (
	"context"
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	genrbac "github.com/xcp-dbus/xcp/internal/gen/rbac"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/wiremap"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

const expected = "testdata/rbac_expected.csv"

func load(t testing.TB) *Table {
	t.Helper()
	table, err := Load(strings.NewReader(genrbac.CSV), model.Roles, wiremap.Messages)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestEveryMessageForEveryRole asks for each call and each guarded key by each
// role, and compares with the rows of the reference.
func TestEveryMessageForEveryRole(t *testing.T) {
	table := load(t)
	subjects := make([]Subject, len(table.Roles))
	for i := range table.Roles {
		subjects[i] = Subject{Permissions: table.NewSet(table.NamesOf(1 << i))}
	}
	f, err := os.Open(expected)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	checks := 0
	for _, row := range rows[1:] {
		kind, holders, name := row[1], strings.Fields(row[2]), row[4]
		plain, key, guarded := strings.Cut(name, "/key:")
		m, ok := wiremap.Lookup(plain)
		if kind == "http" || kind == "extra" {
			continue
		}
		if !ok {
			t.Errorf("no message %s", plain)
			continue
		}
		args := make([]any, len(m.Params))
		for i := range args {
			args[i] = ""
			if guarded && m.Params[i].Name == "key" {
				args[i] = strings.TrimSuffix(key, "*") + strings.Repeat("x", strings.Count(key, "*"))
			}
		}
		for i, role := range table.Roles {
			checks++
			err := table.Check(subjects[i], m, args)
			if want := slices.Contains(holders, role.Name); (err == nil) != want {
				t.Errorf("%s as %s: %v, want allowed = %t", name, role.Name, err, want)
			}
		}
	}
	t.Logf("%d checks", checks)
}

func TestDenied(t *testing.T) {
	table := load(t)
	vmStart, _ := wiremap.Lookup("VM.start")
	readOnly := Subject{Permissions: table.NewSet(table.NamesOf(1 << 6))}
	err := xerr.From(table.Check(readOnly, vmStart, []any{"", false, false}))
	if err == nil || err.Code != "RBAC_PERMISSION_DENIED" || len(err.Params) != 2 || err.Params[0] != "vm.start" ||
		err.Params[1] != "No permission in user session. (Roles with this permission: pool-admin, pool-operator, vm-power-admin, vm-admin, vm-operator)" {
		t.Errorf("got %v", err)
	}
	if err := table.Check(Subject{Superuser: true}, vmStart, nil); err != nil {
		t.Errorf("a superuser: %v", err)
	}
	if table.Check(Subject{}, vmStart, nil) == nil {
		t.Error("nobody was allowed to start a VM")
	}
}

func TestCheckMapChange(t *testing.T) {
	table := load(t)
	add, _ := wiremap.Lookup("VM.add_to_other_config")
	admin := Subject{Permissions: table.NewSet(table.NamesOf(1 << 3))} // vm-admin
	for _, c := range []struct {
		name     string
		old, new map[string]string
		ok       bool
	}{
		{"nothing", map[string]string{"pci": "1"}, map[string]string{"pci": "1"}, true},
		{"free key", nil, map[string]string{"a": "1"}, true},
		{"folder", nil, map[string]string{"folder": "1"}, true},
		{"guarded key comes", nil, map[string]string{"pci": "1"}, false},
		{"guarded key changes", map[string]string{"pci": "1"}, map[string]string{"pci": "2"}, false},
		{"guarded key goes", map[string]string{"pci": "1"}, nil, false},
	} {
		if err := table.CheckMapChange(admin, add, c.old, c.new); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestRoleObjects(t *testing.T) {
	table := load(t)
	a, ctx := table.Actions(), context.Background()
	all, _ := a.GetAll(ctx)
	onlyRoles, _ := a.GetAllRecordsWhere(ctx, "subroles<>[]")
	permissions, _ := a.GetAllRecordsWhere(ctx, "subroles=[]")
	if len(onlyRoles) != 7 || len(onlyRoles)+len(permissions) != len(all) {
		t.Errorf("%d roles and %d permissions of %d", len(onlyRoles), len(permissions), len(all))
	}
	refs, _ := a.GetByNameLabel(ctx, "pool-admin")
	if len(refs) != 1 || refs[0] != "OpaqueRef:0165f154-ba3e-034e-6b27-5d271af109ba" {
		t.Fatalf("pool-admin is %v", refs)
	}
	mine, err := a.GetPermissions(ctx, refs[0])
	if err != nil || len(mine) != len(permissions) {
		t.Errorf("pool-admin has %d of %d permissions, %v", len(mine), len(permissions), err)
	}
	holders, _ := a.GetByPermissionNameLabel(ctx, "VM.start")
	if len(holders) != 5 {
		t.Errorf("%d roles may start a VM", len(holders))
	}
	p, _ := a.GetByNameLabel(ctx, "vm.start")
	if again, err := a.GetByPermission(ctx, p[0]); err != nil || !slices.Equal(again, holders) {
		t.Errorf("%v, %v", again, err)
	}
	if own, err := a.GetPermissionsNameLabel(ctx, p[0]); err != nil || !slices.Equal(own, []string{"vm.start"}) {
		t.Errorf("a permission's own permissions are %v, %v", own, err)
	}
	if _, err := a.GetRecord(ctx, ref.Null); !xerr.Is(err, "HANDLE_INVALID") {
		t.Errorf("the null role: %v", err)
	}
	if _, err := a.GetByUUID(ctx, "x"); !xerr.Is(err, "UUID_INVALID") {
		t.Errorf("an odd uuid: %v", err)
	}
	rec, _ := a.GetRecord(ctx, p[0])
	if rec["is_internal"].Value() != true || rec["name_description"].Value() != "A basic permission" {
		t.Errorf("record %v", rec)
	}
	for i := range model.Role.Fields {
		if f := &model.Role.Fields[i]; rec[f.Name].Signature().String() != f.Type.Sig {
			t.Errorf("field %s has type %s", f.Name, rec[f.Name].Signature())
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	const head = "permission,kind,roles,uuid,name\n"
	for _, csv := range []string{"", head + "a,b\n", head + "a,message,nobody,,a\n", head + "a,message,,,a\na,message,,,a\n"} {
		if _, err := Load(strings.NewReader(csv), []schema.Role{{Name: "r"}}, nil); err == nil {
			t.Errorf("%q was accepted", csv)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	table := load(b)
	m, _ := wiremap.Lookup("VM.get_record")
	s := Subject{Permissions: table.NewSet(table.NamesOf(1 << 6))}
	args := []any{"OpaqueRef:x"}
	b.ReportAllocs()
	for b.Loop() {
		if err := table.Check(s, m, args); err != nil {
			b.Fatal(err)
		}
	}
}
