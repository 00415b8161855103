package vm

import (
	"context"
	"strconv"
	"strings"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xapi/operations"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// lower is a power state as errors spell it.
func lower(state string) string { return strings.ToLower(state) }

// AssertOperationValid is VM.assert_operation_valid.
func (a *Actions) AssertOperationValid(_ context.Context, self ref.VM, op string) error {
	s := a.Read()
	row, err := s.Find(model.VM, string(self))
	if err != nil {
		return err
	}
	return operations.CheckVM(s, row, op, false)
}

// UpdateAllowedOperations is VM.update_allowed_operations.
func (a *Actions) UpdateAllowedOperations(ctx context.Context, self ref.VM) error {
	return a.Change(ctx, model.VM, string(self), func(*db.Tx, *db.Row) error { return nil })
}

// GetBootRecord is VM.get_boot_record: the record a running VM was started with
// is not kept apart from its present one.
func (a *Actions) GetBootRecord(_ context.Context, self ref.VM) (map[string]dbus.Variant, error) {
	s := a.Read()
	row, err := s.Find(model.VM, string(self))
	if err != nil {
		return nil, err
	}
	return s.Record(row), nil
}

// CreateNewBlob is VM.create_new_blob.
func (a *Actions) CreateNewBlob(ctx context.Context, vm ref.VM, name, mimeType string, public bool) (ref.Blob, error) {
	blob, err := a.NewBlob(ctx, model.VM, string(vm), model.VM_Blobs, name, mimeType, public)
	return ref.Blob(blob), err
}

// GetPossibleHosts is VM.get_possible_hosts.
func (a *Actions) GetPossibleHosts(_ context.Context, vm ref.VM) ([]ref.Host, error) {
	s := a.Read()
	row, err := s.Find(model.VM, string(vm))
	if err != nil {
		return nil, err
	}
	hosts := []ref.Host{}
	for host := range s.Rows(model.Host) {
		if canBoot(s, row, host) == nil {
			hosts = append(hosts, ref.Host(host.Ref))
		}
	}
	return hosts, nil
}

// AssertCanBootHere is VM.assert_can_boot_here.
func (a *Actions) AssertCanBootHere(_ context.Context, self ref.VM, host ref.Host) error {
	s := a.Read()
	row, err := s.Find(model.VM, string(self))
	if err != nil {
		return err
	}
	target, err := s.Find(model.Host, string(host))
	if err != nil {
		return err
	}
	return canBoot(s, row, target)
}

// canBoot goes through what a start on a host needs, in the reference's order.
func canBoot(r db.Reader, vm, host *db.Row) error {
	for _, check := range [...]func(db.Reader, *db.Row, *db.Row) error{
		checkSettings, checkHost, checkDisks, checkNetworks, checkMemory, checkProcessors,
	} {
		if err := check(r, vm, host); err != nil {
			return err
		}
	}
	return nil
}

func checkSettings(_ db.Reader, vm, _ *db.Row) error {
	most, start := field.Int(vm, model.VM_VCPUsMax), field.Int(vm, model.VM_VCPUsAtStartup)
	switch {
	case most <= 0:
		return xerr.New(codes.INVALID_VALUE, "VCPUs_max", strconv.FormatInt(most, 10))
	case start <= 0:
		return xerr.New(codes.INVALID_VALUE, "VCPUs-at-startup", strconv.FormatInt(start, 10))
	case start > most:
		return xerr.New(codes.VALUE_NOT_SUPPORTED, "VCPUs-at-startup", strconv.FormatInt(start, 10), "value greater than VCPUs-max")
	case !limitsOf(vm).ordered():
		return xerr.New(codes.MEMORY_CONSTRAINT_VIOLATION)
	}
	if m := field.Float(vm, model.VM_HVMShadowMultiplier); !(m >= 1) {
		return xerr.New(codes.INVALID_VALUE, "HVM_shadow_multiplier", strconv.FormatFloat(m, 'g', -1, 64))
	}
	return nil
}

func checkHost(r db.Reader, vm, host *db.Row) error {
	if metrics := field.Follow(r, host, model.Host_Metrics); metrics == nil || !field.Bool(metrics, model.HostMetrics_Live) {
		return xerr.New(codes.HOST_NOT_LIVE)
	}
	if !field.Bool(vm, model.VM_IsControlDomain) && !field.Bool(host, model.Host_Enabled) {
		return xerr.New(codes.HOST_DISABLED, host.Ref)
	}
	return nil
}

func checkDisks(r db.Reader, vm, host *db.Row) error {
	for _, vbd := range field.Rows(r, vm, model.VM_VBDs) {
		vdi := field.Follow(r, vbd, model.VBD_VDI)
		if vdi == nil || field.Bool(vbd, model.VBD_Empty) {
			continue
		}
		if sr := field.Follow(r, vdi, model.VDI_SR); sr != nil && !pluggedOn(r, sr, host.Ref) {
			return xerr.New(codes.VM_REQUIRES_SR, vm.Ref, sr.Ref)
		}
	}
	return nil
}

func pluggedOn(r db.Reader, sr *db.Row, host string) bool {
	for _, pbd := range field.Rows(r, sr, model.SR_PBDs) {
		if field.Text(pbd, model.PBD_Host) == host && field.Bool(pbd, model.PBD_CurrentlyAttached) {
			return true
		}
	}
	return false
}

func checkNetworks(r db.Reader, vm, host *db.Row) error {
next:
	for _, vif := range field.Rows(r, vm, model.VM_VIFs) {
		network := field.Follow(r, vif, model.VIF_Network)
		if network == nil {
			continue
		}
		pifs := field.Rows(r, network, model.Network_PIFs)
		for _, pif := range pifs {
			if field.Text(pif, model.PIF_Host) == host.Ref {
				continue next
			}
		}
		if len(pifs) > 0 {
			return xerr.New(codes.VM_REQUIRES_NETWORK, vm.Ref, network.Ref)
		}
	}
	return nil
}

// FreeMemory is what a host has left for one more VM, in bytes: its memory
// without its own overhead and that of the VMs that run there or will.
func FreeMemory(r db.Reader, host *db.Row) int64 {
	var total int64
	if metrics := field.Follow(r, host, model.Host_Metrics); metrics != nil {
		total = field.Int(metrics, model.HostMetrics_MemoryTotal)
	}
	free := total - field.Int(host, model.Host_MemoryOverhead)
	for _, vm := range field.Rows(r, host, model.Host_ResidentVMs) {
		free -= needs(vm)
	}
	return max(free, 0)
}

// needs is the memory a VM takes at least, in bytes.
func needs(vm *db.Row) int64 {
	if field.Text(vm, model.VM_DomainType) == model.DomainType_PVInPvh {
		return field.Int(vm, model.VM_MemoryStaticMax) + field.Int(vm, model.VM_MemoryOverhead)
	}
	return field.Int(vm, model.VM_MemoryDynamicMin) + field.Int(vm, model.VM_MemoryOverhead)
}

func checkMemory(r db.Reader, vm, host *db.Row) error {
	if need, free := needs(vm), FreeMemory(r, host); need > free {
		return xerr.New(codes.HOST_NOT_ENOUGH_FREE_MEMORY, strconv.FormatInt(need, 10), strconv.FormatInt(free, 10))
	}
	return nil
}

func checkProcessors(r db.Reader, vm, host *db.Row) error {
	start, have := field.Int(vm, model.VM_VCPUsAtStartup), int64(len(field.Set(r, host, model.Host_HostCPUs)))
	if start <= have || field.Map(vm, model.VM_Platform)["vcpu-unrestricted"] == "true" {
		return nil
	}
	return xerr.New(codes.HOST_NOT_ENOUGH_PCPUS, strconv.FormatInt(start, 10), strconv.FormatInt(have, 10))
}

// AssertAgile is VM.assert_agile: all disks of the VM are on storage every host
// reaches.
func (a *Actions) AssertAgile(_ context.Context, self ref.VM) error {
	s := a.Read()
	row, err := s.Find(model.VM, string(self))
	if err != nil {
		return err
	}
	for _, vbd := range field.Rows(s, row, model.VM_VBDs) {
		vdi := field.Follow(s, vbd, model.VBD_VDI)
		if vdi == nil || field.Bool(vbd, model.VBD_Empty) {
			continue
		}
		if sr := field.Follow(s, vdi, model.VDI_SR); sr != nil && !field.Bool(sr, model.SR_Shared) {
			return xerr.New(codes.HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED, sr.Ref)
		}
	}
	return nil
}
