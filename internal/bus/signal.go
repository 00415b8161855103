package bus

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	busName      = "org.freedesktop.DBus"
	busPath      = dbus.ObjectPath("/org/freedesktop/DBus")
	busInterface = "org.freedesktop.DBus"
)

// A Signal is one signal received. Descriptors do not travel in signals here.
type Signal struct {
	Sender    string // unique name, or org.freedesktop.DBus
	Path      dbus.ObjectPath
	Interface string
	Member    string
	Body      []any
}

// A Match says which signals are meant. Interface and Member are required,
// Sender nearly always; the rest narrows down.
type Match struct {
	Sender        string // well-known or unique
	Interface     string
	Member        string
	Path          dbus.ObjectPath
	PathNamespace dbus.ObjectPath // this path and everything below
	Arg0          string
	Arg0Namespace string // this name and everything below
}

// rule is the match rule for the bus.
func (m Match) rule() string {
	var b strings.Builder
	b.WriteString("type='signal'")
	put := func(key, value string) {
		if value != "" {
			b.WriteString("," + key + "='" + strings.ReplaceAll(value, "'", `'\''`) + "'")
		}
	}
	put("sender", m.Sender)
	put("interface", m.Interface)
	put("member", m.Member)
	put("path", string(m.Path))
	put("path_namespace", string(m.PathNamespace))
	put("arg0", m.Arg0)
	put("arg0namespace", m.Arg0Namespace)
	return b.String()
}

// fits filters again: a connection gets what any of its rules let through, and
// what anybody sends to it alone. owner is who owns Sender now.
func (m Match) fits(s *Signal, owner string) bool {
	if m.Interface != s.Interface || m.Member != s.Member {
		return false
	}
	if m.Sender != "" && s.Sender != m.Sender && (owner == "" || s.Sender != owner) {
		return false
	}
	if m.Path != "" && m.Path != s.Path || !below(string(s.Path), string(m.PathNamespace), '/') {
		return false
	}
	if m.Arg0 == "" && m.Arg0Namespace == "" {
		return true
	}
	if len(s.Body) == 0 {
		return false
	}
	arg0, ok := s.Body[0].(string)
	return ok && (m.Arg0 == "" || m.Arg0 == arg0) && below(arg0, m.Arg0Namespace, '.')
}

// below tells whether s is space or lies in it; everything lies in "".
func below(s, space string, sep byte) bool {
	if space == "" || space == "/" {
		return true
	}
	rest, ok := strings.CutPrefix(s, space)
	return ok && (rest == "" || rest[0] == sep)
}

// SubscribeOptions of a subscription.
type SubscribeOptions struct {
	// Buffer bounds the signals that wait to be handled (1024).
	Buffer int
	// Coalesce replaces a waiting signal by a newer one of the same path and
	// member, in the older one's place.
	Coalesce bool
	// Resync is called, between signals, after the buffer ran over: everything
	// that waited is gone, and facts must be read again.
	Resync func()
}

// A Subscription calls its handler for each signal, in the order the bus sent
// them, one at a time, on a goroutine of its own. However slow it is, nobody
// else waits.
type Subscription struct {
	conn   *Conn
	match  Match
	opts   SubscribeOptions
	handle func(Signal)
	wake   chan struct{} // has room for one
	done   chan struct{}
	once   sync.Once

	mu    sync.Mutex
	queue []Signal
	first int // sequence number of queue[0]
	slots map[slot]int
	over  bool
}

// A slot is what signals coalesce by; it holds their sequence number.
type slot struct {
	path   dbus.ObjectPath
	member string
}

// Subscribe adds the match rule and calls handle for each signal that fits,
// until Close or the end of the connection.
func (c *Conn) Subscribe(ctx context.Context, m Match, handle func(Signal), o SubscribeOptions) (*Subscription, error) {
	if m.Interface == "" || m.Member == "" {
		return nil, Errorf(InvalidArgs, "a subscription names an interface and a member")
	}
	if o.Buffer <= 0 {
		o.Buffer = 1024
	}
	s := &Subscription{
		conn: c, match: m, opts: o, handle: handle,
		wake: make(chan struct{}, 1), done: make(chan struct{}), slots: make(map[slot]int),
	}
	if m.tracksOwner() {
		if err := c.peers.hold(ctx, m.Sender); err != nil {
			return nil, err
		}
	}
	c.signals.add(s)
	if err := c.addMatch(ctx, m); err != nil {
		c.signals.remove(s)
		c.peers.release(m.Sender, m.tracksOwner())
		return nil, err
	}
	c.running.Go(s.run)
	return s, nil
}

// tracksOwner: signals carry unique names, so a well-known sender must be
// followed.
func (m Match) tracksOwner() bool {
	return m.Sender != "" && m.Sender != busName && m.Sender[0] != ':'
}

// Close ends the subscription; the handler may be in its last call. It does
// not wait, so that a handler may close its own subscription.
func (s *Subscription) Close() {
	s.once.Do(func() {
		close(s.done)
		s.conn.signals.remove(s)
		s.conn.signals.later(func(ctx context.Context) { s.conn.removeMatch(ctx, s.match) })
		s.conn.peers.release(s.match.Sender, s.match.tracksOwner())
	})
}

// offer queues a signal; it never waits.
func (s *Subscription) offer(sig Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := slot{sig.Path, sig.Member}
	if at, ok := s.slots[key]; s.opts.Coalesce && ok {
		s.queue[at-s.first] = sig
		return
	}
	if len(s.queue) >= s.opts.Buffer {
		s.first += len(s.queue)
		s.queue, s.over = nil, true
		clear(s.slots)
	}
	if s.opts.Coalesce {
		s.slots[key] = s.first + len(s.queue)
	}
	s.queue = append(s.queue, sig)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take empties the queue.
func (s *Subscription) take() (queue []Signal, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	queue, over = s.queue, s.over
	s.first += len(queue)
	s.queue, s.over = nil, false
	clear(s.slots)
	return queue, over
}

func (s *Subscription) run() {
	for {
		select {
		case <-s.wake:
		case <-s.done:
			return
		case <-s.conn.Done():
			return
		}
		queue, over := s.take()
		if over && s.opts.Resync != nil {
			s.opts.Resync()
		}
		for _, sig := range queue {
			select {
			case <-s.done:
				return
			default:
				s.handle(sig)
			}
		}
	}
}

// signals passes signals on; it runs on the goroutine that reads and only puts
// them into queues.
type signals struct {
	conn *Conn
	jobs chan func(context.Context)

	mu   sync.RWMutex
	subs map[string][]*Subscription // by interface.member
}

func newSignals(c *Conn) *signals {
	return &signals{conn: c, jobs: make(chan func(context.Context), 1024), subs: make(map[string][]*Subscription)}
}

func (g *signals) add(s *Subscription) {
	g.mu.Lock()
	defer g.mu.Unlock()
	k := s.match.Interface + "." + s.match.Member
	g.subs[k] = append(g.subs[k], s)
}

func (g *signals) remove(s *Subscription) {
	g.mu.Lock()
	defer g.mu.Unlock()
	k := s.match.Interface + "." + s.match.Member
	var rest []*Subscription
	for _, o := range g.subs[k] {
		if o != s {
			rest = append(rest, o)
		}
	}
	if g.subs[k] = rest; rest == nil {
		delete(g.subs, k)
	}
}

// deliver queues a signal for those it is meant for.
func (g *signals) deliver(m *incoming) {
	m.drop()
	g.mu.RLock()
	defer g.mu.RUnlock()
	subs := g.subs[m.iface+"."+m.member]
	ofBus := m.sender == busName && m.iface == busInterface
	if len(subs) == 0 && !ofBus {
		return
	}
	body, err := m.values()
	if err != nil {
		g.conn.log.Warn("a signal cannot be read", "sender", m.sender, "signal", m.iface+"."+m.member, "err", err)
		return
	}
	sig := Signal{Sender: m.sender, Path: m.path, Interface: m.iface, Member: m.member, Body: body}
	if ofBus {
		g.ofBus(&sig)
	}
	for _, s := range subs {
		if s.match.fits(&sig, g.conn.peers.owner(s.match.Sender)) {
			s.offer(sig)
		}
	}
}

// ofBus acts on what the bus says about names.
func (g *signals) ofBus(sig *Signal) {
	switch sig.Member {
	case "NameOwnerChanged":
		g.conn.peers.ownerChanged(nth[string](sig.Body, 0), nth[string](sig.Body, 2))
	case "NameLost":
		name := nth[string](sig.Body, 0)
		if f := g.conn.opts.NameLost; f != nil && !strings.HasPrefix(name, ":") {
			go f(name)
		}
	}
}

// later runs a job on the bookkeeping goroutine: calls that must not be made
// where they become necessary. When too many wait it is forgotten; the rule it
// would have removed costs little.
func (g *signals) later(job func(context.Context)) {
	select {
	case g.jobs <- job:
	default:
		g.conn.log.Warn("too much bookkeeping is waiting")
	}
}

// bookTimeout bounds one call made for bookkeeping.
const bookTimeout = 10 * time.Second

func (g *signals) bookkeep() {
	for {
		select {
		case job := <-g.jobs:
			ctx, cancel := context.WithTimeout(g.conn.ctx, bookTimeout)
			job(ctx)
			cancel()
		case <-g.conn.Done():
			return
		}
	}
}

func (c *Conn) addMatch(ctx context.Context, m Match) error {
	_, err := c.callBus(ctx, "AddMatch", "s", m.rule())
	return err
}

func (c *Conn) removeMatch(ctx context.Context, m Match) {
	if _, err := c.callBus(ctx, "RemoveMatch", "s", m.rule()); err != nil && ctx.Err() == nil {
		c.log.Warn("cannot remove a match rule", "rule", m.rule(), "err", err)
	}
}

// nth is a value of a body, zero if it is not there or of another type.
func nth[T any](body []any, n int) T {
	var v T
	if n < len(body) {
		v, _ = body[n].(T)
	}
	return v
}

// callBus calls the bus itself.
func (c *Conn) callBus(ctx context.Context, member, in string, args ...any) ([]any, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, bookTimeout)
		defer cancel()
	}
	return c.Do(ctx, &Request{Dest: busName, Path: busPath, Interface: busInterface, Member: member, In: in, Args: args, Once: true})
}

// Signal sends a signal of this signature to one peer, or to all who asked if
// dest is empty. ctx, and the write timeout, bound the sending.
func (c *Conn) Signal(ctx context.Context, dest string, path dbus.ObjectPath, iface, member, sig string, args ...any) error {
	return c.out.send(ctx, &message{
		kind:   dbus.TypeSignal,
		flags:  dbus.FlagNoReplyExpected,
		serial: c.serial(),
		dest:   dest,
		path:   path,
		iface:  iface,
		member: member,
		sig:    sig,
		args:   args,
	})
}
