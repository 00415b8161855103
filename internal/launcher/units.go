package launcher

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/xcp-dbus/xcp/dbus"
)

// How long a process may take to end before it is killed. Services drain their
// calls; guests will need more.
const (
	frontGrace   = 5 * time.Second
	serviceGrace = 10 * time.Second
	busGrace     = 2 * time.Second
)

// A socket is one the front serves. The launcher opens it, so that its port is
// known and its backlog outlives the front.
type socket struct {
	name string
	l    net.Listener
	file *os.File
}

// public is the address clients on this machine use.
func (s *socket) public() string {
	a, ok := s.l.Addr().(*net.TCPAddr)
	if !ok {
		return s.l.Addr().String()
	}
	if a.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", fmt.Sprint(a.Port))
	}
	return a.String()
}

// listen opens the front's sockets.
func (l *launcher) listen() error {
	for _, s := range []struct{ name, network, address string }{
		{"http", "tcp", l.opts.Listen},
		{"https", "tcp", l.opts.TLSListen},
		{"unix", "unix", l.frontSocket()},
	} {
		lis, err := net.Listen(s.network, s.address)
		if err != nil {
			return fmt.Errorf("cannot listen for %s: %w", s.name, err)
		}
		l.onCleanUp(func() { lis.Close() })
		file, err := lis.(interface{ File() (*os.File, error) }).File()
		if err != nil {
			return fmt.Errorf("cannot hand down the %s socket: %w", s.name, err)
		}
		l.onCleanUp(func() { file.Close() })
		l.sockets = append(l.sockets, &socket{s.name, lis, file})
	}
	return nil
}

// frontSocket is the local socket of XenAPI clients. Who may use it is decided
// by the folder it lies in: this user only.
func (l *launcher) frontSocket() string { return filepath.Join(l.runDir, "xapi") }

// privateBus describes the instance's bus.
func (l *launcher) privateBus() dbus.Private {
	return dbus.Private{
		Dir: l.runDir, Socket: filepath.Join(l.runDir, "bus"), UID: os.Geteuid(),
		Activate: filepath.Join(l.bin, "bus-activate"),
	}
}

func (l *launcher) unit(name string, grace time.Duration, p program) *unit {
	return &unit{name: name, program: p, grace: grace, spawn: l.spawn, log: l.log, want: make(chan chan<- error)}
}

// busUnit is the private bus. Without it nothing works, so it goes with the
// launcher at once and by force.
func (l *launcher) busUnit() (*unit, error) {
	private := l.privateBus()
	conf, err := private.Write()
	if err != nil {
		return nil, fmt.Errorf("cannot configure the bus: %w", err)
	}
	if err := l.addJoined(); err != nil {
		return nil, err
	}
	u := l.unit("bus", busGrace, program{
		path:    l.daemon,
		args:    []string{"--nofork", "--nopidfile", "--nosyslog", "--config-file=" + conf},
		env:     []string{"XCP_LAUNCHER=" + filepath.Join(l.runDir, "launcher")},
		onDeath: syscall.SIGKILL,
		probe: func() bool {
			c, err := net.Dial("unix", private.Socket)
			if err != nil {
				return false
			}
			c.Close()
			return true
		},
	})
	u.atOnce = true
	return u, nil
}

// addJoined lets services of others join: files of bus.d (policy) and services
// (activation) in the state folder are used as if they were shipped.
func (l *launcher) addJoined() error {
	for _, pattern := range []string{"bus.d/*.conf", "services/*.service"} {
		files, err := filepath.Glob(l.state(pattern))
		if err != nil {
			return fmt.Errorf("cannot look for services that join: %w", err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				return fmt.Errorf("cannot add a service that joins: %w", err)
			}
			to := filepath.Join(l.runDir, filepath.Dir(pattern), filepath.Base(f))
			if _, err := os.Lstat(to); err == nil {
				return fmt.Errorf("cannot add %s: the toolstack has a file of that name", f)
			}
			if err := os.WriteFile(to, text, 0o600); err != nil {
				return fmt.Errorf("cannot add a service that joins: %w", err)
			}
		}
	}
	return nil
}

// environ is what every service gets.
func (l *launcher) environ() []string {
	return []string{"XCP_BUS_ADDRESS=" + l.privateBus().Address(), "XCP_BACKEND=" + l.opts.Backend}
}

func (l *launcher) frontUnit() *unit {
	cert, key := l.certFiles()
	var files []*os.File
	var names []string
	for _, s := range l.sockets {
		files = append(files, s.file)
		names = append(names, s.name)
	}
	u := l.unit("front", frontGrace, program{
		path:    filepath.Join(l.bin, "xcp-front"),
		args:    []string{"-tls-cert", cert, "-tls-key", key},
		env:     append(l.environ(), fmt.Sprintf("LISTEN_FDS=%d", len(files)), "LISTEN_FDNAMES="+strings.Join(names, ":")),
		files:   files,
		onDeath: syscall.SIGTERM,
	})
	u.atOnce = true
	return u
}

// xapiUnit holds the state folder's lock as long as xapi lives, even if the
// launcher is killed: a second xapi must not open the same database.
func (l *launcher) xapiUnit() *unit {
	return l.unit("xapi", serviceGrace, program{
		path: filepath.Join(l.bin, "xcp-xapi"),
		args: []string{
			"-state-dir", l.state("xapi"), "-password-file", l.state("password"),
			"-console-host", l.sockets[1].public(),
		},
		env:     l.environ(),
		files:   []*os.File{l.lock},
		onDeath: syscall.SIGTERM,
	})
}
