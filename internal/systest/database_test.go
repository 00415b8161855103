package systest

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // to make old and newer databases with

	"github.com/xcp-dbus/xcp/internal/systest/stack"
)

// databaseOf names the database of records in a state folder.
func databaseOf(t *testing.T, state string) string {
	t.Helper()
	path := filepath.Join(state, "xapi", "state.db")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("no database: %v", err)
	}
	return path
}

// usedState returns a state folder in which a toolstack ran once, and what
// work made of it.
func usedState(t *testing.T, work func(c *stack.Client)) (state, database string) {
	t.Helper()
	state = t.TempDir()
	s := start(t, stack.Options{StateDir: state})
	c := login(t, s, s.URL)
	if work != nil {
		work(c)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	return state, databaseOf(t, state)
}

// execSQL runs statements on a database file.
func execSQL(t *testing.T, path, statements string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statements); err != nil {
		t.Fatal(err)
	}
}

// TestOldDatabase: a database of the first schema, whose records lack what
// came later, opens; what was in it is there, the rest has its default.
func TestOldDatabase(t *testing.T) {
	state, path := usedState(t, nil)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for _, beside := range []string{"-wal", "-shm"} {
		_ = os.Remove(path + beside)
	}
	old, err := os.ReadFile("testdata/database/schema-1.sql")
	if err != nil {
		t.Fatal(err)
	}
	execSQL(t, path, string(old))

	s := start(t, stack.Options{StateDir: state})
	c := login(t, s, s.URL)
	vm := do(t, c, "VM.get_by_uuid", "7ad4a87f-96ab-43a5-b0b8-2d27e2b42d1f").(string)
	record := do(t, c, "VM.get_record", vm).(map[string]any)
	if record["name_label"] != "from an old database" || record["other_config"].(map[string]any)["folder"] != "/old" {
		t.Errorf("the old VM is %v", record)
	}
	if record["order"] != 0.0 || record["domain_type"] == "" || record["tags"] == nil {
		t.Errorf("fields the old record lacked are %v %v %v", record["order"], record["domain_type"], record["tags"])
	}
	if hosts := do(t, c, "host.get_all").([]any); len(hosts) != 1 {
		t.Errorf("%d hosts", len(hosts))
	}
	do(t, c, "VM.set_name_label", vm, "written again")
	if got := do(t, c, "VM.get_name_label", vm); got != "written again" {
		t.Errorf("the old VM's name is %q", got)
	}
}

// TestNewerDatabase: a database of a newer schema is read, not written, and a
// client is told why.
func TestNewerDatabase(t *testing.T) {
	var vm string
	var session string
	state, path := usedState(t, func(c *stack.Client) {
		vm = do(t, c, "VM.create", stack.VMRecord("from the future")).(string)
		session = c.Session
	})
	execSQL(t, path, `UPDATE meta SET value = value + 1000 WHERE name = 'schema'`)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, stack.Options{StateDir: state})
	c := stack.Dial(s.URL)
	defer c.Close()
	c.Session = session
	if got := do(t, c, "VM.get_name_label", vm); got != "from the future" {
		t.Errorf("the VM's name is %q", got)
	}
	for _, call := range [][]any{{"VM.set_name_label", vm, "x"}, {"VM.create", stack.VMRecord("x")}, {"VM.destroy", vm}} {
		_, err := c.Do(t.Context(), call[0].(string), call[1:]...)
		f, ok := err.(*stack.Failure)
		if !ok || !strings.Contains(strings.Join(f.Params, " "), "newer") {
			t.Errorf("%s answers %v, which does not say that the database is newer", call[0], err)
		}
	}
	if got := do(t, c, "VM.get_name_label", vm); got != "from the future" {
		t.Errorf("after refused writes the VM's name is %q", got)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the newer database was changed (%v)", err)
	}
}

// onDisk starts a toolstack whose folder dir is a small disk of its own, in a
// mount namespace nobody else sees. The returned function runs mount there.
func onDisk(t *testing.T, state, dir, size string) (*stack.Stack, func(options string)) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("a disk of its own needs root")
	}
	unshare, nsenter := program(t, "unshare", "util-linux"), program(t, "nsenter", "util-linux")
	if out, err := try(t, time.Minute, nil, unshare, "-m", "true"); err != nil {
		t.Skipf("no mount namespace to be had: %v %s", err, out)
	}
	// What the folder held is taken along.
	script := `cp -a "$0/." "$0.copy" 2>/dev/null; mount -t tmpfs -o mode=0700,size=` + size +
		` tmpfs "$0" && { cp -a "$0.copy/." "$0" 2>/dev/null; rm -rf "$0.copy"; exec "$@"; }`
	if err := os.MkdirAll(dir+".copy", 0o700); err != nil {
		t.Fatal(err)
	}
	s := start(t, stack.Options{StateDir: state, Wrap: []string{unshare, "-m", "sh", "-c", script, dir}})
	return s, func(options string) {
		t.Helper()
		// A process that was killed is seen to be gone a moment before the last
		// of its threads has let go of its files.
		waitFor(t, "the disk to take "+options, func() bool {
			_, err := try(t, time.Minute, nil, nsenter, "-t", fmt.Sprint(s.PID), "-m", "mount", "-o", options, dir)
			return err == nil
		})
	}
}

// A ledger remembers which VMs a toolstack has said it made, and which not.
type ledger struct {
	c      *stack.Client
	made   map[string]bool
	failed map[string]error
}

// write makes a VM with a record of some size.
func (l *ledger) write(t *testing.T, name string) error {
	record := stack.VMRecord(name)
	record["other_config"] = map[string]string{"ballast": strings.Repeat("x", 20_000)}
	_, err := l.c.Do(t.Context(), "VM.create", record)
	if err == nil {
		l.made[name] = true
	} else {
		l.failed[name] = err
	}
	return err
}

// check compares the toolstack with what it answered.
func (l *ledger) check(t *testing.T) {
	t.Helper()
	have := map[string]bool{}
	for _, r := range do(t, l.c, "VM.get_all_records").(map[string]any) {
		have[r.(map[string]any)["name_label"].(string)] = true
	}
	for name := range l.made {
		if !have[name] {
			t.Errorf("%s was answered and is not there", name)
		}
	}
	for name := range l.failed {
		if have[name] {
			t.Errorf("%s was refused and is there", name)
		}
	}
}

// restartXapi kills the service; the next call starts it again.
func restartXapi(t *testing.T, s *stack.Stack) {
	t.Helper()
	xapi, ok := s.Find("xcp-xapi")
	if !ok {
		t.Fatal("no xapi runs")
	}
	if err := syscall.Kill(xapi.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "xapi to end", func() bool { return !xapi.Alive() })
}

// TestFullDisk: on a full disk writes fail with a reason, reads go on, nothing
// answered is lost, and when there is room again it goes on by itself.
func TestFullDisk(t *testing.T) {
	state := t.TempDir()
	s, _ := onDisk(t, state, state, "24m")
	l := &ledger{c: login(t, s, s.URL), made: map[string]bool{}, failed: map[string]error{}}
	for i := range 20 {
		if err := l.write(t, fmt.Sprint("before ", i)); err != nil {
			t.Fatal(err)
		}
	}
	ballast := fmt.Sprintf("/proc/%d/root%s/ballast", s.PID, state)
	fillDisk(t, ballast)
	for i := 0; i < 2000 && len(l.failed) < 5; i++ {
		if err := l.write(t, fmt.Sprint("full ", i)); err != nil && len(l.failed) == 1 {
			t.Logf("after %d writes on a full disk: %v", i, err)
			if !strings.Contains(err.Error(), "space") {
				t.Errorf("the error does not say that there is no space: %v", err)
			}
		}
	}
	if len(l.failed) == 0 {
		t.Fatal("no write failed on a full disk")
	}
	l.check(t)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	n := 0
	waitFor(t, "writes to work again", func() bool { n++; return l.write(t, fmt.Sprint("healed ", n)) == nil })
	l.check(t)
	restartXapi(t, s)
	l.check(t)
}

// fillDisk writes until nothing more fits.
func fillDisk(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 4096, 1} {
		for block := make([]byte, size); err == nil; {
			_, err = f.Write(block)
		}
		err = nil
	}
}

// TestReadOnlyDisk: a service started while its disk is read-only answers
// reads, refuses writes, and goes on when the disk can be written again.
func TestReadOnlyDisk(t *testing.T) {
	state, path := usedState(t, nil)
	s, remount := onDisk(t, state, filepath.Dir(path), "24m")
	l := &ledger{c: login(t, s, s.URL), made: map[string]bool{}, failed: map[string]error{}}
	if err := l.write(t, "before"); err != nil {
		t.Fatal(err)
	}
	// The launcher starts a killed service at once, and a disk with a file open
	// for writing cannot be made read-only.
	if err := syscall.Kill(s.PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(s.PID, syscall.SIGCONT) }) // or nothing can stop it
	restartXapi(t, s)
	remount("remount,ro")
	if err := syscall.Kill(s.PID, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	l.check(t)
	for i := range 3 {
		if err := l.write(t, fmt.Sprint("read-only ", i)); err == nil {
			t.Error("a write on a read-only disk was answered")
		} else if i == 0 {
			t.Log(err)
		}
	}
	l.check(t)
	remount("remount,rw")
	n := 0
	waitFor(t, "writes to work again", func() bool { n++; return l.write(t, fmt.Sprint("healed ", n)) == nil })
	l.check(t)
	restartXapi(t, s)
	l.check(t)
}
