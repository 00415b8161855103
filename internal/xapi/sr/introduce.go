package sr

import (
	"context"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xapi/operations"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// locations finds the disk at a location of an SR without looking at all its
// disks. Only functions inside transactions touch it, one at a time. Every disk
// is entered before its row is made; entries may be stale, after a transaction
// that failed or a disk that went, so a hit is checked against the row.
type locations struct {
	byPlace map[place]string
}

type place struct{ sr, location string }

// at finds the disk at a place, "" if there is none.
func (l *locations) at(tx *db.Tx, p place) string {
	if l.byPlace == nil {
		l.byPlace = make(map[place]string, tx.Count(model.VDI))
		for row := range tx.Rows(model.VDI) {
			l.byPlace[placeOf(row)] = row.Ref
		}
	}
	vdi, ok := l.byPlace[p]
	if !ok {
		return ""
	}
	if row, err := tx.Find(model.VDI, vdi); err == nil && placeOf(row) == p {
		return vdi
	}
	delete(l.byPlace, p)
	return ""
}

func placeOf(row *db.Row) place {
	return place{field.Text(row, model.VDI_SR), field.Text(row, model.VDI_Location)}
}

// introduction is what the three messages that introduce a disk have in common.
type introduction struct {
	uuid, sr, location string
	op                 string // to be possible on the SR; empty for internal messages
	values             map[string]any
}

// introduce makes the record of a disk that storage has already.
func (a *VDIActions) introduce(ctx context.Context, in introduction) (ref.VDI, error) {
	if err := checkTexts(model.VDI, in.values); err != nil {
		return "", err
	}
	d := dbactions.NewDraft(model.VDI)
	for name, v := range in.values {
		d.Set(name, v)
	}
	err := a.Transact(ctx, func(tx *db.Tx) error {
		row, err := tx.Find(model.SR, in.sr)
		if err != nil {
			return err
		}
		if in.op != "" {
			if err := operations.CheckSR(tx, row, in.op); err != nil {
				return err
			}
		}
		id, err := checkUUID(tx, in.uuid, xerr.New(codes.UUID_INVALID, model.VDI.Name, in.uuid))
		if err != nil {
			return err
		}
		d.Set("uuid", id).Set("SR", row.Ref)
		if in.location == "" {
			d.Set("location", id)
		}
		return a.enter(tx, d, row)
	})
	return ref.VDI(d.Ref), err
}

// enter writes a disk's row, unless its place is taken.
func (a *VDIActions) enter(tx *db.Tx, d *dbactions.Draft, sr *db.Row) error {
	p := place{sr.Ref, d.Text("location")}
	if a.places.at(tx, p) != "" {
		return xerr.New(codes.LOCATION_NOT_UNIQUE, sr.Ref, p.location)
	}
	if err := d.CheckRefs(tx); err != nil {
		return err
	}
	if err := d.Create(tx); err != nil {
		return err
	}
	a.places.byPlace[p] = d.Ref
	return refresh(tx, d.Ref, sr)
}

// refresh computes allowed operations after disks came or went. Those of an SR
// depend on its disks only while no host has it plugged.
func refresh(tx *db.Tx, vdi string, sr *db.Row) error {
	if err := operations.Refresh(tx, vdi); err != nil || sr == nil || operations.CheckPlugged(tx, sr) == nil {
		return err
	}
	return operations.Refresh(tx, sr.Ref)
}

// Introduce is VDI.introduce.
func (a *VDIActions) Introduce(ctx context.Context, uuid, nameLabel, nameDescription string, sr ref.SR, kind string, sharable, readOnly bool,
	otherConfig map[string]string, location string, xenstoreData, smConfig map[string]string, managed bool, virtualSize, physicalUtilisation int64,
	metadataOfPool ref.Pool, isASnapshot bool, snapshotTime string, snapshotOf ref.VDI,
) (ref.VDI, error) {
	return a.introduce(ctx, introduction{uuid, string(sr), location, model.StorageOperations_VDIIntroduce, map[string]any{
		"name_label": nameLabel, "name_description": nameDescription, "type": kind, "sharable": sharable, "read_only": readOnly,
		"other_config": otherConfig, "location": location, "xenstore_data": xenstoreData, "sm_config": smConfig, "managed": managed,
		"virtual_size": virtualSize, "physical_utilisation": physicalUtilisation, "metadata_of_pool": string(metadataOfPool),
		"is_a_snapshot": isASnapshot, "snapshot_time": snapshotTime, "snapshot_of": string(snapshotOf),
	}})
}

// PoolIntroduce is VDI.pool_introduce, which other hosts call.
func (a *VDIActions) PoolIntroduce(ctx context.Context, uuid, nameLabel, nameDescription string, sr ref.SR, kind string, sharable, readOnly bool,
	otherConfig map[string]string, location string, xenstoreData, smConfig map[string]string, managed bool, virtualSize, physicalUtilisation int64,
	metadataOfPool ref.Pool, isASnapshot bool, snapshotTime string, snapshotOf ref.VDI, cbtEnabled bool,
) (ref.VDI, error) {
	return a.DbIntroduce(ctx, uuid, nameLabel, nameDescription, sr, kind, sharable, readOnly, otherConfig, location, xenstoreData, smConfig,
		managed, virtualSize, physicalUtilisation, metadataOfPool, isASnapshot, snapshotTime, snapshotOf, cbtEnabled)
}

// DbIntroduce is VDI.db_introduce, which storage drivers call.
func (a *VDIActions) DbIntroduce(ctx context.Context, uuid, nameLabel, nameDescription string, sr ref.SR, kind string, sharable, readOnly bool,
	otherConfig map[string]string, location string, xenstoreData, smConfig map[string]string, managed bool, virtualSize, physicalUtilisation int64,
	metadataOfPool ref.Pool, isASnapshot bool, snapshotTime string, snapshotOf ref.VDI, cbtEnabled bool,
) (ref.VDI, error) {
	return a.introduce(ctx, introduction{uuid, string(sr), location, "", map[string]any{
		"name_label": nameLabel, "name_description": nameDescription, "type": kind, "sharable": sharable, "read_only": readOnly,
		"other_config": otherConfig, "location": location, "xenstore_data": xenstoreData, "sm_config": smConfig, "managed": managed,
		"virtual_size": virtualSize, "physical_utilisation": physicalUtilisation, "metadata_of_pool": string(metadataOfPool),
		"is_a_snapshot": isASnapshot, "snapshot_time": snapshotTime, "snapshot_of": string(snapshotOf), "cbt_enabled": cbtEnabled,
	}})
}
