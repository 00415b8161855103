package bus

import (
	"context"
	"fmt"
	"sync"

	"github.com/godbus/dbus/v5"
)

// Credentials say who is behind a unique name, as the bus knows it. PID is for
// logs only: process numbers are reused.
type Credentials struct {
	UID    uint32
	PID    uint32
	Groups []uint32
}

// peers follows owners of names and remembers credentials. A name is followed
// by one match rule as long as somebody holds it.
type peers struct {
	conn *Conn
	mu   sync.Mutex
	held map[string]*holding
}

// A holding is one followed name.
type holding struct {
	users   int
	ready   chan struct{} // closed when owner is known
	err     error         // why it is not; read after ready
	owner   string
	told    bool          // owner comes from a signal, newer than any answer
	changed chan struct{} // closed at the next change of owner
	creds   *Credentials
}

func newPeers(c *Conn) *peers { return &peers{conn: c, held: make(map[string]*holding)} }

func ownerMatch(name string) Match {
	return Match{Sender: busName, Interface: busInterface, Member: "NameOwnerChanged", Arg0: name}
}

// hold follows a name until release.
func (p *peers) hold(ctx context.Context, name string) error {
	p.mu.Lock()
	h := p.held[name]
	first := h == nil
	if first {
		h = &holding{ready: make(chan struct{}), changed: make(chan struct{})}
		p.held[name] = h
	}
	h.users++
	p.mu.Unlock()
	if first {
		p.follow(ctx, name, h)
	}
	select {
	case <-h.ready:
	case <-ctx.Done():
		p.release(name, true)
		return ctx.Err()
	}
	if h.err != nil {
		p.release(name, true)
		return fmt.Errorf("cannot follow %s: %w", name, h.err)
	}
	return nil
}

// follow adds the rule first and asks then, so that no change is missed.
func (p *peers) follow(ctx context.Context, name string, h *holding) {
	defer close(h.ready)
	if h.err = p.conn.addMatch(ctx, ownerMatch(name)); h.err != nil {
		return
	}
	out, err := p.conn.callBus(ctx, "GetNameOwner", "s", name)
	if err != nil {
		if !noOwner(err) {
			h.err = err
		}
		return
	}
	owner := nth[string](out, 0)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !h.told {
		h.owner = owner
	}
}

// release undoes hold, if that was done.
func (p *peers) release(name string, held bool) {
	if !held {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.held[name]
	if h == nil {
		return
	}
	if h.users--; h.users == 0 {
		delete(p.held, name)
		p.conn.signals.later(func(ctx context.Context) { p.conn.removeMatch(ctx, ownerMatch(name)) })
	}
}

// owner is who owns the well-known name a match names as its sender, "" if
// nobody does or it is not such a name.
func (p *peers) owner(name string) string {
	if name == "" || name == busName || name[0] == ':' {
		return ""
	}
	return p.followed(name)
}

// followed is the owner of a name that is held.
func (p *peers) followed(name string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if h := p.held[name]; h != nil {
		return h.owner
	}
	return ""
}

// ownerChanged runs on the goroutine that reads, so that signals of the new
// owner find it.
func (p *peers) ownerChanged(name, owner string) {
	p.mu.Lock()
	h := p.held[name]
	forget := false
	if h != nil {
		h.owner, h.told = owner, true
		close(h.changed)
		h.changed = make(chan struct{})
		forget = h.creds != nil && owner == ""
		if forget {
			h.creds = nil
		}
	}
	p.mu.Unlock()
	p.release(name, forget)
}

// ownerChange returns a channel that is closed when the name gets another
// owner. It does not wait for the bus: without the rule in place in time, the
// caller's pause ends by its timer.
func (p *peers) ownerChange(name string) (changed <-chan struct{}, stop func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.held[name]
	if h == nil {
		h = &holding{ready: make(chan struct{}), changed: make(chan struct{})}
		p.held[name] = h
		p.conn.signals.later(func(ctx context.Context) { p.follow(ctx, name, h) })
	}
	h.users++
	return h.changed, func() { p.release(name, true) }
}

// Credentials asks the bus who a unique name is. The answer is kept until the
// peer goes.
func (c *Conn) Credentials(ctx context.Context, sender string) (Credentials, error) {
	if cr := c.peers.cached(sender); cr != nil {
		return *cr, nil
	}
	if err := c.peers.hold(ctx, sender); err != nil {
		return Credentials{}, err
	}
	out, err := c.callBus(ctx, "GetConnectionCredentials", "s", sender)
	if err != nil {
		c.peers.release(sender, true)
		return Credentials{}, fmt.Errorf("cannot learn who %s is: %w", sender, err)
	}
	defer CloseFDs(out) // newer buses send a pidfd
	cr, err := parseCredentials(out)
	if err != nil || !c.peers.keep(sender, &cr) {
		c.peers.release(sender, true)
	}
	return cr, err
}

func parseCredentials(out []any) (Credentials, error) {
	d := nth[map[string]dbus.Variant](out, 0)
	uid, ok := d["UnixUserID"].Value().(uint32)
	if !ok {
		return Credentials{}, Errorf(AccessDenied, "the bus does not know the peer's uid")
	}
	pid, _ := d["ProcessID"].Value().(uint32)
	groups, _ := d["UnixGroupIDs"].Value().([]uint32)
	return Credentials{UID: uid, PID: pid, Groups: groups}, nil
}

func (p *peers) cached(name string) *Credentials {
	p.mu.Lock()
	defer p.mu.Unlock()
	if h := p.held[name]; h != nil {
		return h.creds
	}
	return nil
}

// keep remembers credentials under the caller's hold; false if that is not
// needed: the peer has gone, or another call was faster.
func (p *peers) keep(name string, cr *Credentials) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.held[name]
	if h == nil || h.creds != nil || h.owner == "" {
		return false
	}
	h.creds = cr
	return true
}

// OnPeerGone calls gone once when a unique name leaves the bus, at once if it
// has; it runs on a goroutine of its own. stop ends the watch.
func (c *Conn) OnPeerGone(ctx context.Context, unique string, gone func()) (stop func(), err error) {
	var once sync.Once
	sub, err := c.Subscribe(ctx, ownerMatch(unique), func(s Signal) {
		if nth[string](s.Body, 2) == "" {
			once.Do(gone)
		}
	}, SubscribeOptions{})
	if err != nil {
		return nil, err
	}
	out, err := c.callBus(ctx, "NameHasOwner", "s", unique)
	if err != nil {
		sub.Close()
		return nil, err
	}
	if !nth[bool](out, 0) {
		sub.offer(Signal{Body: []any{unique, unique, ""}})
	}
	return sub.Close, nil
}

// WatchName calls changed for each change of a name's owner; an empty owner is
// none. The first call tells the present one. Changes that follow each other
// fast may be told as one.
func (c *Conn) WatchName(ctx context.Context, name string, changed func(owner string)) (stop func(), err error) {
	if err := c.peers.hold(ctx, name); err != nil {
		return nil, err
	}
	last, told := "", false
	sub, err := c.Subscribe(ctx, ownerMatch(name), func(Signal) {
		if owner := c.peers.followed(name); owner != last || !told {
			last, told = owner, true
			changed(owner)
		}
	}, SubscribeOptions{Coalesce: true})
	if err != nil {
		c.peers.release(name, true)
		return nil, err
	}
	sub.offer(Signal{Path: busPath, Member: "NameOwnerChanged"})
	var once sync.Once
	return func() {
		once.Do(func() { sub.Close(); c.peers.release(name, true) })
	}, nil
}

// RequestName takes a well-known name from its present owner if that allows
// it; replaceable says whether others may do the same. The connection never
// waits in the name's queue.
func (c *Conn) RequestName(ctx context.Context, name string, replaceable bool) error {
	flags := dbus.NameFlagDoNotQueue | dbus.NameFlagReplaceExisting
	if replaceable {
		flags |= dbus.NameFlagAllowReplacement
	}
	out, err := c.callBus(ctx, "RequestName", "su", name, uint32(flags))
	if err != nil {
		return fmt.Errorf("cannot own %s: %w", name, err)
	}
	switch r := dbus.RequestNameReply(nth[uint32](out, 0)); r {
	case dbus.RequestNameReplyPrimaryOwner, dbus.RequestNameReplyAlreadyOwner:
		return nil
	default:
		return Errorf(Conflict, "cannot own %s: %s", name, r)
	}
}

// ReleaseName gives a name up. It is no error not to own it.
func (c *Conn) ReleaseName(ctx context.Context, name string) error {
	if _, err := c.callBus(ctx, "ReleaseName", "s", name); err != nil {
		return fmt.Errorf("cannot release %s: %w", name, err)
	}
	return nil
}
