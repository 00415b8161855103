package idl_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xcp-dbus/xcp/internal/idl"
)

// copyTree gives a checkout of its own that has the contract and its lock.
func copyTree(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("short: compiling the whole contract takes seconds")
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "introspect", "idl"), os.DirFS(filepath.Join(root, "introspect", "idl"))); err != nil {
		t.Fatal(err)
	}
	lock, err := os.ReadFile(filepath.Join(root, "introspect", "contract.lock"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "introspect", "contract.lock"), lock, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestGenerateIsRepeatable generates into an empty tree, twice, and compares
// the result with this one.
func TestGenerateIsRepeatable(t *testing.T) {
	dir := copyTree(t)
	var said bytes.Buffer
	tree := idl.Tree{Root: dir, Out: &said}
	if err := tree.Generate(); err != nil {
		t.Fatal(err)
	}
	written := strings.Count(said.String(), "\n")
	if written < 400 {
		t.Errorf("only %d files were written", written)
	}
	said.Reset()
	if err := tree.Generate(); err != nil || said.Len() > 0 {
		t.Errorf("a second run differs: %v\n%s", err, said.String())
	}
	if err := tree.Check(); err != nil {
		t.Errorf("%v\n%s", err, said.String())
	}
	if err := (idl.Tree{Root: root, Out: &said}).Check(); err != nil {
		t.Errorf("this tree: %v\n%s", err, said.String())
	}
}

func TestCheckFindsDifferences(t *testing.T) {
	dir := copyTree(t)
	var said bytes.Buffer
	tree := idl.Tree{Root: dir, Out: &said}
	if err := tree.Generate(); err != nil {
		t.Fatal(err)
	}
	ref := filepath.Join(dir, "internal", "gen", "ref")
	own, stray := filepath.Join(ref, "ref.gen.go"), filepath.Join(ref, "stray.gen.go")
	for _, change := range []func() error{
		func() error { return os.WriteFile(own, []byte("package ref\n"), 0o644) },
		func() error { return os.Remove(own) },
		func() error { return os.WriteFile(stray, []byte("package ref\n"), 0o644) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		said.Reset()
		if err := tree.Check(); !errors.Is(err, idl.ErrDiffers) || !strings.Contains(said.String(), "internal/gen/ref/") {
			t.Errorf("check says %v\n%s", err, said.String())
		}
	}
	if err := tree.Generate(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(stray); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a stray file stays")
	}
}

// TestLock changes the contract and expects check to refuse it.
func TestLock(t *testing.T) {
	for name, change := range map[string]struct{ old, new, want string }{
		"parameter type": {`"new_name" { type = "string" }`, `"new_name" { type = "int" }`, "VM1.snapshot (ssasa{sv}) -> (s): now (sxasa{sv}) -> (s)"},
		"message gone":   {`message "clone"`, `message "klone"`, "VM1.clone (ssa{sv}) -> (s): removed or renamed"},
		"enum value":     {`"unpause",`, `"continue",`, "enum vm_operations unpause: removed or renamed"},
		"field renamed":  {`field "user_version"`, `field "users_version"`, "VMObject1.user_version property x read: removed or renamed"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyTree(t)
			path := filepath.Join(dir, "introspect", "idl", "xapi", "vm.hcl")
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			changed := strings.Replace(string(data), change.old, change.new, 1)
			if changed == string(data) {
				t.Fatalf("vm.hcl has no %s", change.old)
			}
			if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
				t.Fatal(err)
			}
			var said bytes.Buffer
			tree := idl.Tree{Root: dir, Out: &said}
			err = tree.Check()
			if err == nil || !strings.Contains(err.Error(), "incompatible") || !strings.Contains(said.String(), change.want) {
				t.Errorf("check says %v\n%s", err, said.String())
			}
		})
	}
}

// TestLockAccepts locks a contract whose lock knew other things.
func TestLockAccepts(t *testing.T) {
	dir := copyTree(t)
	path := filepath.Join(dir, "introspect", "contract.lock")
	if err := os.WriteFile(path, []byte("error NO_MORE 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	tree := idl.Tree{Root: dir, Out: &said}
	if err := tree.Check(); err == nil || !strings.Contains(said.String(), "error NO_MORE 1: removed or renamed") {
		t.Errorf("check says %v\n%s", err, said.String())
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := tree.Check(); err == nil || !strings.Contains(err.Error(), "additions") {
		t.Errorf("check says %v", err)
	}
	if err := tree.Lock(); err != nil {
		t.Fatal(err)
	}
	if err := tree.Check(); !errors.Is(err, idl.ErrDiffers) {
		t.Errorf("after lock check says %v", err)
	}
}

func TestFormatted(t *testing.T) {
	var said bytes.Buffer
	if err := (idl.Tree{Root: copyTree(t), Out: &said}).Format(); err != nil {
		t.Fatal(err)
	}
	if said.Len() > 0 {
		t.Errorf("run: go run ./cmd/idlc fmt\n%s", said.String())
	}
}
