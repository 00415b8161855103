package launcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
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

// errStopping is why requests fail once the launcher is told to stop.
var errStopping = errors.New("the toolstack is stopping")

// Ready is the one line of JSON that says how to reach a running instance.
type Ready struct {
	Ready    bool   `json:"ready"`
	URL      string `json:"url"`
	TLSURL   string `json:"tls_url"`
	Unix     string `json:"unix"`
	Bus      string `json:"bus"`
	User     string `json:"user"`
	Password string `json:"password"`
	StateDir string `json:"state_dir"`
	PID      int    `json:"pid"`
}

// ReadyFile is where a running instance keeps its Ready line, in its state
// folder, for the bus tools.
const ReadyFile = "ready.json"

// Run starts an instance, writes its Ready line to stdout and keeps it running
// until ctx ends; then it stops everything it started and returns nil.
func Run(ctx context.Context, o Options, stdout io.Writer, log *slog.Logger) error {
	exe, err := os.Executable()
	if err == nil {
		exe, err = filepath.EvalSymlinks(exe)
	}
	if err != nil {
		return fmt.Errorf("cannot find the toolstack's binaries: %w", err)
	}
	return runFrom(ctx, filepath.Dir(exe), o, stdout, log)
}

// runFrom is Run with the binaries of a folder.
func runFrom(ctx context.Context, bin string, o Options, stdout io.Writer, log *slog.Logger) error {
	l := &launcher{bin: bin, opts: o, log: log}
	defer l.cleanUp()
	if err := l.prepare(); err != nil {
		return err
	}
	return l.run(ctx, stdout)
}

type launcher struct {
	opts     Options
	log      *slog.Logger
	bin      string // folder of the toolstack's binaries
	daemon   string // dbus-daemon
	lock     *os.File
	runDir   string
	password string
	sockets  []*socket
	spawn    *spawner

	undo []func() // clean-up, run in reverse
}

func (l *launcher) onCleanUp(f func()) { l.undo = append(l.undo, f) }

func (l *launcher) cleanUp() {
	for i := len(l.undo) - 1; i >= 0; i-- {
		l.undo[i]()
	}
}

// prepare takes everything that can be refused before a process is started.
func (l *launcher) prepare() (err error) {
	if l.daemon, err = exec.LookPath("dbus-daemon"); err != nil {
		return errors.New("cannot find dbus-daemon: install the package dbus (make deps)")
	}
	for _, b := range []string{"xcp-front", "xcp-xapi", "bus-activate"} {
		if _, err := os.Stat(filepath.Join(l.bin, b)); err != nil {
			return fmt.Errorf("cannot find %s beside xcp: %w (make build)", b, err)
		}
	}
	if l.lock, err = openState(l.opts.StateDir); err != nil {
		return err
	}
	l.onCleanUp(func() { l.lock.Close() })
	if l.password, err = password(l.opts.StateDir, l.opts.PasswordFile); err != nil {
		return err
	}
	if l.runDir, err = makeRunDir(l.opts.StateDir); err != nil {
		return err
	}
	l.onCleanUp(func() {
		if err := os.RemoveAll(l.runDir); err != nil {
			l.log.Error("cannot remove the folder of sockets", "err", err)
		}
		_ = os.Remove(l.state("run-dir"))
	})
	if err := becomeSubreaper(); err != nil {
		return fmt.Errorf("cannot become subreaper: %w", err)
	}
	return l.listen()
}

func (l *launcher) state(name string) string { return filepath.Join(l.opts.StateDir, name) }

func (l *launcher) run(ctx context.Context, stdout io.Writer) error {
	l.spawn = newSpawner(l.runDir)
	reaper, stopReaper := context.WithCancel(context.WithoutCancel(ctx))
	go l.spawn.reapOrphans(reaper)
	l.onCleanUp(func() {
		if !l.opts.LeaveGuests {
			l.spawn.killOrphans(l.log)
		}
		stopReaper()
		l.spawn.close()
	})

	// RSA needs its time; the bus starts meanwhile.
	certified := make(chan error, 1)
	go func() { certified <- l.certificate() }()

	bus, err := l.busUnit()
	if err != nil {
		return err
	}
	xapi, front := l.xapiUnit(), l.frontUnit()
	control, err := listenControl(l.runDir, map[string]*unit{"xcp-xapi.service": xapi, "xcp-front.service": front})
	if err != nil {
		return err
	}
	// Each layer stops before those above it.
	var outer, inner, edge layer
	defer outer.stop()
	outer.run(ctx, bus.supervise)
	defer inner.stop()
	inner.run(ctx, control.serve)
	inner.run(ctx, xapi.supervise)
	if err := bus.request(ctx); err != nil {
		return stopped(ctx, err)
	}
	if err := <-certified; err != nil {
		return err
	}
	defer edge.stop()
	edge.run(ctx, front.supervise)
	if err := front.request(ctx); err != nil {
		return stopped(ctx, err)
	}
	if err := l.announce(stdout); err != nil {
		return err
	}
	<-ctx.Done()
	l.log.Info("stopping")
	return nil
}

// stopped hides an error that only says that the launcher was told to stop.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// A layer is what is stopped together. Layers outlive the context of the
// whole, so that they can be stopped one after the other: the front first,
// which brings in work, the bus last.
type layer struct {
	wg      sync.WaitGroup
	cancels []context.CancelCauseFunc
}

func (y *layer) run(ctx context.Context, f func(context.Context)) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	y.cancels = append(y.cancels, cancel)
	y.wg.Go(func() { f(ctx) })
}

func (y *layer) stop() {
	for _, cancel := range y.cancels {
		cancel(errStopping)
	}
	y.wg.Wait()
}

// announce writes the Ready line to stdout and to the state folder.
func (l *launcher) announce(stdout io.Writer) error {
	r := Ready{
		Ready: true, Unix: l.frontSocket(), Bus: l.privateBus().Address(), User: "root", Password: l.password,
		StateDir: l.opts.StateDir, PID: os.Getpid(),
		URL: "http://" + l.sockets[0].public(), TLSURL: "https://" + l.sockets[1].public(),
	}
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := writeSecret(l.state(ReadyFile), string(line)+"\n"); err != nil {
		return err
	}
	l.onCleanUp(func() { _ = os.Remove(l.state(ReadyFile)) })
	if _, err := fmt.Fprintf(stdout, "%s\n", line); err != nil {
		return fmt.Errorf("cannot write the ready line: %w", err)
	}
	return nil
}

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
