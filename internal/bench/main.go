// Command bench measures a toolstack from outside and prints one table: each
// line that matters, its baseline measured in the same run on the same
// machine, and what the toolstack's processes spent on it.
//
// It starts `xcp run` on a state folder of its own (internal/systest/stack),
// speaks raw keep-alive HTTP so that measuring costs little of the cores it
// shares with what it measures, and counts its own CPU time apart. The
// baselines are programs of the same kind with nothing in them: a godbus echo
// behind a dbus-daemon with the toolstack's own configuration, a net/http
// server with a fixed answer, a SQLite table with grouped commits. They run as
// processes of their own: this program again, under another name.
//
//	bench [-quick] [-json FILE] [-update] [-bin DIR] [-only REGEXP]
//
// -update writes internal/bench/RESULTS.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/xcp-dbus/xcp/internal/systest/stack"
)

func main() {
	if len(os.Args) > 1 {
		if helper, ok := helpers[os.Args[1]]; ok {
			if err := helper(os.Args[2:]); err != nil {
				fmt.Fprintln(os.Stderr, "bench:", err)
				os.Exit(1)
			}
			return
		}
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// A bench is one run.
type bench struct {
	ctx   context.Context
	dir   string // for state folders; removed at the end
	bin   string
	only  *regexp.Regexp
	sizes sizes
	stack *stack.Stack
	api   *stack.Client
	lines []line
}

// sizes are how much is measured.
type sizes struct {
	Duration time.Duration // of one measurement
	FewVMs   int           // of the shorter list
	ManyVMs  int           // of the longer one
	VDIs     int           // in the SR a VDI is added to
	Starts   int           // of a fresh toolstack
}

var (
	fullSizes  = sizes{Duration: 3 * time.Second, FewVMs: 1000, ManyVMs: 64000, VDIs: 16000, Starts: 3}
	quickSizes = sizes{Duration: time.Second, FewVMs: 200, ManyVMs: 2000, VDIs: 500, Starts: 1}
)

func run() error {
	quick := flag.Bool("quick", false, "shorter measurements on less data, for CI")
	jsonFile := flag.String("json", "", "write the table to `FILE` as JSON too")
	update := flag.Bool("update", false, "write internal/bench/RESULTS.md")
	bin := flag.String("bin", "", "folder of the programs; built if not given")
	only := flag.String("only", "", "measure groups whose name matches `REGEXP` only")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	b := &bench{ctx: ctx, bin: *bin, sizes: fullSizes}
	if *quick {
		b.sizes = quickSizes
	}
	var err error
	if b.only, err = regexp.Compile(*only); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "xcpbench"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if b.bin == "" {
		b.bin = filepath.Join(b.dir, "bin")
		if err := stack.Build(ctx, b.bin); err != nil {
			return err
		}
	}
	report := newReport(ctx, *quick)
	failed := b.measure()
	report.finish(b.lines)
	fmt.Print(report.text())
	if *jsonFile != "" {
		failed = errors.Join(failed, report.writeJSON(*jsonFile))
	}
	if *update && failed == nil {
		failed = report.updateResults("internal/bench/RESULTS.md")
	}
	return failed
}

// measure runs the groups in order: what wants an idle, empty toolstack
// first, what fills it last. A group that fails does not stop the others.
func (b *bench) measure() error {
	groups := []struct {
		name string
		run  func() error
	}{
		{"start", b.starts},
		{"calls", b.calls},
		{"store", b.storeAlone},
		{"writes", b.writes},
		{"events", b.events},
		{"list-few", func() error { return b.list(b.sizes.FewVMs, 50*time.Millisecond) }},
		{"vdis", b.vdis},
		{"list-many", func() error { return b.list(b.sizes.ManyVMs, 100*time.Millisecond) }},
	}
	defer b.stopStack()
	var failed error
	for _, g := range groups {
		if !b.only.MatchString(g.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "measuring %s\n", g.name)
		if err := g.run(); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", g.name, err))
		}
		if b.ctx.Err() != nil {
			break
		}
	}
	return failed
}

// running starts the toolstack the groups share, once, and logs in.
func (b *bench) running() error {
	if b.stack != nil {
		return nil
	}
	s, err := stack.Start(b.ctx, stack.Options{Bin: b.bin, StateDir: filepath.Join(b.dir, "state")})
	if err != nil {
		return err
	}
	b.stack, b.api = s, stack.Dial(s.URL)
	return b.api.Login(b.ctx, s.User, s.Password)
}

func (b *bench) stopStack() {
	if b.stack == nil {
		return
	}
	if err := b.stack.Stop(); err != nil {
		fmt.Fprintf(os.Stderr, "bench: the toolstack stopped with %v\n", err)
	}
	b.stack = nil
}

func (b *bench) add(l line) { b.lines = append(b.lines, l) }
