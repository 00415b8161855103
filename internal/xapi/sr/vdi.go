package sr

import (
	"context"

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

// VDIActions answers the messages of class VDI.
type VDIActions struct {
	xapibus.UnimplementedVDI
	*action.Env
	places locations
}

// forgetVDI removes the record of a disk with its VBDs and crash dumps.
func forgetVDI(tx *db.Tx, vdi string) error {
	row, err := tx.Find(model.VDI, vdi)
	if err != nil {
		return err
	}
	var owners []string
	for _, vbd := range field.Rows(tx, row, model.VDI_VBDs) {
		owners = append(owners, field.Text(vbd, model.VBD_VM))
		if err := action.DeleteIfThere(tx, field.Text(vbd, model.VBD_Metrics), vbd.Ref); err != nil {
			return err
		}
	}
	if err := action.DeleteIfThere(tx, field.Set(tx, row, model.VDI_CrashDumps)...); err != nil {
		return err
	}
	if err := tx.Delete(vdi); err != nil {
		return err
	}
	return operations.Refresh(tx, owners...)
}

// Forget is VDI.forget.
func (a *VDIActions) Forget(ctx context.Context, vdi ref.VDI) error {
	return a.forget(ctx, vdi, func(tx *db.Tx, row *db.Row) error {
		return operations.CheckVDI(tx, row, model.VDIOperations_Forget)
	})
}

// DbForget is VDI.db_forget, which storage drivers call.
func (a *VDIActions) DbForget(ctx context.Context, vdi ref.VDI) error {
	return a.forget(ctx, vdi, func(*db.Tx, *db.Row) error { return nil })
}

func (a *VDIActions) forget(ctx context.Context, vdi ref.VDI, check func(tx *db.Tx, row *db.Row) error) error {
	return a.Transact(ctx, func(tx *db.Tx) error {
		row, err := tx.Find(model.VDI, string(vdi))
		if err != nil {
			return err
		}
		if err := check(tx, row); err != nil {
			return err
		}
		if err := forgetVDI(tx, row.Ref); err != nil {
			return err
		}
		return refresh(tx, "", field.Follow(tx, row, model.VDI_SR))
	})
}

// ForceUnlock is VDI.force_unlock, which was withdrawn long ago.
func (a *VDIActions) ForceUnlock(context.Context, ref.VDI) error {
	return xerr.New(codes.MESSAGE_DEPRECATED)
}

func (a *VDIActions) set(ctx context.Context, self ref.VDI, i int, v any) error {
	return a.Set(ctx, model.VDI, string(self), i, v)
}

// SetNameLabel is VDI.set_name_label.
func (a *VDIActions) SetNameLabel(ctx context.Context, self ref.VDI, value string) error {
	return a.set(ctx, self, model.VDI_NameLabel, value)
}

// SetNameDescription is VDI.set_name_description.
func (a *VDIActions) SetNameDescription(ctx context.Context, self ref.VDI, value string) error {
	return a.set(ctx, self, model.VDI_NameDescription, value)
}

// SetManaged is VDI.set_managed.
func (a *VDIActions) SetManaged(ctx context.Context, self ref.VDI, value bool) error {
	return a.set(ctx, self, model.VDI_Managed, value)
}

// SetSharable is VDI.set_sharable.
func (a *VDIActions) SetSharable(ctx context.Context, self ref.VDI, value bool) error {
	return a.set(ctx, self, model.VDI_Sharable, value)
}

// SetReadOnly is VDI.set_read_only.
func (a *VDIActions) SetReadOnly(ctx context.Context, self ref.VDI, value bool) error {
	return a.set(ctx, self, model.VDI_ReadOnly, value)
}

// SetMissing is VDI.set_missing.
func (a *VDIActions) SetMissing(ctx context.Context, self ref.VDI, value bool) error {
	return a.set(ctx, self, model.VDI_Missing, value)
}

// SetVirtualSize is VDI.set_virtual_size.
func (a *VDIActions) SetVirtualSize(ctx context.Context, self ref.VDI, value int64) error {
	return a.set(ctx, self, model.VDI_VirtualSize, value)
}

// SetPhysicalUtilisation is VDI.set_physical_utilisation.
func (a *VDIActions) SetPhysicalUtilisation(ctx context.Context, self ref.VDI, value int64) error {
	return a.set(ctx, self, model.VDI_PhysicalUtilisation, value)
}

// SetIsASnapshot is VDI.set_is_a_snapshot.
func (a *VDIActions) SetIsASnapshot(ctx context.Context, self ref.VDI, value bool) error {
	return a.set(ctx, self, model.VDI_IsASnapshot, value)
}

// SetSnapshotOf is VDI.set_snapshot_of.
func (a *VDIActions) SetSnapshotOf(ctx context.Context, self, value ref.VDI) error {
	return a.set(ctx, self, model.VDI_SnapshotOf, string(value))
}

// SetSnapshotTime is VDI.set_snapshot_time.
func (a *VDIActions) SetSnapshotTime(ctx context.Context, self ref.VDI, value string) error {
	return a.set(ctx, self, model.VDI_SnapshotTime, value)
}

// SetMetadataOfPool is VDI.set_metadata_of_pool.
func (a *VDIActions) SetMetadataOfPool(ctx context.Context, self ref.VDI, value ref.Pool) error {
	return a.set(ctx, self, model.VDI_MetadataOfPool, string(value))
}

// SetCbtEnabled is VDI.set_cbt_enabled, which storage drivers call.
func (a *VDIActions) SetCbtEnabled(ctx context.Context, self ref.VDI, value bool) error {
	return a.set(ctx, self, model.VDI_CbtEnabled, value)
}

// GetNBDInfo is VDI.get_nbd_info: no network is served.
func (a *VDIActions) GetNBDInfo(_ context.Context, self ref.VDI) ([]map[string]dbus.Variant, error) {
	_, err := a.Read().Find(model.VDI, string(self))
	return []map[string]dbus.Variant{}, err
}

// SetOnBoot is VDI.set_on_boot.
func (a *VDIActions) SetOnBoot(ctx context.Context, self ref.VDI, value string) error {
	f := &model.VDI.Fields[model.VDI_OnBoot]
	if err := dbactions.CheckValue(f, value); err != nil {
		return err
	}
	return a.Change(ctx, model.VDI, string(self), func(tx *db.Tx, row *db.Row) error {
		if err := operations.CheckVDI(tx, row, model.VDIOperations_SetOnBoot); err != nil {
			return err
		}
		return tx.Set(row.Ref, f, value)
	})
}

// SetAllowCaching is VDI.set_allow_caching.
func (a *VDIActions) SetAllowCaching(ctx context.Context, self ref.VDI, value bool) error {
	return a.set(ctx, self, model.VDI_AllowCaching, value)
}
