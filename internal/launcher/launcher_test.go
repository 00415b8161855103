package launcher

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/daemon"
)

// The test binary plays the services: it is linked under their names.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "xcp-front":
		fakeFront()
	case "xcp-xapi":
		fakeXapi()
	case "xcp":
		var o Options
		_ = json.Unmarshal([]byte(os.Getenv("XCP_TEST_OPTIONS")), &o)
		log := slog.New(slog.NewTextHandler(os.Stderr, nil))
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
		defer stop()
		if err := Run(ctx, o, os.Stdout, log); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fakeFront answers each HTTP request with what xapi says of itself.
func fakeFront() {
	daemon.Main(daemon.Spec{
		Name: "front", Reconnect: true,
		Flags: func(fs *flag.FlagSet) { fs.String("tls-cert", "", ""); fs.String("tls-key", "", "") },
		Setup: func(_ context.Context, env *daemon.Env) (*daemon.Service, error) {
			l, err := daemon.Listen("http", "tcp", "127.0.0.1:0")
			if err != nil {
				return nil, err
			}
			srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				ctx, cancel := context.WithTimeout(r.Context(), 20*time.Second)
				defer cancel()
				out, err := env.Bus.Do(ctx, &bus.Request{
					Dest: "org.xen.xcp.xapi", Path: "/org/xen/xcp/xapi", Interface: "org.xen.xcp.xapi.host1", Member: "PID",
					Retry: bus.Idempotent,
				})
				if err != nil {
					http.Error(w, err.Error(), http.StatusBadGateway)
					return
				}
				fmt.Fprint(w, out[0])
			})}
			return &daemon.Service{Run: func(ctx context.Context) error {
				go func() { <-ctx.Done(); srv.Close() }()
				if err := srv.Serve(l); err != http.ErrServerClosed {
					return err
				}
				return nil
			}}, nil
		},
	})
}

func fakeXapi() {
	pid := &bus.Interface{Name: "org.xen.xcp.xapi.host1", Methods: map[string]*bus.Method{"PID": {
		Name: "PID", Out: "s",
		Handle: func(context.Context, *bus.Call) ([]any, error) { return []any{strconv.Itoa(os.Getpid())}, nil },
	}}}
	daemon.Main(daemon.Spec{
		Name: "xapi",
		Flags: func(fs *flag.FlagSet) {
			fs.String("state-dir", "", "")
			fs.String("password-file", "", "")
			fs.String("console-host", "", "")
		},
		Setup: func(context.Context, *daemon.Env) (*daemon.Service, error) {
			if os.Getenv("XCP_TEST_XAPI_FAILS") != "" {
				return nil, fmt.Errorf("told to fail")
			}
			return &daemon.Service{Root: []*bus.Interface{pid}}, nil
		},
	})
}

// binaries makes a folder with the fakes, the launcher and the real
// bus-activate.
func binaries(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		t.Skip("dbus-daemon is not installed (package dbus-daemon)")
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"xcp-front", "xcp-xapi", "xcp"} {
		// A hard link or a copy: the launcher looks beside its real path.
		if err := os.Link(self, filepath.Join(dir, name)); err != nil {
			if out, err := exec.Command("cp", self, filepath.Join(dir, name)).CombinedOutput(); err != nil {
				t.Fatalf("cannot copy the test binary: %v: %s", err, out)
			}
		}
	}
	cmd := exec.Command("go", "build", "-o", filepath.Join(dir, "bus-activate"), "github.com/xcp-dbus/xcp/cmd/bus-activate")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("cannot build bus-activate: %v\n%s", err, out)
	}
	return dir
}

// An instance is one launcher in a process of its own.
type instance struct {
	Ready
	cmd   *exec.Cmd
	ended chan error
}

// startInstance runs a launcher and waits for its ready line.
func startInstance(t *testing.T, bin, stateDir string, env ...string) *instance {
	t.Helper()
	o := Options{StateDir: stateDir, Listen: "127.0.0.1:0", TLSListen: "127.0.0.1:0", Backend: "simulator"}
	text, _ := json.Marshal(o)
	i := &instance{cmd: exec.Command(filepath.Join(bin, "xcp")), ended: make(chan error, 1)}
	i.cmd.Env = append(os.Environ(), append(env, "XCP_TEST_OPTIONS="+string(text))...)
	i.cmd.Stderr = &logWriter{t}
	stdout, err := i.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := i.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.cmd.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	go func() { i.ended <- i.cmd.Wait() }()
	if err != nil {
		t.Fatalf("no ready line: %v", err)
	}
	if err := json.Unmarshal(line, &i.Ready); err != nil {
		t.Fatalf("ready line %q: %v", line, err)
	}
	return i
}

type logWriter struct{ t *testing.T }

func (w *logWriter) Write(p []byte) (int, error) {
	if testing.Verbose() {
		os.Stderr.Write(p)
	}
	return len(p), nil
}

func (i *instance) stop(t *testing.T) {
	t.Helper()
	if err := i.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-i.ended:
		if err != nil {
			t.Errorf("the launcher ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the launcher does not stop")
	}
}

// xapiPID asks through the front.
func (i *instance) xapiPID(t *testing.T) int {
	t.Helper()
	resp, err := http.Get(i.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatalf("xapi answered %s %q", resp.Status, text)
	}
	return pid
}

func TestActivationRestartAndStop(t *testing.T) {
	bin, state := binaries(t), t.TempDir()
	run := shortDir(t)
	began := time.Now()
	i := startInstance(t, bin, state, "XDG_RUNTIME_DIR="+run)
	t.Logf("ready after %v", time.Since(began))
	if n := len(descendants(i.cmd.Process.Pid)); n != 2 {
		t.Errorf("before the first call there are %d processes, want the bus and the front", n)
	}
	first := i.xapiPID(t)
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	second := i.xapiPID(t)
	if second == first {
		t.Error("the killed xapi still answers")
	}
	all := descendants(i.cmd.Process.Pid)
	i.stop(t)
	for _, pid := range all {
		if syscall.Kill(pid, 0) == nil {
			t.Errorf("process %d is left over", pid)
		}
	}
	if left, _ := os.ReadDir(run); len(left) > 0 {
		t.Errorf("%s is left over", left[0].Name())
	}
	if _, err := os.Stat(filepath.Join(state, ReadyFile)); err == nil {
		t.Error("the ready line is left over")
	}
	password := i.Password
	i = startInstance(t, bin, state)
	if i.Password != password {
		t.Error("the password changed over a restart")
	}
	i.stop(t)
}

func TestBusDies(t *testing.T) {
	bin := binaries(t)
	i := startInstance(t, bin, t.TempDir())
	i.xapiPID(t)
	for _, pid := range descendants(i.cmd.Process.Pid) {
		if name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); strings.TrimSpace(string(name)) == "dbus-daemon" {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	time.Sleep(50 * time.Millisecond)
	i.xapiPID(t)
	i.stop(t)
}

func TestKilledLauncherTakesItsServicesAlong(t *testing.T) {
	bin, state := binaries(t), t.TempDir()
	run := shortDir(t)
	i := startInstance(t, bin, state, "XDG_RUNTIME_DIR="+run)
	i.xapiPID(t)
	all := descendants(i.cmd.Process.Pid)
	_ = i.cmd.Process.Kill()
	<-i.ended
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		alive := 0
		for _, pid := range all {
			if running(pid) {
				alive++
			}
		}
		if alive == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d processes outlive the launcher", alive)
		}
	}
	i = startInstance(t, bin, state, "XDG_RUNTIME_DIR="+run)
	i.xapiPID(t)
	i.stop(t)
	if left, _ := os.ReadDir(run); len(left) > 0 {
		t.Errorf("%s is left over", left[0].Name())
	}
}

func TestServiceThatCannotStart(t *testing.T) {
	bin := binaries(t)
	i := startInstance(t, bin, t.TempDir(), "XCP_TEST_XAPI_FAILS=1")
	c, err := bus.Dial(t.Context(), i.Bus, bus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	began := time.Now()
	_, err = c.Do(ctx, &bus.Request{
		Dest: "org.xen.xcp.xapi", Path: "/org/xen/xcp/xapi", Interface: "org.xen.xcp.xapi.host1", Member: "PID", Once: true,
	})
	if took := time.Since(began); err == nil || took > 5*time.Second {
		t.Errorf("the caller got %v after %v, want an error at once", err, took)
	}
	i.stop(t)
}

func TestSeveralInstances(t *testing.T) {
	bin, state := binaries(t), t.TempDir()
	a, b := startInstance(t, bin, state), startInstance(t, bin, t.TempDir())
	if a.URL == b.URL || a.Bus == b.Bus || a.Password == b.Password {
		t.Errorf("two instances share something: %+v %+v", a.Ready, b.Ready)
	}
	if a.xapiPID(t) == b.xapiPID(t) {
		t.Error("two instances share xapi")
	}
	o := Options{StateDir: state, Listen: "127.0.0.1:0", TLSListen: "127.0.0.1:0"}
	err := runFrom(t.Context(), bin, o, io.Discard, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("process %d uses it", a.PID)) {
		t.Errorf("a folder in use: %v", err)
	}
	a.stop(t)
	b.stop(t)
}

func TestPortInUse(t *testing.T) {
	bin := binaries(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	run := shortDir(t)
	t.Setenv("XDG_RUNTIME_DIR", run)
	o := Options{StateDir: t.TempDir(), Listen: l.Addr().String(), TLSListen: "127.0.0.1:0"}
	if err := runFrom(t.Context(), bin, o, io.Discard, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "cannot listen for http") {
		t.Errorf("a port in use: %v", err)
	}
	if left, _ := os.ReadDir(run); len(left) > 0 {
		t.Errorf("%s is left over", left[0].Name())
	}
}

// TestJoin: a service of others gets its name on the private bus.
func TestJoin(t *testing.T) {
	bin, state := binaries(t), t.TempDir()
	if err := os.Mkdir(filepath.Join(state, "bus.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	policy := `<busconfig><policy context="default"><allow own="org.example.greeter"/></policy></busconfig>`
	if err := os.WriteFile(filepath.Join(state, "bus.d", "org.example.greeter.conf"), []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	i := startInstance(t, bin, state)
	c, err := bus.Dial(t.Context(), i.Bus, bus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := c.RequestName(ctx, "org.example.greeter", false); err != nil {
		t.Error(err)
	}
	if err := c.RequestName(ctx, "org.example.other", false); err == nil {
		t.Error("a name nobody allowed can be owned")
	}
	i.stop(t)
}

// shortDir makes a temporary folder whose sockets' paths are short enough.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "xl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// descendants lists the processes below one.
func descendants(root int) []int {
	var all []int
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", root))
	for _, task := range tasks {
		list, _ := os.ReadFile(task)
		for f := range strings.FieldsSeq(string(list)) {
			pid, _ := strconv.Atoi(f)
			all = append(append(all, pid), descendants(pid)...)
		}
	}
	return all
}

// running tells a live process from one that ended and waits for init.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}
