// Package sr answers the hand-written messages of storage: SR, VDI and PBD.
//
// Mine, as long as no service serves storage: what can be done with records
// alone, such as introducing and forgetting. Messages that touch a disk answer
// NOT_IMPLEMENTED. What may be done when is the business of operations. Callers
// are dispatch, through customactions.
package sr

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/action"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xapi/operations"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// Actions answers the messages of class SR.
type Actions struct {
	xapibus.UnimplementedSR
	*action.Env
}

// checkTexts checks what a client wants some fields to be, by field name.
func checkTexts(c *schema.Class, values map[string]any) error {
	for name, v := range values {
		if err := dbactions.CheckValue(c.Field(name), v); err != nil {
			return err
		}
	}
	return nil
}

// checkUUID gives a uuid a client chose, or a new one for the empty text. One
// that is no uuid or is taken fails with the given error.
func checkUUID(r db.Reader, chosen string, taken error) (string, error) {
	if chosen == "" {
		return dbactions.NewUUID(), nil
	}
	if uuid.Validate(chosen) != nil || len(chosen) != 36 {
		return "", taken
	}
	for _, c := range []*schema.Class{model.SR, model.VDI} {
		if _, err := r.ByUUID(c, chosen); err == nil {
			return "", taken
		}
	}
	return chosen, nil
}

// Introduce is SR.introduce. It makes no PBD; sizes are unknown until a scan.
func (a *Actions) Introduce(ctx context.Context, id, nameLabel, nameDescription, kind, contentType string, shared bool, smConfig map[string]string) (ref.SR, error) {
	kind = strings.ToLower(kind)
	values := map[string]any{
		"name_label": nameLabel, "name_description": nameDescription, "type": kind, "content_type": contentType, "sm_config": smConfig,
	}
	if err := checkTexts(model.SR, values); err != nil {
		return "", err
	}
	d := dbactions.NewDraft(model.SR)
	for name, v := range values {
		d.Set(name, v)
	}
	d.Set("shared", shared).Set("physical_size", int64(-1)).Set("physical_utilisation", int64(-1)).Set("virtual_allocation", int64(-1))
	err := a.Transact(ctx, func(tx *db.Tx) error {
		if operations.FeaturesOf(tx, kind) == nil {
			return xerr.New(codes.SR_UNKNOWN_DRIVER, kind)
		}
		chosen, err := checkUUID(tx, id, xerr.New(codes.SR_UUID_EXISTS, id))
		if err != nil {
			return err
		}
		if err := d.Set("uuid", chosen).Create(tx); err != nil {
			return err
		}
		return operations.Refresh(tx, d.Ref)
	})
	return ref.SR(d.Ref), err
}

// forgetChunk is how many disks go in one commit; each may take its VBDs along.
const forgetChunk = 10

// Forget is SR.forget: the records of the SR, its PBDs and disks go, the storage
// stays. A large SR goes in several commits, itself last.
func (a *Actions) Forget(ctx context.Context, sr ref.SR) error {
	for {
		more := false
		err := a.Transact(ctx, func(tx *db.Tx) (err error) {
			more, err = forgetSome(tx, string(sr))
			return err
		})
		if err != nil || !more {
			return err
		}
	}
}

func forgetSome(tx *db.Tx, sr string) (more bool, err error) {
	row, err := tx.Find(model.SR, sr)
	if err != nil {
		return false, err
	}
	if err := operations.CheckSR(tx, row, model.StorageOperations_Forget); err != nil {
		return false, err
	}
	disks := field.Set(tx, row, model.SR_VDIs)
	more = len(disks) > forgetChunk
	for _, vdi := range disks[:min(len(disks), forgetChunk)] {
		if err := forgetVDI(tx, vdi); err != nil {
			return false, err
		}
	}
	if more {
		return true, nil
	}
	if err := action.DeleteIfThere(tx, field.Set(tx, row, model.SR_PBDs)...); err != nil {
		return false, err
	}
	return false, tx.Delete(sr)
}

// Make is SR.make, which was withdrawn long ago.
func (a *Actions) Make(context.Context, ref.Host, map[string]string, int64, string, string, string, string, map[string]string) (string, error) {
	return "", xerr.New(codes.MESSAGE_DEPRECATED)
}

// GetSupportedTypes is SR.get_supported_types.
func (a *Actions) GetSupportedTypes(context.Context) ([]string, error) {
	kinds := []string{}
	for sm := range a.Read().Rows(model.SM) {
		kinds = append(kinds, field.Text(sm, model.SM_Type))
	}
	slices.Sort(kinds)
	return kinds, nil
}

func (a *Actions) set(ctx context.Context, sr ref.SR, i int, v any) error {
	return a.Set(ctx, model.SR, string(sr), i, v)
}

// SetShared is SR.set_shared. An SR that several hosts use stays shared.
func (a *Actions) SetShared(ctx context.Context, sr ref.SR, value bool) error {
	return a.Change(ctx, model.SR, string(sr), func(tx *db.Tx, row *db.Row) error {
		if !value && len(field.Set(tx, row, model.SR_PBDs)) > 1 {
			return xerr.New(codes.SR_HAS_MULTIPLE_PBDS, row.Ref)
		}
		return tx.Set(row.Ref, field.Of(row, model.SR_Shared), value)
	})
}

// SetNameLabel is SR.set_name_label.
func (a *Actions) SetNameLabel(ctx context.Context, sr ref.SR, value string) error {
	return a.set(ctx, sr, model.SR_NameLabel, value)
}

// SetNameDescription is SR.set_name_description.
func (a *Actions) SetNameDescription(ctx context.Context, sr ref.SR, value string) error {
	return a.set(ctx, sr, model.SR_NameDescription, value)
}

// CreateNewBlob is SR.create_new_blob.
func (a *Actions) CreateNewBlob(ctx context.Context, sr ref.SR, name, mimeType string, public bool) (ref.Blob, error) {
	blob, err := a.NewBlob(ctx, model.SR, string(sr), model.SR_Blobs, name, mimeType, public)
	return ref.Blob(blob), err
}

// SetPhysicalSize is SR.set_physical_size.
func (a *Actions) SetPhysicalSize(ctx context.Context, self ref.SR, value int64) error {
	return a.set(ctx, self, model.SR_PhysicalSize, value)
}

// SetVirtualAllocation is SR.set_virtual_allocation.
func (a *Actions) SetVirtualAllocation(ctx context.Context, self ref.SR, value int64) error {
	return a.set(ctx, self, model.SR_VirtualAllocation, value)
}

// SetPhysicalUtilisation is SR.set_physical_utilisation.
func (a *Actions) SetPhysicalUtilisation(ctx context.Context, self ref.SR, value int64) error {
	return a.set(ctx, self, model.SR_PhysicalUtilisation, value)
}

// AssertCanHostHAStatefile is SR.assert_can_host_ha_statefile: only shared,
// plugged storage can.
func (a *Actions) AssertCanHostHAStatefile(_ context.Context, sr ref.SR) error {
	s := a.Read()
	row, err := s.Find(model.SR, string(sr))
	if err != nil {
		return err
	}
	if !field.Bool(row, model.SR_Shared) {
		return xerr.New(codes.HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED, row.Ref)
	}
	return operations.CheckPlugged(s, row)
}

// GetLiveHosts is SR.get_live_hosts.
func (a *Actions) GetLiveHosts(_ context.Context, sr ref.SR) ([]ref.Host, error) {
	s := a.Read()
	row, err := s.Find(model.SR, string(sr))
	if err != nil {
		return nil, err
	}
	hosts := []ref.Host{}
	for _, pbd := range field.Rows(s, row, model.SR_PBDs) {
		host := field.Follow(s, pbd, model.PBD_Host)
		if host == nil || !field.Bool(pbd, model.PBD_CurrentlyAttached) || !field.Bool(host, model.Host_Enabled) {
			continue
		}
		if m := field.Follow(s, host, model.Host_Metrics); m != nil && field.Bool(m, model.HostMetrics_Live) {
			hosts = append(hosts, ref.Host(host.Ref))
		}
	}
	return hosts, nil
}
