// Package bustest gives every test a bus of its own: a dbus-daemon in a
// temporary folder, parallel-safe, gone with the test or with the process that
// runs it, whichever ends first.
package bustest

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/dbus"
	"github.com/xcp-dbus/xcp/internal/bus"
)

// A Bus is a running bus.
type Bus struct {
	Address string // for bus.Dial and XCP_BUS_ADDRESS
	Dir     string // configuration and socket; removed with the test
	PID     int

	command []string
	cmd     *exec.Cmd
}

// An Option changes how the bus is started.
type Option func(*config)

type config struct {
	file       func(dir string) (string, error) // writes the configuration, returns its path
	activation map[string]string
	under      []string // command line the daemon's is appended to
}

// Under runs the daemon by another command, which ends in exec: to give it a
// namespace of its own, for instance.
func Under(command ...string) Option {
	return func(c *config) { c.under = command }
}

// WithConfig lets write make the configuration in dir and return its path: the
// shipped one, for instance. It must listen on unix:path=<dir>/bus.
func WithConfig(write func(dir string) (string, error)) Option {
	return func(c *config) { c.file = write }
}

// Shipped uses the private rendering of the configuration and policies the
// launcher uses; activate is the program the bus runs to start a service.
func Shipped(activate string) Option {
	return WithConfig(func(dir string) (string, error) {
		p := dbus.Private{Dir: dir, Socket: filepath.Join(dir, "bus"), UID: os.Getuid(), Activate: activate}
		return p.Write()
	})
}

// WithActivation makes a name activatable by a command line. It is ignored
// together with WithConfig, which brings its own files.
func WithActivation(name, exec string) Option {
	return func(c *config) { c.activation[name] = exec }
}

// startTimeout bounds how long the daemon takes to listen.
const startTimeout = 10 * time.Second

// New starts a bus, or skips the test where dbus-daemon is absent.
func New(t testing.TB, opts ...Option) *Bus {
	t.Helper()
	daemon, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("dbus-daemon is not installed")
	}
	c := config{activation: make(map[string]string)}
	c.file = c.write
	for _, o := range opts {
		o(&c)
	}
	// Not t.TempDir: a socket path has 108 bytes.
	dir, err := os.MkdirTemp("", "xcpbus")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	file, err := c.file(dir)
	if err != nil {
		t.Fatalf("cannot write the bus configuration: %v", err)
	}
	b := &Bus{Dir: dir}
	b.command = append(c.under, daemon, "--config-file="+file, "--nofork", "--nopidfile", "--print-address=1")
	if err := b.start(); err != nil {
		t.Fatalf("cannot start dbus-daemon: %v", err)
	}
	t.Cleanup(b.Kill)
	return b
}

// start runs the daemon and waits for the address it prints once it listens.
// The kernel kills it with the thread that started it; a test binary's threads
// live as long as it does, unless a goroutine locked to one ends.
func (b *Bus) start() error {
	b.cmd = exec.Command(b.command[0], b.command[1:]...)
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var stderr strings.Builder
	b.cmd.Stderr = &stderr
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := b.cmd.Start(); err != nil {
		return err
	}
	b.PID = b.cmd.Process.Pid
	timer := time.AfterFunc(startTimeout, func() { b.cmd.Process.Kill() })
	defer timer.Stop()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.cmd.Wait()
		return fmt.Errorf("it printed no address: %w: %s", err, stderr.String())
	}
	b.Address = strings.TrimSpace(line)
	return nil
}

// Kill ends the daemon at once, as a crash would.
func (b *Bus) Kill() {
	b.cmd.Process.Kill()
	b.cmd.Wait()
}

// Stop freezes the daemon; Continue wakes it.
func (b *Bus) Stop(t testing.TB) { b.signal(t, syscall.SIGSTOP) }

// Continue undoes Stop.
func (b *Bus) Continue(t testing.TB) { b.signal(t, syscall.SIGCONT) }

func (b *Bus) signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	if err := b.cmd.Process.Signal(s); err != nil {
		t.Fatalf("cannot signal dbus-daemon: %v", err)
	}
}

// Restart kills the daemon, if it still runs, and starts it again at the same
// address.
func (b *Bus) Restart(t testing.TB) {
	t.Helper()
	b.Kill()
	os.Remove(filepath.Join(b.Dir, "bus"))
	if err := b.start(); err != nil {
		t.Fatalf("cannot start dbus-daemon again: %v", err)
	}
}

// Conn dials the bus; the connection is closed with the test. At most one
// Options value may be given; without a logger it logs to the test.
func (b *Bus) Conn(t testing.TB, opts ...bus.Options) *bus.Conn {
	t.Helper()
	var o bus.Options
	if len(opts) > 0 {
		o = opts[0]
	}
	if o.Log == nil {
		o.Log = Log(t)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	c, err := bus.Dial(ctx, b.Address, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// Own is Conn with a name.
func (b *Bus) Own(t testing.TB, name string, o bus.Options) *bus.Conn {
	t.Helper()
	c := b.Conn(t, o)
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := c.RequestName(ctx, name, true); err != nil {
		t.Fatal(err)
	}
	return c
}

// Log writes a logger's lines to the test.
func Log(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}

// write makes an open configuration: whoever can reach the socket may do
// anything.
func (c *config) write(dir string) (string, error) {
	services := filepath.Join(dir, "services")
	if err := os.Mkdir(services, 0o700); err != nil {
		return "", err
	}
	for name, exec := range c.activation {
		text := "[D-BUS Service]\nName=" + name + "\nExec=" + exec + "\n"
		if err := os.WriteFile(filepath.Join(services, name+".service"), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	file := filepath.Join(dir, "bus.conf")
	return file, os.WriteFile(file, []byte(fmt.Sprintf(openConfig, dir, services)), 0o600)
}

const openConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>xcp</type>
  <listen>unix:path=%s/bus</listen>
  <auth>EXTERNAL</auth>
  <servicedir>%s</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="max_replies_per_connection">65536</limit>
  <limit name="max_match_rules_per_connection">8192</limit>
  <limit name="max_incoming_bytes">268435456</limit>
  <limit name="max_outgoing_bytes">268435456</limit>
  <limit name="service_start_timeout">10000</limit>
</busconfig>
`
