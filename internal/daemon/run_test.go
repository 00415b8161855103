package daemon

import (
	"bytes"
	"context"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"go.uber.org/goleak"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/bustest"
	"github.com/xcp-dbus/xcp/internal/gen/sharedbus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testName = "org.xen.xcp.test"
	testRoot = dbus.ObjectPath("/org/xen/xcp/test")
)

// syncBuffer is a log that tests read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// A running service under test.
type running struct {
	bus     *bustest.Bus
	conn    *bus.Conn
	stop    context.CancelFunc
	status  chan int
	log     *syncBuffer
	release chan struct{} // lets calls of Hold return
	entered chan struct{}
}

// startService runs a service with one slow method and waits until it is
// ready, by its notification.
func startService(t *testing.T, change func(*Spec)) *running {
	t.Helper()
	r := &running{
		bus: bustest.New(t), status: make(chan int, 1), log: &syncBuffer{},
		release: make(chan struct{}), entered: make(chan struct{}, 10),
	}
	hold := &bus.Interface{Name: "org.xen.xcp.test.Slow1", Methods: map[string]*bus.Method{"Hold": {
		Name: "Hold", Handle: func(ctx context.Context, _ *bus.Call) ([]any, error) {
			r.entered <- struct{}{}
			select {
			case <-r.release:
				return nil, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		},
	}}}
	spec := Spec{Name: "test", Setup: func(context.Context, *Env) (*Service, error) {
		return &Service{Root: []*bus.Interface{hold}}, nil
	}}
	if change != nil {
		change(&spec)
	}
	ready := notifications(t)
	ctx, stop := context.WithCancel(t.Context())
	r.stop = stop
	go func() { r.status <- Run(ctx, spec, []string{"-bus", r.bus.Address}, io.Discard, r.log) }()
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Logf("log:\n%s", r.log)
		}
	})
	ready("READY=1")
	r.conn = r.bus.Conn(t)
	return r
}

// notifications catches what the service tells its supervisor.
func notifications(t *testing.T) (wait func(state string)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return func(state string) {
		t.Helper()
		buf := make([]byte, 1024)
		for {
			_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
			n, err := c.Read(buf)
			if err != nil {
				t.Fatalf("the service never said %s: %v", state, err)
			}
			if string(buf[:n]) == state {
				return
			}
		}
	}
}

func (r *running) call(t *testing.T, path dbus.ObjectPath, iface, member, in string, args ...any) ([]any, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return r.conn.Do(ctx, &bus.Request{
		Dest: testName, Path: path, Interface: iface, Member: member, In: in, Args: args, Once: true, NoAutoStart: true,
	})
}

func (r *running) property(t *testing.T, path dbus.ObjectPath, iface, name string) any {
	t.Helper()
	out, err := r.call(t, path, "org.freedesktop.DBus.Properties", "Get", "ss", iface, name)
	if err != nil {
		t.Fatalf("cannot read %s.%s: %v", iface, name, err)
	}
	return out[0].(dbus.Variant).Value()
}

func (r *running) wantStatus(t *testing.T, want int) {
	t.Helper()
	select {
	case got := <-r.status:
		if got != want {
			t.Fatalf("exit status %d, want %d", got, want)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the service does not end")
	}
}

func TestSharedInterfaces(t *testing.T) {
	r := startService(t, func(s *Spec) {
		s.Setup = func(context.Context, *Env) (*Service, error) {
			return &Service{Stats: func(add func(string, any)) { add("sessions", 7) }, Check: func(context.Context, []string) []Check {
				return []Check{{"store", Warn, "half full"}}
			}}, nil
		}
	})
	if got := r.property(t, testRoot, sharedbus.Service1Name, "Name"); got != "test" {
		t.Errorf("Name %v", got)
	}
	if got := r.property(t, testRoot, sharedbus.Service1Name, "State"); got != "ready" {
		t.Errorf("State %v", got)
	}
	out, err := r.call(t, testRoot, sharedbus.Health1Name, "Check", "as", []string{})
	if err != nil || out[0] != Warn || len(out[1].([]map[string]dbus.Variant)) != 2 {
		t.Errorf("Check %v, %v", out, err)
	}
	if out, err = r.call(t, testRoot, sharedbus.Diagnostics1Name, "Stats", ""); err != nil {
		t.Errorf("Stats: %v", err)
	} else if s := out[0].(map[string]dbus.Variant); s["goroutines"].Value().(uint64) == 0 || s["sessions"].Value() != int64(7) {
		t.Errorf("Stats %v", s)
	}
	_, err = r.call(t, "/org/freedesktop/LogControl1", "org.freedesktop.DBus.Properties", "Set", "ssv",
		sharedbus.LogControl1Name, "LogLevel", dbus.MakeVariant("debug"))
	if err != nil || r.property(t, "/org/freedesktop/LogControl1", sharedbus.LogControl1Name, "LogLevel") != "debug" {
		t.Errorf("LogLevel cannot be set: %v", err)
	}
	_, err = r.call(t, "/org/freedesktop/LogControl1", "org.freedesktop.DBus.Properties", "Set", "ssv",
		sharedbus.LogControl1Name, "LogLevel", dbus.MakeVariant("loud"))
	if !bus.IsError(err, bus.InvalidArgs) {
		t.Errorf("a level nobody knows: %v", err)
	}
	r.stop()
	r.wantStatus(t, 0)
}

func TestDump(t *testing.T) {
	r := startService(t, nil)
	out, err := r.call(t, testRoot, sharedbus.Diagnostics1Name, "Dump", "sa{sv}", "goroutines", map[string]dbus.Variant{})
	if err != nil {
		t.Fatal(err)
	}
	f := bus.File(out[0], "dump")
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil || !strings.Contains(string(text), "goroutine profile") {
		t.Errorf("dump %.60q, %v", text, err)
	}
	if _, err := r.call(t, testRoot, sharedbus.Diagnostics1Name, "Dump", "sa{sv}", "secrets", map[string]dbus.Variant{}); !bus.IsError(err, bus.NotFound) {
		t.Errorf("a kind nobody knows: %v", err)
	}
	r.stop()
	r.wantStatus(t, 0)
}

func TestDrainWaitsForCallsAndRefusesNewOnes(t *testing.T) {
	r := startService(t, nil)
	answered := make(chan error, 1)
	go func() {
		_, err := r.call(t, testRoot, "org.xen.xcp.test.Slow1", "Hold", "")
		answered <- err
	}()
	<-r.entered
	out, err := r.call(t, testRoot, sharedbus.Diagnostics1Name, "InFlight", "")
	if err != nil || len(out[0].([]map[string]dbus.Variant)) != 1 {
		t.Errorf("InFlight %v, %v", out, err)
	}
	if _, err := r.call(t, testRoot, sharedbus.Service1Name, "Drain", ""); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); r.property(t, testRoot, sharedbus.Service1Name, "State") != "draining"; {
		if time.Now().After(deadline) {
			t.Fatal("the service does not drain")
		}
		time.Sleep(time.Millisecond)
	}
	if _, err := r.call(t, testRoot, "org.xen.xcp.test.Slow1", "Hold", ""); !bus.IsError(err, bus.Draining) {
		t.Errorf("a call while draining: %v", err)
	}
	close(r.release)
	if err := <-answered; err != nil {
		t.Errorf("the call under way: %v", err)
	}
	r.wantStatus(t, 0)
}

func TestLostBusIsStatus75(t *testing.T) {
	r := startService(t, nil)
	r.bus.Kill()
	r.wantStatus(t, bus.ExitLost)
}

func TestNoBusIsStatus75(t *testing.T) {
	spec := Spec{Name: "test", Setup: func(context.Context, *Env) (*Service, error) { return &Service{}, nil }}
	if got := Run(t.Context(), spec, []string{"-bus", "unix:path=/nonexistent/bus"}, io.Discard, io.Discard); got != bus.ExitLost {
		t.Errorf("status %d, want %d", got, bus.ExitLost)
	}
}

func TestReconnect(t *testing.T) {
	r := startService(t, func(s *Spec) { s.Reconnect = true })
	r.bus.Kill()
	r.bus.Restart(t)
	r.conn = r.bus.Conn(t)
	deadline := time.Now().Add(10 * time.Second)
	for {
		_, err := r.call(t, testRoot, sharedbus.Health1Name, "Check", "as", []string{})
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the service does not come back: %v", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	r.stop()
	r.wantStatus(t, 0)
}

func TestStopWhileComingUp(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	spec := Spec{Name: "test", Setup: func(ctx context.Context, _ *Env) (*Service, error) {
		stop()
		return nil, ctx.Err()
	}}
	if got := Run(ctx, spec, []string{"-bus", "unix:path=/nonexistent/bus"}, io.Discard, io.Discard); got != 0 {
		t.Errorf("status %d, want 0", got)
	}
}

func TestCommandLine(t *testing.T) {
	spec := Spec{Name: "test", Summary: "a test"}
	tests := map[string]struct {
		args   []string
		status int
	}{
		"help":         {[]string{"-help"}, 0},
		"version":      {[]string{"-version"}, 0},
		"check-config": {[]string{"-check-config"}, 0},
		"unknown flag": {[]string{"-colour"}, 2},
		"argument":     {[]string{"now"}, 2},
		"bad target":   {[]string{"-log-target", "printer"}, 2},
		"no file":      {[]string{"-config", "/nonexistent"}, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Run(t.Context(), spec, tt.args, io.Discard, io.Discard); got != tt.status {
				t.Errorf("status %d, want %d", got, tt.status)
			}
		})
	}
}
