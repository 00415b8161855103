package daemon

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// firstFD is where handed-down descriptors start, by systemd's protocol.
const firstFD = 3

// inherited is what the supervisor handed down, by name, until it is taken.
var inherited = sync.OnceValue(takeInherited)

// Listen gives the listening socket that the supervisor handed down under this
// name (systemd's FileDescriptorName=, or the launcher), else opens one. Calls
// that wait in a handed-down socket survive a restart of the service. Without
// an address only a handed-down one will do; the result is nil if there is none.
func Listen(name, network, address string) (net.Listener, error) {
	if f, ok := inherited()[name]; ok {
		l, err := net.FileListener(f) // a duplicate, so f stays for a second call
		if err != nil {
			return nil, fmt.Errorf("cannot use the handed-down socket %q: %w", name, err)
		}
		return l, nil
	}
	if address == "" {
		return nil, nil
	}
	return net.Listen(network, address)
}

// takeInherited reads systemd's protocol. Nothing that was handed down may
// reach children of this process.
func takeInherited() map[string]*os.File {
	_ = unix.CloseRange(firstFD, ^uint(0), unix.CLOSE_RANGE_CLOEXEC)
	n, err := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	pid := os.Getenv("LISTEN_PID") // the launcher cannot know it and leaves it out
	names := strings.Split(os.Getenv("LISTEN_FDNAMES"), ":")
	for _, v := range []string{"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"} {
		os.Unsetenv(v)
	}
	if err != nil || pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return nil
	}
	files := make(map[string]*os.File)
	for i := range min(n, len(names)) {
		files[names[i]] = os.NewFile(uintptr(firstFD+i), names[i])
	}
	return files
}
