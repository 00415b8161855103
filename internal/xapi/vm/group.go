package vm

import (
	"context"
	"strconv"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/xapi/action"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xapi/operations"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// ApplianceActions answers the messages of class VM_appliance.
type ApplianceActions struct {
	xapibus.UnimplementedVMAppliance
	*action.Env
}

// Create is VM_appliance.create.
func (a *ApplianceActions) Create(ctx context.Context, args map[string]dbus.Variant) (ref.VMAppliance, error) {
	d, err := dbactions.FromRecord(model.VMAppliance, args)
	if err != nil {
		return "", err
	}
	r, err := a.Add(ctx, d)
	return ref.VMAppliance(r), err
}

// Destroy is VM_appliance.destroy. Its VMs stay, in no appliance.
func (a *ApplianceActions) Destroy(ctx context.Context, self ref.VMAppliance) error {
	return a.Delete(ctx, model.VMAppliance, string(self), func(tx *db.Tx, row *db.Row) error {
		members := field.Set(tx, row, model.VMAppliance_VMs)
		for _, vm := range members {
			if err := tx.Set(vm, &model.VM.Fields[model.VM_Appliance], ref.Null); err != nil {
				return err
			}
		}
		return operations.Refresh(tx, members...)
	})
}

// GroupActions answers the messages of class VM_group.
type GroupActions struct {
	xapibus.UnimplementedVMGroup
	*action.Env
}

// Create is VM_group.create.
func (a *GroupActions) Create(ctx context.Context, args map[string]dbus.Variant) (ref.VMGroup, error) {
	d, err := dbactions.FromRecord(model.VMGroup, args)
	if err != nil {
		return "", err
	}
	r, err := a.Add(ctx, d)
	return ref.VMGroup(r), err
}

// Destroy is VM_group.destroy. The database takes the VMs out of it.
func (a *GroupActions) Destroy(ctx context.Context, self ref.VMGroup) error {
	return a.Delete(ctx, model.VMGroup, string(self), nil)
}

// ScheduleActions answers the messages of class VMSS. Nothing runs schedules
// yet.
type ScheduleActions struct {
	xapibus.UnimplementedVMSS
	*action.Env
}

// maxRetained is the most snapshots a schedule keeps of a VM.
const maxRetained = 10

// scheduleKeys are what a schedule of each frequency says, with the check of a
// value.
var scheduleKeys = map[string]func(string) bool{
	"min":  func(s string) bool { return s == "0" || s == "15" || s == "30" || s == "45" },
	"hour": func(s string) bool { n, err := strconv.Atoi(s); return err == nil && n >= 0 && n < 24 },
	"days": func(s string) bool { return s != "" && len(s) <= 64 },
}

func checkSchedule(schedule map[string]string) error {
	for key, value := range schedule {
		if check := scheduleKeys[key]; check == nil || !check(value) {
			return xerr.New(codes.INVALID_VALUE, "schedule:"+key, value)
		}
	}
	return nil
}

func checkRetained(n int64) error {
	if n < 1 || n > maxRetained {
		return xerr.New(codes.INVALID_VALUE, "retained_snapshots", strconv.FormatInt(n, 10))
	}
	return nil
}

// Create is VMSS.create.
func (a *ScheduleActions) Create(ctx context.Context, args map[string]dbus.Variant) (ref.VMSS, error) {
	d, err := dbactions.FromRecord(model.VMSS, args)
	if err != nil {
		return "", err
	}
	if err := checkSchedule(d.Map("schedule")); err != nil {
		return "", err
	}
	if err := checkRetained(d.Get("retained_snapshots").(int64)); err != nil {
		return "", err
	}
	r, err := a.Add(ctx, d)
	return ref.VMSS(r), err
}

// Destroy is VMSS.destroy, of a schedule no VM follows.
func (a *ScheduleActions) Destroy(ctx context.Context, self ref.VMSS) error {
	return a.Delete(ctx, model.VMSS, string(self), func(tx *db.Tx, row *db.Row) error {
		if len(field.Set(tx, row, model.VMSS_VMs)) > 0 {
			return xerr.New(codes.VMSS_HAS_VM)
		}
		return nil
	})
}

func (a *ScheduleActions) set(ctx context.Context, self ref.VMSS, i int, v any) error {
	return a.Set(ctx, model.VMSS, string(self), i, v)
}

// SetRetainedSnapshots is VMSS.set_retained_snapshots.
func (a *ScheduleActions) SetRetainedSnapshots(ctx context.Context, self ref.VMSS, value int64) error {
	if err := checkRetained(value); err != nil {
		return err
	}
	return a.set(ctx, self, model.VMSS_RetainedSnapshots, value)
}

// SetFrequency is VMSS.set_frequency.
func (a *ScheduleActions) SetFrequency(ctx context.Context, self ref.VMSS, value string) error {
	return a.set(ctx, self, model.VMSS_Frequency, value)
}

// SetType is VMSS.set_type.
func (a *ScheduleActions) SetType(ctx context.Context, self ref.VMSS, value string) error {
	return a.set(ctx, self, model.VMSS_Type, value)
}

// SetLastRunTime is VMSS.set_last_run_time.
func (a *ScheduleActions) SetLastRunTime(ctx context.Context, self ref.VMSS, value string) error {
	return a.set(ctx, self, model.VMSS_LastRunTime, value)
}

// SetSchedule is VMSS.set_schedule.
func (a *ScheduleActions) SetSchedule(ctx context.Context, self ref.VMSS, value map[string]string) error {
	if err := checkSchedule(value); err != nil {
		return err
	}
	return a.set(ctx, self, model.VMSS_Schedule, value)
}

// AddToSchedule is VMSS.add_to_schedule.
func (a *ScheduleActions) AddToSchedule(ctx context.Context, self ref.VMSS, key, value string) error {
	if err := checkSchedule(map[string]string{key: value}); err != nil {
		return err
	}
	return a.AddTo(ctx, model.VMSS, string(self), model.VMSS_Schedule, key, value)
}

// RemoveFromSchedule is VMSS.remove_from_schedule.
func (a *ScheduleActions) RemoveFromSchedule(ctx context.Context, self ref.VMSS, key string) error {
	return a.RemoveFrom(ctx, model.VMSS, string(self), model.VMSS_Schedule, key)
}
