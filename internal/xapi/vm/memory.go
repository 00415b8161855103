package vm

import (
	"context"
	"strconv"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// limits are the four bounds of a VM's memory, in bytes.
type limits struct{ staticMin, dynamicMin, dynamicMax, staticMax int64 }

func limitsOf(row *db.Row) limits {
	return limits{
		staticMin: field.Int(row, model.VM_MemoryStaticMin), dynamicMin: field.Int(row, model.VM_MemoryDynamicMin),
		dynamicMax: field.Int(row, model.VM_MemoryDynamicMax), staticMax: field.Int(row, model.VM_MemoryStaticMax),
	}
}

func (l limits) ordered() bool {
	return 0 <= l.staticMin && l.staticMin <= l.dynamicMin && l.dynamicMin <= l.dynamicMax && l.dynamicMax <= l.staticMax
}

// setLimits changes some of the bounds, in whose order they must stay.
func (a *Actions) setLimits(ctx context.Context, self ref.VM, op string, change func(*limits)) error {
	return a.change(ctx, self, op, func(tx *db.Tx, row *db.Row) error {
		l := limitsOf(row)
		change(&l)
		if !l.ordered() {
			return xerr.New(codes.MEMORY_CONSTRAINT_VIOLATION_ORDER)
		}
		err := setMany(tx, row, map[int]any{
			model.VM_MemoryStaticMin: l.staticMin, model.VM_MemoryDynamicMin: l.dynamicMin,
			model.VM_MemoryDynamicMax: l.dynamicMax, model.VM_MemoryStaticMax: l.staticMax,
			model.VM_MemoryTarget: l.dynamicMax,
		})
		if err != nil {
			return err
		}
		return updateOverhead(tx, row.Ref)
	})
}

// updateOverhead computes memory_overhead of a VM anew.
func updateOverhead(tx *db.Tx, self string) error {
	row, err := tx.Find(model.VM, self)
	if err != nil {
		return err
	}
	return tx.Set(self, field.Of(row, model.VM_MemoryOverhead), overheadOf(row))
}

func overheadOf(row *db.Row) int64 {
	return overhead(field.Text(row, model.VM_DomainType), field.Int(row, model.VM_MemoryStaticMax),
		field.Int(row, model.VM_VCPUsMax), field.Float(row, model.VM_HVMShadowMultiplier))
}

// SetMemoryDynamicMax is VM.set_memory_dynamic_max.
func (a *Actions) SetMemoryDynamicMax(ctx context.Context, self ref.VM, value int64) error {
	return a.setLimits(ctx, self, model.VMOperations_ChangingDynamicRange, func(l *limits) { l.dynamicMax = value })
}

// SetMemoryDynamicMin is VM.set_memory_dynamic_min.
func (a *Actions) SetMemoryDynamicMin(ctx context.Context, self ref.VM, value int64) error {
	return a.setLimits(ctx, self, model.VMOperations_ChangingDynamicRange, func(l *limits) { l.dynamicMin = value })
}

// SetMemoryDynamicRange is VM.set_memory_dynamic_range.
func (a *Actions) SetMemoryDynamicRange(ctx context.Context, self ref.VM, minimum, maximum int64) error {
	return a.setLimits(ctx, self, model.VMOperations_ChangingDynamicRange, func(l *limits) { l.dynamicMin, l.dynamicMax = minimum, maximum })
}

// SetMemoryStaticMax is VM.set_memory_static_max.
func (a *Actions) SetMemoryStaticMax(ctx context.Context, self ref.VM, value int64) error {
	return a.setLimits(ctx, self, model.VMOperations_ChangingStaticRange, func(l *limits) { l.staticMax = value })
}

// SetMemoryStaticMin is VM.set_memory_static_min.
func (a *Actions) SetMemoryStaticMin(ctx context.Context, self ref.VM, value int64) error {
	return a.setLimits(ctx, self, model.VMOperations_ChangingStaticRange, func(l *limits) { l.staticMin = value })
}

// SetMemoryStaticRange is VM.set_memory_static_range.
func (a *Actions) SetMemoryStaticRange(ctx context.Context, self ref.VM, minimum, maximum int64) error {
	return a.setLimits(ctx, self, model.VMOperations_ChangingStaticRange, func(l *limits) { l.staticMin, l.staticMax = minimum, maximum })
}

// SetMemoryLimits is VM.set_memory_limits.
func (a *Actions) SetMemoryLimits(ctx context.Context, self ref.VM, staticMin, staticMax, dynamicMin, dynamicMax int64) error {
	return a.setLimits(ctx, self, model.VMOperations_ChangingMemoryLimits, func(l *limits) {
		*l = limits{staticMin: staticMin, dynamicMin: dynamicMin, dynamicMax: dynamicMax, staticMax: staticMax}
	})
}

// SetMemory is VM.set_memory: all bounds but the lowest get one value.
func (a *Actions) SetMemory(ctx context.Context, self ref.VM, value int64) error {
	return a.setLimits(ctx, self, model.VMOperations_ChangingMemoryLimits, func(l *limits) {
		*l = limits{staticMin: min(l.staticMin, value), dynamicMin: value, dynamicMax: value, staticMax: value}
	})
}

// SetHVMShadowMultiplier is VM.set_HVM_shadow_multiplier.
func (a *Actions) SetHVMShadowMultiplier(ctx context.Context, self ref.VM, value float64) error {
	if !(value >= 1) { // so that NaN is refused too
		return xerr.New(codes.INVALID_VALUE, "HVM_shadow_multiplier", strconv.FormatFloat(value, 'g', -1, 64))
	}
	return a.change(ctx, self, model.VMOperations_ChangingShadowMemory, func(tx *db.Tx, row *db.Row) error {
		if err := tx.Set(row.Ref, field.Of(row, model.VM_HVMShadowMultiplier), value); err != nil {
			return err
		}
		return updateOverhead(tx, row.Ref)
	})
}

// ComputeMemoryOverhead is VM.compute_memory_overhead, in bytes.
func (a *Actions) ComputeMemoryOverhead(_ context.Context, vm ref.VM) (int64, error) {
	row, err := a.Read().Find(model.VM, string(vm))
	if err != nil {
		return 0, err
	}
	return overheadOf(row), nil
}

// MaximiseMemory is VM.maximise_memory: the largest static_max, in bytes, with
// which the VM and its overhead fit into total.
func (a *Actions) MaximiseMemory(_ context.Context, self ref.VM, total int64, _ bool) (int64, error) {
	row, err := a.Read().Find(model.VM, string(self))
	if err != nil {
		return 0, err
	}
	need := func(staticMax int64) int64 {
		return staticMax + overhead(field.Text(row, model.VM_DomainType), staticMax,
			field.Int(row, model.VM_VCPUsMax), field.Float(row, model.VM_HVMShadowMultiplier))
	}
	low, high := int64(0), max(total, 0)/mib
	for low < high {
		if middle := (low + high + 1) / 2; need(middle*mib) <= total {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low * mib, nil
}

// GetCooperative is VM.get_cooperative: every guest counts as cooperative.
func (a *Actions) GetCooperative(_ context.Context, self ref.VM) (bool, error) {
	_, err := a.Read().Find(model.VM, string(self))
	return err == nil, err
}
