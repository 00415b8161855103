// Package host answers the hand-written messages of hosts and of their
// hardware: host, PGPU, GPU_group and USB_group.
//
// Mine: what is a matter of records, and facts of the machine. What would power
// off the machine or change its network, clock, disks or users is never done
// here; such messages answer NOT_IMPLEMENTED. Callers are dispatch, through
// customactions.
package host

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/wiremap"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/xapi/action"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xapi/operations"
	"github.com/xcp-dbus/xcp/internal/xapi/vm"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// Actions answers the messages of class host.
type Actions struct {
	xapibus.UnimplementedHost
	*action.Env
}

func (a *Actions) find(host ref.Host) (*db.Snapshot, *db.Row, error) {
	s := a.Read()
	row, err := s.Find(model.Host, string(host))
	return s, row, err
}

// ListMethods is host.list_methods.
func (a *Actions) ListMethods(context.Context) ([]string, error) { return wiremap.SyncNames(), nil }

// GetServertime is host.get_servertime.
func (a *Actions) GetServertime(_ context.Context, host ref.Host) (string, error) {
	_, _, err := a.find(host)
	return a.Stamp(), err
}

// GetServerLocaltime is host.get_server_localtime: the clock on the wall, without
// a zone.
func (a *Actions) GetServerLocaltime(_ context.Context, host ref.Host) (string, error) {
	_, _, err := a.find(host)
	return a.Now().In(time.Local).Format("20060102T15:04:05"), err
}

// IsInEmergencyMode is host.is_in_emergency_mode.
func (a *Actions) IsInEmergencyMode(context.Context) (bool, error) { return false, nil }

// HAXapiHealthcheck is host.ha_xapi_healthcheck: who answers is well.
func (a *Actions) HAXapiHealthcheck(context.Context) (bool, error) { return true, nil }

// LocalAssertHealthy is host.local_assert_healthy.
func (a *Actions) LocalAssertHealthy(context.Context) error { return nil }

// Enable is host.enable.
func (a *Actions) Enable(ctx context.Context, host ref.Host) error {
	return a.Change(ctx, model.Host, string(host), func(tx *db.Tx, row *db.Row) error {
		if err := operations.CheckHost(tx, row, model.HostAllowedOperations_Enable); err != nil {
			return err
		}
		return a.setEnabled(tx, row, true, true)
	})
}

// Disable is host.disable: no VM starts there any more. The host enables itself
// at its next start unless it is told not to.
func (a *Actions) Disable(ctx context.Context, host ref.Host, autoEnable bool) error {
	return a.Change(ctx, model.Host, string(host), func(tx *db.Tx, row *db.Row) error {
		return a.setEnabled(tx, row, false, autoEnable)
	})
}

// StaysDisabled is the key of other_config that keeps a host disabled over a
// restart. Who may write it may call host.disable as well.
const StaysDisabled = "stays_disabled"

func (a *Actions) setEnabled(tx *db.Tx, row *db.Row, enabled, autoEnable bool) error {
	other := dbactions.WithoutKeys(field.Map(row, model.Host_OtherConfig), StaysDisabled)
	if !autoEnable {
		other[StaysDisabled] = "true"
	}
	if err := tx.Set(row.Ref, field.Of(row, model.Host_OtherConfig), other); err != nil {
		return err
	}
	return tx.Set(row.Ref, field.Of(row, model.Host_Enabled), enabled)
}

// ComputeFreeMemory is host.compute_free_memory, in bytes.
func (a *Actions) ComputeFreeMemory(_ context.Context, host ref.Host) (int64, error) {
	s, row, err := a.find(host)
	if err != nil {
		return 0, err
	}
	return vm.FreeMemory(s, row), nil
}

// ComputeMemoryOverhead is host.compute_memory_overhead, in bytes.
func (a *Actions) ComputeMemoryOverhead(_ context.Context, host ref.Host) (int64, error) {
	_, row, err := a.find(host)
	if err != nil {
		return 0, err
	}
	return field.Int(row, model.Host_MemoryOverhead), nil
}

// GetVMsWhichPreventEvacuation is host.get_vms_which_prevent_evacuation: in a
// pool of one host, every VM that runs there.
func (a *Actions) GetVMsWhichPreventEvacuation(_ context.Context, self ref.Host) (map[string][]string, error) {
	s, row, err := a.find(self)
	if err != nil {
		return nil, err
	}
	stuck := map[string][]string{}
	for _, guest := range guests(s, row) {
		stuck[guest.Ref] = []string{codes.NO_HOSTS_AVAILABLE}
	}
	return stuck, nil
}

// guests are the VMs on a host other than itself.
func guests(r db.Reader, host *db.Row) []*db.Row {
	return slices.DeleteFunc(field.Rows(r, host, model.Host_ResidentVMs), func(vm *db.Row) bool {
		return field.Bool(vm, model.VM_IsControlDomain)
	})
}

// AssertCanEvacuate is host.assert_can_evacuate.
func (a *Actions) AssertCanEvacuate(_ context.Context, host ref.Host) error {
	s, row, err := a.find(host)
	if err != nil {
		return err
	}
	var reasons []string
	for _, guest := range guests(s, row) {
		reasons = append(reasons, codes.NO_HOSTS_AVAILABLE+","+guest.Ref)
	}
	if len(reasons) == 0 {
		return nil
	}
	return xerr.New(codes.CANNOT_EVACUATE_HOST, strings.Join(reasons, "|"))
}

// GetUncooperativeResidentVMs is host.get_uncooperative_resident_VMs: all guests
// count as cooperative.
func (a *Actions) GetUncooperativeResidentVMs(_ context.Context, self ref.Host) ([]ref.VM, error) {
	_, _, err := a.find(self)
	return []ref.VM{}, err
}

// GetUncooperativeDomains is host.get_uncooperative_domains.
func (a *Actions) GetUncooperativeDomains(_ context.Context, self ref.Host) ([]string, error) {
	_, _, err := a.find(self)
	return []string{}, err
}

// GetManagementInterface is host.get_management_interface.
func (a *Actions) GetManagementInterface(_ context.Context, host ref.Host) (ref.PIF, error) {
	s, row, err := a.find(host)
	if err != nil {
		return "", err
	}
	for _, pif := range field.Rows(s, row, model.Host_PIFs) {
		if field.Bool(pif, model.PIF_Management) {
			return ref.PIF(pif.Ref), nil
		}
	}
	return "", xerr.New(codes.HOST_HAS_NO_MANAGEMENT_IP)
}

// CreateNewBlob is host.create_new_blob.
func (a *Actions) CreateNewBlob(ctx context.Context, host ref.Host, name, mimeType string, public bool) (ref.Blob, error) {
	blob, err := a.NewBlob(ctx, model.Host, string(host), model.Host_Blobs, name, mimeType, public)
	return ref.Blob(blob), err
}

// HasExtension is host.has_extension: there are none.
func (a *Actions) HasExtension(_ context.Context, host ref.Host, _ string) (bool, error) {
	_, _, err := a.find(host)
	return false, err
}

// SyncData is host.sync_data: there is no other host to send it to.
func (a *Actions) SyncData(_ context.Context, host ref.Host) error {
	_, _, err := a.find(host)
	return err
}

// TickleHeartbeat is host.tickle_heartbeat: the host lives.
func (a *Actions) TickleHeartbeat(ctx context.Context, host ref.Host, _ map[string]string) (map[string]string, error) {
	err := a.Transact(ctx, func(tx *db.Tx) error {
		row, err := tx.Find(model.Host, string(host))
		if err != nil {
			return err
		}
		metrics := field.Follow(tx, row, model.Host_Metrics)
		if metrics == nil {
			return nil
		}
		if err := tx.Set(metrics.Ref, field.Of(metrics, model.HostMetrics_Live), true); err != nil {
			return err
		}
		return tx.Set(metrics.Ref, field.Of(metrics, model.HostMetrics_LastUpdated), a.Stamp())
	})
	return map[string]string{}, err
}

// ApplyEdition is host.apply_edition: there is but one.
func (a *Actions) ApplyEdition(_ context.Context, host ref.Host, edition string, _ bool) error {
	_, row, err := a.find(host)
	if err != nil {
		return err
	}
	if !slices.Contains(field.Set(a.Read(), row, model.Host_Editions), edition) {
		return xerr.New(codes.INVALID_EDITION, edition)
	}
	return nil
}

// LicenseAdd is host.license_add: there is nothing that takes licences.
func (a *Actions) LicenseAdd(_ context.Context, host ref.Host, _ string) error {
	if _, _, err := a.find(host); err != nil {
		return err
	}
	return xerr.New(codes.LICENSE_PROCESSING_ERROR)
}

// LicenseRemove is host.license_remove.
func (a *Actions) LicenseRemove(_ context.Context, host ref.Host) error {
	_, _, err := a.find(host)
	return err
}

// RefreshPackInfo is host.refresh_pack_info, which does nothing.
func (a *Actions) RefreshPackInfo(_ context.Context, host ref.Host) error {
	_, _, err := a.find(host)
	return err
}

// SetPowerOnMode is host.set_power_on_mode. Nobody is ever switched on by it
// here.
func (a *Actions) SetPowerOnMode(ctx context.Context, self ref.Host, mode string, config map[string]string) error {
	for i, v := range map[int]any{model.Host_PowerOnMode: mode, model.Host_PowerOnConfig: config} {
		if err := dbactions.CheckValue(&model.Host.Fields[i], v); err != nil {
			return err
		}
	}
	return a.Change(ctx, model.Host, string(self), func(tx *db.Tx, row *db.Row) error {
		if err := tx.Set(row.Ref, field.Of(row, model.Host_PowerOnMode), mode); err != nil {
			return err
		}
		return tx.Set(row.Ref, field.Of(row, model.Host_PowerOnConfig), config)
	})
}

// SetLicenseParams is host.set_license_params.
func (a *Actions) SetLicenseParams(ctx context.Context, self ref.Host, value map[string]string) error {
	return a.Set(ctx, model.Host, string(self), model.Host_LicenseParams, value)
}

// SetIscsiIQN is host.set_iscsi_iqn; other_config, where old clients look for it,
// follows.
func (a *Actions) SetIscsiIQN(ctx context.Context, host ref.Host, value string) error {
	if value == "" || strings.ContainsAny(value, " \t\r\n") || len(value) > 223 {
		return xerr.New(codes.INVALID_VALUE, "value", value)
	}
	return a.mirrored(ctx, host, model.Host_IscsiIQN, value, "iscsi_iqn", value)
}

// SetMultipathing is host.set_multipathing; other_config follows.
func (a *Actions) SetMultipathing(ctx context.Context, host ref.Host, value bool) error {
	text := "false"
	if value {
		text = "true"
	}
	return a.mirrored(ctx, host, model.Host_Multipathing, value, "multipathing", text)
}

func (a *Actions) mirrored(ctx context.Context, host ref.Host, i int, value any, key, text string) error {
	if err := dbactions.CheckValue(&model.Host.Fields[i], value); err != nil {
		return err
	}
	return a.Change(ctx, model.Host, string(host), func(tx *db.Tx, row *db.Row) error {
		other := dbactions.WithKey(field.Map(row, model.Host_OtherConfig), key, text)
		if err := tx.Set(row.Ref, field.Of(row, model.Host_OtherConfig), other); err != nil {
			return err
		}
		return tx.Set(row.Ref, field.Of(row, i), value)
	})
}

// SetNUMAAffinityPolicy is host.set_numa_affinity_policy.
func (a *Actions) SetNUMAAffinityPolicy(ctx context.Context, self ref.Host, value string) error {
	return a.Set(ctx, model.Host, string(self), model.Host_NUMAAffinityPolicy, value)
}

// SetUEFICertificates is host.set_uefi_certificates, which the pool's setting
// replaced.
func (a *Actions) SetUEFICertificates(context.Context, ref.Host, string) error {
	return xerr.New(codes.OPERATION_NOT_ALLOWED, "The certificates are set on the pool")
}

// GetTrackedUserAgents is host.get_tracked_user_agents: none are tracked yet.
func (a *Actions) GetTrackedUserAgents(_ context.Context, self ref.Host) (map[string]string, error) {
	_, _, err := a.find(self)
	return map[string]string{}, err
}

// zoneFile lists the time zones of the machine, a line each.
const zoneFile = "/usr/share/zoneinfo/tzdata.zi"

// ListTimezones is host.list_timezones.
func (a *Actions) ListTimezones(_ context.Context, self ref.Host) ([]string, error) {
	if _, _, err := a.find(self); err != nil {
		return nil, err
	}
	zones := []string{"UTC"}
	b, err := os.ReadFile(zoneFile)
	if err != nil {
		return zones, nil // a machine without the table knows this zone only
	}
	for line := range strings.Lines(string(b)) {
		cols := strings.Fields(line)
		switch {
		case len(cols) > 1 && cols[0] == "Z":
			zones = append(zones, cols[1])
		case len(cols) == 3 && cols[0] == "L":
			zones = append(zones, cols[2])
		}
	}
	slices.Sort(zones)
	return slices.Compact(zones), nil
}

// CertificateList is host.certificate_list: none are installed.
func (a *Actions) CertificateList(_ context.Context, host ref.Host) ([]string, error) {
	_, _, err := a.find(host)
	return []string{}, err
}

// CRLList is host.crl_list: none are installed.
func (a *Actions) CRLList(_ context.Context, host ref.Host) ([]string, error) {
	_, _, err := a.find(host)
	return []string{}, err
}

// GetDiagnosticTimingStats is host.get_diagnostic_timing_stats: none are kept.
func (a *Actions) GetDiagnosticTimingStats(_ context.Context, host ref.Host, _ bool) (map[string]string, error) {
	_, _, err := a.find(host)
	return map[string]string{}, err
}
