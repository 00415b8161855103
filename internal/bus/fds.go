package bus

import (
	"os"
	"slices"
	"syscall"

	"github.com/godbus/dbus/v5"
)

// received collects the descriptors a body holds, each once: two arguments may
// name the same one.
func received(body []any) []int {
	var fds []int
	for _, v := range body {
		fds = collect(fds, v, 0)
	}
	return fds
}

// maxDepth is how deep D-Bus lets containers nest.
const maxDepth = 64

func collect(fds []int, v any, depth int) []int {
	if depth > maxDepth {
		return fds
	}
	switch v := v.(type) {
	case dbus.UnixFD:
		if v >= 0 && !slices.Contains(fds, int(v)) {
			fds = append(fds, int(v))
		}
	case []dbus.UnixFD:
		for _, fd := range v {
			fds = collect(fds, fd, depth+1)
		}
	case dbus.Variant:
		fds = collect(fds, v.Value(), depth+1)
	case []any:
		for _, e := range v {
			fds = collect(fds, e, depth+1)
		}
	case []dbus.Variant:
		for _, e := range v {
			fds = collect(fds, e.Value(), depth+1)
		}
	case map[string]dbus.Variant:
		for _, e := range v {
			fds = collect(fds, e.Value(), depth+1)
		}
	case [][]any:
		for _, e := range v {
			fds = collect(fds, e, depth+1)
		}
	}
	return fds
}

// closeAll closes descriptors nobody took.
func closeAll(fds []int) {
	for _, fd := range fds {
		if fd >= 0 {
			syscall.Close(fd)
		}
	}
}

// CloseFDs closes every descriptor in the results of a call; for a caller that
// does not want them.
func CloseFDs(body []any) { closeAll(received(body)) }

// closeResults closes the descriptors a handler returned, sent or not: they
// were given to the dispatcher.
func closeResults(out []any) {
	closeAll(received(out))
	for _, v := range out {
		if f, ok := v.(*os.File); ok && f != nil {
			f.Close()
		}
	}
}

// File turns a descriptor a call returned into a file the caller owns. It is
// made non-blocking, so that reads obey deadlines. It is nil if v is none.
func File(v any, name string) *os.File {
	fd, ok := v.(dbus.UnixFD)
	if !ok || fd < 0 {
		return nil
	}
	// Best effort: a descriptor that cannot be polled still reads.
	_ = syscall.SetNonblock(int(fd), true)
	return os.NewFile(uintptr(fd), name)
}
