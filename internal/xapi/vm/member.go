package vm

import (
	"context"
	"slices"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/xapi/action"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xapi/operations"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// ordinary refuses what only VMs of users can be part of.
func ordinary(row *db.Row) error {
	for i, what := range map[int]string{
		model.VM_IsControlDomain: "a control domain", model.VM_IsASnapshot: "a snapshot", model.VM_IsATemplate: "a template",
	} {
		if field.Bool(row, i) {
			return xerr.New(codes.OPERATION_NOT_ALLOWED, "This VM is "+what)
		}
	}
	return nil
}

// join sets the reference of a VM to a group of which it can be in one.
func (a *Actions) join(ctx context.Context, self ref.VM, i int, group string) error {
	return a.Change(ctx, model.VM, string(self), func(tx *db.Tx, row *db.Row) error {
		if err := ordinary(row); err != nil && group != ref.Null {
			return err
		}
		old := field.Text(row, i)
		if err := action.SetChecked(tx, row, i, group); err != nil {
			return err
		}
		return operations.Refresh(tx, old, group)
	})
}

// SetAppliance is VM.set_appliance.
func (a *Actions) SetAppliance(ctx context.Context, self ref.VM, value ref.VMAppliance) error {
	return a.join(ctx, self, model.VM_Appliance, string(value))
}

// SetSnapshotSchedule is VM.set_snapshot_schedule.
func (a *Actions) SetSnapshotSchedule(ctx context.Context, self ref.VM, value ref.VMSS) error {
	return a.join(ctx, self, model.VM_SnapshotSchedule, string(value))
}

// SetGroups is VM.set_groups: a VM is in one group at most.
func (a *Actions) SetGroups(ctx context.Context, self ref.VM, value []ref.VMGroup) error {
	groups := make([]string, 0, len(value))
	for _, g := range value {
		if !slices.Contains(groups, string(g)) {
			groups = append(groups, string(g))
		}
	}
	return a.Change(ctx, model.VM, string(self), func(tx *db.Tx, row *db.Row) error {
		if err := ordinary(row); err != nil {
			return err
		}
		if len(groups) > 1 {
			return xerr.New(codes.TOO_MANY_GROUPS)
		}
		return action.SetChecked(tx, row, model.VM_Groups, groups)
	})
}

// biosKeys are the strings of the firmware a VM can be given.
var biosKeys = []string{
	"bios-vendor", "bios-version", "system-manufacturer", "system-product-name", "system-version", "system-serial-number",
	"baseboard-manufacturer", "baseboard-product-name", "baseboard-version", "baseboard-serial-number", "baseboard-asset-tag",
	"baseboard-location-in-chassis", "enclosure-asset-tag", "hp-rombios", "oem-1", "oem-2",
}

// maxBiosString is how long one of them may be.
const maxBiosString = 512

// SetBiosStrings is VM.set_bios_strings, once in the life of a VM.
func (a *Actions) SetBiosStrings(ctx context.Context, self ref.VM, value map[string]string) error {
	f := &model.VM.Fields[model.VM_BiosStrings]
	if err := dbactions.CheckValue(f, value); err != nil {
		return err
	}
	for key, text := range value {
		if !slices.Contains(biosKeys, key) || text == "" || len(text) > maxBiosString {
			return xerr.New(codes.INVALID_VALUE, key, text)
		}
	}
	return a.setBios(ctx, self, func(*db.Tx) (map[string]string, error) { return value, nil })
}

// CopyBiosStrings is VM.copy_bios_strings.
func (a *Actions) CopyBiosStrings(ctx context.Context, vm ref.VM, host ref.Host) error {
	return a.setBios(ctx, vm, func(tx *db.Tx) (map[string]string, error) {
		row, err := tx.Find(model.Host, string(host))
		if err != nil {
			return nil, err
		}
		return field.Map(row, model.Host_BiosStrings), nil
	})
}

func (a *Actions) setBios(ctx context.Context, self ref.VM, get func(*db.Tx) (map[string]string, error)) error {
	return a.Change(ctx, model.VM, string(self), func(tx *db.Tx, row *db.Row) error {
		if len(field.Map(row, model.VM_BiosStrings)) > 0 {
			return xerr.New(codes.VM_BIOS_STRINGS_ALREADY_SET)
		}
		value, err := get(tx)
		if err != nil {
			return err
		}
		return tx.Set(row.Ref, field.Of(row, model.VM_BiosStrings), value)
	})
}
