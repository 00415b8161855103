package systest

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/internal/systest/stack"
)

// names returns the names of a toolstack's processes, sorted.
func names(t *testing.T, s *stack.Stack) []string {
	t.Helper()
	all, err := s.Processes()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range all {
		out = append(out, p.Name)
	}
	slices.Sort(out)
	return out
}

// TestColdStart: before the first call only bus and front run; the first call
// starts xapi and is answered within a second.
func TestColdStart(t *testing.T) {
	s := start(t, stack.Options{})
	if got, want := names(t, s), []string{"dbus-daemon", "xcp", "xcp-front"}; !slices.Equal(got, want) {
		t.Errorf("before the first call run %q, want %q", got, want)
	}
	began := time.Now()
	login(t, s, s.URL)
	took := time.Since(began)
	if _, ok := s.Find("xcp-xapi"); !ok {
		t.Errorf("after the first call run %q, and no xapi", names(t, s))
	}
	t.Logf("ready after %v, first answer after %v more", s.ReadyAfter, took)
	if took > time.Second && !busy() {
		t.Errorf("the first answer took %v, want at most 1 s", took)
	}
}

// busy tells whether others use the machine so much that a time says nothing.
func busy() bool {
	raw, err := os.ReadFile("/proc/loadavg")
	return err == nil && len(raw) > 0 && !strings.HasPrefix(string(raw), "0.") && !strings.HasPrefix(string(raw), "1.")
}

// TestKilledXapi: kill -9 between two calls is not seen, nothing that was
// answered is lost, and the session goes on.
func TestKilledXapi(t *testing.T) {
	s := start(t, stack.Options{})
	c := login(t, s, s.URL)
	token := do(t, c, "event.from", []string{"*"}, "", 1.5).(map[string]any)["token"]
	for _, name := range []string{"first", "second", "third"} {
		vm := do(t, c, "VM.create", stack.VMRecord(name)).(string)
		xapi, ok := s.Find("xcp-xapi")
		if !ok {
			t.Fatal("xapi does not run")
		}
		if err := syscall.Kill(xapi.PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "xapi to end", func() bool { return !xapi.Alive() })
		if got := do(t, c, "VM.get_name_label", vm); got != name {
			t.Errorf("the VM's name is %q, want %q", got, name)
		}
	}
	events := do(t, c, "event.from", []string{"VM"}, token, 5.5).(map[string]any)["events"].([]any)
	if len(events) != 3 {
		t.Errorf("a token from before the kills shows %d VMs, want 3", len(events))
	}
}

// waitFor polls a condition for ten seconds.
func waitFor(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited 10 s for %s", what)
		}
	}
}

// TestStopLeavesNothing: no process, socket or temporary file outlives the
// launcher, and the same folder started again has everything.
func TestStopLeavesNothing(t *testing.T) {
	temp, err := os.MkdirTemp("", "xcp") // short: a socket's path has 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(temp)
	run := filepath.Join(temp, "run")
	if err := os.Mkdir(run, 0o700); err != nil {
		t.Fatal(err)
	}
	state := t.TempDir()
	o := stack.Options{StateDir: state, Env: []string{"TMPDIR=" + temp, "XDG_RUNTIME_DIR=" + run}}
	s := start(t, o)
	c := login(t, s, "unix:"+s.Unix)
	vm := do(t, c, "VM.create", stack.VMRecord("kept")).(string)
	before, err := s.Processes()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Errorf("stopped with %v", err)
	}
	for _, p := range before {
		if p.Alive() {
			t.Errorf("%s (%d) still runs", p.Name, p.PID)
		}
	}
	_ = filepath.WalkDir(temp, func(path string, _ os.DirEntry, _ error) error {
		if path != temp && path != run {
			t.Errorf("%s was left behind", path)
		}
		return nil
	})
	_ = filepath.WalkDir(state, func(path string, e os.DirEntry, _ error) error {
		if e != nil && e.Type()&os.ModeSocket != 0 {
			t.Errorf("the socket %s was left behind", path)
		}
		return nil
	})

	again := start(t, o)
	if again.Password != s.Password {
		t.Error("the password changed over a restart")
	}
	old := stack.Dial(again.URL)
	defer old.Close()
	old.Session = c.Session
	if got := do(t, old, "VM.get_name_label", vm); got != "kept" {
		t.Errorf("after a restart the VM's name is %q, want kept", got)
	}
}

// TestKilledLauncher: nothing outlives a launcher that had no time to stop, and
// the next one on the same folder clears away what it left.
func TestKilledLauncher(t *testing.T) {
	state := t.TempDir()
	s, err := stack.Start(t.Context(), stack.Options{Bin: bin, StateDir: state})
	if err != nil {
		t.Fatal(err)
	}
	c := login(t, s, s.URL)
	vm := do(t, c, "VM.create", stack.VMRecord("kept")).(string)
	before, err := s.Processes()
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(s.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	for _, p := range before {
		waitFor(t, p.Name+" to end", func() bool { return !p.Alive() })
	}
	again := start(t, stack.Options{StateDir: state})
	if _, err := os.Stat(s.Unix); !os.IsNotExist(err) {
		t.Errorf("the socket of the killed one is still there (%v)", err)
	}
	c = login(t, again, again.URL)
	if got := do(t, c, "VM.get_name_label", vm); got != "kept" {
		t.Errorf("the VM's name is %q, want kept", got)
	}
}

// TestStateFolder: its secrets are for its owner alone, and it serves one
// toolstack at a time.
func TestStateFolder(t *testing.T) {
	s := sharedStack(t)
	login(t, s, s.URL)
	_ = filepath.WalkDir(s.StateDir, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && e.Type().IsRegular() && info.Mode().Perm()&0o077 != 0 && isSecret(path) {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
	second, err := stack.Start(t.Context(), stack.Options{Bin: bin, StateDir: s.StateDir})
	if err == nil {
		second.Stop()
		t.Fatal("a second toolstack started on the same folder")
	}
	if !strings.Contains(err.Error(), s.StateDir) {
		t.Errorf("the refusal does not name the folder: %v", err)
	}
}

// isSecret tells whether a file of the state folder may hold a secret: keys,
// passwords, and the database with its sessions.
func isSecret(path string) bool {
	raw, err := os.ReadFile(path)
	if err != nil {
		return true
	}
	text := string(raw)
	return strings.Contains(filepath.Base(path), "password") || strings.Contains(text, "PRIVATE KEY") || strings.HasPrefix(text, "SQLite format 3")
}

// TestTwoInstances run side by side and know nothing of each other.
func TestTwoInstances(t *testing.T) {
	one, two := sharedStack(t), start(t, stack.Options{})
	if one.URL == two.URL || one.Unix == two.Unix || one.Bus == two.Bus || one.Password == two.Password {
		t.Errorf("two toolstacks share something: %+v %+v", one.Ready, two.Ready)
	}
	a, b := login(t, one, one.URL), login(t, two, two.URL)
	vm := do(t, a, "VM.create", stack.VMRecord("only here")).(string)
	defer do(t, a, "VM.destroy", vm)
	if found := do(t, b, "VM.get_by_name_label", "only here").([]any); len(found) != 0 {
		t.Error("a VM of one toolstack is in the other")
	}
	if _, err := b.Call(t.Context(), "VM.get_all", a.Session); err == nil {
		t.Error("a session of one toolstack is good in the other")
	}
}

// TestReadyLine: the line has what the documentation promises, and the
// addresses are of the loopback.
func TestReadyLine(t *testing.T) {
	s := sharedStack(t)
	var members map[string]any
	raw, _ := json.Marshal(s.Ready)
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	for name, v := range members {
		if v == "" || v == 0.0 || v == false {
			t.Errorf("the ready line has no %s", name)
		}
	}
	for _, url := range []string{s.URL, s.TLSURL} {
		_, hostport, _ := strings.Cut(strings.TrimSuffix(url, "/"), "://")
		if host, _, err := net.SplitHostPort(hostport); err != nil || host != "127.0.0.1" {
			t.Errorf("the toolstack listens on %q (%v)", url, err)
		}
	}
	if !strings.HasPrefix(s.Bus, "unix:path=") {
		t.Errorf("the bus is at %q", s.Bus)
	}
}
