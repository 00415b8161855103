package network

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/xapi/action"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xapi/hostinfo"
)

// A Scan compares the records of a host's interfaces with the machine.
type Scan struct {
	Machine *hostinfo.Machine
	Host    string // reference
	Now     string // as XenAPI writes it
}

// Records makes the network, the interface and its metrics for one card.
func (s *Scan) Records(n *hostinfo.NIC, management bool) []*dbactions.Draft {
	network := newNetwork("Pool-wide network associated with "+n.Name, bridgeName(n.Name), n.MTU)
	return append(s.pif(n, network.Ref, management), network)
}

func newNetwork(name, bridge string, mtu int64) *dbactions.Draft {
	n := dbactions.NewDraft(model.Network)
	return n.Set("name_label", name).Set("bridge", bridge).Set("MTU", mtu)
}

// pif makes the record of an interface on a network, after that of its metrics.
func (s *Scan) pif(n *hostinfo.NIC, network string, management bool) []*dbactions.Draft {
	metrics, pif := dbactions.NewDraft(model.PIFMetrics), dbactions.NewDraft(model.PIF)
	pif.Set("device", n.Name).Set("device_name", n.Name).Set("host", s.Host).Set("network", network).Set("metrics", metrics.Ref)
	pif.Set("VLAN", int64(-1)).Set("physical", true).Set("management", management)
	for i, v := range s.facts(n, management) {
		pif.Values[i] = v
	}
	for i, v := range s.metrics(n) {
		metrics.Values[i] = v
	}
	return []*dbactions.Draft{metrics, pif}
}

// bridgeName is the bridge that belongs to an interface: xenbr3 for eth3, else
// br and the name, within the kernel's 15 characters.
func bridgeName(device string) string {
	if digits, ok := strings.CutPrefix(device, "eth"); ok {
		if _, err := strconv.Atoi(digits); err == nil {
			return "xenbr" + digits
		}
	}
	name := "br" + device
	return name[:min(len(name), maxBridge)]
}

// facts are the fields of an interface that follow the machine.
func (s *Scan) facts(n *hostinfo.NIC, management bool) map[int]any {
	facts := map[int]any{
		model.PIF_MAC: n.MAC, model.PIF_MTU: n.MTU, model.PIF_CurrentlyAttached: true,
		model.PIF_IPConfigurationMode: model.IPConfigurationMode_None, model.PIF_IP: "", model.PIF_Netmask: "",
		model.PIF_Gateway: "", model.PIF_DNS: "", model.PIF_IPv6: n.IPv6(),
	}
	ip, ok := n.IPv4()
	if !ok {
		return facts
	}
	facts[model.PIF_IPConfigurationMode] = model.IPConfigurationMode_DHCP
	facts[model.PIF_IP], facts[model.PIF_Netmask] = ip.Addr().String(), netmask(ip)
	if management {
		facts[model.PIF_Gateway], facts[model.PIF_DNS] = s.Machine.Gateway, strings.Join(s.Machine.DNS, ",")
	}
	return facts
}

func netmask(p netip.Prefix) string { return net.IP(net.CIDRMask(p.Bits(), 32)).String() }

func (s *Scan) metrics(n *hostinfo.NIC) map[int]any {
	return map[int]any{
		model.PIFMetrics_Carrier: n.Carrier, model.PIFMetrics_Speed: n.SpeedMbps, model.PIFMetrics_Duplex: n.Duplex,
		model.PIFMetrics_PCIBusPath: n.PCI, model.PIFMetrics_VendorID: n.VendorID, model.PIFMetrics_DeviceID: n.DeviceID,
		model.PIFMetrics_DeviceName: n.Driver, model.PIFMetrics_LastUpdated: s.Now,
	}
}

// nicsPerCommit keeps a commit under the store's hundred keys: an interface has
// three rows and changes two others.
const nicsPerCommit = 15

// Sync makes records of interfaces that are new and brings the others up to
// date. Records of interfaces that are gone are shown as detached or, if forget
// is set, removed, unless something stands on them.
func (s *Scan) Sync(ctx context.Context, d *db.DB, forget bool) error {
	for chunk := range slices.Chunk(s.Machine.NICs, nicsPerCommit) {
		if _, err := d.Update(ctx, func(tx *db.Tx) error { return s.present(tx, chunk) }); err != nil {
			return err
		}
	}
	gone := physical(d.Snapshot(), s.Host)
	for i := range s.Machine.NICs {
		delete(gone, s.Machine.NICs[i].Name)
	}
	for _, row := range gone {
		if _, err := d.Update(ctx, func(tx *db.Tx) error { return vanish(tx, row.Ref, forget) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Scan) present(tx *db.Tx, nics []hostinfo.NIC) error {
	if _, err := tx.Find(model.Host, s.Host); err != nil {
		return err
	}
	known := physical(tx, s.Host)
	for i := range nics {
		if row, ok := known[nics[i].Name]; ok {
			if err := s.sync(tx, row, &nics[i]); err != nil {
				return err
			}
			continue
		}
		for _, d := range s.Records(&nics[i], false) {
			if err := d.Create(tx); err != nil {
				return err
			}
		}
	}
	return nil
}

func physical(r db.Reader, host string) map[string]*db.Row {
	out := map[string]*db.Row{}
	for _, ref := range r.Referrers(&model.PIF.Fields[model.PIF_Host], host) {
		if row, ok := r.Get(ref); ok && field.Bool(row, model.PIF_Physical) {
			out[field.Text(row, model.PIF_Device)] = row
		}
	}
	return out
}

// sync leaves alone what a person may have set: how the interface gets its
// address, and the address itself if it was given by hand.
func (s *Scan) sync(tx *db.Tx, row *db.Row, n *hostinfo.NIC) error {
	facts := s.facts(n, field.Bool(row, model.PIF_Management))
	if field.Text(row, model.PIF_IPConfigurationMode) == model.IPConfigurationMode_Static {
		for _, i := range []int{model.PIF_IP, model.PIF_Netmask, model.PIF_Gateway, model.PIF_DNS} {
			delete(facts, i)
		}
	}
	delete(facts, model.PIF_IPConfigurationMode)
	if err := setAll(tx, row, facts); err != nil {
		return err
	}
	metrics := field.Follow(tx, row, model.PIF_Metrics)
	if metrics == nil {
		return nil
	}
	return setAll(tx, metrics, s.metrics(n))
}

func setAll(tx *db.Tx, row *db.Row, values map[int]any) error {
	for i, v := range values {
		if err := tx.Set(row.Ref, field.Of(row, i), v); err != nil {
			return err
		}
	}
	return nil
}

func vanish(tx *db.Tx, pif string, forget bool) error {
	row, err := tx.Find(model.PIF, pif)
	if err != nil {
		return nil // somebody was faster
	}
	if !forget || forgettable(tx, row) != nil {
		return tx.Set(row.Ref, field.Of(row, model.PIF_CurrentlyAttached), false)
	}
	return action.DeleteIfThere(tx, field.Text(row, model.PIF_Metrics), row.Ref)
}
