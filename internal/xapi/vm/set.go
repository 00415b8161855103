package vm

import (
	"context"
	"strconv"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/wiremap"
	"github.com/xcp-dbus/xcp/internal/xapi/action"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xapi/operations"
	"github.com/xcp-dbus/xcp/internal/xapi/request"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// set gives a field of a VM a value.
func (a *Actions) set(ctx context.Context, self ref.VM, i int, v any) error {
	return a.Set(ctx, model.VM, string(self), i, v)
}

// change runs one transaction on a VM in which an operation is possible.
func (a *Actions) change(ctx context.Context, self ref.VM, op string, fn func(tx *db.Tx, row *db.Row) error) error {
	return a.Change(ctx, model.VM, string(self), func(tx *db.Tx, row *db.Row) error {
		if err := operations.CheckVM(tx, row, op, false); err != nil {
			return err
		}
		return fn(tx, row)
	})
}

// whileHalted runs one transaction on a halted VM.
func (a *Actions) whileHalted(ctx context.Context, self ref.VM, fn func(tx *db.Tx, row *db.Row) error) error {
	return a.Change(ctx, model.VM, string(self), func(tx *db.Tx, row *db.Row) error {
		if state := field.Text(row, model.VM_PowerState); state != model.VMPowerState_Halted {
			return badState(row.Ref, "halted", lower(state))
		}
		return fn(tx, row)
	})
}

// SetIsATemplate is VM.set_is_a_template. A template has no metrics; to make a
// VM of one again is to install it.
func (a *Actions) SetIsATemplate(ctx context.Context, self ref.VM, value bool) error {
	return a.Change(ctx, model.VM, string(self), func(tx *db.Tx, row *db.Row) error {
		switch was := field.Bool(row, model.VM_IsATemplate); {
		case was == value:
			return nil
		case value:
			return a.makeTemplate(tx, row)
		}
		return a.install(tx, row)
	})
}

func (a *Actions) makeTemplate(tx *db.Tx, row *db.Row) error {
	if err := operations.CheckVM(tx, row, model.VMOperations_MakeIntoTemplate, false); err != nil {
		return err
	}
	if field.Bool(row, model.VM_HAAlwaysRun) && field.Text(row, model.VM_HARestartPriority) != "" {
		return xerr.New(codes.VM_IS_PROTECTED, row.Ref)
	}
	for _, usb := range field.Set(tx, row, model.VM_VUSBs) {
		if err := tx.Delete(usb); err != nil {
			return err
		}
	}
	if err := action.DeleteIfThere(tx, field.Text(row, model.VM_Metrics)); err != nil {
		return err
	}
	return setMany(tx, row, map[int]any{
		model.VM_HAAlwaysRun: false, model.VM_Groups: []string{}, model.VM_Metrics: ref.Null, model.VM_IsATemplate: true,
	})
}

func (a *Actions) install(tx *db.Tx, row *db.Row) error {
	metrics := newMetrics(a.Stamp())
	if err := metrics.Create(tx); err != nil {
		return err
	}
	old := field.Text(row, model.VM_Metrics)
	if err := setMany(tx, row, map[int]any{model.VM_Metrics: metrics.Ref, model.VM_IsATemplate: false, model.VM_IsDefaultTemplate: false}); err != nil {
		return err
	}
	return action.DeleteIfThere(tx, old)
}

func setMany(tx *db.Tx, row *db.Row, values map[int]any) error {
	for i, v := range values {
		if err := tx.Set(row.Ref, field.Of(row, i), v); err != nil {
			return err
		}
	}
	return nil
}

// SetIsDefaultTemplate is VM.set_is_default_template; other_config follows.
func (a *Actions) SetIsDefaultTemplate(ctx context.Context, self ref.VM, value bool) error {
	return a.Change(ctx, model.VM, string(self), func(tx *db.Tx, row *db.Row) error {
		other := dbactions.WithoutKeys(field.Map(row, model.VM_OtherConfig), "default_template")
		if value {
			other["default_template"] = "true"
		}
		return setMany(tx, row, map[int]any{model.VM_IsDefaultTemplate: value, model.VM_OtherConfig: other})
	})
}

// vcpuRule is the first parameter of the error about numbers of processors.
const vcpuRule = "VCPU values must satisfy: 0 < VCPUs_at_startup ≤ VCPUs_max"

// SetVCPUsMax is VM.set_VCPUs_max.
func (a *Actions) SetVCPUsMax(ctx context.Context, self ref.VM, value int64) error {
	return a.change(ctx, self, model.VMOperations_ChangingVCPUs, func(tx *db.Tx, row *db.Row) error {
		if value <= 0 || value < field.Int(row, model.VM_VCPUsAtStartup) {
			return xerr.New(codes.INVALID_VALUE, vcpuRule, strconv.FormatInt(value, 10))
		}
		if err := tx.Set(row.Ref, field.Of(row, model.VM_VCPUsMax), value); err != nil {
			return err
		}
		return updateOverhead(tx, row.Ref)
	})
}

// SetVCPUsAtStartup is VM.set_VCPUs_at_startup.
func (a *Actions) SetVCPUsAtStartup(ctx context.Context, self ref.VM, value int64) error {
	return a.change(ctx, self, model.VMOperations_ChangingVCPUs, func(tx *db.Tx, row *db.Row) error {
		if value <= 0 || value > field.Int(row, model.VM_VCPUsMax) {
			return xerr.New(codes.INVALID_VALUE, vcpuRule, strconv.FormatInt(value, 10))
		}
		return tx.Set(row.Ref, field.Of(row, model.VM_VCPUsAtStartup), value)
	})
}

// AddToVCPUsParamsLive is VM.add_to_VCPUs_params_live, which no release has
// implemented.
func (a *Actions) AddToVCPUsParamsLive(context.Context, ref.VM, string, string) error {
	return xerr.New(codes.NOT_IMPLEMENTED, "VM.add_to_VCPUs_params_live")
}

// SetNVRAM is VM.set_NVRAM.
func (a *Actions) SetNVRAM(ctx context.Context, self ref.VM, value map[string]string) error {
	f := &model.VM.Fields[model.VM_NVRAM]
	if err := dbactions.CheckValue(f, value); err != nil {
		return err
	}
	return a.change(ctx, self, model.VMOperations_ChangingNVRAM, func(tx *db.Tx, row *db.Row) error { return tx.Set(row.Ref, f, value) })
}

// AddToNVRAM is VM.add_to_NVRAM.
func (a *Actions) AddToNVRAM(ctx context.Context, self ref.VM, key, value string) error {
	f := &model.VM.Fields[model.VM_NVRAM]
	if err := dbactions.CheckValue(f, map[string]string{key: value}); err != nil {
		return err
	}
	return a.change(ctx, self, model.VMOperations_ChangingNVRAM, func(tx *db.Tx, row *db.Row) error {
		return dbactions.AddToMap(tx, row, f, key, value)
	})
}

// RemoveFromNVRAM is VM.remove_from_NVRAM.
func (a *Actions) RemoveFromNVRAM(ctx context.Context, self ref.VM, key string) error {
	return a.change(ctx, self, model.VMOperations_ChangingNVRAM, func(tx *db.Tx, row *db.Row) error {
		return dbactions.RemoveFromMap(tx, row, field.Of(row, model.VM_NVRAM), key)
	})
}

// SetHARestartPriority is VM.set_ha_restart_priority.
func (a *Actions) SetHARestartPriority(ctx context.Context, self ref.VM, value string) error {
	switch value {
	case "", "best-effort", "restart":
		return a.set(ctx, self, model.VM_HARestartPriority, value)
	}
	return xerr.New(codes.INVALID_VALUE, "ha_restart_priority", value)
}

// SetHAAlwaysRun is VM.set_ha_always_run.
func (a *Actions) SetHAAlwaysRun(ctx context.Context, self ref.VM, value bool) error {
	return a.set(ctx, self, model.VM_HAAlwaysRun, value)
}

// SetStartDelay is VM.set_start_delay, in seconds.
func (a *Actions) SetStartDelay(ctx context.Context, self ref.VM, value int64) error {
	return a.setNatural(ctx, self, model.VM_StartDelay, value)
}

// SetShutdownDelay is VM.set_shutdown_delay, in seconds.
func (a *Actions) SetShutdownDelay(ctx context.Context, self ref.VM, value int64) error {
	return a.setNatural(ctx, self, model.VM_ShutdownDelay, value)
}

// SetOrder is VM.set_order.
func (a *Actions) SetOrder(ctx context.Context, self ref.VM, value int64) error {
	return a.setNatural(ctx, self, model.VM_Order, value)
}

func (a *Actions) setNatural(ctx context.Context, self ref.VM, i int, value int64) error {
	if value < 0 {
		return xerr.New(codes.INVALID_VALUE, model.VM.Fields[i].Name, strconv.FormatInt(value, 10))
	}
	return a.set(ctx, self, i, value)
}

// SetActionsAfterCrash is VM.set_actions_after_crash.
func (a *Actions) SetActionsAfterCrash(ctx context.Context, self ref.VM, value string) error {
	return a.set(ctx, self, model.VM_ActionsAfterCrash, value)
}

// SetDomainType is VM.set_domain_type; the old boot policy follows.
func (a *Actions) SetDomainType(ctx context.Context, self ref.VM, value string) error {
	if err := dbactions.CheckValue(&model.VM.Fields[model.VM_DomainType], value); err != nil {
		return err
	}
	policy := ""
	if value == model.DomainType_HVM {
		policy = "BIOS order"
	}
	return a.setType(ctx, self, value, policy)
}

// SetHVMBootPolicy is VM.set_HVM_boot_policy; the type of guest follows.
func (a *Actions) SetHVMBootPolicy(ctx context.Context, self ref.VM, value string) error {
	if err := dbactions.CheckValue(&model.VM.Fields[model.VM_HVMBootPolicy], value); err != nil {
		return err
	}
	return a.setType(ctx, self, domainType(value), value)
}

func (a *Actions) setType(ctx context.Context, self ref.VM, kind, policy string) error {
	return a.whileHalted(ctx, self, func(tx *db.Tx, row *db.Row) error {
		if err := setMany(tx, row, map[int]any{model.VM_DomainType: kind, model.VM_HVMBootPolicy: policy}); err != nil {
			return err
		}
		return updateOverhead(tx, row.Ref)
	})
}

// SetHasVendorDevice is VM.set_has_vendor_device.
func (a *Actions) SetHasVendorDevice(ctx context.Context, self ref.VM, value bool) error {
	return a.whileHalted(ctx, self, func(tx *db.Tx, row *db.Row) error {
		values := map[int]any{model.VM_HasVendorDevice: value}
		if value && field.Int(row, model.VM_HardwarePlatformVersion) < vendorDevicePlatform {
			values[model.VM_HardwarePlatformVersion] = int64(vendorDevicePlatform)
		}
		return setMany(tx, row, values)
	})
}

// SetSuspendVDI is VM.set_suspend_VDI, on a suspended VM.
func (a *Actions) SetSuspendVDI(ctx context.Context, self ref.VM, value ref.VDI) error {
	return a.Change(ctx, model.VM, string(self), func(tx *db.Tx, row *db.Row) error {
		if state := field.Text(row, model.VM_PowerState); state != model.VMPowerState_Suspended {
			return badState(row.Ref, "suspended", lower(state))
		}
		return action.SetChecked(tx, row, model.VM_SuspendVDI, string(value))
	})
}

// SetBlockedOperations is VM.set_blocked_operations.
func (a *Actions) SetBlockedOperations(ctx context.Context, self ref.VM, value map[string]string) error {
	return a.set(ctx, self, model.VM_BlockedOperations, value)
}

// AddToBlockedOperations is VM.add_to_blocked_operations.
func (a *Actions) AddToBlockedOperations(ctx context.Context, self ref.VM, key, value string) error {
	return a.AddTo(ctx, model.VM, string(self), model.VM_BlockedOperations, key, value)
}

// RemoveFromBlockedOperations is VM.remove_from_blocked_operations.
func (a *Actions) RemoveFromBlockedOperations(ctx context.Context, self ref.VM, key string) error {
	return a.RemoveFrom(ctx, model.VM, string(self), model.VM_BlockedOperations, key)
}

// addToOtherConfig is the message whose rules guard the keys of other_config.
var addToOtherConfig, _ = wiremap.Lookup("VM.add_to_other_config")

// SetOtherConfig is VM.set_other_config. Each key that changes needs the role
// it has in add_to_other_config.
func (a *Actions) SetOtherConfig(ctx context.Context, self ref.VM, value map[string]string) error {
	f := &model.VM.Fields[model.VM_OtherConfig]
	if err := dbactions.CheckValue(f, value); err != nil {
		return err
	}
	subject := request.From(ctx).Subject()
	return a.Change(ctx, model.VM, string(self), func(tx *db.Tx, row *db.Row) error {
		if err := a.Permissions.CheckMapChange(subject, addToOtherConfig, row.Map(f), value); err != nil {
			return err
		}
		return tx.Set(row.Ref, f, value)
	})
}

// AddToOtherConfig is VM.add_to_other_config.
func (a *Actions) AddToOtherConfig(ctx context.Context, self ref.VM, key, value string) error {
	return a.AddTo(ctx, model.VM, string(self), model.VM_OtherConfig, key, value)
}

// RemoveFromOtherConfig is VM.remove_from_other_config.
func (a *Actions) RemoveFromOtherConfig(ctx context.Context, self ref.VM, key string) error {
	return a.RemoveFrom(ctx, model.VM, string(self), model.VM_OtherConfig, key)
}

// SetPlatform is VM.set_platform.
func (a *Actions) SetPlatform(ctx context.Context, self ref.VM, value map[string]string) error {
	return a.set(ctx, self, model.VM_Platform, value)
}

// AddToPlatform is VM.add_to_platform.
func (a *Actions) AddToPlatform(ctx context.Context, self ref.VM, key, value string) error {
	return a.AddTo(ctx, model.VM, string(self), model.VM_Platform, key, value)
}

// RemoveFromPlatform is VM.remove_from_platform.
func (a *Actions) RemoveFromPlatform(ctx context.Context, self ref.VM, key string) error {
	return a.RemoveFrom(ctx, model.VM, string(self), model.VM_Platform, key)
}

// SetXenstoreData is VM.set_xenstore_data.
func (a *Actions) SetXenstoreData(ctx context.Context, self ref.VM, value map[string]string) error {
	return a.set(ctx, self, model.VM_XenstoreData, value)
}
