package firstboot

import (
	"cmp"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/hostinfo"
)

// The version of XenAPI we speak and of the database schema it implies.
const (
	apiMajor      = 2
	apiMinor      = 23
	apiVersion    = "2.23"
	schemaVersion = "5.909"
)

func newHost(o *Options) *dbactions.Draft {
	m := &o.Machine
	h := dbactions.NewDraft(model.Host)
	h.Set("name_label", m.Hostname).Set("hostname", m.Hostname)
	h.Set("name_description", "Default install")
	h.Set("address", address(m)).Set("enabled", true)
	h.Set("API_version_major", int64(apiMajor)).Set("API_version_minor", int64(apiMinor)).Set("API_version_vendor", "XenSource")
	h.Set("sched_policy", "credit").Set("supported_bootloaders", []string{"pygrub", "eliloader"})
	h.Set("edition", edition).Set("editions", []string{edition}).Set("license_params", licenseParams())
	h.Set("license_server", map[string]string{"address": "localhost", "port": "27000"})
	h.Set("bios_strings", m.Firmware).Set("chipset_info", map[string]string{"iommu": strconv.FormatBool(m.IOMMU)})
	h.Set("virtual_hardware_platform_versions", []int64{0, 1, 2})
	h.Set("ssl_legacy", false).Set("ssh_enabled", false).Set("timezone", m.Timezone)
	h.Set("iscsi_iqn", "iqn.2026-01.org.xen.xcp:"+h.Text("uuid")[:8])
	h.Set("other_config", map[string]string{unfinished: "true"})
	for field, v := range machineFacts(o) {
		h.Set(field, v)
	}
	return h
}

// machineFacts are the fields of the host that follow the machine and the
// toolstack, at first boot and at every start.
func machineFacts(o *Options) map[string]any {
	return map[string]any{
		"software_version": softwareVersion(o),
		"capabilities":     capabilities(&o.Machine),
		"cpu_info":         cpuInfo(&o.Machine),
	}
}

func softwareVersion(o *Options) map[string]string {
	v := map[string]string{
		"product_brand":              "XCP",
		"product_version":            o.Version,
		"product_version_text":       "XCP " + o.Version,
		"product_version_text_short": o.Version,
		"platform_name":              "XCP",
		"platform_version":           "3.4.0", // what clients ask for before they show nested virtualisation
		"build_number":               o.Build,
		"git_id":                     o.Build,
		"xapi_build":                 o.Version,
		"xapi":                       apiVersion,
		"xencenter_min":              apiVersion,
		"xencenter_max":              apiVersion,
		"network_backend":            "bridge",
		"db_schema":                  schemaVersion,
		"hostname":                   o.Machine.Hostname,
		"linux":                      o.Machine.Kernel,
		"machine_serial_number":      o.Machine.Firmware["system-serial-number"],
		"machine_serial_name":        o.Machine.Firmware["system-product-name"],
	}
	maps.DeleteFunc(v, func(_, value string) bool { return value == "" })
	return v
}

// capabilities names the kinds of guest the host can run, in the hypervisor's
// spelling.
func capabilities(m *hostinfo.Machine) []string {
	caps := []string{"xen-3.0-" + m.Architecture}
	if m.Virtualisation {
		caps = append(caps, "hvm-3.0-x86_32", "hvm-3.0-x86_32p", "hvm-3.0-"+m.Architecture)
	}
	return caps
}

func cpuInfo(m *hostinfo.Machine) map[string]string {
	c := m.CPUs[0]
	return map[string]string{
		"cpu_count":        strconv.Itoa(len(m.CPUs)),
		"socket_count":     strconv.Itoa(m.Sockets),
		"threads_per_core": strconv.Itoa(m.ThreadsPerCore),
		"nr_nodes":         strconv.Itoa(m.Nodes),
		"vendor":           c.Vendor,
		"speed":            strconv.FormatInt(c.SpeedMHz, 10),
		"modelname":        c.Name,
		"family":           strconv.FormatInt(c.Family, 10),
		"model":            strconv.FormatInt(c.Model, 10),
		"stepping":         c.Stepping,
		"flags":            c.Flags,
		// Feature words come from a hypervisor; without one there are none.
		"features_pv": "", "features_hvm": "", "features_hvm_host": "", "features_pv_host": "",
	}
}

func newCPU(c *hostinfo.CPU, host string) *dbactions.Draft {
	d := dbactions.NewDraft(model.HostCPU).Set("host", host).Set("number", c.Number)
	for field, v := range cpuFacts(c) {
		d.Set(field, v)
	}
	return d
}

func cpuFacts(c *hostinfo.CPU) map[string]any {
	return map[string]any{
		"vendor": c.Vendor, "speed": c.SpeedMHz, "modelname": c.Name, "family": c.Family,
		"model": c.Model, "stepping": c.Stepping, "flags": c.Flags,
	}
}

func hostMetrics(o *Options, host *dbactions.Draft) *dbactions.Draft {
	m := dbactions.NewDraft(model.HostMetrics)
	m.Set("live", true).Set("last_updated", stamp(o.Now()))
	m.Set("memory_total", o.Machine.Memory.Total).Set("memory_free", o.Machine.Memory.Free)
	host.Set("metrics", m.Ref)
	return m
}

// address is where others reach this host, as far as the machine tells.
func address(m *hostinfo.Machine) string {
	if i := m.Management(); i >= 0 {
		if p, ok := m.NICs[i].IPv4(); ok {
			return p.Addr().String()
		}
	}
	return "127.0.0.1"
}

// unixDot is a time the way other_config keeps boot times: seconds with a
// trailing dot.
func unixDot(t time.Time) string { return strconv.FormatInt(max(t.Unix(), 0), 10) + "." }

// Memory of the control domain: what the host keeps for itself, an eighth
// within these bounds.
const (
	minControlMemory = 512 << 20
	maxControlMemory = 4 << 30
)

func controlMemory(total int64) int64 {
	return min(total, min(max(total/8, minControlMemory), maxControlMemory))
}

// controlDomain makes the domain that stands for the host itself, with its
// metrics and consoles.
func controlDomain(o *Options, host *dbactions.Draft) []*dbactions.Draft {
	m := &o.Machine
	memory, cpus := controlMemory(m.Memory.Total), int64(len(m.CPUs))
	vm, metrics := dbactions.NewDraft(model.VM), dbactions.NewDraft(model.VMMetrics)
	vm.Set("name_label", "Control domain on host: "+m.Hostname)
	vm.Set("name_description", "The domain which manages physical devices and manages other domains")
	vm.Set("is_control_domain", true).Set("power_state", "Running").Set("domid", int64(0))
	vm.Set("resident_on", host.Ref).Set("affinity", host.Ref).Set("user_version", int64(1))
	vm.Set("domain_type", "pv").Set("domarch", "x64").Set("actions_after_crash", "destroy")
	vm.Set("memory_static_max", memory).Set("memory_dynamic_max", memory).Set("memory_dynamic_min", memory)
	vm.Set("memory_static_min", int64(min(memory, minControlMemory))).Set("memory_target", memory)
	vm.Set("VCPUs_max", cpus).Set("VCPUs_at_startup", cpus)
	vm.Set("has_vendor_device", false).Set("metrics", metrics.Ref)
	metrics.Set("memory_actual", memory).Set("VCPUs_number", cpus).Set("current_domain_type", "pv")
	metrics.Set("start_time", stamp(m.Boot)).Set("install_time", stamp(o.Now())).Set("last_updated", stamp(o.Now()))
	host.Set("control_domain", vm.Ref)
	at := cmp.Or(o.ConsoleHost, host.Text("address"))
	return []*dbactions.Draft{vm, metrics, newConsole(vm.Ref, at, "rfb", 5900), newConsole(vm.Ref, at, "vt100", 9500)}
}

func newConsole(vm, host, protocol string, port int64) *dbactions.Draft {
	c := dbactions.NewDraft(model.Console)
	if strings.Count(host, ":") > 1 && !strings.HasPrefix(host, "[") {
		host = "[" + host + "]"
	}
	return c.Set("VM", vm).Set("protocol", protocol).Set("port", port).Set("location", "https://"+host+"/console?ref="+c.Ref)
}

func newPool(o *Options, host *dbactions.Draft, sr string) *dbactions.Draft {
	p := dbactions.NewDraft(model.Pool)
	p.Set("master", host.Ref).Set("default_SR", sr).Set("ha_cluster_stack", "xhad")
	p.Set("other_config", map[string]string{"memory-ratio-hvm": "0.25", "memory-ratio-pv": "0.25"})
	p.Set("restrictions", restrictions()).Set("cpu_info", cpuInfo(&o.Machine))
	return p
}
