package rbac

import (
	"strings"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// A Subject is whose permissions are checked: what a session grants.
type Subject struct {
	// Superuser skips every check: local sessions, pool sessions, root.
	Superuser bool
	// Permissions is what anybody else may do; nil is nothing.
	Permissions *Set
}

// Check tells whether the subject may make this call: nil, or
// RBAC_PERMISSION_DENIED with the permission that is missing. args are the
// message's arguments in order; they decide where single keys have rules of
// their own.
func (t *Table) Check(s Subject, m *schema.Message, args []any) error {
	if s.Superuser {
		return nil
	}
	if len(m.KeyRoles) > 0 {
		return t.Require(s, PermissionFor(m, args))
	}
	if i := t.byID[m.ID]; i >= 0 && s.Permissions.Has(i) {
		return nil
	}
	return t.Require(s, m.Permission())
}

// Require tells whether the subject has the permission of this name, in lower
// case, like Check. A name the table does not know is refused.
func (t *Table) Require(s Subject, permission string) error {
	if s.Superuser {
		return nil
	}
	i, ok := t.byName[permission]
	if ok && s.Permissions.Has(i) {
		return nil
	}
	var roles []string
	if ok {
		roles = t.RoleNames(t.Permissions[i].Roles)
	}
	return xerr.New(codes.RBAC_PERMISSION_DENIED, permission,
		"No permission in user session. (Roles with this permission: "+strings.Join(roles, ", ")+")")
}

// PermissionFor is the name of the permission a call needs: the message's own,
// or that of the first key rule its argument called key matches.
func PermissionFor(m *schema.Message, args []any) string {
	if len(m.KeyRoles) == 0 {
		return m.Permission()
	}
	for i := range m.Params {
		if m.Params[i].Name != "key" || i >= len(args) {
			continue
		}
		if key, ok := args[i].(string); ok {
			return keyPermission(m.Permission(), m.KeyRoles, key)
		}
	}
	return m.Permission()
}

func keyPermission(permission string, rules []schema.KeyRole, key string) string {
	for _, rule := range rules {
		if rule.Matches(key) {
			return permission + "/key:" + strings.ToLower(rule.Key)
		}
	}
	return permission
}

// CheckMapChange is the check of a setter that replaces a whole map some keys
// of which are guarded (VM.set_other_config, task.set_other_config): each key
// that comes, goes or changes is checked by the rules of the map's add_to_
// message. Keys without a rule need nothing beyond the setter itself.
func (t *Table) CheckMapChange(s Subject, add *schema.Message, old, new map[string]string) error {
	if s.Superuser {
		return nil
	}
	check := func(key string) error {
		plain := add.Permission()
		if p := keyPermission(plain, add.KeyRoles, key); p != plain {
			return t.Require(s, p)
		}
		return nil
	}
	for key, value := range new {
		if was, ok := old[key]; ok && was == value {
			continue
		}
		if err := check(key); err != nil {
			return err
		}
	}
	for key := range old {
		if _, ok := new[key]; ok {
			continue
		}
		if err := check(key); err != nil {
			return err
		}
	}
	return nil
}
