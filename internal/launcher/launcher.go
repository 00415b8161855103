package launcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
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
