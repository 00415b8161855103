package vm

import (
	"context"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/xapi/action"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xapi/operations"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// VBDActions answers the messages of class VBD.
type VBDActions struct {
	xapibus.UnimplementedVBD
	*action.Env
}

// autodetect is the userdevice that asks for the lowest free slot.
const autodetect = "autodetect"

// Create is VBD.create. It plugs nothing.
func (a *VBDActions) Create(ctx context.Context, args map[string]dbus.Variant) (ref.VBD, error) {
	d, err := dbactions.FromRecord(model.VBD, args)
	if err != nil {
		return "", err
	}
	metrics := dbactions.NewDraft(model.VBDMetrics).Set("last_updated", a.Stamp())
	d.Set("metrics", metrics.Ref)
	err = a.Transact(ctx, func(tx *db.Tx) error {
		owner, err := tx.Find(model.VM, d.Text("VM"))
		if err != nil {
			return err
		}
		if err := checkVBD(tx, d, owner); err != nil {
			return err
		}
		if field.Text(owner, model.VM_PowerState) != model.VMPowerState_Suspended {
			d.Set("currently_attached", false).Set("device", "")
		}
		if err := metrics.Create(tx); err != nil {
			return err
		}
		if err := d.Create(tx); err != nil {
			return err
		}
		return operations.Refresh(tx, d.Ref, d.Text("VDI"), owner.Ref)
	})
	return ref.VBD(d.Ref), err
}

// checkVBD checks a new VBD in the reference's order, and finds it a slot if it
// asks for any.
func checkVBD(tx *db.Tx, d *dbactions.Draft, owner *db.Row) error {
	empty, writes := d.Get("empty").(bool), d.Text("mode") == model.VBDMode_RW
	isCD := d.Text("type") == model.VBDType_CD
	var vdi *db.Row
	if target := d.Text("VDI"); !empty {
		var err error
		if vdi, err = tx.Find(model.VDI, target); err != nil {
			return err
		}
		if kind := field.Text(vdi, model.VDI_Type); kind == model.VDIType_CbtMetadata {
			return xerr.New(codes.VDI_INCOMPATIBLE_TYPE, vdi.Ref, kind)
		}
	} else {
		d.Set("VDI", ref.Null)
	}
	switch {
	case isCD && writes:
		return xerr.New(codes.VBD_CDS_MUST_BE_READONLY)
	case empty && !isCD:
		return xerr.New(codes.VBD_NOT_REMOVABLE_MEDIA, "in constructor")
	case writes && vdi != nil && field.Bool(vdi, model.VDI_ReadOnly):
		return xerr.New(codes.VDI_READONLY, vdi.Ref)
	}
	if current := field.Map(owner, model.VM_CurrentOperations); len(current) > 0 {
		for task, op := range current {
			if op == model.VMOperations_MigrateSend || op == model.VMOperations_PoolMigrate {
				return xerr.New(codes.OTHER_OPERATION_IN_PROGRESS, model.VM.Name, owner.Ref, op, task)
			}
		}
	}
	if d.Text("userdevice") == autodetect {
		slots := freeVBDs(tx, owner)
		if len(slots) == 0 {
			return xerr.New(codes.INVALID_DEVICE, autodetect)
		}
		d.Set("userdevice", slots[0])
	}
	return checkSlot(d.Text("userdevice"), true, vbdLimit(owner), field.Rows(tx, owner, model.VM_VBDs), model.VBD_Userdevice)
}

// Destroy is VBD.destroy.
func (a *VBDActions) Destroy(ctx context.Context, self ref.VBD) error {
	return a.Transact(ctx, func(tx *db.Tx) error {
		row, err := tx.Find(model.VBD, string(self))
		if err != nil {
			return err
		}
		owner := field.Text(row, model.VBD_VM)
		if field.Bool(row, model.VBD_CurrentlyAttached) {
			return stillAttached(tx, row, owner)
		}
		if err := destroyDevice(tx, row); err != nil {
			return err
		}
		return operations.Refresh(tx, owner)
	})
}

func stillAttached(tx *db.Tx, row *db.Row, owner string) error {
	uuid := owner
	if vm, err := tx.Find(model.VM, owner); err == nil {
		uuid = field.Text(vm, model.VM_UUID)
	}
	return xerr.New(codes.OPERATION_NOT_ALLOWED, "VBD '"+field.Text(row, model.VBD_UUID)+"' still attached to '"+uuid+"'")
}

// Insert is VBD.insert, as far as it is a matter of records: on a halted VM.
func (a *VBDActions) Insert(ctx context.Context, vbd ref.VBD, vdi ref.VDI) error {
	return a.media(ctx, vbd, model.VBDOperations_Insert, func(tx *db.Tx, row *db.Row) error {
		disk, err := tx.Find(model.VDI, string(vdi))
		if err != nil {
			return err
		}
		if kind := field.Text(disk, model.VDI_Type); kind == model.VDIType_CbtMetadata {
			return xerr.New(codes.VDI_INCOMPATIBLE_TYPE, disk.Ref, kind)
		}
		return setMany(tx, row, map[int]any{model.VBD_VDI: string(vdi), model.VBD_Empty: false})
	})
}

// Eject is VBD.eject, as far as it is a matter of records: on a halted VM.
func (a *VBDActions) Eject(ctx context.Context, vbd ref.VBD) error {
	return a.media(ctx, vbd, model.VBDOperations_Eject, func(tx *db.Tx, row *db.Row) error {
		return setMany(tx, row, map[int]any{model.VBD_VDI: ref.Null, model.VBD_Empty: true})
	})
}

func (a *VBDActions) media(ctx context.Context, vbd ref.VBD, op string, fn func(tx *db.Tx, row *db.Row) error) error {
	return a.Change(ctx, model.VBD, string(vbd), func(tx *db.Tx, row *db.Row) error {
		if err := operations.CheckVBD(tx, row, op); err != nil {
			return err
		}
		if owner := field.Follow(tx, row, model.VBD_VM); owner != nil && field.Text(owner, model.VM_PowerState) != model.VMPowerState_Halted {
			return xerr.New(codes.NOT_IMPLEMENTED, "VBD."+op)
		}
		was := field.Text(row, model.VBD_VDI)
		if err := fn(tx, row); err != nil {
			return err
		}
		now, err := tx.Find(model.VBD, row.Ref)
		if err != nil {
			return err
		}
		return operations.Refresh(tx, was, field.Text(now, model.VBD_VDI))
	})
}

// SetMode is VBD.set_mode, on a halted VM.
func (a *VBDActions) SetMode(ctx context.Context, self ref.VBD, value string) error {
	if err := dbactions.CheckValue(&model.VBD.Fields[model.VBD_Mode], value); err != nil {
		return err
	}
	return a.Change(ctx, model.VBD, string(self), func(tx *db.Tx, row *db.Row) error {
		if owner := field.Follow(tx, row, model.VBD_VM); owner != nil {
			if state := field.Text(owner, model.VM_PowerState); state != model.VMPowerState_Halted {
				return badState(owner.Ref, "halted", lower(state))
			}
		}
		if vdi := field.Follow(tx, row, model.VBD_VDI); vdi != nil && value == model.VBDMode_RW && field.Bool(vdi, model.VDI_ReadOnly) {
			return xerr.New(codes.VDI_READONLY, vdi.Ref)
		}
		if value == model.VBDMode_RW && field.Text(row, model.VBD_Type) == model.VBDType_CD {
			return xerr.New(codes.VBD_CDS_MUST_BE_READONLY)
		}
		return tx.Set(row.Ref, field.Of(row, model.VBD_Mode), value)
	})
}

// AssertAttachable is VBD.assert_attachable.
func (a *VBDActions) AssertAttachable(_ context.Context, self ref.VBD) error {
	s := a.Read()
	row, err := s.Find(model.VBD, string(self))
	if err != nil {
		return err
	}
	return operations.CheckVBD(s, row, model.VBDOperations_Attach)
}
