// Package safety keeps a toolstack that a person started away from the machine
// it runs on (DESIGN section 6). One table names the messages that would reach
// for it, one switch, Config.ManageHost, opens them: the installed service may
// set it, the launcher never does. Mine: which messages, and the refusal. Not
// mine: what they do. Caller: forward, before a message runs on this host.
package safety

import (
	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// Config says what the toolstack may do to its machine.
type Config struct {
	// ManageHost: the toolstack was installed to manage this machine.
	ManageHost bool
}

// Check refuses a message that would reach beyond the toolstack's own objects:
// OPERATION_NOT_ALLOWED with the reason.
func (c Config) Check(m *schema.Message) error {
	if c.ManageHost {
		return nil
	}
	reason, ok := refused[m.Wire()]
	if !ok {
		return nil
	}
	return xerr.New(codes.OPERATION_NOT_ALLOWED, "This toolstack does not manage the machine it runs on: "+m.Wire()+" would "+reason)
}

// What a refused message would do, as the end of the sentence above.
const (
	power    = "power the machine, or another one, on or off"
	network  = "change the machine's network interfaces or name"
	services = "change services or the firewall of the machine"
	users    = "change how users of the machine log in"
	clock    = "set the machine's clock"
	kernel   = "change the machine's kernel or devices"
	software = "change software of the machine"
	upload   = "send data of the machine to an address the client names"
	fetch    = "connect to an address the client names"
	plugin   = "run a program from outside the state folder"
)

var refused = byMessage(map[string][]string{
	power: {
		"host.shutdown", "host.reboot", "host.prepare_for_poweroff", "host.power_on",
	},
	network: {
		"host.management_reconfigure", "host.local_management_reconfigure", "host.management_disable",
		"host.reset_networking", "host.signal_networking_change", "host.set_hostname_live",
		"pool.management_reconfigure", "PIF.reconfigure_ip", "PIF.reconfigure_ipv6", "PIF.set_primary_address_type",
	},
	services: {
		"host.update_firewalld_service_status", "host.syslog_reconfigure",
		"host.enable_ssh", "host.disable_ssh", "host.set_ssh_enabled_timeout", "host.set_ssh_auto_mode",
		"pool.enable_ssh", "pool.disable_ssh", "pool.set_ssh_enabled_timeout", "pool.set_ssh_auto_mode",
	},
	users: {
		"host.enable_external_auth", "host.disable_external_auth", "host.external_auth_set_ldaps",
		"pool.enable_external_auth", "pool.disable_external_auth", "pool.external_auth_set_ldaps",
	},
	clock: {
		"host.set_servertime", "host.set_ntp_mode", "host.set_ntp_custom_servers", "host.set_timezone",
	},
	kernel: {
		"host.send_debug_keys", "host.dmesg_clear", "host.set_max_cstate", "host.set_sched_gran", "host.rescan_drivers",
		"host.enable_display", "host.disable_display", "host.mxgpu_vf_setup", "host.nvidia_vf_setup",
		"PCI.enable_dom0_access", "PCI.disable_dom0_access", "PGPU.enable_dom0_access", "PGPU.disable_dom0_access",
		"Host_driver.select", "Host_driver.deselect", "Host_driver.rescan", "Driver_variant.select",
	},
	software: {
		"host.apply_updates", "host_patch.apply", "pool_patch.apply", "pool_patch.pool_apply",
		"pool_update.apply", "pool_update.pool_apply", "Repository.apply", "Repository.apply_livepatch",
	},
	upload: {
		"host.bugreport_upload", "host_crashdump.upload", "pool.send_test_post", "pool.test_archive_target",
	},
	fetch: {
		"VM.import", "VM.import_convert", "pool.initialize_wlb", "pool.sync_updates",
	},
	plugin: {
		"host.call_plugin", "host.call_extension", "VM.call_host_plugin",
	},
})

func byMessage(table map[string][]string) map[string]string {
	m := make(map[string]string)
	for reason, names := range table {
		for _, n := range names {
			m[n] = reason
		}
	}
	return m
}
