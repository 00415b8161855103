package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/busctl"
	"github.com/xcp-dbus/xcp/internal/daemon"
	"github.com/xcp-dbus/xcp/internal/launcher"
)

const busHelp = `Usage: xcp bus tree  [flags] [SERVICE]
       xcp bus call  [flags] CLASS.METHOD [ARGUMENT...]
       xcp bus call  [flags] SERVICE PATH INTERFACE.METHOD [SIGNATURE [ARGUMENT...]]
       xcp bus watch [flags] [SERVICE]

tree   prints the services on the bus and the objects of those that run; a
       service that is named is started for it.
call   makes one call and prints the answer. For a XenAPI message (VM.get_all)
       a session is opened and closed by itself. Arguments are a word each:
       text as it is, everything else in JSON. A stream is copied to stdout.
watch  prints each call and its answer as they pass, secret arguments as ***.

SERVICE may be short: xapi is org.xen.xcp.xapi. Exit status: 0 done, 1 it
failed, 2 the command line is wrong.

Flags:
`

// toolFlags are what every bus tool takes.
type toolFlags struct {
	address, stateDir string
	json              bool
	timeout           time.Duration
}

func (t *toolFlags) declare(set *flag.FlagSet) {
	set.StringVar(&t.address, "bus", "", "`address` of the bus (default: $XCP_BUS_ADDRESS, else that of the toolstack of -state-dir, else the installed one)")
	set.StringVar(&t.stateDir, "state-dir", launcher.DefaultStateDir(), "state `folder` of the running toolstack to look at")
	set.BoolVar(&t.json, "json", false, "print one JSON value per line")
	set.DurationVar(&t.timeout, "timeout", time.Minute, "limit of a call")
}

// find resolves the address of the bus.
func (t *toolFlags) find() string {
	if t.address != "" {
		return t.address
	}
	if os.Getenv("XCP_BUS_ADDRESS") == "" {
		var ready launcher.Ready
		text, err := os.ReadFile(filepath.Join(t.stateDir, launcher.ReadyFile))
		if err == nil && json.Unmarshal(text, &ready) == nil && ready.Bus != "" {
			return ready.Bus
		}
	}
	return daemon.BusAddress()
}

// parseTool reads a tool's flags. Flags may stand before the words only: what
// follows belongs to the call.
func parseTool(name, help string, args []string, stderr io.Writer) (t toolFlags, words []string, status int) {
	set := flag.NewFlagSet("xcp "+name, flag.ContinueOnError)
	set.SetOutput(stderr)
	t.declare(set)
	set.Usage = func() {
		fmt.Fprint(stderr, help)
		set.PrintDefaults()
	}
	switch err := set.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return t, nil, 0
	case err != nil:
		return t, nil, 2
	}
	return t, set.Args(), -1
}

func busTool(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		_, _, status := parseTool("bus", busHelp, append(args, "-help"), stderr)
		if len(args) == 0 {
			return 2
		}
		return status
	}
	verb := args[0]
	t, words, status := parseTool("bus "+verb, busHelp, args[1:], stderr)
	if status >= 0 {
		return status
	}
	var err error
	switch verb {
	case "tree", "watch":
		if len(words) > 1 {
			fmt.Fprintf(stderr, "xcp bus %s: want at most one service\n", verb)
			return 2
		}
		service := strings.Join(words, "")
		if verb == "watch" {
			err = busctl.Watch(ctx, t.find(), service, stdout, t.json)
		} else {
			err = t.with(ctx, stdout, func(s *busctl.Session) error { return s.Tree(ctx, service) })
		}
	case "call":
		err = t.with(ctx, stdout, func(s *busctl.Session) error { return s.Call(ctx, words, t.timeout) })
	default:
		fmt.Fprintf(stderr, "xcp bus: there is no %q; tree, call and watch are known\n", verb)
		return 2
	}
	return report(stderr, "xcp bus "+verb, err)
}

// doctor exits 1 if anything fails.
func doctor(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	help := "Usage: xcp doctor [flags]\n\nLooks at the bus and at every service that runs, starting none. Exit status 1: something fails.\n\nFlags:\n"
	t, words, status := parseTool("doctor", help, args, stderr)
	if status >= 0 {
		return status
	}
	if len(words) > 0 {
		fmt.Fprintln(stderr, "xcp doctor: it takes no arguments")
		return 2
	}
	healthy := false
	err := t.with(ctx, stdout, func(s *busctl.Session) (err error) {
		healthy, err = s.Doctor(ctx)
		return err
	})
	if err == nil && !healthy {
		return 1
	}
	return report(stderr, "xcp doctor", err)
}

// with runs a tool on a connection of its own.
func (t *toolFlags) with(ctx context.Context, stdout io.Writer, f func(*busctl.Session) error) error {
	conn, err := bus.Dial(ctx, t.find(), bus.Options{})
	if err != nil {
		return err
	}
	defer conn.Close()
	return f(&busctl.Session{Conn: conn, Out: stdout, JSON: t.json})
}

// report says what went wrong and chooses the exit status.
func report(stderr io.Writer, what string, err error) int {
	if err == nil || readerLeft(err) {
		return 0
	}
	fmt.Fprintf(stderr, "%s: %v\n", what, err)
	if errors.Is(err, busctl.ErrUsage) {
		return 2
	}
	return 1
}

// readerLeft tells the error of an output whose reader went away, as head does:
// nothing is wrong then. A bus that hangs up is another matter.
func readerLeft(err error) bool {
	var path *fs.PathError
	return errors.Is(err, syscall.EPIPE) && errors.As(err, &path) && path.Path == os.Stdout.Name()
}
