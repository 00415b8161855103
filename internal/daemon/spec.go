package daemon

import (
	"context"
	"flag"
	"io"
	"log/slog"

	"github.com/xcp-dbus/xcp/internal/bus"
)

// A Spec says what one service is; a main is a Spec and a call of Main.
type Spec struct {
	Name    string // the room's word: "xapi" owns org.xen.xcp.xapi
	Summary string // one line for -help

	// Flags declares the service's own settings; they may stand in the settings
	// file too. May be nil.
	Flags func(*flag.FlagSet)

	// Setup opens the service's state and puts its trees into env.Tree. The bus
	// is not connected yet. ctx ends when the process is to stop.
	Setup func(ctx context.Context, env *Env) (*Service, error)

	// Reconnect keeps the process alive when the bus goes away: it dials again
	// and takes its name again; calls made meanwhile wait for that within their
	// deadline. Without it the process ends with status 75.
	Reconnect bool
}

// An Env is what Main hands to Setup.
type Env struct {
	Log *slog.Logger

	// Tree is what the service answers on the bus. Setup fills it; Main adds
	// the shared interfaces to the service's root object.
	Tree *bus.Mux

	// Bus makes calls. It is usable from Service.Run and from handlers, not
	// within Setup.
	Bus bus.Caller

	// Instance is random per process (Service1.Instance).
	Instance string

	progress *progressSet
}

// Progress registers a worker whose standstill means that the service hangs:
// the watchdog is fed, and Health1.LastProgress moves, only while every worker
// calls Tick at least each half minute, also when it waits for work.
func (e *Env) Progress(worker string) *Progress { return e.progress.add(worker) }

// A Service is what Setup made. Every function may be nil.
type Service struct {
	// Run is the service's own loop. It ends when ctx does; if it ends earlier,
	// or with an error, the process stops.
	Run func(ctx context.Context) error

	// Check touches the real things (writes the store, asks the backend) and
	// says how they are; ctx carries the deadline. No subjects means all.
	Check func(ctx context.Context, subjects []string) []Check

	// Root adds interfaces to the service's root object, /org/xen/xcp/<name>,
	// beside the shared ones.
	Root []*bus.Interface

	// Interfaces names what the service implements, for Service1.Interfaces;
	// Main adds the shared ones and Root's.
	Interfaces []string

	// Stats adds the service's own counts to Diagnostics1.Stats; values are
	// numbers, strings or booleans.
	Stats func(add func(name string, value any))

	// Dumps are the service's own kinds of Diagnostics1.Dump beside goroutines,
	// heap and cpu.
	Dumps map[string]func(io.Writer) error

	// Drain is called once the bus refuses new calls: it stops other sources of
	// work and waits for what runs, until ctx ends.
	Drain func(ctx context.Context)

	// Close releases everything, last.
	Close func() error
}

// Status of a check or a service, in Health1's words.
const (
	OK   = "ok"
	Warn = "warn"
	Fail = "fail"
)

// A Check is the answer of one real thing.
type Check struct {
	Name   string
	Status string // OK, Warn or Fail
	Detail string // for people; empty when all is well
}
