package pool

import (
	"context"
	"net/netip"
	"slices"
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
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// PVSSiteActions answers the messages of class PVS_site.
type PVSSiteActions struct {
	xapibus.UnimplementedPVSSite
	*action.Env
}

// Introduce is PVS_site.introduce.
func (a *PVSSiteActions) Introduce(ctx context.Context, nameLabel, nameDescription, id string) (ref.PVSSite, error) {
	d, err := draft(model.PVSSite, map[int]any{
		model.PVSSite_NameLabel: nameLabel, model.PVSSite_NameDescription: nameDescription, model.PVSSite_PVSUUID: id,
	})
	if err != nil {
		return "", err
	}
	r, err := a.Add(ctx, d)
	return ref.PVSSite(r), err
}

// Forget is PVS_site.forget, of a site nothing belongs to.
func (a *PVSSiteActions) Forget(ctx context.Context, self ref.PVSSite) error {
	return a.Delete(ctx, model.PVSSite, string(self), func(tx *db.Tx, row *db.Row) error {
		var busy []string
		for _, proxy := range field.Rows(tx, row, model.PVSSite_Proxies) {
			if field.Bool(proxy, model.PVSProxy_CurrentlyAttached) {
				busy = append(busy, proxy.Ref)
			}
		}
		if len(busy) > 0 {
			return xerr.New(codes.PVS_SITE_CONTAINS_RUNNING_PROXIES, busy...)
		}
		if servers := field.Set(tx, row, model.PVSSite_Servers); len(servers) > 0 {
			return xerr.New(codes.PVS_SITE_CONTAINS_SERVERS, servers...)
		}
		return nil
	})
}

// SetPVSUUID is PVS_site.set_PVS_uuid.
func (a *PVSSiteActions) SetPVSUUID(ctx context.Context, self ref.PVSSite, value string) error {
	return a.Set(ctx, model.PVSSite, string(self), model.PVSSite_PVSUUID, value)
}

// PVSServerActions answers the messages of class PVS_server.
type PVSServerActions struct {
	xapibus.UnimplementedPVSServer
	*action.Env
}

// Introduce is PVS_server.introduce. An address belongs to one server.
func (a *PVSServerActions) Introduce(ctx context.Context, addresses []string, firstPort, lastPort int64, site ref.PVSSite) (ref.PVSServer, error) {
	for _, address := range addresses {
		if _, err := netip.ParseAddr(address); err != nil {
			return "", xerr.New(codes.INVALID_IP_ADDRESS_SPECIFIED, "addresses")
		}
	}
	if firstPort < 1 || firstPort > 65535 {
		return "", xerr.New(codes.VALUE_NOT_SUPPORTED, "first_port", strconv.FormatInt(firstPort, 10), "a port is between 1 and 65535")
	}
	if lastPort < firstPort || lastPort > 65535 {
		return "", xerr.New(codes.VALUE_NOT_SUPPORTED, "last_port", strconv.FormatInt(lastPort, 10), "a port between first_port and 65535")
	}
	d := dbactions.NewDraft(model.PVSServer).Set("addresses", addresses).Set("first_port", firstPort).Set("last_port", lastPort)
	d.Set("site", string(site))
	err := a.Transact(ctx, func(tx *db.Tx) error {
		if _, err := tx.Find(model.PVSSite, string(site)); err != nil {
			return err
		}
		for row := range tx.Rows(model.PVSServer) {
			for _, used := range field.Set(tx, row, model.PVSServer_Addresses) {
				if slices.Contains(addresses, used) {
					return xerr.New(codes.PVS_SERVER_ADDRESS_IN_USE, used)
				}
			}
		}
		return d.Create(tx)
	})
	return ref.PVSServer(d.Ref), err
}

// Forget is PVS_server.forget.
func (a *PVSServerActions) Forget(ctx context.Context, self ref.PVSServer) error {
	return a.Delete(ctx, model.PVSServer, string(self), nil)
}

// PVSProxyActions answers the messages of class PVS_proxy.
type PVSProxyActions struct {
	xapibus.UnimplementedPVSProxy
	*action.Env
}

// Create is PVS_proxy.create, for the first VIF of a VM.
func (a *PVSProxyActions) Create(ctx context.Context, site ref.PVSSite, vif ref.VIF) (ref.PVSProxy, error) {
	d := dbactions.NewDraft(model.PVSProxy).Set("site", string(site)).Set("VIF", string(vif))
	err := a.Transact(ctx, func(tx *db.Tx) error {
		if _, err := tx.Find(model.PVSSite, string(site)); err != nil {
			return err
		}
		row, err := tx.Find(model.VIF, string(vif))
		if err != nil {
			return err
		}
		if field.Text(row, model.VIF_Device) != "0" {
			return xerr.New(codes.PVS_VIF_MUST_BE_FIRST_DEVICE)
		}
		for other := range tx.Rows(model.PVSProxy) {
			if field.Text(other, model.PVSProxy_VIF) == row.Ref {
				return xerr.New(codes.PVS_PROXY_ALREADY_PRESENT, other.Ref)
			}
		}
		return d.Create(tx)
	})
	return ref.PVSProxy(d.Ref), err
}

// Destroy is PVS_proxy.destroy, of one that is not in use.
func (a *PVSProxyActions) Destroy(ctx context.Context, self ref.PVSProxy) error {
	return a.Delete(ctx, model.PVSProxy, string(self), func(_ *db.Tx, row *db.Row) error {
		if field.Bool(row, model.PVSProxy_CurrentlyAttached) {
			return xerr.New(codes.NOT_IMPLEMENTED, "PVS_proxy.destroy")
		}
		return nil
	})
}

// PVSCacheStorageActions answers the messages of class PVS_cache_storage.
type PVSCacheStorageActions struct {
	xapibus.UnimplementedPVSCacheStorage
	*action.Env
}

// minCache is the least a cache may be, in bytes.
const minCache = 1 << 30

// Create is PVS_cache_storage.create: one for a site and host.
func (a *PVSCacheStorageActions) Create(ctx context.Context, args map[string]dbus.Variant) (ref.PVSCacheStorage, error) {
	d, err := dbactions.FromRecord(model.PVSCacheStorage, args)
	if err != nil {
		return "", err
	}
	if size := d.Get("size").(int64); size < minCache {
		return "", xerr.New(codes.VALUE_NOT_SUPPORTED, "size", strconv.FormatInt(size, 10), "a cache has 1 GiB at least")
	}
	err = a.Transact(ctx, func(tx *db.Tx) error {
		if err := d.CheckRefs(tx); err != nil {
			return err
		}
		for row := range tx.Rows(model.PVSCacheStorage) {
			sameSite := field.Text(row, model.PVSCacheStorage_Site) == d.Text("site")
			if sameSite && field.Text(row, model.PVSCacheStorage_Host) == d.Text("host") {
				return xerr.New(codes.PVS_CACHE_STORAGE_ALREADY_PRESENT, d.Text("site"), d.Text("host"))
			}
		}
		return d.Create(tx)
	})
	return ref.PVSCacheStorage(d.Ref), err
}

// Destroy is PVS_cache_storage.destroy, while no proxy of the site runs.
func (a *PVSCacheStorageActions) Destroy(ctx context.Context, self ref.PVSCacheStorage) error {
	return a.Delete(ctx, model.PVSCacheStorage, string(self), func(tx *db.Tx, row *db.Row) error {
		site := field.Follow(tx, row, model.PVSCacheStorage_Site)
		if site == nil {
			return nil
		}
		for _, proxy := range field.Rows(tx, site, model.PVSSite_Proxies) {
			if field.Bool(proxy, model.PVSProxy_CurrentlyAttached) {
				return xerr.New(codes.PVS_CACHE_STORAGE_IS_IN_USE, row.Ref)
			}
		}
		return nil
	})
}

// SDNControllerActions answers the messages of class SDN_controller.
type SDNControllerActions struct {
	xapibus.UnimplementedSDNController
	*action.Env
}

// sslPort is where a controller listens if nobody says otherwise.
const sslPort = 6632

// Introduce is SDN_controller.introduce. A passive controller has neither
// address nor port.
func (a *SDNControllerActions) Introduce(ctx context.Context, protocol, address string, port int64) (ref.SDNController, error) {
	passive := protocol == model.SDNControllerProtocol_Pssl
	if passive && (address != "" || port != 0) {
		return "", xerr.New(codes.INVALID_VALUE, "address", address)
	}
	if !passive {
		if _, err := netip.ParseAddr(address); err != nil {
			return "", xerr.New(codes.INVALID_IP_ADDRESS_SPECIFIED, "address")
		}
		if port == 0 {
			port = sslPort
		}
		if port < 0 || port > 65535 {
			return "", xerr.New(codes.VALUE_NOT_SUPPORTED, "port", strconv.FormatInt(port, 10), "a port is between 0 and 65535")
		}
	}
	d, err := draft(model.SDNController, map[int]any{
		model.SDNController_Protocol: protocol, model.SDNController_Address: address, model.SDNController_Port: port,
	})
	if err != nil {
		return "", err
	}
	err = a.Transact(ctx, func(tx *db.Tx) error {
		if tx.Count(model.SDNController) > 0 {
			return xerr.New(codes.OPERATION_NOT_ALLOWED, "An SDN controller has been introduced already")
		}
		return d.Create(tx)
	})
	return ref.SDNController(d.Ref), err
}

// Forget is SDN_controller.forget.
func (a *SDNControllerActions) Forget(ctx context.Context, self ref.SDNController) error {
	return a.Delete(ctx, model.SDNController, string(self), nil)
}
