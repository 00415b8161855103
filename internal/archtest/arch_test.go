package archtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/xcp-dbus/xcp"

// root is the tree's top, seen from this package.
const root = "../.."

// A pkg is what `go list` knows of one package.
type pkg struct {
	ImportPath   string
	Doc          string
	Imports      []string
	TestImports  []string
	XTestImports []string
	GoFiles      []string
	Dir          string
}

// rel is the package's path below the module: internal/bus/wire.
func (p *pkg) rel() string { return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/") }

// packages lists the module's packages.
func packages(t *testing.T) []*pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Doc,Imports,TestImports,XTestImports,GoFiles,Dir", "./...")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var list []*pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, &p)
	}
}

// tracked lists the tree's files: those git knows, or would.
func tracked(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "-co", "--exclude-standard")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("git cannot list the files: %v", err)
	}
	var list []string
	for f := range strings.Lines(string(out)) {
		f = strings.TrimSuffix(f, "\n")
		if _, err := os.Stat(filepath.Join(root, f)); err == nil {
			list = append(list, f)
		}
	}
	return list
}

// below tells whether a path is dir or lies in it.
func below(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

func belowAny(path string, dirs []string) bool {
	return slices.ContainsFunc(dirs, func(d string) bool { return below(path, d) })
}

// rooms are the services. They reach each other over the bus only.
var rooms = []string{
	"internal/xapi", "internal/front", "internal/xenopsd", "internal/storage", "internal/network",
	"internal/squeezed", "internal/rrdd", "internal/perfmon", "internal/gate",
}

// ground is what every room stands on.
var ground = []string{"internal/rpc", "internal/xerr", "internal/schema", "internal/bus", "internal/gen"}

// layers say what the packages of a folder may import of this module, beside
// themselves. The longest folder that fits decides. Folders that are not here
// may import everything but rooms.
var layers = map[string][]string{
	// The ground: what everybody speaks.
	"internal/rpc":       {"internal/xerr"},
	"internal/xerr":      {},
	"internal/schema":    {},
	"internal/rpc/typed": {"internal/rpc", "internal/schema", "internal/xerr", "internal/bus/wire"},
	// Codecs know bytes and neutral values, no class and no room.
	"internal/xmlrpc":  {"internal/rpc", "internal/xerr"},
	"internal/jsonrpc": {"internal/rpc", "internal/xerr"},
	// What rooms stand on.
	"internal/bus":          {"internal/xerr"},
	"internal/bus/wire":     {"internal/schema"},
	"internal/bus/bustest":  {"internal/bus", "dbus"},
	"internal/store":        {},
	"internal/store/sqlite": {"internal/store"},
	"internal/gen":          {"internal/schema", "internal/bus", "internal/xerr", "introspect"},
	"internal/daemon":       {"internal/bus", "internal/xerr", "internal/gen/sharedbus"},
	"internal/launcher":     {"dbus"},
	"internal/busctl":       {"internal/bus", "internal/gen", "internal/schema", "introspect"},
	"internal/idl":          {"internal/schema"},
	"introspect":            {},
	"dbus":                  {},
	// Rooms stand on all of that, and on nothing of each other.
	"internal/front": slices.Concat(ground, []string{"internal/xmlrpc", "internal/jsonrpc"}),
	"internal/xapi":  slices.Concat(ground, []string{"internal/store", "internal/daemon", "introspect"}),
	// XML-RPC is what hosts speak to each other, and what a task's result is
	// written in.
	"internal/xapi/client": slices.Concat(ground, []string{"internal/xmlrpc", "internal/xapi"}),
	"internal/xapi/task":   slices.Concat(ground, []string{"internal/xmlrpc", "internal/store", "internal/xapi"}),
	// Looks at the toolstack from outside only.
	"internal/systest": {},
	"internal/bench":   {"internal/systest/stack", "internal/store", "internal/bus", "dbus"},
}

// TestImportsPointOneWay checks what is compiled into binaries; tests may reach
// further.
func TestImportsPointOneWay(t *testing.T) {
	for _, p := range packages(t) {
		if below(p.rel(), "cmd") {
			continue // a main wires everything
		}
		own, allowed, ruled := layer(p.rel())
		for _, i := range p.Imports {
			to, ok := strings.CutPrefix(i, module+"/")
			if !ok || ruled && below(to, own) {
				continue
			}
			switch {
			case ruled && !belowAny(to, allowed):
				t.Errorf("%s imports %s; %s may import %q of this module", p.rel(), to, own, allowed)
			case !ruled && belowAny(to, rooms):
				t.Errorf("%s imports the room %s", p.rel(), to)
			}
		}
	}
}

// layer finds the rule of a package.
func layer(path string) (folder string, allowed []string, ok bool) {
	for f, a := range layers {
		if below(path, f) && len(f) > len(folder) {
			folder, allowed, ok = f, a, true
		}
	}
	return folder, allowed, ok
}

// TestFewImport: some packages are the business of few places.
func TestFewImport(t *testing.T) {
	few := map[string][]string{
		"database/sql":                 {"internal/store/sqlite", "internal/bench"},
		"github.com/mattn/go-sqlite3":  {"internal/store/sqlite", "internal/bench"},
		"github.com/kolo/xmlrpc":       {"internal/xapi/client"},
		"github.com/hashicorp/hcl/v2":  {"internal/idl"},
		"github.com/msteinert/pam/v2":  {"internal/xapi/session"},
		"net/http":                     {"internal/front", "internal/xapi/client", "internal/systest", "internal/bench"},
		"github.com/godbus/dbus/v5":    nil, // everywhere: its value types are ours
		"golang.org/x/crypto/argon2":   {"internal/xapi/session"},
		"github.com/coreos/go-systemd": {"internal/daemon"},
	}
	for _, p := range packages(t) {
		for _, i := range p.Imports {
			for name, places := range few {
				if places != nil && below(i, name) && !belowAny(p.rel(), places) {
					t.Errorf("%s imports %s, which is for %q", p.rel(), i, places)
				}
			}
		}
	}
}

// TestBinariesStaySmall: what a binary must not contain.
func TestBinariesStaySmall(t *testing.T) {
	for cmd, banned := range map[string][]string{
		"cmd/xcp-front":    {module + "/internal/store", "github.com/mattn", module + "/internal/xapi"},
		"cmd/xcp":          {module + "/internal/store", "github.com/mattn", module + "/internal/xapi", module + "/internal/front"},
		"cmd/bus-activate": {module + "/internal", "net/http"},
	} {
		c := exec.Command("go", "list", "-deps", "./"+cmd)
		c.Dir = root
		out, err := c.Output()
		if err != nil {
			t.Errorf("go list %s: %v", cmd, err)
			continue
		}
		for dep := range strings.Lines(string(out)) {
			if belowAny(strings.TrimSpace(dep), banned) {
				t.Errorf("%s contains %s", cmd, strings.TrimSpace(dep))
			}
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range packages(t) {
		if p.Doc == "" && len(p.GoFiles) > 0 {
			t.Errorf("%s has no package comment", p.rel())
		}
	}
}

// mapRow is a row of the map: | `folder` | what it is |, the folder perhaps
// linked.
var mapRow = regexp.MustCompile("(?m)^\\| \\[?`([a-z0-9_/]+)`")

// TestMapIsComplete: internal/README.md has every folder with Go in it, and no
// other.
func TestMapIsComplete(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, m := range mapRow.FindAllStringSubmatch(string(text), -1) {
		listed[m[1]] = true
		if st, err := os.Stat(filepath.Join("..", m[1])); err != nil || !st.IsDir() {
			t.Errorf("internal/README.md names %s, which is no folder", m[1])
		}
	}
	for _, p := range packages(t) {
		if folder, ok := strings.CutPrefix(p.rel(), "internal/"); ok && !listed[folder] {
			t.Errorf("internal/README.md does not name %s", folder)
		}
	}
}

// longReason is how a file over the limit excuses itself, in its first lines.
const longReason = "Over 800 lines:"

func TestFilesStayShort(t *testing.T) {
	const handWritten, generated = 800, 3000
	for _, f := range tracked(t) {
		limit := handWritten
		switch {
		case strings.HasSuffix(f, ".gen.go"):
			if !below(f, "internal/gen") {
				t.Errorf("%s is generated outside internal/gen", f)
			}
			limit = generated
		case strings.Contains(f, "/testdata/") || !slices.Contains([]string{".go", ".hcl", ".md", ".py", ".mjs", ".c"}, filepath.Ext(f)):
			continue
		case below(f, "internal/gen") && filepath.Ext(f) == ".go":
			t.Errorf("%s is in the generator's folder and not called .gen.go", f)
		}
		text, err := os.ReadFile(filepath.Join(root, f))
		if err != nil {
			t.Error(err)
			continue
		}
		if generatedText(text) {
			continue
		}
		lines := bytes.Count(text, []byte("\n"))
		if lines > limit && !excused(text) {
			t.Errorf("%s has %d lines; split it at %d, or say %q at its top", f, lines, limit, longReason)
		}
	}
}

// generatedText tells documents the compiler wrote, which have no suffix of
// their own.
func generatedText(text []byte) bool {
	head := text[:min(len(text), 200)]
	return !bytes.HasPrefix(head, []byte("// Code")) && bytes.Contains(head, []byte("enerated by idlc"))
}

func excused(text []byte) bool {
	sc := bufio.NewScanner(bytes.NewReader(text))
	for n := 0; n < 20 && sc.Scan(); n++ {
		if strings.Contains(sc.Text(), longReason) {
			return true
		}
	}
	return false
}

// TestTopLevelIsFixed: dot files beside it.
func TestTopLevelIsFixed(t *testing.T) {
	allowed := []string{"cmd", "dbus", "introspect", "internal", "systemd", "go.mod", "go.sum", "Makefile", "README.md"}
	seen := map[string]bool{}
	for _, f := range tracked(t) {
		top, _, _ := strings.Cut(f, "/")
		if !strings.HasPrefix(top, ".") && !slices.Contains(allowed, top) && !seen[top] {
			t.Errorf("%s does not belong at the top", top)
		}
		seen[top] = true
	}
}

// TestOneWordPerService: a binary cmd/xcp-NAME has its unit, its name's
// activation and its policy in both renderings.
func TestOneWordPerService(t *testing.T) {
	binaries, err := filepath.Glob(filepath.Join(root, "cmd", "xcp-*"))
	if err != nil || len(binaries) == 0 {
		t.Fatalf("no services: %v", err)
	}
	for _, b := range binaries {
		name := filepath.Base(b)
		busName := "org.xen.xcp." + strings.TrimPrefix(name, "xcp-")
		for _, f := range []string{
			"systemd/" + name + ".service",
			"dbus/services/installed/" + busName + ".service", "dbus/services/private/" + busName + ".service",
			"dbus/policy/installed/" + busName + ".conf", "dbus/policy/private/" + busName + ".conf",
		} {
			if _, err := os.Stat(filepath.Join(root, f)); err != nil {
				t.Errorf("%s has no %s", name, f)
			}
		}
		unit, err := os.ReadFile(filepath.Join(root, "systemd", name+".service"))
		if err == nil && !strings.Contains(string(unit), "\nExecStart=/usr/libexec/xcp/"+name+" ") {
			t.Errorf("systemd/%s.service starts something else", name)
		}
	}
}

// TestUnits asks systemd whether it understands the units, as installed.
func TestUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed (package systemd)")
	}
	units, _ := filepath.Glob(filepath.Join(root, "systemd", "xcp-*"))
	dir := t.TempDir()
	for _, u := range units {
		text, err := os.ReadFile(u)
		if err != nil {
			t.Fatal(err)
		}
		// The binaries are not installed here; /bin/true stands in.
		text = regexp.MustCompile(`(?m)^(Exec\w+=)\S+`).ReplaceAll(text, []byte("${1}/bin/true"))
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(u)), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	installed, _ := filepath.Glob(filepath.Join(dir, "*"))
	cmd := exec.Command(analyze, append([]string{"verify", "--man=no"}, installed...)...)
	cmd.Env = append(os.Environ(), "SYSTEMD_UNIT_PATH="+dir+":")
	out, _ := cmd.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "xcp-") {
			t.Errorf("systemd-analyze: %s", strings.TrimSpace(line))
		}
	}
}
