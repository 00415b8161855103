package launcher

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A program is how one process is started.
type program struct {
	path  string
	args  []string
	env   []string   // on top of the launcher's own
	files []*os.File // from descriptor 3 on; stay the launcher's
	// probe tells whether the process is ready, for one that does not report it
	// itself; may be nil.
	probe func() bool
	// onDeath is the signal the kernel sends should the launcher be killed.
	onDeath syscall.Signal
}

// A process is one started program.
type process struct {
	cmd   *exec.Cmd
	ready chan struct{} // closed at READY=1, or when the probe succeeds
	once  sync.Once     // guards the closing of ready
	done  chan struct{} // closed when it has ended; err is set
	err   error
}

// spawner starts processes. Death signals are tied to the thread that forked,
// so one thread, which lives as long as the launcher, forks them all; mu keeps
// the reaper of orphans from taking a child that is not in pids yet.
type spawner struct {
	runDir string
	jobs   chan func()

	mu   sync.Mutex
	pids map[int]bool // our own children, waited for by their process
}

func newSpawner(runDir string) *spawner {
	s := &spawner{runDir: runDir, jobs: make(chan func()), pids: make(map[int]bool)}
	go func() {
		runtime.LockOSThread()
		for job := range s.jobs {
			job()
		}
	}()
	return s
}

// close ends the forking thread, and with it what it forked and still lives.
func (s *spawner) close() { close(s.jobs) }

// start starts a program with a notify socket of its own. A process of its own
// group does not get the terminal's Ctrl-C: the launcher decides on the order.
func (s *spawner) start(name string, p *program) (*process, error) {
	notify, err := listenNotify(filepath.Join(s.runDir, "notify-"+name))
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(p.path, p.args...)
	cmd.Env = append(append(environment(), p.env...), "NOTIFY_SOCKET="+notify.LocalAddr().String())
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	cmd.ExtraFiles = p.files
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: p.onDeath}

	proc := &process{cmd: cmd, ready: make(chan struct{}), done: make(chan struct{})}
	failed := make(chan error, 1)
	s.jobs <- func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		err := cmd.Start()
		if err == nil {
			s.pids[cmd.Process.Pid] = true
		}
		failed <- err
	}
	if err := <-failed; err != nil {
		notify.Close()
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	go proc.readNotify(notify)
	if p.probe != nil {
		go proc.probeReady(p.probe)
	}
	go func() {
		proc.err = cmd.Wait()
		s.mu.Lock()
		delete(s.pids, cmd.Process.Pid)
		s.mu.Unlock()
		notify.Close()
		close(proc.done)
	}()
	return proc, nil
}

// stop asks the process to end, and kills it after the grace period.
func (p *process) stop(grace time.Duration) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(grace):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// listenNotify opens the socket a process reports to, as systemd's.
func listenNotify(path string) (*net.UnixConn, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("cannot make the notify socket: %w", err)
	}
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("cannot make the notify socket: %w", err)
	}
	return c, nil
}

// readNotify waits for READY=1; later states are not asked about.
func (p *process) readNotify(c *net.UnixConn) {
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		for line := range strings.Lines(string(buf[:n])) {
			if strings.TrimSpace(line) == "READY=1" {
				p.setReady()
			}
		}
	}
}

func (p *process) setReady() { p.once.Do(func() { close(p.ready) }) }

// probeInterval is short, since the start of everything waits for it.
const probeInterval = 2 * time.Millisecond

func (p *process) probeReady(probe func() bool) {
	for !probe() {
		select {
		case <-p.done:
			return
		case <-time.After(probeInterval):
		}
	}
	p.setReady()
}

// environment is the launcher's own without what is meant for the launcher
// alone.
func environment() []string {
	var env []string
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		switch name {
		case "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES",
			"JOURNAL_STREAM", "XCP_BUS_ADDRESS", "XCP_LAUNCHER", "DBUS_SESSION_BUS_ADDRESS", "DBUS_STARTER_ADDRESS":
		default:
			env = append(env, e)
		}
	}
	return env
}
