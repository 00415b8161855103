package customactions_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	staticrbac "github.com/xcp-dbus/xcp/internal/gen/rbac"
	"github.com/xcp-dbus/xcp/internal/gen/wiremap"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/store/sqlite"
	"github.com/xcp-dbus/xcp/internal/xapi/customactions"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/firstboot"
	"github.com/xcp-dbus/xcp/internal/xapi/hostinfo"
	"github.com/xcp-dbus/xcp/internal/xapi/message"
	"github.com/xcp-dbus/xcp/internal/xapi/rbac"
	"github.com/xcp-dbus/xcp/internal/xapi/xapitest"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

var update = flag.Bool("update", false, "write the golden file anew")

// A host is a database after its first boot, with the actions over it.
type host struct {
	t       testing.TB
	db      *db.DB
	ref     string
	actions *xapibus.CustomActions
}

func boot(t testing.TB) *host {
	t.Helper()
	d := xapitest.Open(t)
	ref, err := firstboot.Start(t.Context(), d, firstboot.Options{
		Machine: hostinfo.Machine{
			Hostname: "node1", Architecture: "x86_64", Memory: hostinfo.Memory{Total: 16 << 30, Free: 8 << 30},
			CPUs: []hostinfo.CPU{{Number: 0, Name: "A CPU"}, {Number: 1, Name: "A CPU"}}, Sockets: 1, ThreadsPerCore: 1, Nodes: 1,
			NICs:     []hostinfo.NIC{{Name: "eth0", MAC: "00:16:3e:00:00:01", MTU: 1500, Carrier: true}},
			Firmware: map[string]string{"bios-vendor": "Maker"},
		},
		Version: "0.1.0", Build: "test", Storage: firstboot.Storage{Path: "/state/sr", Size: 1 << 40},
	})
	if err != nil {
		t.Fatal(err)
	}
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "messages.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	messages, err := message.Open(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	permissions, err := rbac.Load(strings.NewReader(staticrbac.CSV), model.Roles, wiremap.Messages)
	if err != nil {
		t.Fatal(err)
	}
	none := xapibus.NewUnimplemented()
	return &host{t: t, db: d, ref: ref, actions: customactions.New(customactions.Params{
		DB: d, Host: ref, Permissions: permissions, Messages: messages,
		Now: func() time.Time { return time.Unix(1_800_000_000, 0) },
		Machine: func() hostinfo.Machine {
			return hostinfo.Machine{NICs: []hostinfo.NIC{{Name: "eth0", MAC: "00:16:3e:00:00:01"}, {Name: "eth1", MAC: "00:16:3e:00:00:02"}}}
		},
		Session: none.Session, Task: none.Task, Event: none.Event, Role: none.Role,
	})}
}

// call runs a message, plain or hand-written. The outcome is "" or the error's
// code and parameters.
func (h *host) call(name string, args ...any) (any, string) {
	h.t.Helper()
	m, ok := wiremap.Lookup(name)
	if !ok {
		h.t.Fatalf("there is no message %s", name)
	}
	for i := len(args); i < len(m.Params); i++ {
		v := m.Params[i].Default
		if v == nil {
			v = db.Empty(m.Params[i].Type)
		}
		args = append(args, v)
	}
	var v any
	var err error
	if m.Impl == schema.ImplDB {
		v, err = dbactions.Do(context.Background(), h.db, m, args)
	} else {
		v, err = xapibus.Invoke(context.Background(), h.actions, m, args)
	}
	if err == nil {
		return v, ""
	}
	var e *xerr.Error
	if !errors.As(err, &e) {
		h.t.Fatalf("%s: %v", name, err)
	}
	return nil, strings.Join(append([]string{e.Code}, e.Params...), "|")
}

func (h *host) must(name string, args ...any) any {
	h.t.Helper()
	v, fails := h.call(name, args...)
	if fails != "" {
		h.t.Fatalf("%s: %s", name, fails)
	}
	return v
}

func (h *host) refuses(want, name string, args ...any) {
	h.t.Helper()
	if _, fails := h.call(name, args...); fails != want {
		h.t.Errorf("%s: %q, want %q", name, fails, want)
	}
}

// first is some row of a class.
func (h *host) first(c *schema.Class, where string) string {
	h.t.Helper()
	rows, err := dbactions.Where(h.db.Snapshot(), c, where)
	if err != nil {
		h.t.Fatal(err)
	}
	for row := range rows {
		return row.Ref
	}
	h.t.Fatalf("no %s where %s", c.Name, where)
	return ""
}

// record is a constructor record with all fields it takes, changed by set.
func record(c *schema.Class, set map[string]any) map[string]dbus.Variant {
	rec := map[string]dbus.Variant{}
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.Qualifier == schema.DynamicRO || f.Internal || f.Derived {
			continue
		}
		v := f.Default
		if v == nil {
			v = db.Empty(f.Type)
		}
		if s, ok := set[f.Name]; ok {
			v = s
		}
		rec[f.Name] = dbus.MakeVariantWithSignature(v, dbus.ParseSignatureMust(f.Type.Sig))
	}
	return rec
}

func (h *host) newVM(set map[string]any) string {
	h.t.Helper()
	all := map[string]any{
		"name_label": "web", "VCPUs_max": int64(2), "VCPUs_at_startup": int64(1), "HVM_boot_policy": "BIOS order",
		"memory_static_max": int64(1 << 30), "memory_dynamic_max": int64(1 << 30), "memory_dynamic_min": int64(1 << 30),
	}
	maps.Copy(all, set)
	return h.must("VM.create", record(model.VM, all)).(string)
}

func TestVMLife(t *testing.T) {
	h := boot(t)
	vm := h.newVM(nil)
	rec := h.must("VM.get_record", vm).(map[string]dbus.Variant)
	for field, want := range map[string]any{"power_state": "Halted", "domain_type": "hvm", "domid": int64(-1), "is_a_template": false} {
		if rec[field].Value() != want {
			t.Errorf("%s: %v", field, rec[field])
		}
	}
	if rec["other_config"].Value().(map[string]string)["mac_seed"] == "" || rec["memory_overhead"].Value() == int64(0) {
		t.Error(rec)
	}
	if !slices.Contains(rec["allowed_operations"].Value().([]string), "start") {
		t.Error(rec["allowed_operations"])
	}
	h.must("VM_metrics.get_record", rec["metrics"].Value())
	h.refuses("VM_BAD_POWER_STATE|"+vm+"|paused|halted", "VM.assert_operation_valid", vm, "unpause")
	h.refuses("NOT_IMPLEMENTED|VM.start", "VM.start", vm)
	h.must("VM.assert_can_boot_here", vm, h.ref)
	if hosts := h.must("VM.get_possible_hosts", vm); !cmp.Equal(hosts, []string{h.ref}) {
		t.Error(hosts)
	}

	vbd := h.must("VBD.create", record(model.VBD, map[string]any{"VM": vm, "type": "CD", "mode": "RO", "empty": true, "userdevice": "autodetect"})).(string)
	vif := h.must("VIF.create", record(model.VIF, map[string]any{"VM": vm, "network": h.first(model.Network, "true"), "device": "0"})).(string)
	h.must("VTPM.create", vm, true)
	h.refuses("VTPM_MAX_AMOUNT_REACHED|1", "VTPM.create", vm, true)
	h.must("VM.destroy", vm)
	for _, gone := range []string{vm, vbd, vif, rec["metrics"].Value().(string)} {
		if h.db.Snapshot().Exists(gone) {
			t.Error("something of the VM is left")
		}
	}
	for _, c := range []*schema.Class{model.VTPM, model.Secret, model.VBDMetrics, model.VIFMetrics} {
		if n := h.db.Snapshot().Count(c); n != 0 {
			t.Errorf("%d of class %s are left", n, c.Name)
		}
	}
	h.refuses("HANDLE_INVALID|VM|"+vm, "VM.destroy", vm)
	h.refuses("VM_CANNOT_DELETE_DEFAULT_TEMPLATE", "VM.destroy", h.first(model.VM, `field "is_default_template" = "true"`))
	h.refuses("OPERATION_NOT_ALLOWED|This operation is not allowed on dom0", "VM.assert_operation_valid", h.first(model.VM, `field "is_control_domain" = "true"`), "changing_VCPUs")
}

func TestVMCreateRefuses(t *testing.T) {
	h := boot(t)
	for want, set := range map[string]map[string]any{
		"INVALID_VALUE|user_version|":               nil,
		"HANDLE_INVALID|host|OpaqueRef:none":        {"affinity": "OpaqueRef:none"},
		"INVALID_VALUE|actions_after_crash|explode": {"actions_after_crash": "explode"},
	} {
		rec := record(model.VM, set)
		if set == nil {
			delete(rec, "user_version")
		}
		h.refuses(want, "VM.create", rec)
	}
	if _, fails := h.call("VM.create", record(model.VM, map[string]any{"power_state": "Suspended"})); !strings.HasSuffix(fails, "|halted|suspended") {
		t.Error(fails)
	}
}

func TestVMSettings(t *testing.T) {
	h := boot(t)
	vm := h.newVM(nil)
	const vcpus = "INVALID_VALUE|VCPU values must satisfy: 0 < VCPUs_at_startup ≤ VCPUs_max|"
	const gib = int64(1) << 30
	for _, c := range []struct {
		name string
		args []any
		want string
	}{
		{"set_VCPUs_max", []any{int64(0)}, vcpus + "0"},
		{"set_VCPUs_at_startup", []any{int64(3)}, vcpus + "3"},
		{"set_VCPUs_max", []any{int64(4)}, ""},
		{"set_VCPUs_at_startup", []any{int64(4)}, ""},
		{"set_memory_dynamic_max", []any{2 * gib}, "MEMORY_CONSTRAINT_VIOLATION_ORDER"},
		{"set_memory_limits", []any{gib, 4 * gib, gib, 2 * gib}, ""},
		{"set_memory_dynamic_range", []any{2 * gib, gib}, "MEMORY_CONSTRAINT_VIOLATION_ORDER"},
		{"set_memory_dynamic_range", []any{gib, 3 * gib}, ""},
		{"set_memory_static_min", []any{int64(-1)}, "MEMORY_CONSTRAINT_VIOLATION_ORDER"},
		{"set_memory", []any{2 * gib}, ""},
		{"set_HVM_shadow_multiplier", []any{0.5}, "INVALID_VALUE|HVM_shadow_multiplier|0.5"},
		{"set_HVM_shadow_multiplier", []any{1.5}, ""},
		{"set_ha_restart_priority", []any{"always"}, "INVALID_VALUE|ha_restart_priority|always"},
		{"set_ha_restart_priority", []any{"restart"}, ""},
		{"set_start_delay", []any{int64(-1)}, "INVALID_VALUE|start_delay|-1"},
		{"set_order", []any{int64(3)}, ""},
		{"set_domain_type", []any{"pv"}, ""},
		{"set_HVM_boot_policy", []any{"BIOS order"}, ""},
		{"set_has_vendor_device", []any{true}, ""},
		{"add_to_platform", []any{"k", "v"}, ""},
		{"add_to_platform", []any{"k", "v"}, "MAP_DUPLICATE_KEY|VM|platform|" + vm + "|k"},
		{"set_platform", []any{map[string]string{"k": "\x00"}}, "INVALID_VALUE|platform|"},
		{"add_to_other_config", []any{"k", "v"}, ""},
		{"set_other_config", []any{map[string]string{"a": "b"}}, ""},
		{"set_blocked_operations", []any{map[string]string{"start": "why"}}, ""},
		{"add_to_blocked_operations", []any{"nonsense", "why"}, "INVALID_VALUE|blocked_operations|nonsense"},
		{"assert_operation_valid", []any{"start"}, "OPERATION_BLOCKED|" + vm + "|why"},
		{"remove_from_blocked_operations", []any{"start"}, ""},
		{"set_bios_strings", []any{map[string]string{"nonsense": "x"}}, "INVALID_VALUE|nonsense|x"},
		{"copy_bios_strings", []any{h.ref}, ""},
		{"copy_bios_strings", []any{h.ref}, "VM_BIOS_STRINGS_ALREADY_SET"},
		{"set_suspend_VDI", []any{"OpaqueRef:NULL"}, "VM_BAD_POWER_STATE|" + vm + "|suspended|halted"},
		{"add_to_VCPUs_params_live", []any{"a", "b"}, "NOT_IMPLEMENTED|VM.add_to_VCPUs_params_live"},
		{"set_is_a_template", []any{true}, ""},
		{"set_is_default_template", []any{true}, ""},
		{"assert_operation_valid", []any{"start"}, "VM_IS_TEMPLATE|" + vm + "|start"},
		{"set_is_a_template", []any{false}, ""},
		{"set_groups", []any{[]string{"OpaqueRef:none"}}, "HANDLE_INVALID|VM_group|OpaqueRef:none"},
		{"create_new_blob", []any{"b", ""}, ""},
		{"create_new_blob", []any{"b", ""}, "MAP_DUPLICATE_KEY|VM|blobs|" + vm + "|b"},
	} {
		h.refuses(c.want, "VM."+c.name, append([]any{vm}, c.args...)...)
	}
	rec := h.must("VM.get_record", vm).(map[string]dbus.Variant)
	for field, want := range map[string]any{
		"domain_type": "hvm", "HVM_boot_policy": "BIOS order", "hardware_platform_version": int64(2), "memory_static_max": 2 * gib, "is_default_template": false,
	} {
		if rec[field].Value() != want {
			t.Errorf("%s: %v, want %v", field, rec[field], want)
		}
	}
	if metrics := h.must("VM_metrics.get_record", rec["metrics"].Value()).(map[string]dbus.Variant); metrics["install_time"].Value() != "20270115T08:00:00Z" {
		t.Error(metrics["install_time"])
	}
}

func TestClone(t *testing.T) {
	h := boot(t)
	template := h.first(model.VM, `field "name__label" = "Debian Bookworm 12"`)
	vm := h.must("VM.clone", template, "mine").(string)
	rec := h.must("VM.get_record", vm).(map[string]dbus.Variant)
	other := rec["other_config"].Value().(map[string]string)
	if rec["name_label"].Value() != "mine" || rec["is_a_template"].Value() != true || rec["is_default_template"].Value() != false {
		t.Error(rec)
	}
	if other["base_template_name"] != "Debian Bookworm 12" || other["default_template"] != "" {
		t.Error(other)
	}
	h.refuses("NOT_IMPLEMENTED|VM.provision", "VM.provision", vm)
	h.must("VM.remove_from_other_config", vm, "disks")
	h.must("VM.provision", vm)
	h.must("VIF.create", record(model.VIF, map[string]any{"VM": vm, "network": h.first(model.Network, "true"), "device": "0", "MAC": "00:16:3e:00:00:07"}))
	snapshot := h.must("VM.snapshot", vm, "before").(string)
	twin := h.must("VM.clone", vm, "twin").(string)
	mac := func(vm string) any {
		vifs := h.must("VM.get_VIFs", vm).([]string)
		return h.must("VIF.get_MAC", vifs[0])
	}
	if mac(snapshot) != "00:16:3e:00:00:07" || mac(twin) == "00:16:3e:00:00:07" {
		t.Error(mac(snapshot), mac(twin))
	}
	if got := h.must("VM.get_snapshots", vm); !cmp.Equal(got, []string{snapshot}) {
		t.Error(got)
	}
	if got := h.must("VM.get_parent", vm); got != snapshot {
		t.Error(got)
	}
	h.refuses("VM_IS_SNAPSHOT|"+snapshot+"|snapshot", "VM.snapshot", snapshot, "x")
}

func TestVBD(t *testing.T) {
	h := boot(t)
	vm := h.newVM(nil)
	sr := h.first(model.SR, "true")
	disk := h.must("VDI.introduce", "", "disk", "", sr, "user", false, false, map[string]string{}, "there").(string)
	readOnly := h.must("VDI.introduce", "", "disk", "", sr, "user", false, true, map[string]string{}, "here").(string)
	with := func(set map[string]any) map[string]dbus.Variant {
		all := map[string]any{"VM": vm, "VDI": disk, "type": "Disk", "mode": "RW", "userdevice": "0"}
		maps.Copy(all, set)
		return record(model.VBD, all)
	}
	h.must("VBD.create", with(nil))
	for want, set := range map[string]map[string]any{
		"HANDLE_INVALID|VM|OpaqueRef:none":                     {"VM": "OpaqueRef:none"},
		"HANDLE_INVALID|VDI|OpaqueRef:none":                    {"VDI": "OpaqueRef:none"},
		"VBD_CDS_MUST_BE_READONLY":                             {"type": "CD"},
		"VBD_NOT_REMOVABLE_MEDIA|in constructor":               {"empty": true},
		"VDI_READONLY|" + readOnly:                             {"VDI": readOnly},
		"INVALID_DEVICE|first":                                 {"userdevice": "first"},
		"INVALID_DEVICE|255":                                   {"userdevice": "255"},
		"DEVICE_ALREADY_EXISTS|xvda":                           {"userdevice": "xvda"},
		"DEVICE_ALREADY_EXISTS|0":                              {},
		"VDI_INCOMPATIBLE_TYPE|" + h.cbt(sr) + "|cbt_metadata": {"VDI": h.first(model.VDI, `field "type" = "cbt_metadata"`)},
	} {
		h.refuses(want, "VBD.create", with(set))
	}
	if free := h.must("VM.get_allowed_VBD_devices", vm).([]string); free[0] != "1" || len(free) != 254 {
		t.Error(free[0], len(free))
	}
	drive := h.must("VBD.create", with(map[string]any{"type": "CD", "mode": "RO", "empty": true, "userdevice": "hdd"})).(string)
	h.refuses("VBD_IS_EMPTY|"+drive, "VBD.eject", drive)
	h.must("VBD.insert", drive, disk)
	h.refuses("VBD_NOT_EMPTY|"+drive, "VBD.insert", drive, disk)
	h.must("VBD.eject", drive)
	h.refuses("VBD_CDS_MUST_BE_READONLY", "VBD.set_mode", drive, "RW")
	h.must("VBD.destroy", drive)
	h.must("VDI.forget", disk)
	if got := h.must("VM.get_VBDs", vm); !cmp.Equal(got, []string{}) {
		t.Error("a VBD outlived its disk")
	}
}

// cbt makes a disk that holds changed-block data.
func (h *host) cbt(sr string) string {
	return h.must("VDI.db_introduce", "", "", "", sr, "cbt_metadata", false, false, map[string]string{}, "log").(string)
}

func TestVIF(t *testing.T) {
	h := boot(t)
	vm, network := h.newVM(nil), h.first(model.Network, "true")
	with := func(set map[string]any) map[string]dbus.Variant {
		all := map[string]any{"VM": vm, "network": network, "device": "0"}
		maps.Copy(all, set)
		return record(model.VIF, all)
	}
	vif := h.must("VIF.create", with(nil)).(string)
	mac := h.must("VIF.get_MAC", vif).(string)
	if len(mac) != 17 || strings.ContainsRune("02468ace", rune(mac[1])) == false || h.must("VIF.get_MAC_autogenerated", vif) != true {
		t.Error(mac)
	}
	for want, set := range map[string]map[string]any{
		"DEVICE_ALREADY_EXISTS|0":               {},
		"INVALID_DEVICE|eth1":                   {"device": "eth1"},
		"INVALID_DEVICE|-1":                     {"device": "-1"},
		"MAC_INVALID|00:11":                     {"device": "1", "MAC": "00:11"},
		"MAC_INVALID|01:00:5e:00:00:01":         {"device": "1", "MAC": "01:00:5e:00:00:01"},
		"HANDLE_INVALID|network|OpaqueRef:NULL": {"network": "OpaqueRef:NULL"},
		"INVALID_VALUE|ipv4_allowed|fe80::1":    {"device": "1", "ipv4_allowed": []string{"fe80::1"}},
	} {
		h.refuses(want, "VIF.create", with(set))
	}
	h.must("VIF.add_ipv4_allowed", vif, "192.0.2.1")
	h.refuses("VLAN_TAG_INVALID|5000", "VIF.add_trunks", vif, int64(5000))
	h.must("VIF.move", vif, network)
	h.must("VIF.destroy", vif)
}

func TestStorage(t *testing.T) {
	h := boot(t)
	local := h.first(model.SR, "true")
	h.refuses("SR_HAS_PBD|"+local, "SR.forget", local)
	h.refuses("SR_UNKNOWN_DRIVER|floppy", "SR.introduce", "", "n", "", "Floppy", "", false)
	const id = "6f2ef25a-7df1-4d19-8a2f-0d6f4d9a3c11"
	sr := h.must("SR.introduce", id, "n", "", "EXT", "user", false).(string)
	h.refuses("SR_UUID_EXISTS|"+id, "SR.introduce", id, "n", "", "ext", "user", false)
	pbd := map[string]any{"SR": sr, "host": h.ref, "device_config": map[string]string{"location": "/x", "password": "hidden"}}
	made := h.must("PBD.create", record(model.PBD, pbd)).(string)
	if config := h.must("PBD.get_device_config", made).(map[string]string); config["password"] != "" || config["password_secret"] == "" {
		t.Error(config)
	}
	h.refuses("PBD_EXISTS|"+sr+"|"+h.ref+"|"+made, "PBD.create", record(model.PBD, pbd))
	h.must("PBD.unplug", made)
	h.refuses("NOT_IMPLEMENTED|PBD.plug", "PBD.plug", made)
	for i := range 30 {
		h.must("VDI.db_introduce", "", "d", "", sr, "user", false, false, map[string]string{}, fmt.Sprint(i))
	}
	h.refuses("LOCATION_NOT_UNIQUE|"+sr+"|7", "VDI.introduce", "", "d", "", sr, "user", false, false, map[string]string{}, "7")
	h.refuses("UUID_INVALID|VDI|nonsense", "VDI.introduce", "nonsense", "d", "", sr, "user", false, false, map[string]string{}, "x")
	h.must("VDI.forget", h.first(model.VDI, `field "location" = "7"`))
	h.must("VDI.introduce", "", "d", "", sr, "user", false, false, map[string]string{}, "7")
	h.must("SR.forget", sr)
	if n := h.db.Snapshot().Count(model.VDI); n != 0 {
		t.Errorf("%d disks outlived their SR", n)
	}
	if kinds := h.must("SR.get_supported_types"); !cmp.Equal(kinds, []string{"ext", "file", "iso"}) {
		t.Error(kinds)
	}
	h.refuses("MESSAGE_DEPRECATED", "VDI.force_unlock", "OpaqueRef:any")
}

func TestNetwork(t *testing.T) {
	h := boot(t)
	with := func(set map[string]any) map[string]dbus.Variant { return record(model.Network, set) }
	a := h.must("network.create", with(map[string]any{"MTU": int64(-5)})).(string)
	if h.must("network.get_bridge", a) != "xapi0" || h.must("network.get_MTU", a) != int64(1500) {
		t.Error("defaults")
	}
	h.must("network.create", with(map[string]any{"bridge": "mine"}))
	h.refuses("BRIDGE_NAME_EXISTS|mine", "network.create", with(map[string]any{"bridge": "mine"}))
	h.refuses("INVALID_VALUE|bridge|xenbr7", "network.create", with(map[string]any{"bridge": "xenbr7"}))
	h.refuses("INVALID_VALUE|bridge|0123456789abcdef", "network.create", with(map[string]any{"bridge": "0123456789abcdef"}))
	pif := h.first(model.PIF, "true")
	h.refuses("NETWORK_CONTAINS_PIF|"+pif, "network.destroy", h.must("PIF.get_network", pif))
	h.refuses("CANNOT_DESTROY_SYSTEM_NETWORK|"+h.first(model.Network, `field "bridge" = "xenapi"`), "network.destroy", h.first(model.Network, `field "bridge" = "xenapi"`))
	vm := h.newVM(nil)
	vif := h.must("VIF.create", record(model.VIF, map[string]any{"VM": vm, "network": a, "device": "0"})).(string)
	h.must("network.destroy", a)
	h.refuses("HANDLE_INVALID|VIF|"+vif, "VIF.get_record", vif)
	h.refuses("PIF_IS_MANAGEMENT_INTERFACE|"+pif, "PIF.forget", pif)

	h.must("PIF.scan", h.ref)
	added := h.first(model.PIF, `field "device" = "eth1"`)
	h.must("PIF.forget", added)
	h.refuses("DUPLICATE_PIF_DEVICE_NAME|eth0", "PIF.introduce", h.ref, "", "eth0", true)
	h.refuses("COULD_NOT_FIND_NETWORK_INTERFACE_WITH_SPECIFIED_DEVICE_NAME_AND_MAC_ADDRESS|eth7|", "PIF.introduce", h.ref, "", "eth7", true)
	again := h.must("PIF.introduce", h.ref, "00:16:3e:00:00:02", "", true)
	if network := h.must("PIF.get_network", again); h.must("network.get_bridge", network) != "xenbr1" {
		t.Error("not on the network of its bridge")
	}
}

func TestSmallClasses(t *testing.T) {
	h := boot(t)
	for _, c := range []struct {
		class *schema.Class
		set   map[string]any
	}{
		{model.Secret, map[string]any{"value": "v"}},
		{model.User, nil},
		{model.Console, nil},
		{model.VMAppliance, nil},
		{model.VMGroup, nil},
		{model.VMSS, nil},
		{model.Observer, map[string]any{"components": []string{"xapi"}}},
		{model.Subject, map[string]any{"subject_identifier": "s"}},
		{model.Caller, map[string]any{"user_agent": "u"}},
		{model.RateLimit, map[string]any{"burst_size": 1.0, "fill_rate": 1.0}},
		{model.PVSCacheStorage, nil},
	} {
		made := h.must(c.class.Name+".create", record(c.class, c.set))
		h.must(c.class.Name+".get_record", made)
		h.must(c.class.Name+".destroy", made)
		h.refuses("HANDLE_INVALID|"+c.class.Name+"|"+made.(string), c.class.Name+".destroy", made)
	}
	h.refuses("INVALID_VALUE|component|kernel", "Observer.create", record(model.Observer, map[string]any{"components": []string{"kernel"}}))
	group := h.must("GPU_group.create", "g", "", map[string]string{})
	h.must("GPU_group.destroy", group)
	repo := h.must("Repository.introduce", "r", "", "https://a.example/", "", true)
	h.refuses("INVALID_BASE_URL|file:///etc", "Repository.introduce", "r2", "", "file:///etc", "", true)
	pool := h.first(model.Pool, "true")
	h.must("pool.add_repository", pool, repo)
	h.refuses("REPOSITORY_IS_IN_USE", "Repository.forget", repo)
	h.must("pool.remove_repository", pool, repo)
	h.must("Repository.forget", repo)
}

func TestHost(t *testing.T) {
	h := boot(t)
	if got := h.must("host.get_servertime", h.ref); got != "20270115T08:00:00Z" {
		t.Error(got)
	}
	if methods := h.must("host.list_methods").([]string); len(methods) < 2000 {
		t.Error(len(methods))
	}
	if free := h.must("host.compute_free_memory", h.ref).(int64); free != 14<<30 {
		t.Error(free)
	}
	h.must("host.disable", h.ref)
	h.refuses("HOST_DISABLED|"+h.ref, "VM.assert_can_boot_here", h.newVM(nil), h.ref)
	h.must("host.enable", h.ref)
	h.refuses("INVALID_EDITION|gold", "host.apply_edition", h.ref, "gold")
	h.must("host.set_iscsi_iqn", h.ref, "iqn.2026-01.example:x")
	if other := h.must("host.get_other_config", h.ref).(map[string]string); other["iscsi_iqn"] != "iqn.2026-01.example:x" {
		t.Error(other)
	}
	for _, dangerous := range []string{"host.shutdown", "host.reboot", "host.power_on", "host.send_debug_keys", "host.bugreport_upload", "host.management_disable", "host.set_hostname_live", "host.call_plugin", "host.set_servertime"} {
		if _, fails := h.call(dangerous); fails != "NOT_IMPLEMENTED|"+dangerous {
			t.Errorf("%s: %s", dangerous, fails)
		}
	}
}

// TestImplemented lists which hand-written messages have an implementation: each
// is called once with empty arguments. Slots filled elsewhere are left out.
func TestImplemented(t *testing.T) {
	h := boot(t)
	var b strings.Builder
	for _, c := range model.Classes {
		if slices.Contains([]string{"session", "event", "task", "role"}, c.Name) {
			continue
		}
		var done, open []string
		for _, m := range c.Messages {
			if m.Impl != schema.ImplCustom || m.State == schema.Removed {
				continue
			}
			if _, fails := h.call(m.Wire()); fails == "NOT_IMPLEMENTED|"+m.Wire() {
				open = append(open, m.Name)
			} else {
				done = append(done, m.Name)
			}
		}
		if len(done)+len(open) > 0 {
			slices.Sort(done)
			slices.Sort(open)
			fmt.Fprintf(&b, "%s\n  implemented: %s\n  not: %s\n", c.Name, strings.Join(done, " "), strings.Join(open, " "))
		}
	}
	const golden = "testdata/implemented.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Error(diff)
	}
}
