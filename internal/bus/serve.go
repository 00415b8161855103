package bus

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus/wire"
)

// A server answers the calls of one connection, each on a goroutine of its
// own, whose number is bounded before it starts.
type server struct {
	conn  *Conn
	tree  Tree
	log   *slog.Logger
	quick *lane // calls that end soon
	long  *lane // calls that may stay open
	limit int   // goroutines there may be

	refusals chan *incoming // calls over the limit, to be told so

	mu     sync.Mutex
	open   int
	closed bool
	idle   chan struct{} // closed when closed and open is 0
}

// maxRefusals waiting to be told; beyond, callers wait for their deadline.
const maxRefusals = 1024

func newServer(c *Conn) *server {
	o := c.opts
	return &server{
		conn:     c,
		tree:     o.Tree,
		log:      c.log,
		quick:    newLane(o.MaxHandlers, o.MaxQueue),
		long:     newLane(o.MaxLong, 0),
		limit:    o.MaxHandlers + o.MaxQueue + o.MaxLong,
		refusals: make(chan *incoming, maxRefusals),
		idle:     make(chan struct{}),
	}
}

// accept starts a call or refuses it; it runs on the goroutine that reads.
func (s *server) accept(m *incoming) {
	if s.enter() {
		go s.serve(m)
		return
	}
	m.drop()
	select {
	case s.refusals <- m:
	default:
	}
}

func (s *server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.open >= s.limit {
		return false
	}
	s.open++
	return true
}

func (s *server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if s.closed && s.open == 0 {
		close(s.idle)
	}
}

// stop lets nobody in any more and waits for those inside.
func (s *server) stop() {
	s.mu.Lock()
	s.closed = true
	if s.open == 0 {
		close(s.idle)
	}
	s.mu.Unlock()
	<-s.idle
}

// refuseLoop tells refused callers that we are busy, and at the end waits for
// the handlers.
func (s *server) refuseLoop() {
	for {
		select {
		case m := <-s.refusals:
			if m.wantsReply() {
				s.replyError(m, busy(s.limit))
			}
		case <-s.conn.Done():
			s.stop()
			return
		}
	}
}

// busyPause is what Busy asks callers to wait.
const busyPause = 200 * time.Millisecond

func busy(limit int) *Error {
	e := Errorf(Busy, "more than %d calls are open", limit)
	e.Details = map[string]dbus.Variant{"retry-after-ms": dbus.MakeVariant(uint64(busyPause / time.Millisecond))}
	return e
}

// wantsReply tells whether the caller listens.
func (m *incoming) wantsReply() bool { return m.flags&dbus.FlagNoReplyExpected == 0 }

// serve answers one call.
func (s *server) serve(m *incoming) {
	defer s.leave()
	c := &Call{Conn: s.conn, Sender: m.sender, Path: m.path, Interface: m.iface, Member: m.member, fds: m.fds}
	defer c.closeFDs()
	method, out, err := s.handle(c, m)
	defer func() { s.finished(c, err) }()
	defer closeResults(out)
	if !m.wantsReply() {
		return
	}
	if err == nil {
		err = s.reply(c, m, method.Out, out)
	}
	if err == nil {
		return
	}
	if masked := s.replyError(m, err); masked {
		s.log.Error("a call failed", "op", c.Interface+"."+c.Member, "path", c.Path, "sender", c.Sender, "err", err)
	}
}

// handle finds the method, checks the call against it and runs it.
func (s *server) handle(c *Call, m *incoming) (method *Method, out []any, err error) {
	defer s.recovered(c, &err)
	method, err = s.find(c)
	if err != nil {
		return nil, nil, err
	}
	if m.sig != method.In {
		return nil, nil, Errorf(InvalidArgs, "%s.%s takes (%s), not (%s)", c.Interface, c.Member, method.In, m.sig)
	}
	if err := c.decode(method, m); err != nil {
		return nil, nil, err
	}
	ctx := WithMeta(s.conn.ctx, c.Meta)
	if !c.Meta.Deadline.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, c.Meta.Deadline)
		defer cancel()
	}
	if ctx.Err() != nil {
		return nil, nil, ctx.Err() // too late before it began
	}
	lane := s.quick
	if method.NoReplyLimit {
		lane = s.long
	}
	if err := lane.enter(ctx); err != nil {
		return nil, nil, err
	}
	defer lane.leave()
	if around := s.conn.opts.Around; around != nil {
		after, refused := around(c)
		if refused != nil {
			return nil, nil, refused
		}
		c.after = after
	}
	out, err = s.run(ctx, method, c)
	return method, out, err
}

// decode reads the arguments and the context dictionary after them.
func (c *Call) decode(method *Method, m *incoming) (err error) {
	sig := method.In
	if method.HasContext {
		sig = strings.TrimSuffix(sig, dictSig)
	}
	r := wire.NewReader(m.body)
	if c.Args, err = r.Values(sig); err == nil {
		err = m.resolve(c.Args)
	}
	c.Meta = &Meta{received: true}
	if err == nil && method.HasContext {
		err = readMeta(r, c.Meta)
	}
	var refused *Error
	if err != nil && !errors.As(err, &refused) {
		err = Errorf(InvalidArgs, "the arguments cannot be read: %v", err)
	}
	return err
}

// find looks the method up.
func (s *server) find(c *Call) (*Method, error) {
	if c.Interface == "" {
		return nil, Errorf(InvalidArgs, "a call must name its interface")
	}
	std := standard[c.Interface]
	node, ok := s.tree.Node(c.Path)
	if !ok && (std == nil || c.Interface != peerInterface) {
		if c.Path != "/" {
			return nil, Errorf(UnknownObject, "there is no object %s", c.Path)
		}
		node = &Node{}
	}
	c.node = node
	iface := std
	if iface == nil {
		iface = node.Interface(c.Interface)
	}
	if iface == nil {
		return nil, Errorf(UnknownInterface, "%s has no interface %s", c.Path, c.Interface)
	}
	method := iface.Methods[c.Member]
	if method == nil {
		return nil, Errorf(UnknownMethod, "%s has no method %s", c.Interface, c.Member)
	}
	return method, nil
}

// run calls the handler.
func (s *server) run(ctx context.Context, method *Method, c *Call) (out []any, err error) {
	defer s.recovered(c, &err)
	return method.Handle(ctx, c)
}

// finished tells Options.Around that the call is over, its answer sent.
func (s *server) finished(c *Call, err error) {
	if c.after != nil {
		defer s.recovered(c, &err)
		c.after(err)
	}
}

// recovered, deferred, turns a panic into an error; the process lives.
func (s *server) recovered(c *Call, err *error) {
	if p := recover(); p != nil {
		s.log.Error("a call panicked", "op", c.Interface+"."+c.Member, "path", c.Path,
			"sender", c.Sender, "panic", p, "stack", string(debug.Stack()))
		*err = &Error{Name: Internal, Message: internalText}
	}
}

// reply sends the results. One that cannot be marshalled is returned as an
// error, to be sent instead; if the socket fails there is nobody to tell.
func (s *server) reply(c *Call, m *incoming, sig string, out []any) (err error) {
	defer s.recovered(c, &err)
	err = s.conn.out.send(s.conn.ctx, &message{
		kind:        dbus.TypeMethodReply,
		flags:       dbus.FlagNoReplyExpected,
		serial:      s.conn.serial(),
		replySerial: m.serial,
		dest:        m.sender,
		sig:         sig,
		args:        out,
	})
	var unsent *sendError
	if errors.As(err, &unsent) {
		s.log.Warn("an answer could not be sent", "err", err)
		return nil
	}
	return err
}

// replyError sends an error and tells whether its text was kept from the peer.
// An error that cannot be sent as it is (a parameter is not UTF-8) becomes
// Internal: the caller must not wait for nothing.
func (s *server) replyError(m *incoming, err error) (masked bool) {
	name, body, masked := wireError(err)
	msg := &message{
		kind:        dbus.TypeError,
		flags:       dbus.FlagNoReplyExpected,
		serial:      s.conn.serial(),
		replySerial: m.serial,
		dest:        m.sender,
		errorName:   name,
		sig:         errorSignature,
		args:        body,
	}
	sent := s.conn.out.send(s.conn.ctx, msg)
	var socket *sendError
	if sent != nil && !errors.As(sent, &socket) {
		s.log.Error("an error does not fit into a message", "name", name, "err", sent)
		msg.errorName, msg.args, masked = Internal, internalBody(), true
		sent = s.conn.out.send(s.conn.ctx, msg)
	}
	if sent != nil {
		s.log.Warn("an error could not be sent", "name", name, "err", sent)
	}
	return masked
}

// A lane bounds how many calls of a kind run, and how many wait for that.
type lane struct {
	slots   chan struct{}
	waiting atomic.Int64
	queue   int64
}

func newLane(slots, queue int) *lane {
	return &lane{slots: make(chan struct{}, slots), queue: int64(queue)}
}

// queueTimeout bounds the wait of a call that brought no deadline.
const queueTimeout = 30 * time.Second

func (l *lane) enter(ctx context.Context) error {
	select {
	case l.slots <- struct{}{}:
		return nil
	default:
	}
	defer l.waiting.Add(-1)
	if l.waiting.Add(1) > l.queue {
		return busy(cap(l.slots))
	}
	t := time.NewTimer(queueTimeout)
	defer t.Stop()
	select {
	case l.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return Errorf(DeadlineExceeded, "the call waited for its turn beyond its deadline")
	case <-t.C:
		return busy(cap(l.slots))
	}
}

func (l *lane) leave() { <-l.slots }
