package daemon

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
)

// cpuProfileTime is how long a cpu profile is taken.
const cpuProfileTime = 5 * time.Second

// dumpWriteTimeout bounds a reader that does not read.
const dumpWriteTimeout = 30 * time.Second

// dumps are the kinds of Diagnostics1.Dump of every service.
func (p *proc) dumps() map[string]func(io.Writer) error {
	kinds := map[string]func(io.Writer) error{
		"goroutines": func(w io.Writer) error { return pprof.Lookup("goroutine").WriteTo(w, 1) },
		"heap": func(w io.Writer) error {
			runtime.GC() // the profile is that of the last collection
			return pprof.Lookup("heap").WriteTo(w, 0)
		},
		"cpu": func(w io.Writer) error {
			if err := pprof.StartCPUProfile(w); err != nil {
				return err
			}
			defer pprof.StopCPUProfile()
			time.Sleep(cpuProfileTime)
			return nil
		},
	}
	for kind, f := range p.service.Dumps {
		kinds[kind] = f
	}
	return kinds
}

// dump writes one kind into a pipe and returns its read end, which the caller
// owns.
func (p *proc) dump(kind string) (*os.File, error) {
	kinds := p.dumps()
	write := kinds[kind]
	if write == nil {
		known := make([]string, 0, len(kinds))
		for k := range kinds {
			known = append(known, k)
		}
		slices.Sort(known)
		return nil, bus.Errorf(bus.NotFound, "there is no dump of kind %q: known are %s", kind, strings.Join(known, ", "))
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("cannot make a pipe: %w", err)
	}
	go func() {
		defer w.Close()
		_ = w.SetWriteDeadline(time.Now().Add(dumpWriteTimeout))
		if err := write(w); err != nil {
			p.log.Warn("a dump was not completed", "kind", kind, "err", err)
		}
	}()
	return r, nil
}

// processStats adds what the runtime and the kernel know of this process.
func processStats(d map[string]dbus.Variant) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	d["goroutines"] = dbus.MakeVariant(uint64(runtime.NumGoroutine()))
	d["heap-bytes"] = dbus.MakeVariant(m.HeapAlloc)
	d["heap-system-bytes"] = dbus.MakeVariant(m.HeapSys)
	d["gc-runs"] = dbus.MakeVariant(uint64(m.NumGC))
	if fds, err := os.ReadDir("/proc/self/fd"); err == nil {
		d["fds"] = dbus.MakeVariant(uint64(len(fds)))
	}
}
