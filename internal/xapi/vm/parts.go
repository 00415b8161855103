package vm

import (
	"context"
	"encoding/base64"
	"strconv"

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

// ConsoleActions answers the messages of class console.
type ConsoleActions struct {
	xapibus.UnimplementedConsole
	*action.Env
}

// Create is console.create.
func (a *ConsoleActions) Create(ctx context.Context, args map[string]dbus.Variant) (ref.Console, error) {
	d, err := dbactions.FromRecord(model.Console, args)
	if err != nil {
		return "", err
	}
	r, err := a.Add(ctx, d)
	return ref.Console(r), err
}

// Destroy is console.destroy.
func (a *ConsoleActions) Destroy(ctx context.Context, self ref.Console) error {
	return a.Delete(ctx, model.Console, string(self), nil)
}

// VTPMActions answers the messages of class VTPM. The contents lie in a secret.
type VTPMActions struct {
	xapibus.UnimplementedVTPM
	*action.Env
}

// Create is VTPM.create.
func (a *VTPMActions) Create(ctx context.Context, vm ref.VM, isUnique bool) (ref.VTPM, error) {
	secret := dbactions.NewDraft(model.Secret)
	d := dbactions.NewDraft(model.VTPM).Set("VM", string(vm)).Set("is_unique", isUnique).Set("contents", secret.Ref)
	err := a.Change(ctx, model.VM, string(vm), func(tx *db.Tx, row *db.Row) error {
		if err := operations.CheckVM(tx, row, model.VMOperations_CreateVTPM, false); err != nil {
			return err
		}
		if err := secret.Create(tx); err != nil {
			return err
		}
		return d.Create(tx)
	})
	return ref.VTPM(d.Ref), err
}

// Destroy is VTPM.destroy, on a halted VM.
func (a *VTPMActions) Destroy(ctx context.Context, self ref.VTPM) error {
	return a.Transact(ctx, func(tx *db.Tx) error {
		row, err := tx.Find(model.VTPM, string(self))
		if err != nil {
			return err
		}
		owner := field.Follow(tx, row, model.VTPM_VM)
		if owner != nil && field.Text(owner, model.VM_PowerState) != model.VMPowerState_Halted {
			return badState(owner.Ref, "halted", lower(field.Text(owner, model.VM_PowerState)))
		}
		if err := destroyDevice(tx, row); err != nil {
			return err
		}
		return operations.Refresh(tx, field.Text(row, model.VTPM_VM))
	})
}

// GetContents is VTPM.get_contents: base64.
func (a *VTPMActions) GetContents(_ context.Context, self ref.VTPM) (string, error) {
	s := a.Read()
	row, err := s.Find(model.VTPM, string(self))
	if err != nil {
		return "", err
	}
	secret, err := s.Find(model.Secret, field.Text(row, model.VTPM_Contents))
	if err != nil {
		return "", err
	}
	return field.Text(secret, model.Secret_Value), nil
}

// SetContents is VTPM.set_contents.
func (a *VTPMActions) SetContents(ctx context.Context, self ref.VTPM, contents string) error {
	if _, err := base64.StdEncoding.DecodeString(contents); err != nil {
		return xerr.New(codes.INVALID_VALUE, "contents", "not base64")
	}
	return a.Change(ctx, model.VTPM, string(self), func(tx *db.Tx, row *db.Row) error {
		secret, err := tx.Find(model.Secret, field.Text(row, model.VTPM_Contents))
		if err != nil {
			return err
		}
		return tx.Set(secret.Ref, field.Of(secret, model.Secret_Value), contents)
	})
}

// VUSBActions answers the messages of class VUSB.
type VUSBActions struct {
	xapibus.UnimplementedVUSB
	*action.Env
}

// maxVUSBs is how many USB devices a VM may have.
const maxVUSBs = 6

// Create is VUSB.create, on a halted VM.
func (a *VUSBActions) Create(ctx context.Context, vm ref.VM, usbGroup ref.USBGroup, otherConfig map[string]string) (ref.VUSB, error) {
	d := dbactions.NewDraft(model.VUSB).Set("VM", string(vm)).Set("USB_group", string(usbGroup)).Set("other_config", otherConfig)
	if err := dbactions.CheckValue(&model.VUSB.Fields[model.VUSB_OtherConfig], otherConfig); err != nil {
		return "", err
	}
	err := a.Change(ctx, model.VM, string(vm), func(tx *db.Tx, row *db.Row) error {
		group, err := tx.Find(model.USBGroup, string(usbGroup))
		if err != nil {
			return err
		}
		switch {
		case field.Text(row, model.VM_PowerState) != model.VMPowerState_Halted:
			return badState(row.Ref, "halted", lower(field.Text(row, model.VM_PowerState)))
		case len(field.Set(tx, row, model.VM_VUSBs)) >= maxVUSBs:
			return xerr.New(codes.TOO_MANY_VUSBS, strconv.Itoa(maxVUSBs))
		case len(field.Set(tx, group, model.USBGroup_PUSBs)) == 0:
			return xerr.New(codes.USB_GROUP_CONTAINS_NO_PUSBS, group.Ref)
		case len(field.Set(tx, group, model.USBGroup_VUSBs)) > 0:
			return xerr.New(codes.USB_GROUP_CONFLICT, group.Ref)
		}
		return d.Create(tx)
	})
	return ref.VUSB(d.Ref), err
}

// Destroy is VUSB.destroy, of a device that is not plugged.
func (a *VUSBActions) Destroy(ctx context.Context, self ref.VUSB) error {
	return a.Transact(ctx, func(tx *db.Tx) error {
		row, err := tx.Find(model.VUSB, string(self))
		if err != nil {
			return err
		}
		if field.Bool(row, model.VUSB_CurrentlyAttached) {
			return xerr.New(codes.OPERATION_NOT_ALLOWED, "VUSB '"+field.Text(row, model.VUSB_UUID)+"' still attached")
		}
		if err := tx.Delete(row.Ref); err != nil {
			return err
		}
		return operations.Refresh(tx, field.Text(row, model.VUSB_VM))
	})
}

// VGPUActions answers the messages of class VGPU.
type VGPUActions struct {
	xapibus.UnimplementedVGPU
	*action.Env
}

// Create is VGPU.create, on a halted VM. A type that is not given is the first
// that passes the whole card through.
func (a *VGPUActions) Create(ctx context.Context, vm ref.VM, gpuGroup ref.GPUGroup, device string, otherConfig map[string]string, kind ref.VGPUType) (ref.VGPU, error) {
	d := dbactions.NewDraft(model.VGPU).Set("VM", string(vm)).Set("GPU_group", string(gpuGroup)).Set("device", device)
	d.Set("other_config", otherConfig).Set("type", string(kind))
	if err := dbactions.CheckValue(&model.VGPU.Fields[model.VGPU_OtherConfig], otherConfig); err != nil {
		return "", err
	}
	err := a.Change(ctx, model.VM, string(vm), func(tx *db.Tx, row *db.Row) error {
		if state := field.Text(row, model.VM_PowerState); state != model.VMPowerState_Halted {
			return badState(row.Ref, "halted", lower(state))
		}
		if err := checkSlot(device, false, maxVIFs, field.Rows(tx, row, model.VM_VGPUs), model.VGPU_Device); err != nil {
			return err
		}
		if _, err := tx.Find(model.GPUGroup, string(gpuGroup)); err != nil {
			return err
		}
		if kind == ref.Null {
			d.Set("type", passthrough(tx))
		}
		if err := d.CheckRefs(tx); err != nil {
			return err
		}
		return d.Create(tx)
	})
	return ref.VGPU(d.Ref), err
}

func passthrough(r db.Reader) string {
	for row := range r.Rows(model.VGPUType) {
		if field.Text(row, model.VGPUType_Implementation) == model.VGPUTypeImplementation_Passthrough {
			return row.Ref
		}
	}
	return ref.Null
}

// Destroy is VGPU.destroy, on a halted VM.
func (a *VGPUActions) Destroy(ctx context.Context, self ref.VGPU) error {
	return a.Transact(ctx, func(tx *db.Tx) error {
		row, err := tx.Find(model.VGPU, string(self))
		if err != nil {
			return err
		}
		owner := field.Follow(tx, row, model.VGPU_VM)
		if owner != nil && field.Text(owner, model.VM_PowerState) != model.VMPowerState_Halted {
			return badState(owner.Ref, "halted", lower(field.Text(owner, model.VM_PowerState)))
		}
		if err := tx.Delete(row.Ref); err != nil {
			return err
		}
		return operations.Refresh(tx, field.Text(row, model.VGPU_VM))
	})
}
