package sr

import (
	"context"
	"maps"

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

// PBDActions answers the messages of class PBD.
type PBDActions struct {
	xapibus.UnimplementedPBD
	*action.Env
}

// passwordKeys are the members of device_config nobody may read: each moves into
// a secret, and <key>_secret names it.
var passwordKeys = []string{"password", "cifspassword", "chappassword", "incoming_chappassword"}

// hidePasswords moves passwords of a device configuration into secrets.
func hidePasswords(tx *db.Tx, config map[string]string) (map[string]string, error) {
	out := maps.Clone(config)
	for _, key := range passwordKeys {
		value, ok := out[key]
		if !ok {
			continue
		}
		secret := dbactions.NewDraft(model.Secret).Set("value", value)
		if err := secret.Create(tx); err != nil {
			return nil, err
		}
		delete(out, key)
		out[key+"_secret"] = secret.Text("uuid")
	}
	return out, nil
}

func checkConfig(config map[string]string) error {
	if v, ok := config["SRmaster"]; ok {
		return xerr.New(codes.VALUE_NOT_SUPPORTED, "SRmaster", v, "This key is for internal use only")
	}
	return dbactions.CheckValue(&model.PBD.Fields[model.PBD_DeviceConfig], config)
}

// Create is PBD.create. It plugs nothing.
func (a *PBDActions) Create(ctx context.Context, args map[string]dbus.Variant) (ref.PBD, error) {
	d, err := dbactions.FromRecord(model.PBD, args)
	if err != nil {
		return "", err
	}
	if err := checkConfig(d.Map("device_config")); err != nil {
		return "", err
	}
	err = a.Transact(ctx, func(tx *db.Tx) error {
		row, err := tx.Find(model.SR, d.Text("SR"))
		if err != nil {
			return err
		}
		host, err := tx.Find(model.Host, d.Text("host"))
		if err != nil {
			return err
		}
		if err := operations.CheckSR(tx, row, model.StorageOperations_PbdCreate); err != nil {
			return err
		}
		for _, other := range field.Rows(tx, row, model.SR_PBDs) {
			if field.Text(other, model.PBD_Host) == host.Ref {
				return xerr.New(codes.PBD_EXISTS, row.Ref, host.Ref, other.Ref)
			}
		}
		config, err := hidePasswords(tx, d.Map("device_config"))
		if err != nil {
			return err
		}
		if err := d.Set("device_config", config).Create(tx); err != nil {
			return err
		}
		return operations.Refresh(tx, row.Ref)
	})
	return ref.PBD(d.Ref), err
}

// Destroy is PBD.destroy.
func (a *PBDActions) Destroy(ctx context.Context, self ref.PBD) error {
	return a.Transact(ctx, func(tx *db.Tx) error {
		row, err := tx.Find(model.PBD, string(self))
		if err != nil {
			return err
		}
		if field.Bool(row, model.PBD_CurrentlyAttached) {
			return xerr.New(codes.OPERATION_NOT_ALLOWED, "PBD is currently attached")
		}
		if err := tx.Delete(row.Ref); err != nil {
			return err
		}
		return operations.Refresh(tx, field.Text(row, model.PBD_SR))
	})
}

// SetDeviceConfig is PBD.set_device_config; it counts from the next plug on.
func (a *PBDActions) SetDeviceConfig(ctx context.Context, self ref.PBD, value map[string]string) error {
	if err := checkConfig(value); err != nil {
		return err
	}
	return a.Change(ctx, model.PBD, string(self), func(tx *db.Tx, row *db.Row) error {
		config, err := hidePasswords(tx, value)
		if err != nil {
			return err
		}
		return tx.Set(row.Ref, field.Of(row, model.PBD_DeviceConfig), config)
	})
}

// Plug is PBD.plug of one that is plugged already.
func (a *PBDActions) Plug(_ context.Context, self ref.PBD) error {
	return a.already(self, true, "plug")
}

// Unplug is PBD.unplug of one that is not plugged.
func (a *PBDActions) Unplug(_ context.Context, self ref.PBD) error {
	return a.already(self, false, "unplug")
}

func (a *PBDActions) already(self ref.PBD, want bool, name string) error {
	row, err := a.Read().Find(model.PBD, string(self))
	if err != nil {
		return err
	}
	if field.Bool(row, model.PBD_CurrentlyAttached) == want {
		return nil
	}
	return xerr.New(codes.NOT_IMPLEMENTED, "PBD."+name)
}
