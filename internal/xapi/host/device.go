package host

import (
	"context"
	"slices"
	"strings"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/action"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// newGroup makes a group of devices.
func newGroup(ctx context.Context, e *action.Env, c *schema.Class, nameLabel, nameDescription string, otherConfig map[string]string) (string, error) {
	d := dbactions.NewDraft(c)
	for name, v := range map[string]any{"name_label": nameLabel, "name_description": nameDescription, "other_config": otherConfig} {
		if err := dbactions.CheckValue(c.Field(name), v); err != nil {
			return "", err
		}
		d.Set(name, v)
	}
	return e.Add(ctx, d)
}

// holds fails with a code if a set of references is not empty.
func holds(r db.Reader, row *db.Row, i int, code string) error {
	if refs := field.Set(r, row, i); len(refs) > 0 {
		return xerr.New(code, refs...)
	}
	return nil
}

// GPUGroupActions answers the messages of class GPU_group.
type GPUGroupActions struct {
	xapibus.UnimplementedGPUGroup
	*action.Env
}

// Create is GPU_group.create.
func (a *GPUGroupActions) Create(ctx context.Context, nameLabel, nameDescription string, otherConfig map[string]string) (ref.GPUGroup, error) {
	r, err := newGroup(ctx, a.Env, model.GPUGroup, nameLabel, nameDescription, otherConfig)
	return ref.GPUGroup(r), err
}

// Destroy is GPU_group.destroy, of an empty group.
func (a *GPUGroupActions) Destroy(ctx context.Context, self ref.GPUGroup) error {
	return a.Delete(ctx, model.GPUGroup, string(self), func(tx *db.Tx, row *db.Row) error {
		if err := holds(tx, row, model.GPUGroup_PGPUs, codes.GPU_GROUP_CONTAINS_PGPU); err != nil {
			return err
		}
		return holds(tx, row, model.GPUGroup_VGPUs, codes.GPU_GROUP_CONTAINS_VGPU)
	})
}

// UpdateEnabledVGPUTypes is GPU_group.update_enabled_VGPU_types: those enabled on
// any card of the group.
func (a *GPUGroupActions) UpdateEnabledVGPUTypes(ctx context.Context, self ref.GPUGroup) error {
	return a.union(ctx, self, model.PGPU_EnabledVGPUTypes, model.GPUGroup_EnabledVGPUTypes)
}

// UpdateSupportedVGPUTypes is GPU_group.update_supported_VGPU_types.
func (a *GPUGroupActions) UpdateSupportedVGPUTypes(ctx context.Context, self ref.GPUGroup) error {
	return a.union(ctx, self, model.PGPU_SupportedVGPUTypes, model.GPUGroup_SupportedVGPUTypes)
}

func (a *GPUGroupActions) union(ctx context.Context, self ref.GPUGroup, ofCard, ofGroup int) error {
	return a.Change(ctx, model.GPUGroup, string(self), func(tx *db.Tx, row *db.Row) error {
		kinds := []string{}
		for _, card := range field.Rows(tx, row, model.GPUGroup_PGPUs) {
			kinds = append(kinds, field.Set(tx, card, ofCard)...)
		}
		slices.Sort(kinds)
		return tx.Set(row.Ref, field.Of(row, ofGroup), slices.Compact(kinds))
	})
}

// PGPUActions answers the messages of class PGPU.
type PGPUActions struct {
	xapibus.UnimplementedPGPU
	*action.Env
}

// SetEnabledVGPUTypes is PGPU.set_enabled_VGPU_types; only types the card
// supports can be enabled.
func (a *PGPUActions) SetEnabledVGPUTypes(ctx context.Context, self ref.PGPU, value []ref.VGPUType) error {
	kinds := make([]string, 0, len(value))
	for _, v := range value {
		kinds = append(kinds, string(v))
	}
	return a.enable(ctx, self, func([]string) []string { return kinds })
}

// AddEnabledVGPUTypes is PGPU.add_enabled_VGPU_types.
func (a *PGPUActions) AddEnabledVGPUTypes(ctx context.Context, self ref.PGPU, value ref.VGPUType) error {
	return a.enable(ctx, self, func(old []string) []string {
		if slices.Contains(old, string(value)) {
			return old
		}
		return append(slices.Clone(old), string(value))
	})
}

// RemoveEnabledVGPUTypes is PGPU.remove_enabled_VGPU_types.
func (a *PGPUActions) RemoveEnabledVGPUTypes(ctx context.Context, self ref.PGPU, value ref.VGPUType) error {
	return a.enable(ctx, self, func(old []string) []string {
		return slices.DeleteFunc(slices.Clone(old), func(k string) bool { return k == string(value) })
	})
}

func (a *PGPUActions) enable(ctx context.Context, self ref.PGPU, next func(old []string) []string) error {
	return a.Change(ctx, model.PGPU, string(self), func(tx *db.Tx, row *db.Row) error {
		supported := field.Set(tx, row, model.PGPU_SupportedVGPUTypes)
		kinds := next(field.Set(tx, row, model.PGPU_EnabledVGPUTypes))
		for _, kind := range kinds {
			if !slices.Contains(supported, kind) {
				return xerr.New(codes.VGPU_TYPE_NOT_SUPPORTED, kind, "{"+strings.Join(supported, "; ")+"}")
			}
		}
		return tx.Set(row.Ref, field.Of(row, model.PGPU_EnabledVGPUTypes), kinds)
	})
}

// SetGPUGroup is PGPU.set_GPU_group, while no guest uses the card.
func (a *PGPUActions) SetGPUGroup(ctx context.Context, self ref.PGPU, value ref.GPUGroup) error {
	return a.Change(ctx, model.PGPU, string(self), func(tx *db.Tx, row *db.Row) error {
		if err := holds(tx, row, model.PGPU_ResidentVGPUs, codes.PGPU_IN_USE_BY_VM); err != nil {
			return err
		}
		return action.SetChecked(tx, row, model.PGPU_GPUGroup, string(value))
	})
}

// USBGroupActions answers the messages of class USB_group.
type USBGroupActions struct {
	xapibus.UnimplementedUSBGroup
	*action.Env
}

// Create is USB_group.create.
func (a *USBGroupActions) Create(ctx context.Context, nameLabel, nameDescription string, otherConfig map[string]string) (ref.USBGroup, error) {
	r, err := newGroup(ctx, a.Env, model.USBGroup, nameLabel, nameDescription, otherConfig)
	return ref.USBGroup(r), err
}

// Destroy is USB_group.destroy, of an empty group.
func (a *USBGroupActions) Destroy(ctx context.Context, self ref.USBGroup) error {
	return a.Delete(ctx, model.USBGroup, string(self), func(tx *db.Tx, row *db.Row) error {
		if err := holds(tx, row, model.USBGroup_PUSBs, codes.USB_GROUP_CONTAINS_PUSB); err != nil {
			return err
		}
		return holds(tx, row, model.USBGroup_VUSBs, codes.USB_GROUP_CONTAINS_VUSB)
	})
}
