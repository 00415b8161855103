// Package hostinfo reads facts of the machine: processors, memory, network
// interfaces, firmware, versions. It only reads files under /proc, /sys and
// /etc and asks for the addresses of interfaces; it changes nothing and starts
// nothing. Files that are missing, odd or huge, as in containers, cost the fact
// they hold and nothing else: Read never fails.
//
// The caller is firstboot, by way of cmd/xcp-xapi: it makes records of the facts.
package hostinfo

import (
	"bufio"
	"bytes"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// maxFile bounds what is read of one file: /proc/cpuinfo of a thousand
// processors has under 2 MiB.
const maxFile = 8 << 20

// A Machine is what is known of the host.
type Machine struct {
	Hostname     string
	Kernel       string // release, 6.12.0-amd64
	Architecture string // x86_64, aarch64
	Boot         time.Time
	Memory       Memory

	CPUs           []CPU
	Sockets        int
	ThreadsPerCore int
	Nodes          int
	Hypervisor     string // the one the machine runs on, from /sys/hypervisor; empty for none
	Virtualisation bool   // the processors can run guests
	IOMMU          bool

	NICs     []NIC
	Gateway  string // default route for IPv4; empty for none
	DNS      []string
	Firmware map[string]string // bios strings by XenAPI's names
	Timezone string
}

// Memory is in bytes.
type Memory struct {
	Total int64
	Free  int64 // what new programs may use
}

// A CPU is one logical processor.
type CPU struct {
	Number   int64
	Vendor   string
	Name     string
	SpeedMHz int64
	Family   int64
	Model    int64
	Stepping string
	Flags    string
	core     string
	socket   string
}

// Read reads the facts of this machine.
func Read() Machine {
	m := From(os.DirFS("/"))
	if m.Hostname == "" {
		m.Hostname, _ = os.Hostname()
	}
	addresses(m.NICs)
	return m
}

// From reads the facts of the machine whose root directory is given. Addresses
// of interfaces are not in files and stay empty.
func From(root fs.FS) Machine {
	m := Machine{
		Hostname:     line(root, "proc/sys/kernel/hostname"),
		Kernel:       line(root, "proc/sys/kernel/osrelease"),
		Architecture: architecture(),
		Boot:         bootTime(root),
		Memory:       readMemory(root),
		Hypervisor:   line(root, "sys/hypervisor/type"),
		IOMMU:        len(names(root, "sys/class/iommu")) > 0,
		NICs:         readNICs(root),
		Gateway:      gateway(root),
		DNS:          nameservers(root),
		Firmware:     firmware(root),
		Timezone:     timezone(root),
	}
	m.readCPUs(root)
	return m
}

// content reads a small file; what cannot be read is empty.
func content(root fs.FS, name string) []byte {
	f, err := root.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil
	}
	return b
}

// line is the first line of a file, made safe to show.
func line(root fs.FS, name string) string {
	first, _, _ := strings.Cut(string(content(root, name)), "\n")
	return printable(first)
}

// printable keeps a text to what every wire can carry, and to a bounded length.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r == 0xfffd || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.TrimSpace(s[:min(len(s), 4096)])
}

func number(root fs.FS, name string) (int64, bool) {
	n, err := strconv.ParseInt(line(root, name), 10, 64)
	return n, err == nil
}

func names(root fs.FS, dir string) []string {
	entries, err := fs.ReadDir(root, dir)
	if err != nil {
		return nil
	}
	out := make([]string, 0, len(entries))
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// fields calls visit for each "key: value" line of a file.
func fields(b []byte, visit func(key, value string)) {
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		key, value, _ := strings.Cut(sc.Text(), ":")
		visit(printable(key), printable(value))
	}
}

func readMemory(root fs.FS) Memory {
	var m Memory
	fields(content(root, "proc/meminfo"), func(key, value string) {
		kib, err := strconv.ParseInt(strings.TrimSuffix(value, " kB"), 10, 64)
		if err != nil || kib < 0 || kib > 1<<52 {
			return
		}
		switch key {
		case "MemTotal":
			m.Total = kib << 10
		case "MemAvailable":
			m.Free = kib << 10
		}
	})
	m.Free = min(m.Free, m.Total)
	return m
}

func bootTime(root fs.FS) time.Time {
	for l := range strings.Lines(string(content(root, "proc/stat"))) {
		if text, ok := strings.CutPrefix(l, "btime "); ok {
			if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil {
				return time.Unix(n, 0).UTC()
			}
		}
	}
	return time.Time{}
}

func timezone(root fs.FS) string {
	if zone := line(root, "etc/timezone"); zone != "" {
		return zone
	}
	return "UTC"
}

// firmwareFiles names, for each of XenAPI's bios strings, the file that has it.
var firmwareFiles = map[string]string{
	"bios-vendor":          "bios_vendor",
	"bios-version":         "bios_version",
	"system-manufacturer":  "sys_vendor",
	"system-product-name":  "product_name",
	"system-version":       "product_version",
	"system-serial-number": "product_serial",
}

func firmware(root fs.FS) map[string]string {
	out := map[string]string{}
	for key, file := range firmwareFiles {
		if s := line(root, "sys/class/dmi/id/"+file); s != "" {
			out[key] = s
		}
	}
	return out
}
