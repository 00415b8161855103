package firstboot

import (
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/network"
)

// networks makes the host's own network and one for each interface, with the
// interface's record. A machine without interfaces has one private network, so
// that guests can be given an interface.
func networks(o *Options, host string) []*dbactions.Draft {
	rows := []*dbactions.Draft{internalNetwork()}
	scan := o.scan(host)
	for i := range o.Machine.NICs {
		rows = append(rows, scan.Records(&o.Machine.NICs[i], i == o.Machine.Management())...)
	}
	if len(o.Machine.NICs) == 0 {
		rows = append(rows, newNetwork("Private network", "A network of this host only", "xapi0"))
	}
	return rows
}

func (o *Options) scan(host string) *network.Scan {
	return &network.Scan{Machine: &o.Machine, Host: host, Now: stamp(o.Now())}
}

func newNetwork(name, description, bridge string) *dbactions.Draft {
	n := dbactions.NewDraft(model.Network)
	return n.Set("name_label", name).Set("name_description", description).Set("bridge", bridge)
}

// internalNetwork joins guests to the host itself, for installers.
func internalNetwork() *dbactions.Draft {
	n := newNetwork("Host internal management network",
		"Guests get a private link-local address on this network, by which they can talk XenAPI to the host", "xenapi")
	return n.Set("other_config", map[string]string{
		"is_guest_installer_network": "true", "is_host_internal_management_network": "true",
		"ip_begin": "169.254.0.1", "ip_end": "169.254.255.254", "netmask": "255.255.0.0",
	})
}
