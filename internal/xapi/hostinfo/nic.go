package hostinfo

import (
	"bytes"
	"encoding/hex"
	"io/fs"
	"net"
	"net/netip"
	"path"
	"slices"
	"strings"
)

// A NIC is one network interface that leads out of the machine.
type NIC struct {
	Name      string
	MAC       string // 00:16:3e:01:02:03
	MTU       int64
	Carrier   bool
	SpeedMbps int64 // 0 if unknown
	Duplex    bool
	Driver    string
	PCI       string // bus address; empty if it is on none
	VendorID  string // of the PCI device, without 0x
	DeviceID  string
	Addresses []netip.Prefix
}

// ethernet is the kernel's number for such interfaces (ARPHRD_ETHER).
const ethernet = 1

// madeByPrograms are the beginnings of the names that container and virtual
// machine managers give to interfaces inside the host.
var madeByPrograms = []string{"docker", "br-", "virbr", "veth", "vnet", "vif", "tap", "tun", "xenbr", "xapi", "lxc", "lxd", "incus", "cni", "flannel", "cali", "dummy", "wg", "ifb"}

// readNICs lists the interfaces that have hardware behind them. Where none has,
// as in a container, every Ethernet interface counts that does not look like
// one that leads inside.
func readNICs(root fs.FS) []NIC {
	var hard, soft []NIC
	for _, name := range names(root, "sys/class/net") {
		dir := path.Join("sys/class/net", name)
		if kind, ok := number(root, dir+"/type"); !ok || kind != ethernet {
			continue
		}
		switch {
		case exists(root, dir+"/device") && !exists(root, dir+"/wireless"):
			hard = append(hard, readNIC(root, name, dir))
		case !exists(root, dir+"/bridge") && !exists(root, dir+"/bonding") && !exists(root, dir+"/tun_flags") && !hasAnyPrefix(name, madeByPrograms):
			soft = append(soft, readNIC(root, name, dir))
		}
	}
	if len(hard) == 0 {
		hard = soft
	}
	slices.SortFunc(hard, func(a, b NIC) int { return strings.Compare(a.Name, b.Name) })
	return hard
}

func exists(root fs.FS, name string) bool {
	_, err := fs.Stat(root, name)
	return err == nil
}

func hasAnyPrefix(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

func readNIC(root fs.FS, name, dir string) NIC {
	n := NIC{Name: name, MTU: 1500, Duplex: line(root, dir+"/duplex") == "full"}
	if mac, err := net.ParseMAC(line(root, dir+"/address")); err == nil {
		n.MAC = mac.String()
	}
	if mtu, ok := number(root, dir+"/mtu"); ok && mtu > 0 {
		n.MTU = mtu
	}
	if speed, ok := number(root, dir+"/speed"); ok && speed > 0 {
		n.SpeedMbps = speed
	}
	n.Carrier = line(root, dir+"/carrier") == "1"
	fields(bytes.ReplaceAll(content(root, dir+"/device/uevent"), []byte("="), []byte(": ")), func(key, value string) {
		switch key {
		case "DRIVER":
			n.Driver = value
		case "PCI_SLOT_NAME":
			n.PCI = value
		}
	})
	if n.PCI != "" {
		n.VendorID = strings.TrimPrefix(line(root, dir+"/device/vendor"), "0x")
		n.DeviceID = strings.TrimPrefix(line(root, dir+"/device/device"), "0x")
	}
	return n
}

// addresses asks the kernel for the addresses of interfaces.
func addresses(nics []NIC) {
	for i := range nics {
		iface, err := net.InterfaceByName(nics[i].Name)
		if err != nil {
			continue
		}
		addrs, err := iface.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				nics[i].Addresses = append(nics[i].Addresses, p)
			}
		}
	}
}

// IPv4 is the first address of the interface that others may know.
func (n *NIC) IPv4() (netip.Prefix, bool) {
	for _, p := range n.Addresses {
		if p.Addr().Is4() && !p.Addr().IsLinkLocalUnicast() && !p.Addr().IsLoopback() {
			return p, true
		}
	}
	return netip.Prefix{}, false
}

// IPv6 lists the interface's global addresses with their prefix lengths.
func (n *NIC) IPv6() []string {
	out := []string{}
	for _, p := range n.Addresses {
		if p.Addr().Is6() && p.Addr().IsGlobalUnicast() {
			out = append(out, p.String())
		}
	}
	return out
}

// Management picks the interface others reach this host by: the first with an
// IPv4 address and carrier, else the first with an address, else the first.
// It is -1 if the machine has none.
func (m *Machine) Management() int {
	best := -1
	for i := range m.NICs {
		_, has := m.NICs[i].IPv4()
		if has && m.NICs[i].Carrier {
			return i
		}
		if best < 0 && has {
			best = i
		}
	}
	if best < 0 && len(m.NICs) > 0 {
		return 0
	}
	return best
}

// gateway reads the default route from the kernel's table, whose addresses are
// hexadecimal with the lowest byte first.
func gateway(root fs.FS) string {
	for l := range strings.Lines(string(content(root, "proc/net/route"))) {
		cols := strings.Fields(l)
		if len(cols) < 3 || cols[1] != "00000000" {
			continue
		}
		b, err := hex.DecodeString(cols[2])
		if err == nil && len(b) == 4 && !bytes.Equal(b, make([]byte, 4)) {
			slices.Reverse(b)
			return netip.AddrFrom4([4]byte(b)).String()
		}
	}
	return ""
}

func nameservers(root fs.FS) []string {
	var out []string
	for l := range strings.Lines(string(content(root, "etc/resolv.conf"))) {
		cols := strings.Fields(l)
		if len(cols) < 2 || cols[0] != "nameserver" || len(out) == 8 {
			continue
		}
		if a, err := netip.ParseAddr(cols[1]); err == nil {
			out = append(out, a.String())
		}
	}
	return out
}
