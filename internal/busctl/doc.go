// Package busctl is the code behind `xcp bus tree|call|watch` and `xcp doctor`:
// a look at the dedicated bus and everything on it for people and scripts.
//
// Mine: walking introspection, turning words of a command line into typed
// arguments and answers into text, following all traffic with its secrets
// masked. Not mine: what the services answer. busctl, gdbus and d-feet see the
// same bus; these tools know besides that XenAPI calls need a session, which
// arguments are secret, and what healthy looks like.
//
// cmd/xcp calls this package with an address and writers; nothing is kept.
package busctl

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xcp-dbus/xcp/internal/bus"
)

// callTimeout bounds each call of a tool, unless the user says otherwise.
const callTimeout = 60 * time.Second

// A Session is a tool at work: a connection and where its output goes.
type Session struct {
	Conn *bus.Conn
	Out  io.Writer
	JSON bool // one JSON value per line instead of text
}

const (
	busName      = "org.freedesktop.DBus"
	busPath      = "/org/freedesktop/DBus"
	servicePart  = "org.xen.xcp."
	propertiesIf = "org.freedesktop.DBus.Properties"
)

// ServiceName lets people say xapi for org.xen.xcp.xapi.
func ServiceName(s string) string {
	if strings.Contains(s, ".") || strings.HasPrefix(s, ":") {
		return s
	}
	return servicePart + s
}

// ask calls a method of the bus itself.
func (s *Session) ask(ctx context.Context, iface, member, in string, args ...any) ([]any, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return s.Conn.Call(ctx, busName, busPath, iface, member, in, args...)
}

// printJSON writes one line.
func (s *Session) printJSON(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("cannot write the answer as JSON: %w", err)
	}
	_, err = fmt.Fprintf(s.Out, "%s\n", line)
	return err
}
