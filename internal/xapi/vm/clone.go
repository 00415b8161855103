package vm

import (
	"context"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xapi/operations"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// A kind of copy: what the reference calls clone, copy and snapshot differ in a
// few fields of the new record.
type copyKind struct {
	op       string
	snapshot bool
}

// Clone is VM.clone of a VM without disks of its own, such as a template.
func (a *Actions) Clone(ctx context.Context, vm ref.VM, newName string) (ref.VM, error) {
	return a.duplicate(ctx, vm, newName, copyKind{op: model.VMOperations_Clone})
}

// Copy is VM.copy of a VM without disks of its own.
func (a *Actions) Copy(ctx context.Context, vm ref.VM, newName string, _ ref.SR) (ref.VM, error) {
	return a.duplicate(ctx, vm, newName, copyKind{op: model.VMOperations_Copy})
}

// Snapshot is VM.snapshot of a VM without disks of its own.
func (a *Actions) Snapshot(ctx context.Context, vm ref.VM, newName string, _ []ref.VDI) (ref.VM, error) {
	return a.duplicate(ctx, vm, newName, copyKind{op: model.VMOperations_Snapshot, snapshot: true})
}

// Provision is VM.provision of a template that asks for no disks.
func (a *Actions) Provision(ctx context.Context, vm ref.VM) error {
	return a.change(ctx, vm, model.VMOperations_Provision, func(tx *db.Tx, row *db.Row) error {
		other := field.Map(row, model.VM_OtherConfig)
		if other["disks"] != "" || other["postinstall"] != "" {
			return xerr.New(codes.NOT_IMPLEMENTED, "VM.provision")
		}
		if err := tx.Set(row.Ref, field.Of(row, model.VM_OtherConfig), dbactions.WithoutKeys(other, "disks", "postinstall")); err != nil {
			return err
		}
		return a.install(tx, row)
	})
}

func (a *Actions) duplicate(ctx context.Context, vm ref.VM, name string, kind copyKind) (ref.VM, error) {
	if err := dbactions.CheckValue(&model.VM.Fields[model.VM_NameLabel], name); err != nil {
		return "", err
	}
	var made string
	err := a.change(ctx, vm, kind.op, func(tx *db.Tx, row *db.Row) error {
		if hasDisks(tx, row) || field.Text(row, model.VM_PowerState) != model.VMPowerState_Halted {
			return xerr.New(codes.NOT_IMPLEMENTED, "VM."+kind.op)
		}
		d := a.duplicateRow(row, name, kind)
		made = d.Ref
		if err := a.duplicateMetrics(tx, row, d); err != nil {
			return err
		}
		if err := d.Create(tx); err != nil {
			return err
		}
		if err := duplicateDevices(tx, row, d, kind); err != nil {
			return err
		}
		if kind.snapshot {
			if err := tx.Set(row.Ref, field.Of(row, model.VM_Parent), d.Ref); err != nil {
				return err
			}
		}
		return operations.Refresh(tx, d.Ref)
	})
	return ref.VM(made), err
}

// hasDisks tells whether copying a VM means copying data.
func hasDisks(r db.Reader, row *db.Row) bool {
	for _, vbd := range field.Rows(r, row, model.VM_VBDs) {
		if field.Text(vbd, model.VBD_Type) != model.VBDType_CD {
			return true
		}
	}
	return len(field.Set(r, row, model.VM_VTPMs)) > 0 || len(field.Set(r, row, model.VM_VGPUs)) > 0
}

// copyRow begins a row with the stored values of another of its class.
func copyRow(row *db.Row) *dbactions.Draft {
	d := dbactions.NewDraft(row.Class)
	for i := range row.Class.Fields {
		if f := &row.Class.Fields[i]; !f.Derived && f.Name != "uuid" {
			d.Values[i] = row.Value(f)
		}
	}
	return d
}

// duplicateRow is the new VM's record, as the table of the reference has it.
func (a *Actions) duplicateRow(row *db.Row, name string, kind copyKind) *dbactions.Draft {
	d := copyRow(row)
	other := dbactions.WithoutKeys(field.Map(row, model.VM_OtherConfig), "default_template", "xensource_internal")
	if field.Bool(row, model.VM_IsATemplate) && !field.Bool(row, model.VM_IsASnapshot) {
		other["base_template_name"] = field.Text(row, model.VM_NameLabel)
	}
	if !kind.snapshot {
		other["mac_seed"] = dbactions.NewUUID()
	}
	d.Set("name_label", name).Set("other_config", other).Set("is_default_template", false)
	d.Set("power_state", model.VMPowerState_Halted).Set("generation_id", "0:0").Set("ha_always_run", false)
	d.Set("start_delay", int64(0)).Set("shutdown_delay", int64(0)).Set("order", int64(0)).Set("version", int64(0))
	d.Set("snapshot_info", map[string]string{"power-state-at-snapshot": "Halted", "disk-snapshot-type": "crash_consistent"})
	for _, reset := range []string{
		"appliance", "suspend_SR", "suspend_VDI", "blobs", "parent", "snapshot_of", "snapshot_time", "is_a_snapshot", "snapshot_metadata",
		"resident_on", "scheduled_to_be_resident_on", "current_operations", "allowed_operations", "attached_PCIs", "snapshot_schedule",
		"groups", "pending_guidances", "pending_guidances_recommended", "pending_guidances_full", "requires_reboot",
	} {
		d.Set(reset, nil)
	}
	d.Set("domid", int64(-1))
	if kind.snapshot {
		d.Set("is_a_template", true).Set("is_a_snapshot", true).Set("snapshot_of", row.Ref).Set("snapshot_time", a.Stamp())
		d.Set("parent", field.Text(row, model.VM_Parent))
	}
	return d
}

func (a *Actions) duplicateMetrics(tx *db.Tx, row *db.Row, d *dbactions.Draft) error {
	for name, i := range map[string]int{"metrics": model.VM_Metrics, "guest_metrics": model.VM_GuestMetrics} {
		d.Set(name, nil)
		if old := field.Follow(tx, row, i); old != nil {
			copied := copyRow(old)
			if err := copied.Create(tx); err != nil {
				return err
			}
			d.Set(name, copied.Ref)
		}
	}
	return nil
}

// duplicateDevices gives the new VM the CD drives and interfaces of the old one.
// Addresses of interfaces are kept in snapshots only.
func duplicateDevices(tx *db.Tx, row *db.Row, vm *dbactions.Draft, kind copyKind) error {
	for _, vbd := range field.Rows(tx, row, model.VM_VBDs) {
		d := copyRow(vbd).Set("VM", vm.Ref).Set("currently_attached", false).Set("reserved", false).Set("metrics", nil)
		if err := createDevice(tx, d); err != nil {
			return err
		}
	}
	for _, vif := range field.Rows(tx, row, model.VM_VIFs) {
		d := copyRow(vif).Set("VM", vm.Ref).Set("currently_attached", false).Set("reserved", false).Set("metrics", nil)
		if !kind.snapshot {
			device, _ := position(field.Text(vif, model.VIF_Device), false)
			d.Set("MAC", macOf(vm.Map("other_config")["mac_seed"], device)).Set("MAC_autogenerated", true)
		}
		if err := createDevice(tx, d); err != nil {
			return err
		}
	}
	return nil
}

func createDevice(tx *db.Tx, d *dbactions.Draft) error {
	d.Set("current_operations", nil).Set("allowed_operations", nil)
	if err := d.Create(tx); err != nil {
		return err
	}
	return operations.Refresh(tx, d.Ref)
}
