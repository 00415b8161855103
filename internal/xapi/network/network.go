// Package network answers the hand-written messages of networks: network, PIF
// and VLAN.
//
// Mine, as long as no service makes bridges: what can be done with records
// alone. Messages that change an interface of the machine answer
// NOT_IMPLEMENTED. Callers are dispatch, through customactions.
package network

import (
	"context"
	"strconv"
	"strings"

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

// Actions answers the messages of class network.
type Actions struct {
	xapibus.UnimplementedNetwork
	*action.Env
}

// defaultMTU is that of a network nobody gave a sensible one.
const defaultMTU = 1500

// maxBridge is the longest name the kernel takes for an interface.
const maxBridge = 15

// taken are beginnings of names the toolstack gives to interfaces itself.
var taken = []string{"xen", "xapi", "vif", "tap", "eth"}

// Create is network.create.
func (a *Actions) Create(ctx context.Context, args map[string]dbus.Variant) (ref.Network, error) {
	d, err := dbactions.FromRecord(model.Network, args)
	if err != nil {
		return "", err
	}
	if d.Get("MTU").(int64) <= 0 {
		d.Set("MTU", int64(defaultMTU))
	}
	bridge := d.Text("bridge")
	if err := checkBridge(bridge); err != nil {
		return "", err
	}
	err = a.Transact(ctx, func(tx *db.Tx) error {
		used := bridges(tx)
		if bridge == "" {
			d.Set("bridge", freeBridge(used))
		} else if used[bridge] {
			return xerr.New(codes.BRIDGE_NAME_EXISTS, bridge)
		}
		return d.Create(tx)
	})
	return ref.Network(d.Ref), err
}

func checkBridge(bridge string) error {
	bad := len(bridge) > maxBridge || strings.ContainsAny(bridge, " \t\n/:")
	for _, prefix := range taken {
		bad = bad || strings.HasPrefix(bridge, prefix)
	}
	if bad {
		return xerr.New(codes.INVALID_VALUE, "bridge", bridge)
	}
	return nil
}

func bridges(r db.Reader) map[string]bool {
	used := map[string]bool{}
	for row := range r.Rows(model.Network) {
		used[field.Text(row, model.Network_Bridge)] = true
	}
	return used
}

func freeBridge(used map[string]bool) string {
	for n := 0; ; n++ {
		if name := "xapi" + strconv.Itoa(n); !used[name] {
			return name
		}
	}
}

// PoolIntroduce is network.pool_introduce, which other hosts call.
func (a *Actions) PoolIntroduce(ctx context.Context, nameLabel, nameDescription string, mtu int64, otherConfig map[string]string, bridge string, managed bool, purpose []string) (ref.Network, error) {
	d := dbactions.NewDraft(model.Network)
	for name, v := range map[string]any{
		"name_label": nameLabel, "name_description": nameDescription, "MTU": mtu, "other_config": otherConfig,
		"bridge": bridge, "managed": managed, "purpose": purpose,
	} {
		if err := dbactions.CheckValue(model.Network.Field(name), v); err != nil {
			return "", err
		}
		d.Set(name, v)
	}
	r, err := a.Add(ctx, d)
	return ref.Network(r), err
}

// Destroy is network.destroy. VIFs on it that are not plugged go too.
func (a *Actions) Destroy(ctx context.Context, self ref.Network) error {
	return a.Delete(ctx, model.Network, string(self), func(tx *db.Tx, row *db.Row) error {
		vifs := field.Rows(tx, row, model.Network_VIFs)
		var attached []string
		for _, vif := range vifs {
			if field.Bool(vif, model.VIF_CurrentlyAttached) {
				attached = append(attached, vif.Ref)
			}
		}
		switch pifs := field.Set(tx, row, model.Network_PIFs); {
		case len(attached) > 0:
			return xerr.New(codes.NETWORK_CONTAINS_VIF, attached...)
		case len(pifs) > 0:
			return xerr.New(codes.NETWORK_CONTAINS_PIF, pifs...)
		case field.Map(row, model.Network_OtherConfig)["is_host_internal_management_network"] == "true":
			return xerr.New(codes.CANNOT_DESTROY_SYSTEM_NETWORK, row.Ref)
		}
		for _, vif := range vifs {
			if err := action.DeleteIfThere(tx, field.Text(vif, model.VIF_Metrics), vif.Ref); err != nil {
				return err
			}
			if err := operations.Refresh(tx, field.Text(vif, model.VIF_VM)); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetDefaultLockingMode is network.set_default_locking_mode, while no VIF that
// follows it is plugged.
func (a *Actions) SetDefaultLockingMode(ctx context.Context, network ref.Network, value string) error {
	f := &model.Network.Fields[model.Network_DefaultLockingMode]
	if err := dbactions.CheckValue(f, value); err != nil {
		return err
	}
	return a.Change(ctx, model.Network, string(network), func(tx *db.Tx, row *db.Row) error {
		for _, vif := range field.Rows(tx, row, model.Network_VIFs) {
			follows := field.Text(vif, model.VIF_LockingMode) == model.VIFLockingMode_NetworkDefault
			if follows && field.Bool(vif, model.VIF_CurrentlyAttached) {
				return xerr.New(codes.VIF_IN_USE, row.Ref, vif.Ref)
			}
		}
		return tx.Set(row.Ref, f, value)
	})
}

// CreateNewBlob is network.create_new_blob.
func (a *Actions) CreateNewBlob(ctx context.Context, network ref.Network, name, mimeType string, public bool) (ref.Blob, error) {
	blob, err := a.NewBlob(ctx, model.Network, string(network), model.Network_Blobs, name, mimeType, public)
	return ref.Blob(blob), err
}

// AddPurpose is network.add_purpose. A network is for NBD with or without
// encryption, not both, and so is the pool.
func (a *Actions) AddPurpose(ctx context.Context, self ref.Network, value string) error {
	f := &model.Network.Fields[model.Network_Purpose]
	if err := dbactions.CheckValue(f, []string{value}); err != nil {
		return err
	}
	return a.Change(ctx, model.Network, string(self), func(tx *db.Tx, row *db.Row) error {
		for other := range tx.Rows(model.Network) {
			for _, purpose := range other.Strings(f) {
				if purpose != value {
					return xerr.New(codes.NETWORK_INCOMPATIBLE_PURPOSES, value, purpose)
				}
			}
		}
		return dbactions.AddToSet(tx, row, f, value)
	})
}

// RemovePurpose is network.remove_purpose.
func (a *Actions) RemovePurpose(ctx context.Context, self ref.Network, value string) error {
	return a.RemoveMember(ctx, model.Network, string(self), model.Network_Purpose, value)
}
