package hostinfo

import (
	"io/fs"
	"runtime"
	"strconv"
	"strings"
)

// machines are the kernel's names of the architectures Go knows.
var machines = map[string]string{"amd64": "x86_64", "arm64": "aarch64", "386": "i686"}

func architecture() string {
	if m, ok := machines[runtime.GOARCH]; ok {
		return m
	}
	return runtime.GOARCH
}

// readCPUs reads the processors and how they are arranged. A machine that does
// not tell has the number of processors this process may use, in one socket.
func (m *Machine) readCPUs(root fs.FS) {
	m.CPUs = parseCPUs(content(root, "proc/cpuinfo"))
	if len(m.CPUs) == 0 {
		for i := range runtime.NumCPU() {
			m.CPUs = append(m.CPUs, CPU{Number: int64(i)})
		}
	}
	sockets, cores := map[string]bool{}, map[string]bool{}
	for i := range m.CPUs {
		c := &m.CPUs[i]
		if c.Name == "" {
			c.Name = "unknown"
		}
		if c.Vendor == "" {
			c.Vendor = "unknown"
		}
		sockets[c.socket] = true
		if c.core != "" {
			cores[c.socket+"/"+c.core] = true
		}
		m.Virtualisation = m.Virtualisation || hasFlag(c.Flags, "vmx") || hasFlag(c.Flags, "svm")
	}
	m.Sockets = len(sockets)
	m.ThreadsPerCore = max(1, len(m.CPUs)/max(1, len(cores)))
	if len(cores) == 0 {
		m.ThreadsPerCore = 1
	}
	m.Nodes = max(1, countNodes(names(root, "sys/devices/system/node")))
}

func countNodes(entries []string) int {
	n := 0
	for _, e := range entries {
		if digits, ok := strings.CutPrefix(e, "node"); ok {
			if _, err := strconv.Atoi(digits); err == nil {
				n++
			}
		}
	}
	return n
}

func hasFlag(flags, flag string) bool {
	for f := range strings.FieldsSeq(flags) {
		if f == flag {
			return true
		}
	}
	return false
}

// armVendors names the designers ARM processors report by number.
var armVendors = map[string]string{
	"0x41": "ARM", "0x42": "Broadcom", "0x43": "Cavium", "0x48": "HiSilicon", "0x4e": "NVIDIA", "0x51": "Qualcomm", "0x61": "Apple", "0xc0": "Ampere",
}

// maxCPUs bounds the rows a file can make.
const maxCPUs = 8192

func parseCPUs(b []byte) []CPU {
	var cpus []CPU
	last := func() *CPU {
		if len(cpus) == 0 {
			return &CPU{}
		}
		return &cpus[len(cpus)-1]
	}
	fields(b, func(key, value string) {
		n, _ := strconv.ParseInt(value, 0, 64)
		switch c := last(); key {
		case "processor":
			if _, err := strconv.ParseInt(value, 10, 64); err == nil && len(cpus) < maxCPUs {
				cpus = append(cpus, CPU{Number: n})
			}
		case "vendor_id":
			c.Vendor = value
		case "CPU implementer":
			c.Vendor = armVendors[value]
		case "model name":
			c.Name = value
		case "cpu MHz":
			mhz, _ := strconv.ParseFloat(value, 64)
			c.SpeedMHz = int64(min(max(mhz, 0), 1e6))
		case "cpu family", "CPU architecture":
			c.Family = n
		case "model", "CPU part":
			c.Model = n
		case "stepping", "CPU revision":
			c.Stepping = value
		case "flags", "Features":
			c.Flags = value
		case "core id":
			c.core = value
		case "physical id":
			c.socket = value
		}
	})
	return cpus
}
