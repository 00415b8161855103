// Command xcp-xapi is the API service: XenAPI's database, sessions, tasks,
// events and permissions, on the dedicated bus as org.xen.xcp.xapi.
package main

import (
	"flag"
	"fmt"
	"os/user"
	"strconv"

	"github.com/xcp-dbus/xcp/internal/daemon"
)

// settings are the service's own.
type settings struct {
	stateDir     string
	passwordFile string
	consoleHost  string
	frontUID     int
	manageHost   bool
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
			fs.BoolVar(&s.manageHost, "manage-host", false, "this toolstack manages the machine it runs on: its power, network, clock and software")
			s.userFlags(fs)
			s.frontUID = -1
			fs.Func("front-uid", "`user` or uid of the front, whose word about its clients is believed (default: our own)", s.setFrontUID)
		},
		Setup: s.setup,
	})
}

// setFrontUID takes a number or the name of a user of this machine.
func (s *settings) setFrontUID(value string) error {
	if u, err := user.Lookup(value); err == nil {
		value = u.Uid
	}
	uid, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return fmt.Errorf("%q is neither a user of this machine nor a uid", value)
	}
	s.frontUID = int(uid)
	return nil
}
