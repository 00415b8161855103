package operations_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/operations"
	"github.com/xcp-dbus/xcp/internal/xapi/xapitest"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

func create(t testing.TB, d *db.DB, c *schema.Class, set map[string]any) string {
	t.Helper()
	draft := dbactions.NewDraft(c)
	for name, v := range set {
		draft.Set(name, v)
	}
	if _, err := d.Update(context.Background(), draft.Create); err != nil {
		t.Fatal(err)
	}
	return draft.Ref
}

// outcome is "ok", or the error's code and parameters with the reference of
// the row left out.
func outcome(err error, ref string) string {
	if err == nil {
		return "ok"
	}
	e := xerr.From(err)
	out := []string{e.Code}
	for _, p := range e.Params {
		if p != ref {
			out = append(out, p)
		}
	}
	return strings.Join(out, "|")
}

// powerStates lists for every operation the power states in which the contract
// allows it on an ordinary VM: Halted, Paused, Running, Suspended.
const powerStates = `
snapshot HPRS
clone H
copy H
create_template HS
revert HPRS
checkpoint PRS
snapshot_with_quiesce R
provision H
start H
start_on H
pause R
unpause P
clean_shutdown R
clean_reboot R
hard_shutdown PRS
power_state_reset HPRS
hard_reboot PR
suspend R
csvm S
resume S
resume_on S
pool_migrate R
migrate_send HRS
get_boot_record PRS
send_sysrq R
send_trigger R
query_services HPRS
shutdown PRS
call_plugin R
changing_memory_live R
awaiting_memory_live R
changing_dynamic_range HR
changing_static_range H
changing_memory_limits H
changing_shadow_memory H
changing_shadow_memory_live R
changing_VCPUs H
changing_VCPUs_live R
changing_NVRAM H
assert_operation_valid HPRS
data_source_op R
update_allowed_operations HPRS
make_into_template H
import
export HS
metadata_export HPRS
reverting HPRS
destroy HS
create_vtpm H
sysprep R
`

func TestVMPowerStates(t *testing.T) {
	d := xapitest.Open(t)
	ops := model.VM.Field("allowed_operations").Type.Elem.Enum.Values
	allowed := map[string]string{}
	for l := range strings.Lines(powerStates) {
		op, states, _ := strings.Cut(strings.TrimSpace(l), " ")
		allowed[op] = states
	}
	for _, power := range []string{"Halted", "Paused", "Running", "Suspended"} {
		ref := create(t, d, model.VM, map[string]any{"power_state": power})
		row, _ := d.Snapshot().Get(ref)
		for _, op := range ops {
			states, known := allowed[op]
			if !known {
				t.Errorf("operation %s is not in the table", op)
			}
			err := operations.CheckVM(d.Snapshot(), row, op, false)
			bad := xerr.Is(err, "VM_BAD_POWER_STATE")
			if bad == strings.Contains(states, power[:1]) {
				t.Errorf("%s of a %s VM: %v", op, power, err)
			}
		}
		for _, op := range operations.AllowedVM(d.Snapshot(), row) {
			if err := operations.CheckVM(d.Snapshot(), row, op, false); err != nil {
				t.Errorf("%s is offered to a %s VM, but: %v", op, power, err)
			}
		}
	}
}

func TestCheckVM(t *testing.T) {
	d := xapitest.Open(t)
	pci := create(t, d, model.PCI, nil)
	sr := create(t, d, model.SR, nil)
	vdi := create(t, d, model.VDI, map[string]any{"SR": sr, "on_boot": "reset"})
	hvm := create(t, d, model.VMMetrics, map[string]any{"hvm": true})
	pinned := create(t, d, model.VMMetrics, map[string]any{"nomigrate": true})
	nested := create(t, d, model.VMMetrics, map[string]any{"nested_virt": true})
	guest := create(t, d, model.VMGuestMetrics, map[string]any{"other": map[string]string{"feature-shutdown": "1"}})
	sulky := create(t, d, model.VMGuestMetrics, map[string]any{"other": map[string]string{"data-cant-suspend-reason": "busy"}})
	appliance := create(t, d, model.VMAppliance, nil)
	running := map[string]any{"power_state": "Running"}
	with := func(more map[string]any) map[string]any {
		out := map[string]any{"power_state": "Running"}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	doing := func(op string) map[string]any {
		return with(map[string]any{"current_operations": map[string]string{"OpaqueRef:task": op}})
	}
	template := map[string]any{"is_a_template": true}
	defaultTemplate := map[string]any{"is_a_template": true, "is_default_template": true}
	snapshot := map[string]any{"is_a_template": true, "is_a_snapshot": true}
	dom0 := with(map[string]any{"is_control_domain": true, "domid": int64(0)})
	for _, c := range []struct {
		name string
		vm   map[string]any
		op   string
		want string
	}{
		{"blocked", map[string]any{"blocked_operations": map[string]string{"start": "no"}}, "start", "OPERATION_BLOCKED|no"},
		{"power state", running, "start", "VM_BAD_POWER_STATE|halted|running"},
		{"two states", map[string]any{"power_state": "Suspended"}, "changing_dynamic_range", "VM_BAD_POWER_STATE|halted, running|suspended"},
		{"import", running, "import", "VM_BAD_POWER_STATE||running"},
		{"busy", doing("clean_reboot"), "suspend", "OTHER_OPERATION_IN_PROGRESS|VM|clean_reboot|OpaqueRef:task"},
		{"snapshots together", doing("checkpoint"), "snapshot", "ok"},
		{"hard beats clean", doing("clean_shutdown"), "hard_shutdown", "ok"},
		{"hard beats hard reboot", doing("hard_reboot"), "hard_shutdown", "ok"},
		{"not twice", doing("hard_shutdown"), "hard_reboot", "OTHER_OPERATION_IN_PROGRESS|VM|hard_shutdown|OpaqueRef:task"},
		{"while migrating", doing("migrate_send"), "clean_shutdown", "ok"},
		{"template start", template, "start", "VM_IS_TEMPLATE|start"},
		{"template clone", template, "clone", "ok"},
		{"template destroy", template, "destroy", "ok"},
		{"default template destroy", defaultTemplate, "destroy", "VM_IS_TEMPLATE|destroy"},
		{"snapshot start", snapshot, "start", "VM_IS_SNAPSHOT|start"},
		{"snapshot revert", snapshot, "revert", "ok"},
		{"suspended snapshot clone", map[string]any{"is_a_template": true, "is_a_snapshot": true, "power_state": "Suspended"}, "clone", "ok"},
		{"provision a VM", nil, "provision", "PROVISION_ONLY_ALLOWED_ON_TEMPLATE"},
		{"revert a VM", nil, "revert", "REVERT_ONLY_ALLOWED_ON_SNAPSHOT"},
		{"pinned", with(map[string]any{"metrics": pinned}), "pool_migrate", "VM_IS_IMMOBILE"},
		{"nested", with(map[string]any{"metrics": nested}), "changing_dynamic_range", "VM_IS_USING_NESTED_VIRT"},
		{"dom0 destroy", map[string]any{"is_control_domain": true, "domid": int64(0)}, "destroy", "OPERATION_NOT_ALLOWED|This operation is not allowed on dom0"},
		{"dom0 shutdown", dom0, "clean_shutdown", "OPERATION_NOT_ALLOWED|This operation is not allowed on a control domain"},
		{"dom0 memory", dom0, "changing_memory_limits", "ok"},
		{"no feature", with(map[string]any{"metrics": hvm}), "suspend", "VM_LACKS_FEATURE"},
		{"one of two features", with(map[string]any{"metrics": hvm, "guest_metrics": guest}), "clean_reboot", "ok"},
		{"paravirtual", running, "suspend", "ok"},
		{"guest says no", with(map[string]any{"guest_metrics": sulky}), "suspend", "VM_NON_SUSPENDABLE|busy"},
		{"quiesce", running, "snapshot_with_quiesce", "VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED"},
		{"devices", with(map[string]any{"attached_PCIs": []string{pci}}), "pool_migrate", "VM_HAS_PCI_ATTACHED"},
		{"appliance", map[string]any{"appliance": appliance}, "make_into_template", "VM_IS_PART_OF_AN_APPLIANCE|" + appliance},
		{"service", running, "query_services", "NOT_SYSTEM_DOMAIN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ref := create(t, d, model.VM, c.vm)
			row, _ := d.Snapshot().Get(ref)
			err := operations.CheckVM(d.Snapshot(), row, c.op, false)
			if got := outcome(err, ref); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if offered := slices.Contains(operations.AllowedVM(d.Snapshot(), row), c.op); offered && err != nil {
				t.Error("it is offered")
			}
		})
	}
	t.Run("reset disk", func(t *testing.T) {
		ref := create(t, d, model.VM, running)
		create(t, d, model.VBD, map[string]any{"VM": ref, "VDI": vdi})
		row, _ := d.Snapshot().Get(ref)
		if got := outcome(operations.CheckVM(d.Snapshot(), row, "suspend", false), ref); got != "VDI_ON_BOOT_MODE_INCOMPATIBLE_WITH_OPERATION" {
			t.Error(got)
		}
	})
	t.Run("force", func(t *testing.T) {
		ref := create(t, d, model.VM, with(map[string]any{"metrics": pinned}))
		row, _ := d.Snapshot().Get(ref)
		if err := operations.CheckVM(d.Snapshot(), row, "pool_migrate", true); err != nil {
			t.Error(err)
		}
	})
}

// TestOffersAreAccepted compares, for all classes and some states, what
// allowed_operations offers with what the checks accept.
func TestOffersAreAccepted(t *testing.T) {
	d := xapitest.Open(t)
	host := create(t, d, model.Host, map[string]any{"enabled": true})
	create(t, d, model.Pool, map[string]any{"master": host})
	create(t, d, model.SM, map[string]any{"type": "ext", "features": map[string]int64{"VDI_CREATE": 1, "VDI_DELETE": 1, "VDI_SNAPSHOT": 1}})
	sr := create(t, d, model.SR, map[string]any{"type": "ext"})
	create(t, d, model.PBD, map[string]any{"SR": sr, "host": host, "currently_attached": true})
	vdi := create(t, d, model.VDI, map[string]any{"SR": sr, "type": "user", "managed": true})
	vm := create(t, d, model.VM, map[string]any{"power_state": "Running"})
	network := create(t, d, model.Network, nil)
	vbd := create(t, d, model.VBD, map[string]any{"VM": vm, "VDI": vdi, "currently_attached": true, "type": "Disk", "mode": "RW"})
	vif := create(t, d, model.VIF, map[string]any{"VM": vm, "network": network})
	_, err := d.Update(context.Background(), func(tx *db.Tx) error { return operations.Refresh(tx, vbd, vif, vdi, sr, host) })
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		ref   string
		check func(db.Reader, *db.Row, string) error
		want  string
	}{
		{vbd, operations.CheckVBD, "attach unplug unplug_force"},
		{vif, operations.CheckVIF, "attach plug"},
		{vdi, operations.CheckVDI, "snapshot"},
		{sr, operations.CheckSR, "scan plug unplug vdi_create vdi_destroy vdi_snapshot pbd_create pbd_destroy"},
		{host, operations.CheckHost, "provision evacuate vm_start vm_resume vm_migrate enable"},
	} {
		row, _ := d.Snapshot().Get(c.ref)
		allowed := row.Strings(row.Class.Field("allowed_operations"))
		if got := strings.Join(allowed, " "); got != c.want {
			t.Errorf("%s: %s", row.Class.Name, got)
		}
		for _, op := range allowed {
			if err := c.check(d.Snapshot(), row, op); err != nil {
				t.Errorf("%s.%s is offered, but: %v", row.Class.Name, op, err)
			}
		}
	}
}

// TestRecompute checks that a restart finds allowed_operations as they were,
// without telling anybody that something had changed.
func TestRecompute(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	d, closeDB := xapitest.OpenAt(t, path)
	ref := create(t, d, model.VM, map[string]any{"power_state": "Suspended"})
	if _, err := d.Update(context.Background(), func(tx *db.Tx) error { return operations.Refresh(tx, ref) }); err != nil {
		t.Fatal(err)
	}
	before, _ := d.Snapshot().Get(ref)
	closeDB()
	d, closeDB = xapitest.OpenAt(t, path)
	defer closeDB()
	after, _ := d.Snapshot().Get(ref)
	allowed := model.VM.Field("allowed_operations")
	if !slices.Contains(after.Strings(allowed), "resume") || !slices.Equal(before.Strings(allowed), after.Strings(allowed)) {
		t.Error(before.Strings(allowed), after.Strings(allowed))
	}
	if after.Modified > before.Modified {
		t.Error("the row counts as changed")
	}
}
