package idl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// A Tree is a checkout of the repository.
type Tree struct {
	Root string
	Out  io.Writer // what was done, or differs
}

// generatedDirs hold generated files only, of these endings.
var generatedDirs = map[string]string{
	"internal/gen": ".gen.go", "introspect/xml": ".xml", "dbus/policy": ".conf", "dbus/services": ".service",
}

// Load parses the tree's contract.
func (t Tree) Load() (*Contract, error) {
	files, err := ReadDir(filepath.Join(t.Root, "introspect", "idl"))
	if err != nil {
		return nil, err
	}
	c, diags := Parse(files)
	if diags.HasErrors() {
		return nil, errors.New(strings.TrimRight(Explain(diags, "introspect/idl/"), "\n"))
	}
	return c, nil
}

// Explain writes diagnostics one per line: file:line:column: what is wrong:
// what to do.
func Explain(diags hcl.Diagnostics, prefix string) string {
	var b strings.Builder
	for _, d := range diags {
		at := ""
		if s := d.Subject; s != nil {
			at = fmt.Sprintf("%s%s:%d:%d: ", prefix, s.Filename, s.Start.Line, s.Start.Column)
		}
		fmt.Fprintf(&b, "%s%s: %s\n", at, d.Summary, d.Detail)
	}
	return b.String()
}

// Generate writes what differs and removes generated files that are no more.
func (t Tree) Generate() error {
	c, err := t.Load()
	if err != nil {
		return err
	}
	out, err := Generate(c)
	if err != nil {
		return err
	}
	for _, path := range sortedKeys(out) {
		if err := t.write(path, out[path]); err != nil {
			return err
		}
	}
	stale, err := t.stale(out)
	if err != nil {
		return err
	}
	for _, path := range stale {
		fmt.Fprintf(t.Out, "remove %s\n", path)
		if err := os.Remove(filepath.Join(t.Root, path)); err != nil {
			return err
		}
	}
	return nil
}

func (t Tree) write(path string, data []byte) error {
	full := filepath.Join(t.Root, filepath.FromSlash(path))
	old, err := os.ReadFile(full)
	if err == nil && bytes.Equal(old, data) {
		return nil
	}
	fmt.Fprintf(t.Out, "write %s\n", path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return err
	}
	return os.WriteFile(full, data, 0o644)
}

// stale finds files of generated endings that nothing generates.
func (t Tree) stale(out Output) ([]string, error) {
	var stale []string
	for _, dir := range sortedKeys(generatedDirs) {
		err := filepath.WalkDir(filepath.Join(t.Root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				if errors.Is(err, fs.ErrNotExist) {
					return nil
				}
				return err
			}
			rel, err := filepath.Rel(t.Root, path)
			if err != nil {
				return err
			}
			rel = filepath.ToSlash(rel)
			if _, ok := out[rel]; !ok && strings.HasSuffix(rel, generatedDirs[dir]) {
				stale = append(stale, rel)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return stale, nil
}

// Format rewrites the IDL files in the one form they have.
func (t Tree) Format() error {
	files, err := ReadDir(filepath.Join(t.Root, "introspect", "idl"))
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(files) {
		if err := t.write("introspect/idl/"+name, hclwrite.Format(files[name])); err != nil {
			return err
		}
	}
	return nil
}

// ErrDiffers says that the tree is not what the contract gives.
var ErrDiffers = errors.New("generated files differ from the contract; run: go run ./cmd/idlc generate")

// Check compares the tree with what Generate would write, and the contract with
// its lock.
func (t Tree) Check() error {
	c, err := t.Load()
	if err != nil {
		return err
	}
	if err := t.checkLock(c); err != nil {
		return err
	}
	out, err := Generate(c)
	if err != nil {
		return err
	}
	stale, err := t.stale(out)
	if err != nil {
		return err
	}
	for _, path := range stale {
		fmt.Fprintf(t.Out, "%s: nothing generates it\n", path)
	}
	differs := len(stale) > 0
	for _, path := range sortedKeys(out) {
		old, err := os.ReadFile(filepath.Join(t.Root, filepath.FromSlash(path)))
		if err == nil && bytes.Equal(old, out[path]) {
			continue
		}
		differs = true
		fmt.Fprintf(t.Out, "%s: %s\n", path, firstDifference(old, out[path]))
	}
	if differs {
		return ErrDiffers
	}
	return nil
}

// firstDifference shows the first line in which two files differ.
func firstDifference(have, want []byte) string {
	if have == nil {
		return "missing"
	}
	h, w := strings.Split(string(have), "\n"), strings.Split(string(want), "\n")
	for i := range w {
		if i >= len(h) {
			return fmt.Sprintf("line %d is missing: %s", i+1, w[i])
		}
		if h[i] != w[i] {
			return fmt.Sprintf("line %d\n  have %s\n  want %s", i+1, h[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines too many", len(h)-len(w))
}
