package network

import (
	"context"
	"net"
	"slices"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/xapi/action"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xapi/hostinfo"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// PIFActions answers the messages of class PIF.
type PIFActions struct {
	xapibus.UnimplementedPIF
	*action.Env
	Machine func() hostinfo.Machine // reads the facts of this machine
}

// Scan is PIF.scan: records follow the interfaces the machine has.
func (a *PIFActions) Scan(ctx context.Context, host ref.Host) error {
	machine := a.Machine()
	scan := Scan{Machine: &machine, Host: string(host), Now: a.Stamp()}
	if _, err := a.Read().Find(model.Host, string(host)); err != nil {
		return err
	}
	return scan.Sync(ctx, a.DB, true)
}

// Introduce is PIF.introduce of an interface the machine has. An empty device
// is found by its address. Hosts share the network of the same bridge.
func (a *PIFActions) Introduce(ctx context.Context, host ref.Host, mac, device string, managed bool) (ref.PIF, error) {
	address, err := net.ParseMAC(mac)
	if err != nil && mac != "" || mac == "" && device == "" {
		return "", xerr.New(codes.MAC_INVALID, mac)
	}
	machine := a.Machine()
	scan := Scan{Machine: &machine, Host: string(host), Now: a.Stamp()}
	i := slices.IndexFunc(machine.NICs, func(n hostinfo.NIC) bool {
		return (device == "" || n.Name == device) && (mac == "" || n.MAC == address.String())
	})
	if i < 0 {
		return "", xerr.New(codes.COULD_NOT_FIND_NETWORK_INTERFACE_WITH_SPECIFIED_DEVICE_NAME_AND_MAC_ADDRESS, device, mac)
	}
	n := &machine.NICs[i]
	var made string
	err = a.Change(ctx, model.Host, string(host), func(tx *db.Tx, row *db.Row) error {
		for _, pif := range field.Rows(tx, row, model.Host_PIFs) {
			if field.Text(pif, model.PIF_Device) == n.Name {
				return xerr.New(codes.DUPLICATE_PIF_DEVICE_NAME, n.Name)
			}
		}
		rows := scan.Records(n, false)
		if network := byBridge(tx, bridgeName(n.Name)); network != "" {
			rows = scan.pif(n, network, false)
		}
		for _, d := range rows {
			if d.Class == model.PIF {
				made = d.Set("managed", managed).Ref
			}
			if err := d.Create(tx); err != nil {
				return err
			}
		}
		return nil
	})
	return ref.PIF(made), err
}

func byBridge(r db.Reader, bridge string) string {
	for row := range r.Rows(model.Network) {
		if field.Text(row, model.Network_Bridge) == bridge {
			return row.Ref
		}
	}
	return ""
}

// PoolIntroduce is PIF.pool_introduce, which other hosts call.
func (a *PIFActions) PoolIntroduce(ctx context.Context, device string, network ref.Network, host ref.Host, mac string, mtu, vlan int64, physical bool,
	ipMode, ip, netmask, gateway, dns string, bondSlaveOf ref.Bond, vlanMasterOf ref.VLAN, management bool, otherConfig map[string]string,
	disallowUnplug bool, ipv6Mode string, ipv6 []string, ipv6Gateway, primaryAddressType string, managed bool, properties map[string]string,
) (ref.PIF, error) {
	return a.DbIntroduce(ctx, device, network, host, mac, mtu, vlan, physical, ipMode, ip, netmask, gateway, dns, bondSlaveOf, vlanMasterOf,
		management, otherConfig, disallowUnplug, ipv6Mode, ipv6, ipv6Gateway, primaryAddressType, managed, properties)
}

// DbIntroduce is PIF.db_introduce: the record alone.
func (a *PIFActions) DbIntroduce(ctx context.Context, device string, network ref.Network, host ref.Host, mac string, mtu, vlan int64, physical bool,
	ipMode, ip, netmask, gateway, dns string, bondSlaveOf ref.Bond, vlanMasterOf ref.VLAN, management bool, otherConfig map[string]string,
	disallowUnplug bool, ipv6Mode string, ipv6 []string, ipv6Gateway, primaryAddressType string, managed bool, properties map[string]string,
) (ref.PIF, error) {
	if _, err := net.ParseMAC(mac); err != nil {
		return "", xerr.New(codes.MAC_INVALID, mac)
	}
	metrics := dbactions.NewDraft(model.PIFMetrics).Set("last_updated", a.Stamp())
	d := dbactions.NewDraft(model.PIF).Set("metrics", metrics.Ref).Set("currently_attached", false).Set("device_name", device)
	for name, v := range map[string]any{
		"device": device, "network": string(network), "host": string(host), "MAC": mac, "MTU": mtu, "VLAN": vlan, "physical": physical,
		"ip_configuration_mode": ipMode, "IP": ip, "netmask": netmask, "gateway": gateway, "DNS": dns, "bond_slave_of": string(bondSlaveOf),
		"VLAN_master_of": string(vlanMasterOf), "management": management, "other_config": otherConfig, "disallow_unplug": disallowUnplug,
		"ipv6_configuration_mode": ipv6Mode, "IPv6": ipv6, "ipv6_gateway": ipv6Gateway, "primary_address_type": primaryAddressType,
		"managed": managed, "properties": properties,
	} {
		if err := dbactions.CheckValue(model.PIF.Field(name), v); err != nil {
			return "", err
		}
		d.Set(name, v)
	}
	err := a.Transact(ctx, func(tx *db.Tx) error {
		if err := d.CheckRefs(tx); err != nil {
			return err
		}
		if err := metrics.Create(tx); err != nil {
			return err
		}
		return d.Create(tx)
	})
	return ref.PIF(d.Ref), err
}

// DbForget is PIF.db_forget: the record alone.
func (a *PIFActions) DbForget(ctx context.Context, self ref.PIF) error {
	return a.forget(ctx, self, nil)
}

// Forget is PIF.forget.
func (a *PIFActions) Forget(ctx context.Context, self ref.PIF) error {
	return a.forget(ctx, self, forgettable)
}

// forgettable refuses to forget an interface something stands on.
func forgettable(r db.Reader, row *db.Row) error {
	refuse := func(code string) error { return xerr.New(code, row.Ref) }
	switch {
	case len(field.Set(r, row, model.PIF_VLANSlaveOf)) > 0:
		return refuse(codes.PIF_VLAN_STILL_EXISTS)
	case len(field.Set(r, row, model.PIF_TunnelTransportPIFOf)) > 0:
		return refuse(codes.PIF_TUNNEL_STILL_EXISTS)
	case field.Follow(r, row, model.PIF_BondSlaveOf) != nil:
		return refuse(codes.PIF_ALREADY_BONDED)
	case field.Bool(row, model.PIF_Management):
		return refuse(codes.PIF_IS_MANAGEMENT_INTERFACE)
	}
	return nil
}

func (a *PIFActions) forget(ctx context.Context, self ref.PIF, check func(r db.Reader, row *db.Row) error) error {
	return a.Delete(ctx, model.PIF, string(self), func(tx *db.Tx, row *db.Row) error {
		if check != nil {
			if err := check(tx, row); err != nil {
				return err
			}
		}
		return action.DeleteIfThere(tx, field.Text(row, model.PIF_Metrics))
	})
}

// SetDisallowUnplug is PIF.set_disallow_unplug.
func (a *PIFActions) SetDisallowUnplug(ctx context.Context, self ref.PIF, value bool) error {
	return a.Set(ctx, model.PIF, string(self), model.PIF_DisallowUnplug, value)
}

// Plug is PIF.plug of one that is plugged already.
func (a *PIFActions) Plug(_ context.Context, self ref.PIF) error {
	row, err := a.Read().Find(model.PIF, string(self))
	if err != nil {
		return err
	}
	if field.Bool(row, model.PIF_CurrentlyAttached) {
		return nil
	}
	return xerr.New(codes.NOT_IMPLEMENTED, "PIF.plug")
}

// VLANActions answers the messages of class VLAN.
type VLANActions struct {
	xapibus.UnimplementedVLAN
	*action.Env
}

// PoolIntroduce is VLAN.pool_introduce, which other hosts call.
func (a *VLANActions) PoolIntroduce(ctx context.Context, taggedPIF, untaggedPIF ref.PIF, tag int64, otherConfig map[string]string) (ref.VLAN, error) {
	if err := dbactions.CheckValue(&model.VLAN.Fields[model.VLAN_OtherConfig], otherConfig); err != nil {
		return "", err
	}
	d := dbactions.NewDraft(model.VLAN).Set("tagged_PIF", string(taggedPIF)).Set("untagged_PIF", string(untaggedPIF))
	r, err := a.Add(ctx, d.Set("tag", tag).Set("other_config", otherConfig))
	return ref.VLAN(r), err
}
