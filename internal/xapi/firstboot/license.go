package firstboot

import "strings"

// edition is what a host is that no licensing service speaks for: everything
// is available.
const edition = "free/libre"

// features are what licences may restrict. "false" for restrict_X means that X
// is available; clients look the keys up.
const features = `vlan qos pool_attached_storage netapp equalogic pooling marathon email_alerting historical_performance wlb rbac dmc checkpoint
	cpu_masking connection vmpr vmss intellicache gpu dr vif_locking storage_xen_motion vgpu integrated_gpu_passthrough vss
	guest_agent_auto_update pci_device_for_auto_update xen_motion guest_ip_setting ad nested_virt live_patching set_vcpus_number_live
	pvs_proxy igmp_snooping rpu pool_size cbt usb_passthrough network_sriov corosync cluster_address zstd_export pool_secret_rotation
	certificate_verification updates internal_repo_access vtpm vm_groups vm_start vm_appliance_start`

// restrictions are those of a pool of such hosts.
func restrictions() map[string]string {
	r := map[string]string{"enable_xha": "true", "platform_filter": "false", "regular_nag_dialog": "false"}
	for f := range strings.FieldsSeq(features) {
		r["restrict_"+f] = "false"
	}
	return r
}

func licenseParams() map[string]string {
	p := restrictions()
	p["expiry"] = "never"
	p["sku_type"] = "free"
	p["sku_marketing_name"] = "XCP"
	return p
}
