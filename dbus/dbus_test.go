package dbus_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/dbus"
	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/bustest"
)

const (
	xapi     = "org.xen.xcp.xapi"
	front    = "org.xen.xcp.front"
	denied   = "org.freedesktop.DBus.Error.AccessDenied"
	busName  = "org.freedesktop.DBus"
	xapiRoot = "/org/xen/xcp/xapi"
)

// Users and groups of the installed rendering, as numbers this machine needs
// not have; the daemon under test sees them in a user database of its own.
var uids = map[string]int{"xcp-xapi": 61001, "xcp-front": 61002, "doctor": 61003, "stranger": 61099}

const (
	groupXCP  = 61010
	groupDiag = 61011
)

// gid is a user's only group.
func gid(user string) int {
	switch user {
	case "stranger":
		return uids[user]
	case "doctor":
		return groupDiag
	}
	return groupXCP
}

// TestMain lets the test binary be run again under another uid, as a client of
// the bus: child does what the environment says and prints how it went.
func TestMain(m *testing.M) {
	if what := os.Getenv("XCP_TEST_CLIENT"); what != "" {
		fmt.Println(child(os.Getenv("XCP_BUS_ADDRESS"), what))
		return
	}
	code := m.Run()
	if os.Getuid() == 0 {
		if file, err := copied(); err == nil {
			os.RemoveAll(filepath.Dir(file))
		}
	}
	os.Exit(code)
}

func child(address, what string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := bus.Dial(ctx, address, bus.Options{})
	if err != nil {
		return "no connection"
	}
	defer c.Close()
	return outcome(do(ctx, c, what))
}

// do is "own NAME", "serve NAME" (own it and stay) or "call DEST INTERFACE MEMBER" (interface "-": none).
func do(ctx context.Context, c *bus.Conn, what string) error {
	f := strings.Fields(what)
	switch f[0] {
	case "own":
		return c.RequestName(ctx, f[1], true)
	case "serve":
		err := c.RequestName(ctx, f[1], true)
		if err == nil {
			<-c.Done()
		}
		return err
	}
	r := &bus.Request{Dest: f[1], Path: xapiRoot, Interface: f[2], Member: f[3], Once: true}
	if r.Interface == "-" {
		r.Interface = ""
	}
	_, err := c.Do(ctx, r)
	return err
}

// outcome is one word: allowed, denied, or the error.
func outcome(err error) string {
	switch {
	case err == nil, bus.IsError(err, bus.UnknownMethod), bus.IsError(err, bus.UnknownObject), bus.IsError(err, bus.InvalidArgs):
		return "allowed" // it reached the other end
	case bus.IsError(err, denied):
		return "denied"
	}
	return err.Error()
}

// as runs a client as another user.
func as(t *testing.T, b *bustest.Bus, user, what string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, testBinary(t))
	cmd.Env = clientEnv(what, b)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Credential: &syscall.Credential{Uid: uint32(uids[user]), Gid: uint32(gid(user))},
		Pdeathsig:  syscall.SIGKILL,
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("client as %s: %v: %s", user, err, out)
	}
	return strings.TrimSpace(string(out))
}

// clientEnv tells a client what to do. The race detector's pause at the end of
// a process has nothing to wait for.
func clientEnv(what string, b *bustest.Bus) []string {
	return []string{"XCP_TEST_CLIENT=" + what, "XCP_BUS_ADDRESS=" + b.Address, "GORACE=atexit_sleep_ms=0"}
}

// testBinary is this program where other uids can run it; TestMain removes it.
func testBinary(t *testing.T) string {
	t.Helper()
	file, err := copied()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

var copied = sync.OnceValues(func() (string, error) {
	data, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "xcpclient")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	file := filepath.Join(dir, "client")
	return file, os.WriteFile(file, data, 0o755)
})

func TestPrivateRendering(t *testing.T) {
	t.Parallel()
	b := bustest.New(t, bustest.Shipped("/bin/false"))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	b.Own(t, xapi, bus.Options{})
	c := b.Conn(t)
	for what, want := range map[string]string{
		"own " + front:                                   "allowed",
		"own org.xen.xcp.other":                          "denied",
		"own com.example.Other":                          "denied",
		"call " + xapi + " org.xen.xcp.xapi.VM1 get_all": "allowed",
		"call " + xapi + " org.xen.xcp.xapi.VMStream1 get_all_records":          "allowed",
		"call " + xapi + " org.xen.xcp.xapi.LocalLogin1 Login":                  "allowed",
		"call " + xapi + " org.freedesktop.DBus.Peer Ping":                      "allowed",
		"call " + xapi + " org.xen.xcp.Other1 Do":                               "denied",
		"call " + xapi + " - get_all":                                           "denied",
		"call " + busName + " org.freedesktop.DBus ListNames":                   "allowed",
		"call " + busName + " org.freedesktop.DBus UpdateActivationEnvironment": "denied",
	} {
		if got := outcome(do(ctx, c, what)); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	if _, err := c.Call(ctx, busName, "/org/freedesktop/DBus", "org.freedesktop.DBus.Monitoring", "BecomeMonitor", "asu", nil, uint32(0)); err != nil {
		t.Errorf("the launcher's uid cannot monitor: %v", err)
	}
}

func TestPrivateBusRefusesOthers(t *testing.T) {
	needRoot(t)
	t.Parallel()
	b := bustest.New(t, bustest.Shipped("/bin/false"))
	if err := os.Chmod(b.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := as(t, b, "stranger", "own "+xapi); got != "no connection" {
		t.Errorf("a stranger: %s", got)
	}
}

func TestPrivateBusActivates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	seen := filepath.Join(dir, "it's seen")
	program := filepath.Join(dir, "back\\slash 'n quote")
	script := "#!/bin/sh\necho \"$1\" > \"$(dirname \"$0\")/it's seen\"\nexit 1\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	b := bustest.New(t, bustest.Shipped(program))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := do(ctx, b.Conn(t), "call "+xapi+" org.freedesktop.DBus.Peer Ping"); err == nil {
		t.Error("a service that was not started answered")
	}
	unit, err := os.ReadFile(seen)
	if err != nil || string(unit) != "xcp-xapi.service\n" {
		t.Errorf("the helper was asked for %q: %v", unit, err)
	}
}

func TestPrivateRefusesBadPaths(t *testing.T) {
	good := dbus.Private{Dir: t.TempDir(), Socket: "/tmp/bus", Activate: "/bin/false"}
	for name, change := range map[string]func(*dbus.Private){
		"relative":  func(p *dbus.Private) { p.Activate = "false" },
		"long":      func(p *dbus.Private) { p.Socket = "/" + strings.Repeat("x", 107) },
		"two lines": func(p *dbus.Private) { p.Activate = "/bin/false\nUser=root" },
	} {
		p := good
		change(&p)
		if _, err := p.Write(); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// installed starts a bus with exactly the installed files; only the paths are
// moved into the test's folder. The users they name exist for this daemon
// alone: it runs in a mount namespace with a passwd and a group of its own.
func installed(t *testing.T) *bustest.Bus {
	users := t.TempDir()
	userDatabase(t, users)
	const script = `mount --bind "$0/passwd" /etc/passwd && mount --bind "$0/group" /etc/group && exec "$@"`
	under := []string{"unshare", "--mount", "--propagation", "private", "sh", "-c", script, users}
	if out, err := exec.Command(under[0], append(under[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("no mount namespace to be had: %v: %s", err, out)
	}
	return bustest.New(t, bustest.Under(under...), bustest.WithConfig(writeInstalled))
}

func userDatabase(t *testing.T, dir string) {
	t.Helper()
	passwd := "root:x:0:0:root:/:/bin/false\n"
	for user, id := range uids {
		passwd += fmt.Sprintf("%s:x:%d:%d::/:/bin/false\n", user, id, gid(user))
	}
	group := fmt.Sprintf("root:x:0:\nxcp:x:%d:\nxcp-diag:x:%d:\n", groupXCP, groupDiag)
	for file, text := range map[string]string{"passwd": passwd, "group": group} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func writeInstalled(dir string) (string, error) {
	r := strings.NewReplacer("/run/xcp/bus", filepath.Join(dir, "bus"),
		"/usr/share/xcp/bus-services", filepath.Join(dir, "bus-services"),
		"/usr/share/xcp/bus.d", filepath.Join(dir, "bus.d"))
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	for from, to := range map[string]string{"policy/installed": "bus.d", "services/installed": "bus-services"} {
		files, err := fs.Sub(dbus.Files, from)
		if err != nil {
			return "", err
		}
		if err := os.CopyFS(filepath.Join(dir, to), files); err != nil {
			return "", err
		}
	}
	text, err := dbus.Files.ReadFile("xcp-bus.conf")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "bus.conf")
	return file, os.WriteFile(file, []byte(r.Replace(string(text))), 0o644)
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("connecting as other users needs root")
	}
}

func TestInstalledRendering(t *testing.T) {
	needRoot(t)
	t.Parallel()
	b := installed(t)
	for _, c := range []struct {
		user string
		what string
		want string
	}{
		{"xcp-xapi", "own " + xapi, "allowed"},
		{"xcp-front", "own " + xapi, "denied"},
		{"xcp-front", "own " + front, "allowed"},
		{"xcp-xapi", "own org.xen.xcp.other", "denied"},
		{"doctor", "own " + xapi, "denied"},
		{"stranger", "own " + xapi, "no connection"},
	} {
		if got := as(t, b, c.user, c.what); got != c.want {
			t.Errorf("%s: %s: %s, want %s", c.user, c.what, got, c.want)
		}
	}
}

// TestInstalledCalls has a service that stays: this binary, as xcp-xapi.
func TestInstalledCalls(t *testing.T) {
	needRoot(t)
	t.Parallel()
	b := installed(t)
	serve(t, b)
	for _, c := range []struct {
		user string
		what string
		want string
	}{
		{"xcp-front", "org.xen.xcp.xapi.VM1 get_all", "allowed"},
		{"xcp-front", "org.xen.xcp.xapi.VMObject1 start", "denied"},
		{"xcp-front", "org.xen.xcp.xapi.LocalLogin1 Login", "denied"},
		{"xcp-front", "org.xen.xcp.Diagnostics1 Stats", "denied"},
		{"xcp-front", "org.freedesktop.DBus.Peer Ping", "allowed"},
		{"xcp-front", "org.xen.xcp.Unknown1 Do", "denied"},
		{"xcp-front", "- get_all", "denied"},
		{"xcp-xapi", "org.xen.xcp.xapi.VM1 get_all", "denied"},
		{"xcp-xapi", "org.xen.xcp.Health1 Check", "allowed"},
		{"doctor", "org.xen.xcp.Diagnostics1 Stats", "allowed"},
		{"doctor", "org.xen.xcp.xapi.VMObject1 start", "allowed"},
		{"doctor", "org.xen.xcp.xapi.VM1 get_all", "denied"},
	} {
		if got := as(t, b, c.user, "call "+xapi+" "+c.what); got != c.want {
			t.Errorf("%s: %s: %s, want %s", c.user, c.what, got, c.want)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if got := outcome(do(ctx, b.Conn(t), "call "+xapi+" org.xen.xcp.xapi.LocalLogin1 Login")); got != "allowed" {
		t.Errorf("root: %s", got)
	}
}

// serve runs this binary as xcp-xapi, owning its name until the test ends.
func serve(t *testing.T, b *bustest.Bus) {
	t.Helper()
	cmd := exec.Command(testBinary(t))
	cmd.Env = clientEnv("serve "+xapi, b)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Credential: &syscall.Credential{Uid: uint32(uids["xcp-xapi"]), Gid: groupXCP},
		Pdeathsig:  syscall.SIGKILL,
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	here := make(chan struct{})
	stop, err := b.Conn(t).WatchName(ctx, xapi, func(owner string) {
		if owner != "" {
			close(here)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	select {
	case <-here:
	case <-ctx.Done():
		t.Fatal("the service did not take its name")
	}
}
