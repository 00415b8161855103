package sqlite

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/xcp-dbus/xcp/internal/store"
	"github.com/xcp-dbus/xcp/internal/store/storetest"
)

// inOwnNamespace runs a test in a process of its own, whose mounts nobody else
// sees and which are gone with it.
func inOwnNamespace(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	const env = "XCP_MOUNT_NAMESPACE"
	if os.Getenv(env) == t.Name() {
		if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
			t.Skipf("cannot have private mounts: %v", err)
		}
		test(t)
		return
	}
	if os.Getuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1")
	cmd.Env = append(os.Environ(), env+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out), "--- SKIP") {
		t.Skip("skipped in its namespace")
	}
}

// A ledger remembers what a store has answered.
type ledger struct {
	st   store.Store
	want map[string]string
	next int
}

// record is large enough for a few hundred to fill the disks of these tests.
var record = `"` + strings.Repeat("x", 4000) + `"`

// put commits one more record, and one that changes each time.
func (l *ledger) put(t *testing.T) error {
	l.next++
	key, value := fmt.Sprintf("VM/%06d", l.next), record
	_, err := l.st.Commit(t.Context(), store.Batch{Puts: []store.Put{
		{Key: key, Value: []byte(value)}, {Key: "VM/last", Value: fmt.Append(nil, l.next)},
	}})
	if err == nil {
		l.want[key], l.want["VM/last"] = value, fmt.Sprint(l.next)
	}
	return err
}

// check compares the store with what it has answered, to the last record.
func (l *ledger) check(t *testing.T) {
	t.Helper()
	im := storetest.Load(t, l.st)
	for key, value := range l.want {
		if string(im.Entries[key].Value) != value {
			t.Errorf("%s was answered and is lost", key)
		}
	}
	for key := range im.Entries {
		if _, ok := l.want[key]; !ok {
			t.Errorf("%s was refused and is there", key)
		}
	}
}

// reopen opens the store anew and checks it again.
func (l *ledger) reopen(t *testing.T, dir string) {
	t.Helper()
	if err := l.st.Close(); err != nil {
		t.Error(err)
	}
	l.st = openIn(t, dir)
	l.check(t)
}

func newLedger(t *testing.T, dir string) *ledger {
	l := &ledger{st: openIn(t, dir), want: map[string]string{}}
	for range 20 {
		if err := l.put(t); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func mount(t *testing.T, dir, options string) {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("cannot mount a tmpfs: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
}

func TestFullDisk(t *testing.T) {
	inOwnNamespace(t, func(t *testing.T) {
		dir := t.TempDir()
		mount(t, dir, "size=2m")
		l := newLedger(t, dir)
		for range 2 {
			var err error
			for n := 0; err == nil && n < 10_000; n++ {
				err = l.put(t)
			}
			if !errors.Is(err, store.ErrNoSpace) {
				t.Fatalf("on a full disk: %v", err)
			}
			l.check(t)
		}
		if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=64m"); err != nil {
			t.Fatal(err)
		}
		if err := l.put(t); err != nil {
			t.Fatalf("the disk has room again: %v", err)
		}
		l.check(t)
		l.reopen(t, dir)
	})
}

// A disk that is full when the store opens can be read.
func TestOpenOnFullDisk(t *testing.T) {
	inOwnNamespace(t, func(t *testing.T) {
		dir := t.TempDir()
		mount(t, dir, "size=2m")
		l := newLedger(t, dir)
		_ = l.st.Close()
		ballast := filepath.Join(dir, "ballast")
		f, err := os.Create(ballast)
		for block := make([]byte, 4096); err == nil; {
			_, err = f.Write(block)
		}
		if !errors.Is(err, syscall.ENOSPC) || f.Close() != nil {
			t.Fatal(err)
		}
		l.st = openIn(t, dir)
		l.check(t)
		if err := l.put(t); err == nil {
			t.Fatal("a commit on a full disk was answered")
		}
		l.check(t)
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		if err := l.put(t); err != nil {
			t.Fatalf("the disk has room again: %v", err)
		}
		l.check(t)
		l.reopen(t, dir)
	})
}

func TestOpenOnReadOnlyDisk(t *testing.T) {
	inOwnNamespace(t, func(t *testing.T) {
		dir := t.TempDir()
		mount(t, dir, "size=16m")
		l := newLedger(t, dir)
		_ = l.st.Close()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
		l.st = openIn(t, dir)
		l.check(t)
		if err := l.put(t); err == nil {
			t.Fatal("a commit on a read-only disk was answered")
		} else {
			t.Log(err)
		}
		l.check(t)
		if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, ""); err != nil {
			t.Fatal(err)
		}
		if err := l.put(t); err != nil {
			t.Fatalf("the disk can be written again: %v", err)
		}
		l.check(t)
		l.reopen(t, dir)
	})
}

// What a killed process left in the log is there on a disk that takes no writes
// any more, and the store goes on when it does.
func TestKilledOnReadOnlyDisk(t *testing.T) {
	inOwnNamespace(t, func(t *testing.T) {
		dir := t.TempDir()
		mount(t, dir, "size=16m")
		live, left := filepath.Join(dir, "live"), filepath.Join(dir, "left")
		if err := os.Mkdir(live, 0o700); err != nil {
			t.Fatal(err)
		}
		l := newLedger(t, live)
		if err := l.put(t); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(left, os.DirFS(live)); err != nil { // as a kill leaves it: the log is not copied back
			t.Fatal(err)
		}
		_ = l.st.Close()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
		l.st = openIn(t, left)
		l.check(t)
		if err := l.put(t); err == nil {
			t.Fatal("a commit on a read-only disk was answered")
		}
		l.check(t)
		if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, ""); err != nil {
			t.Fatal(err)
		}
		if err := l.put(t); err != nil {
			t.Fatalf("the disk can be written again: %v", err)
		}
		l.check(t)
		l.reopen(t, left)
	})
}

// A disk that fails under a running store becomes read only (ext4 does this
// after an error); repaired and mounted again it serves the same store.
func TestDiskFailsAndIsRepaired(t *testing.T) {
	inOwnNamespace(t, func(t *testing.T) {
		for _, tool := range []string{"mkfs.ext4", "fsck.ext4", "mount", "umount", "findmnt"} {
			if _, err := exec.LookPath(tool); err != nil {
				t.Skip(err)
			}
		}
		run := func(name string, args ...string) (string, error) {
			out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
			return strings.TrimSpace(string(out)), err
		}
		image, dir := filepath.Join(t.TempDir(), "disk"), t.TempDir()
		if err := errors.Join(os.WriteFile(image, nil, 0o600), os.Truncate(image, 32<<20)); err != nil {
			t.Fatal(err)
		}
		if out, err := run("mkfs.ext4", "-q", image); err != nil {
			t.Skip(out)
		}
		if out, err := run("mount", "-o", "loop,errors=remount-ro", image, dir); err != nil {
			t.Skip(out)
		}
		t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
		device, err := run("findmnt", "-no", "SOURCE", dir)
		if err != nil || !strings.HasPrefix(device, "/dev/loop") {
			t.Skipf("no loop device: %s, %v", device, err)
		}
		l := newLedger(t, dir)
		if err := os.WriteFile("/sys/fs/ext4/"+filepath.Base(device)+"/trigger_fs_error", []byte("test"), 0); err != nil {
			t.Skip(err)
		}
		for range 3 {
			if err := l.put(t); err == nil {
				t.Fatal("a commit on a failed disk was answered")
			} else {
				t.Log(err)
			}
			l.check(t)
		}
		// The store has files open on the failed disk, so the kernel would give
		// us that one again: what is repaired is a copy.
		repaired := image + ".repaired"
		_, _ = run("umount", "-l", dir)
		if out, err := run("cp", image, repaired); err != nil {
			t.Fatal(out)
		}
		_, _ = run("fsck.ext4", "-y", repaired) // says that it changed the disk, by its status
		if out, err := run("mount", "-o", "loop", repaired, dir); err != nil {
			t.Fatal(out)
		}
		if err := l.put(t); err != nil {
			t.Fatalf("the disk is repaired: %v", err)
		}
		l.check(t)
		l.reopen(t, dir)
	})
}

// A limit on the size of files stands in for a failing disk where we are not
// root.
func TestWriteError(t *testing.T) {
	const env = "XCP_FILE_LIMIT"
	if os.Getenv(env) == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWriteError$", "-test.v")
		cmd.Env = append(os.Environ(), env+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	dir := t.TempDir()
	l := newLedger(t, dir)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	small := syscall.Rlimit{Cur: 1 << 20, Max: limit.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Fatal(err)
	}
	var err error
	for n := 0; err == nil && n < 10_000; n++ {
		err = l.put(t)
	}
	if err == nil {
		t.Fatal("no write failed")
	}
	t.Log(err)
	l.check(t)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	if err := l.put(t); err != nil {
		t.Fatalf("files may grow again: %v", err)
	}
	l.check(t)
	l.reopen(t, dir)
}
