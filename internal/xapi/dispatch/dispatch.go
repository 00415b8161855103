// Package dispatch answers XenAPI on the bus: one object per class, with a
// method per message, all built from the contract's tables; no class has code
// here. Mine: the order of things in a call (emergency, arguments, session,
// task, permission, operation, completion), asynchronous calls, streams, who is
// believed to be the front, and the way in for people on the bus. Not mine:
// what a message does (dbactions, the custom actions behind forward).
//
// A call looks at the database's published snapshot and waits for nobody before
// its operation starts. Asynchronous work and streams outlive their call, are
// bounded in number and end with Close.
package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/time/rate"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/wire"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/rbac"
	"github.com/xcp-dbus/xcp/internal/xapi/session"
	"github.com/xcp-dbus/xcp/internal/xapi/task"
)

// Root is the object everything of xapi lies below.
const Root = dbus.ObjectPath("/org/xen/xcp/xapi")

const interfacePrefix = "org.xen.xcp.xapi."

// Bounds of what outlives a call.
const (
	maxAsync   = 4096
	maxStreams = 256
)

// A Streamer is a result that is written frame by frame.
type Streamer interface {
	Frames(w *wire.FrameWriter) error
}

// Options are what a Dispatcher works with. Emergency, Streams and Log may be
// nil.
type Options struct {
	DB          *db.DB
	Classes     []*schema.Class
	Sessions    *session.Manager
	Tasks       *task.Manager
	Permissions *rbac.Table

	// Database answers a plain database message.
	Database func(ctx context.Context, m *schema.Message, args []any) (any, error)
	// Actions are the operations of hand-written messages: the forward ones on
	// a coordinator, the local ones on a member.
	Actions func() *xapibus.CustomActions
	// Streams answer hand-written messages that have a stream of their own, by
	// the message's dotted name.
	Streams map[string]func(ctx context.Context, args []any) (Streamer, error)

	// XML is an interface's introspection.
	XML func(name string) (string, bool)
	// Emergency is why only a few calls are served, nil if all are.
	Emergency func() error
	// OwnUID is the uid of this service, which may do without a password what
	// root may; FrontUID the one whose word about clients is believed.
	OwnUID, FrontUID uint32
	Log              *slog.Logger
}

// A Dispatcher is safe for concurrent use.
type Dispatcher struct {
	Options
	entries map[*schema.Message]*entry
	nodes   map[string]*bus.Node // by class name

	base    context.Context // ends with Close
	stop    context.CancelCauseFunc
	open    context.Context // ends with Drain
	drain   context.CancelCauseFunc
	mu      sync.Mutex // guards closed, and starting against it
	closed  bool
	running sync.WaitGroup
	async   chan struct{}
	streams chan struct{}

	strangers rate.Sometimes // how often one is logged
}

// New makes a Dispatcher. It fails if the contract lacks an interface's
// introspection.
func New(o Options) (*Dispatcher, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Emergency == nil {
		o.Emergency = func() error { return nil }
	}
	d := &Dispatcher{
		Options: o,
		entries: make(map[*schema.Message]*entry),
		nodes:   make(map[string]*bus.Node, len(o.Classes)),
		async:   make(chan struct{}, maxAsync),
		streams: make(chan struct{}, maxStreams),

		strangers: rate.Sometimes{Interval: time.Second},
	}
	d.base, d.stop = context.WithCancelCause(context.Background())
	d.open, d.drain = context.WithCancelCause(d.base)
	for _, c := range o.Classes {
		node, err := d.describe(c)
		if err != nil {
			return nil, err
		}
		d.nodes[c.Name] = node
	}
	return d, nil
}

// errStopping is why work ends when the process does.
var errStopping = errors.New("the toolstack is stopping")

// outlive runs work that outlives its call; false if the dispatcher has closed.
func (d *Dispatcher) outlive(work func()) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.running.Go(work)
	return true
}

// Drain lets no new work in and waits for what runs, until ctx ends. Reads that
// wait for something, event.from above all, are sent away at once: their callers
// come again.
func (d *Dispatcher) Drain(ctx context.Context) {
	d.drain(errStopping)
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	done := make(chan struct{})
	go func() {
		d.running.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// Close ends asynchronous work and streams and waits for them.
func (d *Dispatcher) Close() {
	d.stop(errStopping)
	d.Drain(context.Background())
}

// InterfaceNames lists the interfaces of all classes.
func (d *Dispatcher) InterfaceNames() []string {
	var names []string
	for _, c := range d.Classes {
		for _, i := range d.nodes[c.Name].Interfaces {
			names = append(names, i.Name)
		}
	}
	return names
}

// Stats adds how much work is going on behind the calls.
func (d *Dispatcher) Stats(add func(name string, value any)) {
	add("async-calls", len(d.async))
	add("streams", len(d.streams))
}

// Objects are the objects of single records, below those of the classes.
type Objects interface {
	bus.Tree
	Children(class string) []string
}

// Tree is what the dispatcher serves below Root, with the objects of single
// records in it.
func (d *Dispatcher) Tree(objects Objects) bus.Tree {
	t := &tree{objects: objects, nodes: make(map[string]*bus.Node, len(d.nodes))}
	for name, n := range d.nodes {
		t.nodes[name] = &bus.Node{Interfaces: n.Interfaces, Children: func() []string { return objects.Children(name) }}
		t.names = append(t.names, name)
	}
	return t
}

type tree struct {
	objects Objects
	nodes   map[string]*bus.Node
	names   []string
}

// Node implements bus.Tree.
func (t *tree) Node(path dbus.ObjectPath) (*bus.Node, bool) {
	rest, ok := strings.CutPrefix(string(path), string(Root)+"/")
	if !ok {
		return nil, false
	}
	if n, ok := t.nodes[rest]; ok {
		return n, true
	}
	return t.objects.Node(path)
}

// Mount puts the classes and their objects into a bus's tree.
func (d *Dispatcher) Mount(mux *bus.Mux, objects Objects) {
	t := d.Tree(objects)
	for name := range d.nodes {
		mux.Handle(Root+"/"+dbus.ObjectPath(name), t)
	}
}

// An entry is a message and what was worked out about it once.
type entry struct {
	msg   *schema.Message
	name  string // dotted
	tasks bool   // calls have task rows
}

func (d *Dispatcher) entry(m *schema.Message) *entry {
	e := &entry{msg: m, name: m.Wire(), tasks: m.Async && m.Class.TaskRecords}
	d.entries[m] = e
	return e
}

// describe makes the object of a class.
func (d *Dispatcher) describe(c *schema.Class) (*bus.Node, error) {
	sync := &bus.Interface{Name: interfacePrefix + c.Name + "1", Methods: map[string]*bus.Method{}}
	async := &bus.Interface{Name: interfacePrefix + c.Name + "Async1", Methods: map[string]*bus.Method{}}
	stream := &bus.Interface{Name: interfacePrefix + c.Name + "Stream1", Methods: map[string]*bus.Method{}}
	for _, m := range c.Messages {
		e := d.entry(m)
		sync.Methods[m.Name] = d.syncMethod(e)
		if m.Async {
			async.Methods[m.Name] = d.asyncMethod(e)
		}
		if m.Stream {
			stream.Methods[m.Name] = d.streamMethod(e)
		}
	}
	node := &bus.Node{}
	for _, i := range []*bus.Interface{sync, async, stream} {
		if len(i.Methods) == 0 {
			continue
		}
		xml, ok := d.XML(i.Name)
		if !ok {
			return nil, fmt.Errorf("cannot serve %s: the contract has no such interface", i.Name)
		}
		i.XML = xml
		node.Interfaces = append(node.Interfaces, i)
	}
	return node, nil
}

// in is the signature of a message's arguments on the bus.
func in(m *schema.Message) string {
	var b strings.Builder
	for i := range m.Params {
		b.WriteString(wire.Signature(m.Params[i].Type))
	}
	return b.String() + "a{sv}"
}

func out(m *schema.Message) string {
	if m.BusResult != "" {
		return m.BusResult
	}
	return m.Result.Sig
}

func (d *Dispatcher) syncMethod(e *entry) *bus.Method {
	return &bus.Method{
		Name: e.msg.Name, In: in(e.msg), Out: out(e.msg), HasContext: true, NoReplyLimit: e.msg.Impl != schema.ImplDB,
		Handle: func(ctx context.Context, c *bus.Call) ([]any, error) { return d.reply(ctx, c, e, c.Args) },
	}
}

func (d *Dispatcher) reply(ctx context.Context, c *bus.Call, e *entry, args []any) ([]any, error) {
	call, err := d.admit(ctx, c, e, args)
	if err != nil {
		return nil, err
	}
	result, err := call.run(ctx, func(ctx context.Context) (any, error) { return d.operate(ctx, e, args) })
	if err != nil || e.msg.Result.Kind == schema.Void {
		return nil, err
	}
	return []any{result}, nil
}

// Invoke serves a message as if it had been called on its class object.
func (d *Dispatcher) Invoke(ctx context.Context, c *bus.Call, m *schema.Message, args []any) ([]any, error) {
	return d.reply(ctx, c, d.entries[m], args)
}

func (d *Dispatcher) asyncMethod(e *entry) *bus.Method {
	return &bus.Method{
		Name: e.msg.Name, In: in(e.msg), Out: "s", HasContext: true,
		Handle: func(ctx context.Context, c *bus.Call) ([]any, error) {
			call, err := d.admit(ctx, c, e, c.Args)
			if err != nil {
				return nil, err
			}
			task, err := call.start(ctx)
			return []any{task}, err
		},
	}
}

func (d *Dispatcher) streamMethod(e *entry) *bus.Method {
	return &bus.Method{
		Name: e.msg.Name, In: in(e.msg), Out: "h", HasContext: true, NoReplyLimit: e.msg.Impl != schema.ImplDB,
		Handle: func(ctx context.Context, c *bus.Call) ([]any, error) {
			call, err := d.admit(ctx, c, e, c.Args)
			if err != nil {
				return nil, err
			}
			pipe, err := call.stream(ctx)
			if err != nil {
				return nil, err
			}
			return []any{pipe}, nil
		},
	}
}
