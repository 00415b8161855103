package bus

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godbus/dbus/v5"
)

// A server answers the calls of one connection. It is godbus's Handler, whose
// look-ups always succeed: what decides is serve, which knows the whole
// message.
type server struct {
	conn  *Conn
	tree  Tree
	log   *slog.Logger
	quick *lane // calls that end soon
	long  *lane // calls that may stay open
	limit int   // goroutines there may be

	refusals chan *dbus.Message // calls over the limit, to be told so

	mu     sync.Mutex
	open   int
	closed bool
	idle   chan struct{} // closed when closed and open is 0

	orphans atomic.Int64 // descriptors nobody can close, see countOrphans
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
		refusals: make(chan *dbus.Message, maxRefusals),
		idle:     make(chan struct{}),
	}
}

// admit lets a call in or refuses it; it runs on the goroutine that reads.
// godbus starts a goroutine for each call we do not take from it, so this is
// where their number is bounded.
func (s *server) admit(m *dbus.Message) bool {
	if !s.enter() {
		s.refuse(m)
		return false
	}
	if header(m, dbus.FieldInterface) == peerInterface {
		go s.serve(m) // godbus would answer these itself, unbounded and with the wrong machine id
		return false
	}
	return true
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

func (s *server) refuse(m *dbus.Message) {
	closeAll(received(m.Body))
	m.Body = nil
	select {
	case s.refusals <- m:
	default:
	}
}

// refuseLoop tells refused callers that we are busy, and at the end waits for
// the handlers.
func (s *server) refuseLoop() {
	for {
		select {
		case m := <-s.refusals:
			if m.Flags&dbus.FlagNoReplyExpected == 0 {
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

// LookupObject implements dbus.Handler.
func (s *server) LookupObject(dbus.ObjectPath) (dbus.ServerObject, bool) { return entry{s}, true }

// An entry is every object, interface and method godbus asks for.
type entry struct{ s *server }

func (e entry) LookupInterface(string) (dbus.Interface, bool) { return e, true }
func (e entry) LookupMethod(string) (dbus.Method, bool)       { return e, true }

// DecodeArguments implements dbus.ArgumentDecoder: the message is the argument.
func (e entry) DecodeArguments(_ *dbus.Conn, _ string, m *dbus.Message, _ []any) ([]any, error) {
	return []any{m}, nil
}

// Call answers by itself, and keeps godbus from answering: that would compute
// the signature from the values, and panic over some.
func (e entry) Call(args ...any) ([]any, error) {
	e.s.serve(args[0].(*dbus.Message))
	return nil, nil
}

func (e entry) NumArguments() int     { return 1 }
func (e entry) NumReturns() int       { return 0 }
func (e entry) ArgumentValue(int) any { return nil }
func (e entry) ReturnValue(int) any   { return nil }

// serve answers one call.
func (s *server) serve(m *dbus.Message) {
	defer s.leave()
	wantsReply := m.Flags&dbus.FlagNoReplyExpected == 0
	m.Flags |= dbus.FlagNoReplyExpected
	c := &Call{
		Conn:      s.conn,
		Sender:    header(m, dbus.FieldSender),
		Interface: header(m, dbus.FieldInterface),
		Member:    header(m, dbus.FieldMember),
		Args:      m.Body,
		fds:       received(m.Body),
	}
	c.Path, _ = m.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
	defer c.closeFDs()
	s.countOrphans(m, c)

	method, out, err := s.handle(c, m)
	defer closeResults(out)
	if !wantsReply {
		return
	}
	if err == nil {
		err = s.reply(m, method.Out, out)
	}
	if err == nil {
		return
	}
	if masked := s.replyError(m, err); masked {
		s.log.Error("a call failed", "op", c.Interface+"."+c.Member, "path", c.Path, "sender", c.Sender, "err", err)
	}
}

// countOrphans logs descriptors that came with a message whose body does not
// refer to them: godbus drops their numbers, so nobody can close them. Only a
// peer that breaks the rules sends such.
func (s *server) countOrphans(m *dbus.Message, c *Call) {
	n, _ := m.Headers[dbus.FieldUnixFDs].Value().(uint32)
	if int(n) > len(c.fds) {
		total := s.orphans.Add(int64(n) - int64(len(c.fds)))
		s.log.Error("a caller sent descriptors outside its arguments", "sender", c.Sender, "total", total)
	}
}

// handle finds the method, checks the call against it and runs it.
func (s *server) handle(c *Call, m *dbus.Message) (method *Method, out []any, err error) {
	method, err = s.find(c)
	if err != nil {
		return nil, nil, err
	}
	if sig, _ := m.Headers[dbus.FieldSignature].Value().(dbus.Signature); sig.String() != method.In {
		return nil, nil, Errorf(InvalidArgs, "%s.%s takes (%s), not (%s)", c.Interface, c.Member, method.In, sig)
	}
	if err := c.takeMeta(method); err != nil {
		return nil, nil, err
	}
	ctx := WithMeta(s.conn.bus.Context(), c.Meta)
	if !c.Meta.Deadline.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, c.Meta.Deadline)
		defer cancel()
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
		defer func() { after(err) }()
	}
	out, err = s.run(ctx, method, c)
	return method, out, err
}

// takeMeta splits the context dictionary off the arguments.
func (c *Call) takeMeta(method *Method) (err error) {
	if !method.HasContext {
		c.Meta = &Meta{received: true}
		return nil
	}
	last := len(c.Args) - 1
	if last < 0 {
		return Errorf(Internal, "%s has no context in its signature", method.Name)
	}
	dict, ok := c.Args[last].(map[string]dbus.Variant)
	if !ok {
		return Errorf(InvalidArgs, "the last argument is no context dictionary")
	}
	c.Args = c.Args[:last]
	c.Meta, err = ParseMeta(dict)
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

// run calls the handler; a panic becomes an error and the process lives.
func (s *server) run(ctx context.Context, method *Method, c *Call) (out []any, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("a handler panicked", "op", c.Interface+"."+c.Member, "path", c.Path,
				"sender", c.Sender, "panic", p, "stack", string(debug.Stack()))
			out, err = nil, &Error{Name: Internal, Message: "internal error, see the service's log"}
		}
	}()
	return method.Handle(ctx, c)
}

// reply sends the results. One that cannot be marshalled is returned as an
// error, to be sent instead; if the socket fails there is nobody to tell.
func (s *server) reply(m *dbus.Message, sig string, out []any) error {
	err := s.conn.out.send(s.conn.bus.Context(), &message{
		kind:        dbus.TypeMethodReply,
		flags:       dbus.FlagNoReplyExpected,
		serial:      s.conn.serials.GetSerial(),
		replySerial: m.Serial(),
		dest:        header(m, dbus.FieldSender),
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
func (s *server) replyError(m *dbus.Message, err error) (masked bool) {
	name, body, masked := wireError(err)
	msg := &message{
		kind:        dbus.TypeError,
		flags:       dbus.FlagNoReplyExpected,
		serial:      s.conn.serials.GetSerial(),
		replySerial: m.Serial(),
		dest:        header(m, dbus.FieldSender),
		errorName:   name,
		sig:         errorSignature,
		args:        body,
	}
	if err := s.conn.out.send(s.conn.bus.Context(), msg); err != nil {
		s.log.Warn("an error could not be sent", "name", name, "err", err)
	}
	return masked
}

// header is a text field of a message, empty if absent.
func header(m *dbus.Message, f dbus.HeaderField) string {
	s, _ := m.Headers[f].Value().(string)
	return s
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

// compile-time check of what godbus asks for.
var (
	_ dbus.Handler         = (*server)(nil)
	_ dbus.ArgumentDecoder = entry{}
)
