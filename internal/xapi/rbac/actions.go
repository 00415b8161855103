package rbac

import (
	"context"
	"slices"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// Actions are the messages of class role, all of them answered from the table.
type Actions struct{ t *Table }

var _ xapibus.RoleActions = Actions{}

// Actions returns the messages of class role.
func (t *Table) Actions() Actions { return Actions{t} }

func (o *object) record() map[string]dbus.Variant {
	return map[string]dbus.Variant{
		"uuid":             dbus.MakeVariant(o.uuid),
		"name_label":       dbus.MakeVariant(o.name),
		"name_description": dbus.MakeVariant(o.description),
		"subroles":         dbus.MakeVariant(o.subroles),
		"is_internal":      dbus.MakeVariant(o.internal),
	}
}

// read gives one thing of one object.
func read[T any](a Actions, self ref.Role, get func(*object) T) (T, error) {
	o, err := a.t.object(string(self))
	if err != nil {
		var none T
		return none, err
	}
	return get(o), nil
}

func roles(refs []string) []ref.Role {
	typed := make([]ref.Role, len(refs))
	for i, r := range refs {
		typed[i] = ref.Role(r)
	}
	return typed
}

func refsOf(objects []*object) []ref.Role {
	refs := make([]ref.Role, len(objects))
	for i, o := range objects {
		refs[i] = ref.Role(o.ref)
	}
	return refs
}

func recordsOf(objects []*object) map[string]map[string]dbus.Variant {
	records := make(map[string]map[string]dbus.Variant, len(objects))
	for _, o := range objects {
		records[o.ref] = o.record()
	}
	return records
}

// GetRecord is role.get_record.
func (a Actions) GetRecord(_ context.Context, self ref.Role) (map[string]dbus.Variant, error) {
	return read(a, self, (*object).record)
}

// GetByUUID is role.get_by_uuid.
func (a Actions) GetByUUID(_ context.Context, uuid string) (ref.Role, error) {
	o, ok := a.t.byUUID[uuid]
	if !ok {
		return "", xerr.New(codes.UUID_INVALID, "role", uuid)
	}
	return ref.Role(o.ref), nil
}

// GetByNameLabel is role.get_by_name_label.
func (a Actions) GetByNameLabel(_ context.Context, label string) ([]ref.Role, error) {
	refs := []ref.Role{}
	for _, o := range a.t.ordered {
		if o.name == label {
			refs = append(refs, ref.Role(o.ref))
		}
	}
	return refs, nil
}

// GetUUID is role.get_uuid.
func (a Actions) GetUUID(_ context.Context, self ref.Role) (string, error) {
	return read(a, self, func(o *object) string { return o.uuid })
}

// GetNameLabel is role.get_name_label.
func (a Actions) GetNameLabel(_ context.Context, self ref.Role) (string, error) {
	return read(a, self, func(o *object) string { return o.name })
}

// GetNameDescription is role.get_name_description.
func (a Actions) GetNameDescription(_ context.Context, self ref.Role) (string, error) {
	return read(a, self, func(o *object) string { return o.description })
}

// GetSubroles is role.get_subroles.
func (a Actions) GetSubroles(_ context.Context, self ref.Role) ([]ref.Role, error) {
	return read(a, self, func(o *object) []ref.Role { return roles(o.subroles) })
}

// GetIsInternal is role.get_is_internal.
func (a Actions) GetIsInternal(_ context.Context, self ref.Role) (bool, error) {
	return read(a, self, func(o *object) bool { return o.internal })
}

// GetPermissions is role.get_permissions; a permission has itself.
func (a Actions) GetPermissions(_ context.Context, self ref.Role) ([]ref.Role, error) {
	return read(a, self, func(o *object) []ref.Role { return roles(o.permissions()) })
}

func (o *object) permissions() []string {
	if len(o.subroles) == 0 {
		return []string{o.ref}
	}
	return o.subroles
}

// GetPermissionsNameLabel is role.get_permissions_name_label.
func (a Actions) GetPermissionsNameLabel(_ context.Context, self ref.Role) ([]string, error) {
	return read(a, self, func(o *object) []string {
		names := slices.Clone(o.permissions())
		for i := range names {
			names[i] = a.t.objects[names[i]].name
		}
		return names
	})
}

// GetByPermission is role.get_by_permission: the roles that have a permission.
func (a Actions) GetByPermission(_ context.Context, permission ref.Role) ([]ref.Role, error) {
	return read(a, permission, func(o *object) []ref.Role { return roles(a.t.withPermission(o.name)) })
}

// GetByPermissionNameLabel is role.get_by_permission_name_label.
func (a Actions) GetByPermissionNameLabel(_ context.Context, label string) ([]ref.Role, error) {
	return roles(a.t.withPermission(label)), nil
}

// GetAll is role.get_all: permissions and roles.
func (a Actions) GetAll(context.Context) ([]ref.Role, error) { return refsOf(a.t.ordered), nil }

// GetAllWhere is role.get_all_where.
func (a Actions) GetAllWhere(_ context.Context, expr string) ([]ref.Role, error) {
	return refsOf(a.t.where(expr)), nil
}

// GetAllRecordsWhere is role.get_all_records_where.
func (a Actions) GetAllRecordsWhere(_ context.Context, expr string) (map[string]map[string]dbus.Variant, error) {
	return recordsOf(a.t.where(expr)), nil
}

// GetAllRecords is role.get_all_records.
func (a Actions) GetAllRecords(context.Context) (map[string]map[string]dbus.Variant, error) {
	return recordsOf(a.t.ordered), nil
}
