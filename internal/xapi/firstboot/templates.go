package firstboot

import (
	"fmt"
	"maps"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
)

const (
	mib = int64(1) << 20
	gib = int64(1) << 30
)

// A template is one system a new VM can be made for.
type template struct {
	name, description string
	label             string // stable name for programs: debian-12
	distro            string // install-distro, empty for none
	memory            int64  // bytes it starts with
	minMemory         int64
	vcpus             int64
	disk              int64 // bytes, 0 for none
	bios              bool  // starts from BIOS, else from UEFI
}

func linux(name, label, distro string, memory, disk int64) template {
	return template{
		name: name, label: label, distro: distro, memory: memory, minMemory: memory / 2, vcpus: 1, disk: disk,
		description: "Installed from a CD, or over the network from the address in other_config:install-repository",
	}
}

// catalogue lists the templates of a fresh pool: what can be installed from a
// CD or over the network on today's machines.
func catalogue() []template {
	list := []template{
		{
			name: "Other install media", label: "other-install-media", memory: gib, minMemory: 128 * mib, vcpus: 1, bios: true,
			description: "Anything that starts from a CD",
		},
		{
			name: "Generic Linux BIOS", label: "generic-linux-bios", memory: 2 * gib, minMemory: 512 * mib, vcpus: 1, disk: 10 * gib, bios: true,
			description: "Any Linux, installed from a CD, started by BIOS",
		},
		{
			name: "Generic Linux UEFI", label: "generic-linux-uefi", memory: 2 * gib, minMemory: 512 * mib, vcpus: 1, disk: 10 * gib,
			description: "Any Linux, installed from a CD, started by UEFI",
		},
	}
	debian := []struct{ name, label string }{
		{"Debian Bullseye 11", "debian-11"},
		{"Debian Bookworm 12", "debian-12"},
		{"Debian Trixie 13", "debian-13"},
		{"Ubuntu Focal Fossa 20.04", "ubuntu-20.04"},
		{"Ubuntu Jammy Jellyfish 22.04", "ubuntu-22.04"},
		{"Ubuntu Noble Numbat 24.04", "ubuntu-24.04"},
	}
	for _, d := range debian {
		list = append(list, linux(d.name, d.label, "debianlike", 2*gib, 10*gib))
	}
	for _, family := range []struct{ name, label string }{
		{"AlmaLinux", "almalinux"}, {"Rocky Linux", "rockylinux"}, {"Oracle Linux", "oraclelinux"}, {"Red Hat Enterprise Linux", "rhel"}, {"CentOS Stream", "centos-stream"},
	} {
		for _, version := range []int{8, 9, 10} {
			list = append(list, linux(fmt.Sprintf("%s %d", family.name, version), fmt.Sprintf("%s-%d", family.label, version), "rhlike", 2*gib, 20*gib))
		}
	}
	return append(list,
		linux("SUSE Linux Enterprise 15 (64-bit)", "sle-15-64bit", "sleslike", 2*gib, 20*gib),
		linux("openSUSE Leap 15", "opensuse-leap-15", "sleslike", 2*gib, 20*gib))
}

func templates() []*dbactions.Draft {
	var rows []*dbactions.Draft
	for _, t := range catalogue() {
		rows = append(rows, t.draft())
	}
	return rows
}

func (t *template) draft() *dbactions.Draft {
	vm := dbactions.NewDraft(model.VM)
	vm.Set("name_label", t.name).Set("name_description", t.description).Set("reference_label", t.label)
	vm.Set("is_a_template", true).Set("is_default_template", true).Set("user_version", int64(1))
	vm.Set("memory_static_max", t.memory).Set("memory_dynamic_max", t.memory).Set("memory_dynamic_min", t.memory)
	vm.Set("memory_static_min", t.minMemory).Set("memory_target", t.memory)
	vm.Set("VCPUs_max", t.vcpus).Set("VCPUs_at_startup", t.vcpus)
	vm.Set("actions_after_shutdown", "destroy").Set("actions_after_reboot", "restart").Set("actions_after_crash", "restart")
	vm.Set("HVM_boot_policy", "BIOS order").Set("HVM_boot_params", t.boot()).Set("domain_type", "hvm")
	vm.Set("platform", t.platform()).Set("other_config", t.otherConfig()).Set("recommendations", recommendations)
	vm.Set("has_vendor_device", false).Set("domid", int64(-1))
	return vm
}

func (t *template) boot() map[string]string {
	if t.bios {
		return map[string]string{"order": "cdn", "firmware": "bios"}
	}
	return map[string]string{"order": "cdn", "firmware": "uefi"}
}

func (t *template) platform() map[string]string {
	p := map[string]string{
		"acpi": "1", "apic": "true", "pae": "true", "nx": "true", "viridian": "false",
		"vga": "std", "videoram": "8", "device-model": "qemu-upstream-compat",
	}
	if !t.bios {
		p["device-model"] = "qemu-upstream-uefi"
		p["secureboot"] = "auto"
	}
	return p
}

func (t *template) otherConfig() map[string]string {
	c := map[string]string{"default_template": "true", "mac_seed": dbactions.NewUUID(), "install-methods": "cdrom"}
	if t.disk > 0 {
		c["disks"] = fmt.Sprintf(`<provision><disk device="0" size="%d" sr="" bootable="true" type="system"/></provision>`, t.disk)
	}
	if t.label != "other-install-media" {
		c["linux_template"] = "true"
	}
	if t.distro != "" {
		maps.Copy(c, map[string]string{"install-methods": "cdrom,nfs,http,ftp", "install-distro": t.distro, "install-arch": "x86_64"})
	}
	return c
}

// recommendations are limits clients show beside the fields of a VM.
const recommendations = `<restrictions>` +
	`<restriction field="memory-static-max" max="1649267441664"/>` +
	`<restriction field="vcpus-max" max="64"/>` +
	`<restriction property="number-of-vbds" max="255"/>` +
	`<restriction property="number-of-vifs" max="7"/>` +
	`<restriction field="has-vendor-device" value="false"/>` +
	`<restriction field="supports-bios" value="yes"/>` +
	`<restriction field="supports-uefi" value="yes"/>` +
	`</restrictions>`
