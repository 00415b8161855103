package vm

import (
	"context"
	"math"

	"github.com/godbus/dbus/v5"

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

// Create is VM.create. Name, processors and memory are checked when the VM
// starts, as in the reference.
func (a *Actions) Create(ctx context.Context, args map[string]dbus.Variant) (ref.VM, error) {
	d, err := dbactions.FromRecord(model.VM, args)
	if err != nil {
		return "", err
	}
	if err := checkInitialState(d); err != nil {
		return "", err
	}
	metrics := newMetrics(epoch)
	complete(d)
	d.Set("metrics", metrics.Ref)
	err = a.Transact(ctx, func(tx *db.Tx) error {
		if err := metrics.Create(tx); err != nil {
			return err
		}
		if err := d.CheckRefs(tx); err != nil {
			return err
		}
		if err := d.Create(tx); err != nil {
			return err
		}
		return operations.Refresh(tx, d.Ref, d.Text("appliance"))
	})
	return ref.VM(d.Ref), err
}

const epoch = "19700101T00:00:00Z"

// checkInitialState lets a VM begin as Halted, or as Suspended with all it takes
// to be resumed.
func checkInitialState(d *dbactions.Draft) error {
	switch state := d.Text("power_state"); state {
	case model.VMPowerState_Halted:
		return nil
	case model.VMPowerState_Suspended:
		if vdi := d.Text("suspend_VDI"); vdi != ref.Null && vdi != "" {
			return nil
		}
		return badState(d.Ref, "halted", "suspended")
	case model.VMPowerState_Running:
		return badState(d.Ref, "halted", "running")
	}
	return badState(d.Ref, "halted", "paused")
}

func badState(vm, expected, actual string) error {
	return xerr.New(codes.VM_BAD_POWER_STATE, vm, expected, actual)
}

// complete fills in what the reference decides itself.
func complete(d *dbactions.Draft) {
	other := d.Map("other_config")
	if _, ok := other["mac_seed"]; !ok {
		d.Set("other_config", dbactions.WithKey(other, "mac_seed", dbactions.NewUUID()))
	}
	if d.Text("domain_type") == model.DomainType_Unspecified {
		d.Set("domain_type", domainType(d.Text("HVM_boot_policy")))
	}
	if d.Get("has_vendor_device").(bool) && d.Get("hardware_platform_version").(int64) < vendorDevicePlatform {
		d.Set("hardware_platform_version", int64(vendorDevicePlatform))
	}
	if d.Text("power_state") == model.VMPowerState_Halted {
		d.Set("suspend_VDI", nil).Set("last_booted_record", nil).Set("last_boot_CPU_flags", nil)
	}
	for _, ignored := range []string{"blocked_operations", "protection_policy", "is_snapshot_from_vmpp", "is_vmss_snapshot"} {
		d.Set(ignored, nil)
	}
	d.Set("domid", int64(-1))
	d.Set("memory_overhead", overhead(d.Text("domain_type"), d.Get("memory_static_max").(int64),
		d.Get("VCPUs_max").(int64), d.Get("HVM_shadow_multiplier").(float64)))
}

// vendorDevicePlatform is the first virtual hardware that has the vendor's
// device.
const vendorDevicePlatform = 2

// domainType is the kind of guest an old boot policy means.
func domainType(bootPolicy string) string {
	if bootPolicy == "" {
		return model.DomainType_PV
	}
	return model.DomainType_HVM
}

func newMetrics(installed string) *dbactions.Draft {
	return dbactions.NewDraft(model.VMMetrics).Set("VCPUs_utilisation", map[int64]float64{0: 0}).Set("install_time", installed)
}

const mib = 1 << 20

// overhead estimates what the hypervisor needs beside a guest's memory, in
// bytes: for each page of 4 KiB a map entry and a shadow, 256 pages for each
// processor, times the multiplier, and one MiB. Paravirtual guests need none.
func overhead(kind string, staticMax, vcpus int64, multiplier float64) int64 {
	if kind == model.DomainType_PV || staticMax < 0 || vcpus < 0 {
		return 0
	}
	pages := 256*min(vcpus, 1<<16) + 2*(staticMax/mib)
	shadow := math.Ceil(float64((pages+255)/256) * max(multiplier, 1))
	return int64(min(shadow+1, 1<<40)) * mib
}

// dependents are the rows that live and die with a VM, by field of class VM.
var dependents = []int{model.VM_VBDs, model.VM_VIFs, model.VM_VGPUs, model.VM_VUSBs, model.VM_VTPMs, model.VM_Consoles}

// destroyChunk is how many dependents go in one commit; each takes its metrics
// along and changes what it was related to.
const destroyChunk = 20

// Destroy is VM.destroy. Disks stay.
func (a *Actions) Destroy(ctx context.Context, self ref.VM) error {
	for {
		more := false
		err := a.Transact(ctx, func(tx *db.Tx) (err error) {
			more, err = destroySome(tx, string(self))
			return err
		})
		if err != nil || !more {
			return err
		}
	}
}

// destroySome removes a part of a VM, the VM itself last, and tells whether
// there is more to do.
func destroySome(tx *db.Tx, self string) (more bool, err error) {
	row, err := tx.Find(model.VM, self)
	if err != nil {
		return false, err
	}
	if field.Bool(row, model.VM_IsDefaultTemplate) {
		return false, xerr.New(codes.VM_CANNOT_DELETE_DEFAULT_TEMPLATE)
	}
	if err := operations.CheckVM(tx, row, model.VMOperations_Destroy, false); err != nil {
		return false, err
	}
	left := destroyChunk
	for _, i := range dependents {
		for _, part := range field.Rows(tx, row, i) {
			if left--; left < 0 {
				return true, nil
			}
			if err := destroyDevice(tx, part); err != nil {
				return false, err
			}
		}
	}
	return false, destroyRow(tx, row)
}

// destroyDevice removes a device with what belongs to it, and computes what may
// be done with what it used.
func destroyDevice(tx *db.Tx, row *db.Row) error {
	used := ""
	switch row.Class {
	case model.VBD:
		used = field.Text(row, model.VBD_VDI)
		if err := action.DeleteIfThere(tx, field.Text(row, model.VBD_Metrics)); err != nil {
			return err
		}
	case model.VIF:
		if err := action.DeleteIfThere(tx, field.Text(row, model.VIF_Metrics)); err != nil {
			return err
		}
	case model.VTPM:
		if err := action.DeleteIfThere(tx, field.Text(row, model.VTPM_Contents)); err != nil {
			return err
		}
	}
	if err := tx.Delete(row.Ref); err != nil {
		return err
	}
	return operations.Refresh(tx, used)
}

func destroyRow(tx *db.Tx, row *db.Row) error {
	parent := field.Text(row, model.VM_Parent)
	for _, child := range field.Set(tx, row, model.VM_Children) {
		if err := tx.Set(child, field.Of(row, model.VM_Parent), parent); err != nil {
			return err
		}
	}
	for _, blob := range field.Map(row, model.VM_Blobs) {
		if err := action.DeleteIfThere(tx, blob); err != nil {
			return err
		}
	}
	if err := action.DeleteIfThere(tx, field.Text(row, model.VM_Metrics), field.Text(row, model.VM_GuestMetrics)); err != nil {
		return err
	}
	appliance := field.Text(row, model.VM_Appliance)
	if err := tx.Delete(row.Ref); err != nil {
		return err
	}
	return operations.Refresh(tx, appliance)
}
