package safety

import (
	"errors"
	"strings"
	"testing"

	"github.com/xcp-dbus/xcp/internal/gen/wiremap"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// Every message of the list exists, is hand-written, is refused with its reason
// and is let through by the switch.
func TestEveryRefusal(t *testing.T) {
	for name, reason := range refused {
		m, ok := wiremap.Lookup(name)
		if !ok {
			t.Errorf("%s is no message", name)
			continue
		}
		if m.Impl == schema.ImplDB {
			t.Errorf("%s is a plain database message and touches no machine", name)
		}
		var refusal *xerr.Error
		if err := (Config{}).Check(m); !errors.As(err, &refusal) || refusal.Code != "OPERATION_NOT_ALLOWED" || !strings.HasSuffix(refusal.Params[0], reason) {
			t.Errorf("%s: %v", name, err)
		}
		if err := (Config{ManageHost: true}).Check(m); err != nil {
			t.Errorf("%s on a managed host: %v", name, err)
		}
	}
}

func TestTheRestPasses(t *testing.T) {
	for _, name := range []string{"VM.start", "VM.create", "host.get_servertime", "host.disable", "PIF.scan", "session.change_password"} {
		m, ok := wiremap.Lookup(name)
		if !ok {
			t.Fatal(name)
		}
		if err := (Config{}).Check(m); err != nil {
			t.Error(err)
		}
	}
}
