// Command xcp starts a toolstack on this machine and looks into its bus.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/xcp-dbus/xcp/internal/daemon"
)

// A command is one verb of xcp. run gets the arguments after the verb and
// returns the exit status: 0 done, 1 it failed, 2 the command line is wrong.
type command struct {
	name, summary string
	run           func(ctx context.Context, args []string, stdout, stderr io.Writer) int
}

var commands = []command{
	{"run", "start a toolstack: a private bus and the front", runToolstack},
	{"bus", "look at the bus: tree, call, watch", busTool},
	{"doctor", "say whether bus and services are well", doctor},
	{"version", "print the version", printVersion},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	status := dispatch(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

func dispatch(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		usage(stderr)
		return 2
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		usage(stdout)
		return 0
	}
	for _, c := range commands {
		if c.name == args[0] {
			return c.run(ctx, args[1:], stdout, stderr)
		}
	}
	fmt.Fprintf(stderr, "xcp: there is no command %q; see xcp help\n", args[0])
	return 2
}

func usage(w io.Writer) {
	fmt.Fprint(w, "Usage: xcp COMMAND [arguments]\n\nCommands (each knows --help):\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-9s %s\n", c.name, c.summary)
	}
}

func printVersion(_ context.Context, _ []string, stdout, _ io.Writer) int {
	fmt.Fprintf(stdout, "xcp %s (%s)\n", daemon.Version(), daemon.Build())
	return 0
}
