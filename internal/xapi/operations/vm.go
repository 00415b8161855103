package operations

import (
	"errors"
	"slices"
	"strings"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// states is a set of power states.
type states uint8

const (
	halted states = 1 << iota
	paused
	running
	suspended

	live  = paused | running
	inAny = halted | paused | running | suspended
)

// stateNames are the power states as error messages spell them, by bit.
var stateNames = []string{"halted", "paused", "running", "suspended"}

func stateOf(power string) states {
	return 1 << max(slices.Index(stateNames, strings.ToLower(power)), 0)
}

func (s states) String() string {
	var names []string
	for i, name := range stateNames {
		if s&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// vmStates are the power states in which an operation is possible.
var vmStates = map[string]states{
	"start": halted, "start_on": halted,
	"make_into_template": halted, "provision": halted, "create_vtpm": halted, "changing_shadow_memory": halted, "changing_NVRAM": halted,
	"changing_VCPUs": halted, "changing_static_range": halted, "changing_memory_limits": halted,
	"changing_dynamic_range": halted | running,
	"clone":                  halted, "copy": halted,
	"create_template": halted | suspended, "destroy": halted | suspended, "export": halted | suspended,
	"migrate_send": halted | running | suspended,
	"unpause":      paused,
	"hard_reboot":  live,
	"shutdown":     live | suspended, "hard_shutdown": live | suspended, "checkpoint": live | suspended, "get_boot_record": live | suspended,
	"pause": running, "suspend": running, "clean_shutdown": running, "clean_reboot": running, "pool_migrate": running,
	"call_plugin": running, "data_source_op": running, "send_sysrq": running, "send_trigger": running, "sysprep": running,
	"snapshot_with_quiesce": running, "changing_VCPUs_live": running, "changing_memory_live": running,
	"changing_shadow_memory_live": running, "awaiting_memory_live": running,
	"resume": suspended, "resume_on": suspended, "csvm": suspended,
	"snapshot": inAny, "revert": inAny, "reverting": inAny, "metadata_export": inAny, "power_state_reset": inAny,
	"assert_operation_valid": inAny, "update_allowed_operations": inAny, "query_services": inAny,
	"import": 0, // never asked for, only marked
}

// neverListed are operations that are not offered, though some can be called.
var neverListed = words(`create_template power_state_reset csvm get_boot_record send_sysrq send_trigger query_services shutdown call_plugin
	changing_memory_live awaiting_memory_live changing_memory_limits changing_shadow_memory_live changing_VCPUs assert_operation_valid
	data_source_op update_allowed_operations import reverting`)

var (
	templateOps = words(`changing_dynamic_range changing_static_range changing_memory_limits changing_shadow_memory changing_VCPUs
		changing_NVRAM clone copy export metadata_export provision`)
	ownTemplateOps   = words(`destroy migrate_send`) // of templates that are not default ones
	snapshotOps      = words(`revert clone copy export destroy hard_shutdown metadata_export`)
	controlDomainOps = words(`data_source_op changing_memory_live awaiting_memory_live changing_dynamic_range changing_static_range
		changing_memory_limits changing_VCPUs changing_VCPUs_live call_plugin start start_on destroy`)
	moving      = words(`suspend checkpoint pool_migrate migrate_send`)
	resetBreaks = words(`snapshot checkpoint suspend snapshot_with_quiesce pool_migrate migrate_send`)
	usbBreaks   = words(`suspend snapshot checkpoint pool_migrate migrate_send`)
)

// vmMenu has the operations allowed_operations may hold.
var vmMenu = newMenu(slices.DeleteFunc(slices.Clone(model.VM.Field("allowed_operations").Type.Elem.Enum.Values), neverListed.has))

type wordSet map[string]struct{}

func words(list string) wordSet {
	set := wordSet{}
	for w := range strings.FieldsSeq(list) {
		set[w] = struct{}{}
	}
	return set
}

func (s wordSet) has(w string) bool {
	_, ok := s[w]
	return ok
}

// vm is what the checks of one VM look at, gathered once.
type vm struct {
	r       db.Reader
	row     *db.Row
	state   states
	current map[string]string
	metrics *db.Row // nil if it has none
	guest   *db.Row // nil if it has none
	force   bool

	clonesSuspended bool // the pool's setting
}

func newVM(r db.Reader, row *db.Row) *vm {
	return &vm{
		r: r, row: row,
		state:   stateOf(field.Text(row, model.VM_PowerState)),
		current: field.Map(row, model.VM_CurrentOperations),
		metrics: field.Follow(r, row, model.VM_Metrics),
		guest:   field.Follow(r, row, model.VM_GuestMetrics),

		clonesSuspended: clonesSuspended(r),
	}
}

// CheckVM checks whether an operation on a VM is possible now. force lets a VM
// move that is marked as immobile.
func CheckVM(r db.Reader, row *db.Row, op string, force bool) error {
	v := newVM(r, row)
	v.force = force
	return v.check(op)
}

// AllowedVM lists what may be done to a VM now.
func AllowedVM(r db.Reader, row *db.Row) []string {
	v := newVM(r, row)
	return vmMenu.allowed(func(op string) error {
		if v.possible(op)&v.state == 0 {
			return errBadState // spares the making of an error nobody reads
		}
		return v.check(op)
	})
}

// check goes through the rules in the reference's order; the first one that
// fails gives the error.
func (v *vm) check(op string) error {
	for _, rule := range [...]func(*vm, string) error{
		(*vm).blocked, (*vm).powerState, (*vm).conflict, (*vm).template, (*vm).snapshot, (*vm).onlyOn, (*vm).immobile,
		(*vm).controlDomain, (*vm).guestFeature, (*vm).disks, (*vm).devices, (*vm).membership, (*vm).service, (*vm).vtpm,
	} {
		if err := rule(v, op); err != nil {
			return err
		}
	}
	return nil
}

func (v *vm) flag(i int) bool          { return field.Bool(v.row, i) }
func (v *vm) isSnapshot() bool         { return v.flag(model.VM_IsASnapshot) }
func (v *vm) refuse(code string) error { return xerr.New(code, v.row.Ref) }

func (v *vm) blocked(op string) error {
	if reason, ok := field.Map(v.row, model.VM_BlockedOperations)[op]; ok {
		return xerr.New(codes.OPERATION_BLOCKED, v.row.Ref, reason)
	}
	return nil
}

var errBadState = errors.New("not in this power state")

// possible gives the power states in which an operation is possible.
func (v *vm) possible(op string) states {
	possible := vmStates[op]
	switch {
	case v.flag(model.VM_IsControlDomain) && (op == "changing_VCPUs" || op == "changing_static_range" || op == "changing_memory_limits"):
		possible |= running
	case (op == "clone" || op == "copy") && (v.isSnapshot() || v.clonesSuspended):
		possible |= suspended
	}
	return possible
}

func (v *vm) powerState(op string) error {
	possible := v.possible(op)
	if possible&v.state != 0 {
		return nil
	}
	return xerr.New(codes.VM_BAD_POWER_STATE, v.row.Ref, possible.String(), v.state.String())
}

// clonesSuspended tells whether the pool lets suspended VMs be cloned.
func clonesSuspended(r db.Reader) bool {
	for pool := range r.Rows(model.Pool) {
		return field.Map(pool, model.Pool_OtherConfig)["allow_clone_suspended_vm"] == "true"
	}
	return false
}

func (v *vm) conflict(op string) error {
	if len(v.current) == 0 || v.concurrent(op) {
		return nil
	}
	return inProgress(v.row, v.current)
}

// concurrent tells whether an operation may begin beside those that run.
func (v *vm) concurrent(op string) bool {
	switch op {
	case "clone", "copy", "export":
		return onlyRunning(v.current, "clone", "copy", "export")
	case "snapshot":
		return onlyRunning(v.current, "snapshot", "checkpoint") || onlyRunning(v.current, "snapshot_with_quiesce")
	case "checkpoint":
		return onlyRunning(v.current, "snapshot", "checkpoint")
	case "get_boot_record":
		return onlyRunning(v.current, "get_boot_record")
	case "metadata_export", "clean_shutdown", "clean_reboot":
		return onlyRunning(v.current, "migrate_send")
	case "hard_shutdown":
		return !isRunning(v.current, "hard_shutdown")
	case "hard_reboot":
		return !isRunning(v.current, "hard_shutdown") && !isRunning(v.current, "hard_reboot")
	}
	return false
}

func isRunning(current map[string]string, op string) bool {
	for _, o := range current {
		if o == op {
			return true
		}
	}
	return false
}

func (v *vm) template(op string) error {
	if !v.flag(model.VM_IsATemplate) || v.isSnapshot() || templateOps.has(op) {
		return nil
	}
	if ownTemplateOps.has(op) && !v.flag(model.VM_IsDefaultTemplate) {
		return nil
	}
	return xerr.New(codes.VM_IS_TEMPLATE, v.row.Ref, op)
}

func (v *vm) snapshot(op string) error {
	if !v.isSnapshot() || snapshotOps.has(op) {
		return nil
	}
	return xerr.New(codes.VM_IS_SNAPSHOT, v.row.Ref, op)
}

func (v *vm) onlyOn(op string) error {
	switch {
	case op == "provision" && !v.flag(model.VM_IsATemplate):
		return xerr.New(codes.PROVISION_ONLY_ALLOWED_ON_TEMPLATE)
	case op == "revert" && !v.isSnapshot():
		return xerr.New(codes.REVERT_ONLY_ALLOWED_ON_SNAPSHOT)
	}
	return nil
}

// immobile looks at the flags of the running domain, or for one that is not
// there at the settings it would get.
func (v *vm) immobile(op string) error {
	var pinned, nested bool
	platform := field.Map(v.row, model.VM_Platform)
	if v.state&live != 0 && v.metrics != nil {
		pinned, nested = field.Bool(v.metrics, model.VMMetrics_Nomigrate), field.Bool(v.metrics, model.VMMetrics_NestedVirt)
	} else if v.state&halted == 0 {
		pinned, nested = platform["nomigrate"] == "true", platform["nested-virt"] == "true"
	}
	switch {
	case moving.has(op) && !v.force && (pinned || nested):
		return v.refuse(codes.VM_IS_IMMOBILE)
	case op == "changing_dynamic_range" && nested:
		return v.refuse(codes.VM_IS_USING_NESTED_VIRT)
	}
	return nil
}

func (v *vm) controlDomain(op string) error {
	if !v.flag(model.VM_IsControlDomain) {
		return nil
	}
	isHost := field.Int(v.row, model.VM_Domid) == 0
	if isHost && (op == "changing_VCPUs" || op == "destroy") {
		return xerr.New(codes.OPERATION_NOT_ALLOWED, "This operation is not allowed on dom0")
	}
	if !controlDomainOps.has(op) {
		return xerr.New(codes.OPERATION_NOT_ALLOWED, "This operation is not allowed on a control domain")
	}
	return nil
}

// guestFeature asks what the guest says it can do. Paravirtual guests and those
// with drivers can do everything.
func (v *vm) guestFeature(op string) error {
	if op == "snapshot_with_quiesce" {
		return v.refuse(codes.VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED)
	}
	if v.state&running == 0 {
		return nil
	}
	if op == "suspend" && v.guest != nil {
		if reason, ok := field.Map(v.guest, model.VMGuestMetrics_Other)["data-cant-suspend-reason"]; ok {
			return xerr.New(codes.VM_NON_SUSPENDABLE, v.row.Ref, reason)
		}
	}
	if !bootedHVM(v.metrics) || hasDrivers(v.guest) {
		return nil
	}
	var enough bool
	switch op {
	case "suspend", "checkpoint", "pool_migrate", "migrate_send":
		enough = v.has("feature-suspend")
	case "clean_shutdown":
		enough = v.has("feature-shutdown") || v.has("feature-poweroff")
	case "clean_reboot":
		enough = v.has("feature-shutdown") || v.has("feature-reboot")
	case "changing_VCPUs_live":
		enough = v.has("feature-vcpu-hotplug")
	default:
		return nil
	}
	if enough {
		return nil
	}
	return v.refuse(codes.VM_LACKS_FEATURE)
}

func (v *vm) has(feature string) bool {
	return v.guest != nil && field.Map(v.guest, model.VMGuestMetrics_Other)[feature] == "1"
}

// bootedHVM tells whether a running domain is fully virtualised.
func bootedHVM(metrics *db.Row) bool {
	return metrics != nil && (field.Bool(metrics, model.VMMetrics_HVM) || field.Text(metrics, model.VMMetrics_CurrentDomainType) == "hvm")
}

func hasDrivers(guest *db.Row) bool {
	if guest == nil {
		return false
	}
	_, versioned := field.Map(guest, model.VMGuestMetrics_PVDriversVersion)["major"]
	return versioned || field.Bool(guest, model.VMGuestMetrics_PVDriversDetected)
}

func (v *vm) disks(op string) error {
	if !resetBreaks.has(op) {
		return nil
	}
	for _, vbd := range field.Rows(v.r, v.row, model.VM_VBDs) {
		vdi := field.Follow(v.r, vbd, model.VBD_VDI)
		if vdi != nil && field.Text(vdi, model.VDI_OnBoot) == model.OnBoot_Reset {
			return xerr.New(codes.VDI_ON_BOOT_MODE_INCOMPATIBLE_WITH_OPERATION)
		}
	}
	return nil
}

func (v *vm) devices(op string) error {
	if moving.has(op) && len(field.Set(v.r, v.row, model.VM_AttachedPCIs)) > 0 {
		return v.refuse(codes.VM_HAS_PCI_ATTACHED)
	}
	if moving.has(op) {
		for _, vgpu := range field.Rows(v.r, v.row, model.VM_VGPUs) {
			kind := field.Follow(v.r, vgpu, model.VGPU_Type)
			if kind == nil || !strings.HasPrefix(field.Text(kind, model.VGPUType_Implementation), "nvidia") {
				return v.refuse(codes.VM_HAS_VGPU)
			}
		}
	}
	if usbBreaks.has(op) && len(field.Set(v.r, v.row, model.VM_VUSBs)) > 0 {
		return v.refuse(codes.VM_HAS_VUSBS)
	}
	return nil
}

func (v *vm) membership(op string) error {
	if op != "make_into_template" {
		return nil
	}
	for _, m := range [...]struct {
		field int
		code  string
	}{
		{model.VM_Appliance, codes.VM_IS_PART_OF_AN_APPLIANCE},
		{model.VM_ProtectionPolicy, codes.VM_ASSIGNED_TO_PROTECTION_POLICY},
		{model.VM_SnapshotSchedule, codes.VM_ASSIGNED_TO_SNAPSHOT_SCHEDULE},
	} {
		if group := field.Follow(v.r, v.row, m.field); group != nil {
			return xerr.New(m.code, v.row.Ref, group.Ref)
		}
	}
	return nil
}

func (v *vm) service(op string) error {
	if op != "query_services" || field.Map(v.row, model.VM_OtherConfig)["is_system_domain"] == "true" {
		return nil
	}
	return v.refuse(codes.NOT_SYSTEM_DOMAIN)
}

func (v *vm) vtpm(op string) error {
	if op == "create_vtpm" && len(field.Set(v.r, v.row, model.VM_VTPMs)) > 0 {
		return xerr.New(codes.VTPM_MAX_AMOUNT_REACHED, "1")
	}
	return nil
}
