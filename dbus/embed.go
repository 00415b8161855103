// Package dbus holds the configuration of the toolstack's bus as it is
// shipped: xcp-bus.conf and private.conf by hand; policy/ and services/ made
// from the contract, each in two renderings. It fills in the private one for
// the launcher; the installed one needs nothing filled in.
package dbus

import (
	"bytes"
	"embed"
	"encoding/xml"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/godbus/dbus/v5"
)

// Files are the shipped files, under the names they have in this folder.
//
//go:embed xcp-bus.conf private.conf policy services
var Files embed.FS

// Private describes the bus of one launcher.
type Private struct {
	Dir    string // absolute; the configuration goes there
	Socket string // absolute path the bus listens on, at most 107 bytes
	UID    int    // who may connect, own and monitor
	// Activate is the program the bus runs to have a service started; it gets
	// the name of the unit (xcp-xapi.service) as its argument.
	Activate string
}

// maxSocket is what a socket address holds, without the closing NUL.
const maxSocket = 107

// Address is what clients of the bus dial.
func (p Private) Address() string { return "unix:path=" + dbus.EscapeBusAddressValue(p.Socket) }

// Write makes bus.conf, bus.d and services in Dir, over what is there, and
// returns the path of bus.conf.
func (p Private) Write() (string, error) {
	if len(p.Socket) > maxSocket {
		return "", fmt.Errorf("cannot listen on %q: a socket path has at most %d bytes", p.Socket, maxSocket)
	}
	for _, name := range []string{p.Dir, p.Socket, p.Activate} {
		if !filepath.IsAbs(name) || strings.ContainsAny(name, "\n\r") {
			return "", fmt.Errorf("cannot configure a bus with %q: not an absolute path", name)
		}
	}
	policy, services := filepath.Join(p.Dir, "bus.d"), filepath.Join(p.Dir, "services")
	marks := strings.NewReplacer(
		"@UID@", strconv.Itoa(p.UID),
		"@SOCKET@", xmlText(dbus.EscapeBusAddressValue(p.Socket)),
		"@SERVICES@", xmlText(services),
		"@POLICY@", xmlText(policy),
	)
	if err := render("policy/private", policy, func(_, text string) string { return marks.Replace(text) }); err != nil {
		return "", err
	}
	exec := func(file, text string) string {
		room := strings.TrimSuffix(strings.TrimPrefix(file, "org.xen.xcp."), ".service")
		return strings.ReplaceAll(text, "@EXEC@", execWord(p.Activate)+" xcp-"+room+".service")
	}
	if err := render("services/private", services, exec); err != nil {
		return "", err
	}
	conf, err := Files.ReadFile("private.conf")
	if err != nil {
		return "", err
	}
	file := filepath.Join(p.Dir, "bus.conf")
	return file, os.WriteFile(file, []byte(marks.Replace(string(conf))), 0o600)
}

// render writes each file of a shipped folder into dir, after fill.
func render(from, dir string, fill func(file, text string) string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	entries, err := fs.ReadDir(Files, from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		text, err := Files.ReadFile(path.Join(from, e.Name()))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, e.Name()), []byte(fill(e.Name(), string(text))), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func xmlText(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}

// execWord quotes a word of an activation file's command line: as for a shell,
// inside a file format that has backslash escapes of its own.
func execWord(s string) string {
	return strings.ReplaceAll("'"+strings.ReplaceAll(s, "'", `'\''`)+"'", `\`, `\\`)
}
