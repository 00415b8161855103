package operations

import (
	"strings"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

var (
	hostMenu    = newMenu(strings.Fields("provision evacuate shutdown reboot power_on vm_start vm_resume vm_migrate apply_updates enable"))
	vmArriving  = words("vm_start vm_resume vm_migrate provision")
	hostLeaving = words("evacuate reboot shutdown")
	exclusive   = words("reboot shutdown apply_updates")
)

// AllowedHost lists what may be done to a host now.
func AllowedHost(r db.Reader, row *db.Row) []string {
	return hostMenu.allowed(func(op string) error { return CheckHost(r, row, op) })
}

// CheckHost checks whether an operation on a host is possible now.
func CheckHost(r db.Reader, row *db.Row, op string) error {
	current := field.Map(row, model.Host_CurrentOperations)
	for _, task := range sortedKeys(current) {
		if hostConflict(op, current[task]) {
			return xerr.New(codes.OTHER_OPERATION_IN_PROGRESS, row.Class.Name, row.Ref, current[task], task)
		}
	}
	if exclusive.has(op) && field.Bool(row, model.Host_Enabled) {
		return xerr.New(codes.HOST_NOT_DISABLED)
	}
	switch op {
	case "shutdown", "reboot":
		return checkHostEmpty(r, row)
	case "power_on":
		return checkPowerOn(r, row)
	}
	return nil
}

func hostConflict(op, other string) bool {
	return vmArriving.has(op) && hostLeaving.has(other) || hostLeaving.has(op) && vmArriving.has(other) ||
		exclusive.has(op) && exclusive.has(other) || op == "enable" && other == "apply_updates" ||
		op == "power_on" && other == "power_on"
}

// checkHostEmpty refuses to stop a host that runs VMs other than itself, or
// serves disks to its own control domain.
func checkHostEmpty(r db.Reader, row *db.Row) error {
	for _, guest := range field.Rows(r, row, model.Host_ResidentVMs) {
		if !field.Bool(guest, model.VM_IsControlDomain) {
			return xerr.New(codes.HOST_IN_USE, row.Ref, "vm", guest.Ref)
		}
		for _, vbd := range field.Rows(r, guest, model.VM_VBDs) {
			if field.Bool(vbd, model.VBD_CurrentlyAttached) {
				return xerr.New(codes.HOST_IN_USE, row.Ref, "vbd", vbd.Ref)
			}
		}
	}
	return nil
}

func checkPowerOn(r db.Reader, row *db.Row) error {
	if metrics := field.Follow(r, row, model.Host_Metrics); metrics != nil && field.Bool(metrics, model.HostMetrics_Live) {
		return xerr.New(codes.HOST_IS_LIVE, row.Ref)
	}
	if field.Text(row, model.Host_PowerOnMode) == "" {
		return xerr.New(codes.HOST_POWER_ON_MODE_DISABLED)
	}
	return nil
}

// blockingCode is the error while an operation runs that blocks the pool, by
// operation. All other operations of a pool wait.
var blockingCode = map[string]string{
	"ha_enable": codes.HA_ENABLE_IN_PROGRESS, "ha_disable": codes.HA_DISABLE_IN_PROGRESS, "cluster_create": codes.CLUSTER_CREATE_IN_PROGRESS,
	"designate_new_master": codes.DESIGNATE_NEW_MASTER_IN_PROGRESS, "tls_verification_enable": codes.TLS_VERIFICATION_ENABLE_IN_PROGRESS,
	"configure_repositories": codes.CONFIGURE_REPOSITORIES_IN_PROGRESS, "sync_updates": codes.SYNC_UPDATES_IN_PROGRESS,
	"sync_bundle": codes.SYNC_BUNDLE_IN_PROGRESS, "apply_updates": codes.APPLY_UPDATES_IN_PROGRESS,
}

var poolMenu = newMenu(model.Pool.Field("allowed_operations").Type.Elem.Enum.Values)

// AllowedPool lists what may be done to the pool now.
func AllowedPool(r db.Reader, row *db.Row) []string {
	return poolMenu.allowed(func(op string) error { return CheckPool(r, row, op) })
}

// CheckPool checks whether an operation on the pool is possible now.
func CheckPool(r db.Reader, row *db.Row, op string) error {
	current := field.Map(row, model.Pool_CurrentOperations)
	for _, task := range sortedKeys(current) {
		if code := blockingCode[current[task]]; code != "" && blockingCode[op] != "" {
			return xerr.New(code)
		}
	}
	if len(current) > 0 {
		return inProgress(row, current)
	}
	ha := field.Bool(row, model.Pool_HAEnabled)
	switch {
	case ha && (op == "ha_enable" || op == "tls_verification_enable"):
		return xerr.New(codes.HA_IS_ENABLED)
	case !ha && op == "ha_disable":
		return xerr.New(codes.HA_NOT_ENABLED)
	case op == "cluster_create" && r.Count(model.Cluster) > 0:
		return xerr.New(codes.CLUSTER_ALREADY_EXISTS)
	case op == "cluster_create" && ha:
		return xerr.New(codes.INCOMPATIBLE_CLUSTER_STACK_ACTIVE, field.Text(row, model.Pool_HAClusterStack))
	}
	return nil
}

var applianceMenu = newMenu(model.VMAppliance.Field("allowed_operations").Type.Elem.Enum.Values)

// AllowedAppliance lists what may be done to an appliance now.
func AllowedAppliance(r db.Reader, row *db.Row) []string {
	return applianceMenu.allowed(func(op string) error { return CheckAppliance(r, row, op) })
}

// CheckAppliance checks whether an operation on an appliance is possible now:
// one at a time, a start if some VM is not running, an end if some VM is.
func CheckAppliance(r db.Reader, row *db.Row, op string) error {
	if current := field.Map(row, model.VMAppliance_CurrentOperations); len(current) > 0 {
		return inProgress(row, current)
	}
	starting := op == model.VMApplianceOperation_Start
	for _, member := range field.Rows(r, row, model.VMAppliance_VMs) {
		if isLive := stateOf(field.Text(member, model.VM_PowerState))&live != 0; isLive != starting {
			return nil
		}
	}
	return xerr.New(codes.OPERATION_PARTIALLY_FAILED, op)
}
