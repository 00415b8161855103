// Command bus-activate is what the activation files of the dedicated bus run:
// "bus-activate xcp-xapi.service" has the unit started and exits when that is
// known to have worked or not. Status 0 keeps callers waiting for the name,
// another fails them at once. Under `xcp run` the launcher's socket, found in
// XCP_LAUNCHER, starts the unit; otherwise systemd does.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// unitName is what a unit of the toolstack is called; anything else is refused
// before it reaches systemctl.
var unitName = regexp.MustCompile(`^xcp-[a-z]+(@[A-Za-z0-9_]+)?\.service$`)

// startLimit is the bus's own limit for a start (service_start_timeout).
const startLimit = 60 * time.Second

func main() {
	if len(os.Args) != 2 || !unitName.MatchString(os.Args[1]) {
		fmt.Fprintln(os.Stderr, "usage: bus-activate xcp-NAME.service")
		os.Exit(2)
	}
	start := viaSystemd
	if os.Getenv("XCP_LAUNCHER") != "" {
		start = viaLauncher
	}
	if err := start(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "cannot start %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

// viaSystemd waits for the job, so that a unit that fails to start fails the
// callers instead of leaving them to the bus's time-out.
func viaSystemd(unit string) error {
	cmd := exec.Command("systemctl", "start", "--", unit)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

func viaLauncher(unit string) error {
	c, err := net.Dial("unix", os.Getenv("XCP_LAUNCHER"))
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(startLimit)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(c, "start %s\n", unit); err != nil {
		return err
	}
	answer, err := io.ReadAll(io.LimitReader(c, 4096))
	if err != nil {
		return err
	}
	if text := strings.TrimSpace(string(answer)); text != "ok" {
		return fmt.Errorf("%s", text)
	}
	return nil
}
