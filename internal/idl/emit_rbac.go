package idl

import (
	"bytes"
	"encoding/csv"
	"sort"
	"strings"
)

// A permissionRow is one line of the static RBAC table.
type permissionRow struct{ name, kind, roles string }

// permissionRows are all permissions: of messages, of keys with roles of their
// own, of HTTP actions and their parts, and those of nothing.
func permissionRows(c *Contract) []permissionRow {
	var rows []permissionRow
	for _, class := range c.Classes {
		for _, m := range class.Messages {
			name := class.Name + "." + m.Name
			rows = append(rows, permissionRow{name, "message", m.Roles})
			for _, kr := range m.KeyRoles {
				rows = append(rows, permissionRow{name + "/key:" + kr.Key, "key", kr.Roles})
			}
		}
	}
	for _, a := range c.HTTPActions {
		rows = append(rows, permissionRow{"http/" + a.Name, "http", a.Roles})
		for _, s := range a.Sub {
			rows = append(rows, permissionRow{"http/" + a.Name + "/" + s.Key, "http", s.Roles})
		}
	}
	for _, p := range c.Permissions {
		rows = append(rows, permissionRow{p.Name, "extra", p.Roles})
	}
	sort.Slice(rows, func(i, j int) bool { return strings.ToLower(rows[i].name) < strings.ToLower(rows[j].name) })
	return rows
}

// emitRBAC writes internal/gen/rbac: the static table as CSV, embedded.
func emitRBAC(c *Contract, out Output) error {
	sets := map[string][]string{}
	for _, s := range c.RoleSets {
		sets[s.Name] = s.Roles
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	records := [][]string{{"permission", "kind", "roles", "uuid", "name"}}
	for _, r := range permissionRows(c) {
		uuid := ""
		if len(sets[r.roles]) > 0 {
			uuid = nameUUID(r.name)
		}
		records = append(records, []string{strings.ToLower(r.name), r.kind, strings.Join(sets[r.roles], " "), uuid, r.name})
	}
	if err := w.WriteAll(records); err != nil {
		return err
	}
	out["internal/gen/rbac/rbac_static.csv"] = b.Bytes()
	f := &code{pkg: "rbac", doc: "Package rbac carries the static table of permissions as CSV: permission (as errors\nspell it), kind (message, key, http, extra), roles, uuid of its role object (empty\nif no role has it), and its name as messages are spelled."}
	f.p("// CSV is the table, with a header line.\n//\n//go:embed rbac_static.csv\nvar CSV string")
	return out.add("internal/gen/rbac/rbac.gen.go", f)
}
