package launcher

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func (l *launcher) writeBusFiles() error {
	services := filepath.Join(l.runDir, "services")
	if err := os.Mkdir(services, 0o700); err != nil {
		return err
	}
	conf := fmt.Sprintf(`<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>xcp</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth><servicedir>%s</servicedir>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow receive_type="method_call"/><allow send_requested_reply="true" send_type="method_return"/><allow eavesdrop="false"/></policy></busconfig>`, l.busSocket(), services)
	if err := os.WriteFile(filepath.Join(l.runDir, "bus.conf"), []byte(conf), 0o600); err != nil {
		return err
	}
	exec := shellQuote(filepath.Join(l.bin, "bus-activate"))
	return os.WriteFile(filepath.Join(services, "org.xen.xcp.xapi.service"),
		[]byte("[D-BUS Service]\nName=org.xen.xcp.xapi\nExec="+exec+" xcp-xapi.service\n"), 0o600)
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
