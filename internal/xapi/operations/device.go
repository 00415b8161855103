package operations

import (
	"slices"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

var (
	// pause and unpause of a VBD are the storage layer's own.
	vbdMenu   = newMenu([]string{"attach", "eject", "insert", "plug", "unplug", "unplug_force"})
	vmLeaving = words("clean_shutdown hard_shutdown suspend pause")
)

// AllowedVBD lists what may be done to a VBD now.
func AllowedVBD(r db.Reader, row *db.Row) []string {
	return vbdMenu.allowed(func(op string) error { return CheckVBD(r, row, op) })
}

// CheckVBD checks whether an operation on a VBD is possible now.
func CheckVBD(r db.Reader, row *db.Row, op string) error {
	if current := field.Map(row, model.VBD_CurrentOperations); len(current) > 0 {
		return inProgress(row, current)
	}
	if err := checkMedia(row, op); err != nil {
		return err
	}
	owner := field.Follow(r, row, model.VBD_VM)
	if owner == nil {
		return xerr.New(codes.HANDLE_INVALID, model.VM.Name, field.Text(row, model.VBD_VM))
	}
	attached := field.Bool(row, model.VBD_CurrentlyAttached)
	if err := checkPlug(row, owner, op, attached); err != nil {
		return err
	}
	if err := checkVBDGuest(r, row, owner, op); err != nil {
		return err
	}
	return checkVBDDisk(r, row, op)
}

func checkMedia(row *db.Row, op string) error {
	isCD, empty := field.Text(row, model.VBD_Type) == model.VBDType_CD, field.Bool(row, model.VBD_Empty)
	refuse := func(code string) error { return xerr.New(code, row.Ref) }
	switch {
	case (op == "unplug" || op == "unplug_force") && !field.Bool(row, model.VBD_Unpluggable):
		return refuse(codes.VBD_NOT_UNPLUGGABLE)
	case (op == "insert" || op == "eject") && !isCD:
		return refuse(codes.VBD_NOT_REMOVABLE_MEDIA)
	case op == "eject" && empty:
		return refuse(codes.VBD_IS_EMPTY)
	case op == "insert" && !empty:
		return refuse(codes.VBD_NOT_EMPTY)
	}
	return nil
}

// checkPlug holds the rules VBDs and VIFs share: attached or not, the power
// state of the VM, and what the VM is doing.
func checkPlug(row, owner *db.Row, op string, attached bool) error {
	power := field.Text(owner, model.VM_PowerState)
	badState := func(expected states) error {
		return xerr.New(codes.VM_BAD_POWER_STATE, owner.Ref, expected.String(), stateOf(power).String())
	}
	switch op {
	case "plug":
		if attached {
			return xerr.New(codes.DEVICE_ALREADY_ATTACHED, row.Ref)
		}
	case "unplug", "unplug_force":
		if !attached {
			return xerr.New(codes.DEVICE_ALREADY_DETACHED, row.Ref)
		}
	case "insert", "eject":
		if stateOf(power)&suspended != 0 {
			return badState(halted | running)
		}
		return nil
	case "attach":
		return nil
	}
	if stateOf(power)&running == 0 {
		return badState(running)
	}
	for _, task := range sortedKeys(field.Map(owner, model.VM_CurrentOperations)) {
		if busy := field.Map(owner, model.VM_CurrentOperations)[task]; vmLeaving.has(busy) {
			return xerr.New(codes.OPERATION_NOT_ALLOWED, "Current operation on VM:"+owner.Ref+" is "+busy)
		}
	}
	return nil
}

// checkHotplug asks whether the guest lets devices come and go. kind is the
// class, can the guest metrics' field about it.
func checkHotplug(r db.Reader, owner *db.Row, kind string, can int) error {
	if !bootedHVM(field.Follow(r, owner, model.VM_Metrics)) {
		return nil
	}
	guest := field.Follow(r, owner, model.VM_GuestMetrics)
	if guest != nil {
		switch field.Text(guest, can) {
		case model.TristateType_Yes:
			return nil
		case model.TristateType_No:
			return xerr.New(codes.OPERATION_NOT_ALLOWED, "VM states it does not support "+kind+" hotplug.")
		}
	}
	if !hasDrivers(guest) {
		return xerr.New(codes.VM_MISSING_PV_DRIVERS, owner.Ref)
	}
	return nil
}

func checkVBDGuest(r db.Reader, row, owner *db.Row, op string) error {
	if op != "plug" && op != "unplug" && op != "unplug_force" {
		return nil
	}
	hvm := bootedHVM(field.Follow(r, owner, model.VM_Metrics))
	if hvm && field.Text(row, model.VBD_Type) == model.VBDType_CD && op != "unplug_force" {
		return xerr.New(codes.OPERATION_NOT_ALLOWED, "HVM CDROMs cannot be hotplugged/unplugged, only inserted or ejected")
	}
	if err := checkHotplug(r, owner, "VBD", model.VMGuestMetrics_CanUseHotplugVBD); err != nil {
		return err
	}
	if hvm && op == "plug" && field.Text(row, model.VBD_Type) == model.VBDType_Disk && field.Text(row, model.VBD_Mode) == model.VBDMode_RO {
		return xerr.New(codes.DISK_VBD_MUST_BE_READWRITE_FOR_HVM, row.Ref)
	}
	return nil
}

// checkVBDDisk looks at the disk behind the VBD when it is about to be used.
func checkVBDDisk(r db.Reader, row *db.Row, op string) error {
	if op != "attach" && op != "plug" && op != "insert" {
		return nil
	}
	vdi := field.Follow(r, row, model.VBD_VDI)
	if vdi == nil || field.Bool(row, model.VBD_Empty) {
		return nil
	}
	if !field.Bool(vdi, model.VDI_Managed) {
		return xerr.New(codes.VDI_NOT_MANAGED, row.Ref)
	}
	if current := field.Map(vdi, model.VDI_CurrentOperations); len(current) > 0 && !onlyRunning(current, "mirror") {
		return inProgress(vdi, current)
	}
	return checkSharing(r, row, vdi)
}

// checkSharing refuses a second user of a disk where one of them writes.
func checkSharing(r db.Reader, row, vdi *db.Row) error {
	writes := field.Text(row, model.VBD_Mode) == model.VBDMode_RW
	if writes && field.Bool(vdi, model.VDI_ReadOnly) {
		return xerr.New(codes.VDI_READONLY, vdi.Ref)
	}
	if field.Bool(vdi, model.VDI_Sharable) {
		return nil
	}
	for _, other := range field.Rows(r, vdi, model.VDI_VBDs) {
		if other.Ref == row.Ref || !inUse(other) {
			continue
		}
		if writes || field.Text(other, model.VBD_Mode) == model.VBDMode_RW {
			return xerr.New(codes.VDI_IN_USE, vdi.Ref)
		}
	}
	return nil
}

func inUse(vbd *db.Row) bool {
	return field.Bool(vbd, model.VBD_CurrentlyAttached) || field.Bool(vbd, model.VBD_Reserved)
}

var vifMenu = newMenu([]string{"attach", "plug", "unplug"})

// AllowedVIF lists what may be done to a VIF now.
func AllowedVIF(r db.Reader, row *db.Row) []string {
	return vifMenu.allowed(func(op string) error { return CheckVIF(r, row, op) })
}

// CheckVIF checks whether an operation on a VIF is possible now.
func CheckVIF(r db.Reader, row *db.Row, op string) error {
	if current := field.Map(row, model.VIF_CurrentOperations); len(current) > 0 {
		return inProgress(row, current)
	}
	owner := field.Follow(r, row, model.VIF_VM)
	if owner == nil {
		return xerr.New(codes.HANDLE_INVALID, model.VM.Name, field.Text(row, model.VIF_VM))
	}
	if err := checkPlug(row, owner, op, field.Bool(row, model.VIF_CurrentlyAttached)); err != nil {
		return err
	}
	if op == "attach" {
		return nil
	}
	if field.Bool(owner, model.VM_IsControlDomain) {
		return xerr.New(codes.OPERATION_NOT_ALLOWED, "Control domain does not support hotplug")
	}
	if onSRIOV(r, row) {
		return xerr.New(codes.OPERATION_NOT_ALLOWED, "Network SR-IOV VIF plug/unplug not allowed")
	}
	return checkHotplug(r, owner, "VIF", model.VMGuestMetrics_CanUseHotplugVIF)
}

// onSRIOV tells whether the network of a VIF hands out parts of a card.
func onSRIOV(r db.Reader, vif *db.Row) bool {
	network := field.Follow(r, vif, model.VIF_Network)
	if network == nil {
		return false
	}
	return slices.ContainsFunc(field.Rows(r, network, model.Network_PIFs), func(pif *db.Row) bool {
		return len(field.Set(r, pif, model.PIF_SriovLogicalPIFOf)) > 0
	})
}
