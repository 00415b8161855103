package bus_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/internal/bus"
)

// TestToolsOfOthers walks the bus with systemd's and GLib's tools, whose
// libraries share nothing with ours.
func TestToolsOfOthers(t *testing.T) {
	t.Parallel()
	b, _, _ := pair(t, bus.Options{})
	for _, c := range []struct {
		command string
		want    []string
	}{
		{"busctl --no-pager --address=ADDRESS tree " + name, []string{"/org/xen/xcp/test"}},
		{"busctl --no-pager --address=ADDRESS introspect " + name + " /org/xen/xcp/test", []string{iface, "org.freedesktop.DBus.Properties"}},
		{"busctl --no-pager --address=ADDRESS call " + name + " /org/xen/xcp/test " + iface + " Echo sa{sv} grey 1 session s x", []string{`s "grey"`}},
		{"busctl --no-pager --address=ADDRESS get-property " + name + " /org/xen/xcp/test " + iface + " Name", []string{`s "thing"`}},
		{"gdbus introspect --address ADDRESS --dest " + name + " --object-path / --recurse", []string{"node /org/xen/xcp/test"}},
		{"gdbus call --address ADDRESS --dest " + name + " --object-path /org/xen/xcp/test --method " + iface + ".Echo grey {}", []string{"('grey',)"}},
	} {
		args := strings.Fields(strings.ReplaceAll(c.command, "ADDRESS", b.Address))
		if _, err := exec.LookPath(args[0]); err != nil {
			t.Logf("skipped: %s is not installed", args[0])
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput()
		for _, want := range c.want {
			if err != nil || !strings.Contains(string(out), want) {
				t.Errorf("%s: %v: no %q in\n%s", c.command, err, want, out)
			}
		}
	}
}
