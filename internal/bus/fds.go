package bus

import (
	"os"
	"slices"
	"syscall"

	"github.com/godbus/dbus/v5"
)

// descriptors lists those that values hold: h and ah.
func descriptors(values []any) []int {
	var fds []int
	for _, v := range values {
		switch v := v.(type) {
		case dbus.UnixFD:
			fds = append(fds, int(v))
		case []dbus.UnixFD:
			for _, fd := range v {
				fds = append(fds, int(fd))
			}
		}
	}
	slices.Sort(fds)
	return slices.Compact(fds)
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
func CloseFDs(body []any) { closeAll(descriptors(body)) }

// closeResults closes the descriptors a handler returned, sent or not: they
// were given to the dispatcher.
func closeResults(out []any) {
	closeAll(descriptors(out))
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
