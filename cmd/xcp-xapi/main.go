// Command xcp-xapi is the API service: XenAPI's database, sessions, tasks,
// events and permissions, on the dedicated bus as org.xen.xcp.xapi.
package main

import (
	"flag"

	"github.com/xcp-dbus/xcp/internal/daemon"
)

// settings are the service's own.
type settings struct {
	stateDir     string
	passwordFile string
	consoleHost  string
	frontUID     int
}

func main() {
	var s settings
	daemon.Main(daemon.Spec{
		Name:    "xapi",
		Summary: "keeps the XenAPI database and answers its calls",
		Flags: func(fs *flag.FlagSet) {
			fs.StringVar(&s.stateDir, "state-dir", "/var/lib/xcp/xapi", "`folder` of the database, passwords and secrets")
			fs.StringVar(&s.passwordFile, "password-file", "", "`file` whose first line becomes root's password each time it has changed")
			fs.StringVar(&s.consoleHost, "console-host", "", "`host[:port]` that console locations name (default: the host's address)")
			fs.IntVar(&s.frontUID, "front-uid", -1, "`uid` of the front, whose word about its clients is believed (default: our own)")
		},
		Setup: s.setup,
	})
}
