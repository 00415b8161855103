package firstboot

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/hostinfo"
)

// networks makes the host's own network and one for each interface, with the
// interface's record. A machine without interfaces has one private network, so
// that guests can be given an interface.
func networks(o *Options, host string) []*dbactions.Draft {
	rows := []*dbactions.Draft{internalNetwork()}
	m := &o.Machine
	for i := range m.NICs {
		rows = append(rows, nicRecords(o, host, &m.NICs[i], i == m.Management())...)
	}
	if len(m.NICs) == 0 {
		rows = append(rows, newNetwork("Private network", "A network of this host only", "xapi0", 1500))
	}
	return rows
}

func newNetwork(name, description, bridge string, mtu int64) *dbactions.Draft {
	n := dbactions.NewDraft(model.Network)
	return n.Set("name_label", name).Set("name_description", description).Set("bridge", bridge).Set("MTU", mtu)
}

// internalNetwork joins guests to the host itself, for installers.
func internalNetwork() *dbactions.Draft {
	n := newNetwork("Host internal management network", "Network on which guests will be assigned a private link-local IP address which can be used to talk XenAPI", "xenapi", 1500)
	return n.Set("other_config", map[string]string{
		"is_guest_installer_network": "true", "is_host_internal_management_network": "true",
		"ip_begin": "169.254.0.1", "ip_end": "169.254.255.254", "netmask": "255.255.0.0",
	})
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
	return name[:min(len(name), 15)]
}

// nicRecords makes the network, the interface and its metrics.
func nicRecords(o *Options, host string, n *hostinfo.NIC, management bool) []*dbactions.Draft {
	network := newNetwork("Pool-wide network associated with "+n.Name, "", bridgeName(n.Name), n.MTU)
	metrics := dbactions.NewDraft(model.PIFMetrics)
	pif := dbactions.NewDraft(model.PIF)
	pif.Set("device", n.Name).Set("device_name", n.Name).Set("host", host).Set("network", network.Ref).Set("metrics", metrics.Ref)
	pif.Set("VLAN", int64(-1)).Set("physical", true).Set("management", management)
	for field, v := range pifFacts(o, n, management) {
		pif.Set(field, v)
	}
	for field, v := range pifMetricsFacts(o, n) {
		metrics.Set(field, v)
	}
	return []*dbactions.Draft{network, metrics, pif}
}

// pifFacts are the fields of an interface that follow the machine.
func pifFacts(o *Options, n *hostinfo.NIC, management bool) map[string]any {
	facts := map[string]any{
		"MAC": n.MAC, "MTU": n.MTU, "currently_attached": true,
		"ip_configuration_mode": "None", "IP": "", "netmask": "", "gateway": "", "DNS": "", "IPv6": n.IPv6(),
	}
	ip, ok := n.IPv4()
	if !ok {
		return facts
	}
	facts["ip_configuration_mode"] = "DHCP"
	facts["IP"] = ip.Addr().String()
	facts["netmask"] = netmask(ip)
	if management {
		facts["gateway"] = o.Machine.Gateway
		facts["DNS"] = strings.Join(o.Machine.DNS, ",")
	}
	return facts
}

func netmask(p netip.Prefix) string { return net.IP(net.CIDRMask(p.Bits(), 32)).String() }

func pifMetricsFacts(o *Options, n *hostinfo.NIC) map[string]any {
	return map[string]any{
		"carrier": n.Carrier, "speed": n.SpeedMbps, "duplex": n.Duplex, "pci_bus_path": n.PCI,
		"vendor_id": n.VendorID, "device_id": n.DeviceID, "device_name": n.Driver, "last_updated": stamp(o.Now()),
	}
}
