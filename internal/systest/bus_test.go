package systest

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/internal/systest/stack"
)

const (
	xapiName = "org.xen.xcp.xapi"
	xapiRoot = "/org/xen/xcp/xapi"
)

// quoted is a string as busctl prints it.
var quoted = regexp.MustCompile(`"([^"]*)"`)

// TestBusctl looks at the bus with systemd's tool: names, tree, introspection,
// a login and a call.
func TestBusctl(t *testing.T) {
	busctl := program(t, "busctl", "systemd")
	s := sharedStack(t)
	ctl := func(args ...string) string {
		t.Helper()
		return run(t, time.Minute, nil, busctl, append([]string{"--address=" + s.Bus, "--no-pager"}, args...)...)
	}
	if out := ctl("list"); !strings.Contains(out, xapiName) || !strings.Contains(out, "org.xen.xcp.front") {
		t.Errorf("busctl list shows\n%s", out)
	}
	out := ctl("call", xapiName, xapiRoot, xapiName+".LocalLogin1", "Login", "a{sv}", "0")
	session := quoted.FindStringSubmatch(out)
	if session == nil || !strings.HasPrefix(session[1], "OpaqueRef:") {
		t.Fatalf("Login answers %q", out)
	}
	context := []string{"1", "session", "s", session[1]}
	out = ctl(append([]string{"call", xapiName, xapiRoot + "/host", xapiName + ".host1", "get_all", "a{sv}"}, context...)...)
	host := quoted.FindStringSubmatch(out)
	if !strings.HasPrefix(out, "as 1 ") {
		t.Fatalf("host.get_all answers %q", out)
	}
	out = ctl(append([]string{"call", xapiName, xapiRoot + "/host", xapiName + ".host1", "get_record", "sa{sv}", host[1]}, context...)...)
	if !strings.HasPrefix(out, "a{sv} ") || !strings.Contains(out, `"API_version_major" x 2`) {
		t.Errorf("host.get_record answers %.300s", out)
	}

	tree := ctl("tree", xapiName)
	for _, want := range []string{"VM", "host", "pool", "VM_metrics", "event"} {
		if !regexp.MustCompile(`xapi/` + want + `\b`).MatchString(tree) {
			t.Errorf("busctl tree shows no %s", want)
		}
	}
	for _, secret := range []string{"session", "secret", "user"} {
		if regexp.MustCompile(`xapi/` + secret + `/`).MatchString(tree) {
			t.Errorf("busctl tree shows objects of %s", secret)
		}
	}
	if out := ctl("introspect", xapiName, xapiRoot+"/VM"); !strings.Contains(out, xapiName+".VM1") || !strings.Contains(out, ".get_all_records") {
		t.Errorf("busctl introspect shows\n%.2000s", out)
	}
	object := regexp.MustCompile(xapiRoot + `/host/[0-9a-f_]+`).FindString(tree)
	if object == "" {
		t.Fatal("busctl tree shows no host object")
	}
	if out := ctl("introspect", xapiName, object); !strings.Contains(out, xapiName+".hostObject1") || !strings.Contains(out, ".name_label") {
		t.Errorf("busctl introspect of a host shows\n%.2000s", out)
	}
	if out := ctl("get-property", xapiName, object, xapiName+".hostObject1", "API_version_major"); strings.TrimSpace(out) != "x 2" {
		t.Errorf("the host's property is %q", out)
	}
	if out, err := try(t, time.Minute, nil, busctl, "--address="+s.Bus, "call", xapiName, xapiRoot+"/VM", xapiName+".VM1", "get_all", "a{sv}", "0"); err == nil {
		t.Errorf("a call without a session answers %q", out)
	}
}

// TestBusTools: the toolstack's own bus tools show and call the same.
func TestBusTools(t *testing.T) {
	s := sharedStack(t)
	xcp := filepath.Join(bin, "xcp")
	env := []string{"XCP_BUS_ADDRESS=" + s.Bus}
	if out := run(t, time.Minute, env, xcp, "bus", "tree", xapiName); !strings.Contains(out, "VM") {
		t.Errorf("xcp bus tree shows\n%.1000s", out)
	}
	if out := run(t, time.Minute, env, xcp, "bus", "call", "host.get_all"); !strings.Contains(out, "OpaqueRef:") {
		t.Errorf("xcp bus call answers %q", out)
	}
}

// TestGdbus introspects with GLib's tool, whose parser is stricter than most.
func TestGdbus(t *testing.T) {
	gdbus := program(t, "gdbus", "libglib2.0-bin")
	s := sharedStack(t)
	for _, path := range []string{"/", xapiRoot, xapiRoot + "/VM", xapiRoot + "/event", xapiRoot + "/session"} {
		out := run(t, time.Minute, nil, gdbus, "introspect", "--address", s.Bus, "--dest", xapiName, "--object-path", path)
		if !strings.Contains(out, "node "+path) {
			t.Errorf("gdbus introspect %s shows\n%.1000s", path, out)
		}
	}
	out := run(t, time.Minute, nil, gdbus, "introspect", "--address", s.Bus, "--dest", xapiName, "--object-path", xapiRoot, "--recurse")
	if !strings.Contains(out, "interface org.xen.xcp.xapi.VMObject1") {
		t.Error("gdbus introspect --recurse does not reach a VM")
	}
}

// proxyClasses are the classes C proxies are made of: large, special, and one
// with a field whose name GObject uses too.
var proxyClasses = []string{"VM", "host", "event", "session", "VDI"}

// TestCodegen makes C proxies of the interfaces, from the installed XML and
// from what a running service says of itself, compiles both, and runs a
// program that logs in and calls through them.
func TestCodegen(t *testing.T) {
	codegen := program(t, "gdbus-codegen", "libglib2.0-dev-bin")
	gdbus := program(t, "gdbus", "libglib2.0-bin")
	gcc := program(t, "gcc", "gcc")
	pkgConfig := program(t, "pkg-config", "pkg-config")
	flags, err := try(t, time.Minute, nil, pkgConfig, "--cflags", "--libs", "gio-unix-2.0")
	if err != nil {
		absent(t, "no headers of GIO (Debian package libglib2.0-dev)")
	}
	s := sharedStack(t)
	sources := map[string][]string{"installed": installedXML(t), "live": liveXML(t, gdbus, s)}
	for name, files := range sources {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			run(t, 5*time.Minute, nil, codegen, append([]string{
				"--interface-prefix", "org.xen.xcp.xapi.", "--c-namespace", "Xcp",
				"--output-directory", dir, "--generate-c-code", "proxies",
			}, files...)...)
			args := []string{
				"-O0", "-Werror=implicit-function-declaration", "-I", dir, "-o", dir + "/client",
				"testdata/c/client.c", dir + "/proxies.c",
			}
			run(t, 5*time.Minute, nil, gcc, append(args, strings.Fields(flags)...)...)
			t.Log(run(t, time.Minute, nil, dir+"/client", s.Bus))
		})
	}
}

// installedXML returns the files of the contract that C programs are built
// against.
func installedXML(t *testing.T) []string {
	all, err := filepath.Glob("../../introspect/xml/xapi/*.xml")
	if err != nil || len(all) == 0 {
		all, err = filepath.Glob("../../introspect/xml/*.xml")
	}
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, path := range all {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(proxyInterfaces(), func(i string) bool { return strings.Contains(string(raw), `"`+i+`"`) }) {
			out = append(out, path)
		}
	}
	return out
}

func proxyInterfaces() []string {
	out := []string{xapiName + ".LocalLogin1"}
	for _, class := range proxyClasses {
		for _, kind := range []string{"1", "Async1", "Stream1", "Object1"} {
			out = append(out, xapiName+"."+class+kind)
		}
	}
	return out
}

// liveXML asks a running service for its interfaces and writes those of
// proxyClasses to files.
func liveXML(t *testing.T, gdbus string, s *stack.Stack) []string {
	c := login(t, s, s.URL)
	paths := []string{xapiRoot}
	for _, class := range proxyClasses {
		paths = append(paths, xapiRoot+"/"+class)
	}
	for _, class := range []string{"VM", "host"} {
		for _, r := range do(t, c, class+".get_all_records").(map[string]any) {
			uuid := strings.ReplaceAll(r.(map[string]any)["uuid"].(string), "-", "_")
			paths = append(paths, xapiRoot+"/"+class+"/"+uuid)
			break
		}
	}
	dir := t.TempDir()
	var files []string
	seen := map[string]bool{}
	for i, path := range paths {
		out := run(t, time.Minute, nil, gdbus, "introspect", "--xml", "--address", s.Bus, "--dest", xapiName, "--object-path", path)
		kept := keepInterfaces(t, out, seen)
		file := filepath.Join(dir, fmt.Sprintf("%d.xml", i))
		if err := os.WriteFile(file, []byte(kept), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for _, want := range proxyInterfaces() {
		if strings.HasSuffix(want, ".VMObject1") && !seen[want] || strings.HasSuffix(want, ".VM1") && !seen[want] {
			t.Errorf("%s is not in live introspection", want)
		}
	}
	return files
}

// keepInterfaces returns a document with the interfaces of our own that are
// not in seen yet, and adds them there.
func keepInterfaces(t *testing.T, document string, seen map[string]bool) string {
	var node struct {
		Interfaces []struct {
			Name  string `xml:"name,attr"`
			Inner string `xml:",innerxml"`
		} `xml:"interface"`
	}
	if err := xml.Unmarshal([]byte(document), &node); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("<node>\n")
	for _, i := range node.Interfaces {
		if strings.HasPrefix(i.Name, xapiName+".") && !seen[i.Name] {
			seen[i.Name] = true
			fmt.Fprintf(&b, "<interface name=%q>%s</interface>\n", i.Name, i.Inner)
		}
	}
	b.WriteString("</node>\n")
	return b.String()
}
