package rbac

import (
	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// An object is a role or a permission as XenAPI class role shows it. Both are
// static: no rows, no events.
type object struct {
	ref, uuid   string
	name        string
	description string
	internal    bool
	subroles    []string // references; empty for a permission
}

// What the roles are for, in one line each; shown as name_description.
var roleDescriptions = map[string]string{
	"pool-admin":     "May do everything in the pool",
	"pool-operator":  "May manage the pool's hosts, storage and networks, but not its users",
	"vm-power-admin": "May manage all virtual machines, with migration and host resources",
	"vm-admin":       "May create, change and remove virtual machines",
	"vm-operator":    "May start, stop and use virtual machines",
	"client-cert":    "Given to peers that prove themselves with a certificate",
	"read-only":      "May look at the pool and change nothing",
}

func (t *Table) makeObjects() {
	t.objects = map[string]*object{}
	t.byUUID = map[string]*object{}
	for i := range t.Permissions {
		p := &t.Permissions[i]
		if p.UUID == "" {
			continue
		}
		t.addObject(&object{
			ref: p.Ref, uuid: p.UUID, name: p.Lower,
			description: "A basic permission", internal: true, subroles: []string{},
		})
	}
	for i, role := range t.Roles {
		o := &object{
			ref: "OpaqueRef:" + role.UUID, uuid: role.UUID, name: role.Name,
			description: roleDescriptions[role.Name], internal: role.Internal,
		}
		for j := range t.Permissions {
			if t.Permissions[j].Roles.Has(i) {
				o.subroles = append(o.subroles, t.Permissions[j].Ref)
			}
		}
		t.addObject(o)
	}
}

func (t *Table) addObject(o *object) {
	t.objects[o.ref] = o
	t.byUUID[o.uuid] = o
	t.ordered = append(t.ordered, o)
}

func (t *Table) object(ref string) (*object, error) {
	if o, ok := t.objects[ref]; ok {
		return o, nil
	}
	return nil, xerr.New(codes.HANDLE_INVALID, "role", ref)
}

// IsRole tells whether the reference is that of a role, and which: its bit in
// a schema.RoleSet.
func (t *Table) IsRole(ref string) (index int, ok bool) {
	for i := range t.Roles {
		if "OpaqueRef:"+t.Roles[i].UUID == ref {
			return i, true
		}
	}
	return 0, false
}

// withPermission lists the references of the roles that have a permission of
// this name.
func (t *Table) withPermission(name string) []string {
	refs := []string{}
	p, ok := t.Find(name)
	if !ok {
		return refs
	}
	for i, role := range t.Roles {
		if p.Roles.Has(i) {
			refs = append(refs, "OpaqueRef:"+role.UUID)
		}
	}
	return refs
}

// where lists the objects a query is about. Two expressions mean something:
// roles only, permissions only; anything else is everything.
func (t *Table) where(expr string) []*object {
	var want func(*object) bool
	switch expr {
	case "subroles<>[]":
		want = func(o *object) bool { return len(o.subroles) > 0 }
	case "subroles=[]":
		want = func(o *object) bool { return len(o.subroles) == 0 }
	default:
		return t.ordered
	}
	var found []*object
	for _, o := range t.ordered {
		if want(o) {
			found = append(found, o)
		}
	}
	return found
}
