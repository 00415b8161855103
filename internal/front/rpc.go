package front

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/jsonrpc"
	"github.com/xcp-dbus/xcp/internal/rpc"
	"github.com/xcp-dbus/xcp/internal/xerr"
	"github.com/xcp-dbus/xcp/internal/xmlrpc"
)

// A codec is one of the two languages clients speak.
type codec struct {
	contentType []string // as a header's value; clients compare it to the letter
	peek        func(head string) (method string, ok bool)
	methodFirst bool // the method comes before the parameters
	decode      func(body string, buf []byte) (rpc.Call, rpc.Answer, error)
	// early writes the failure of a call that was refused while it was decoded.
	early func(buf []byte, f rpc.Failure) []byte
}

var xmlCodec = &codec{
	contentType: []string{"text/xml"},
	peek:        xmlrpc.PeekMethod,
	methodFirst: true,
	decode: func(body string, buf []byte) (rpc.Call, rpc.Answer, error) {
		call, err := xmlrpc.DecodeCall(body, rpc.DefaultLimits)
		return call, xmlrpc.NewEncoder(buf), err
	},
	early: func(buf []byte, f rpc.Failure) []byte {
		e := xmlrpc.NewEncoder(buf)
		e.Failure(f)
		return e.Buffer()
	},
}

var jsonCodec = &codec{
	contentType: []string{"application/json"},
	peek:        jsonrpc.PeekMethod,
	decode: func(body string, buf []byte) (rpc.Call, rpc.Answer, error) {
		req, err := jsonrpc.DecodeCall(body, rpc.DefaultLimits)
		return req.Call, jsonrpc.NewEncoder(buf, req.Version, req.ID), err
	},
	early: func(buf []byte, f rpc.Failure) []byte {
		e := jsonrpc.NewEncoder(buf, jsonrpc.V2, "")
		e.EarlyFailure(f)
		return e.Buffer()
	},
}

// buffers holds the ones answers are written in; larger ones are not kept.
const keepBuffer = 64 << 10

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}

// serveRPC answers one POST.
func (f *Front) serveRPC(w http.ResponseWriter, r *http.Request, c *codec) {
	who := r.Context().Value(clientKey{}).(*client)
	b, err := f.limits.readBody(r, who.conn, func(head string) bool {
		method, ok := c.peek(head)
		return ok && f.routes.forAnybody(method) || !ok && c.methodFirst
	})
	defer b.release()
	if err != nil {
		f.refuse(w, err)
		return
	}
	f.stats.requests.Add(1)
	buf := buffers.Get().(*[]byte)
	x := exchange{f: f, w: w, r: r, who: who, codec: c, size: len(b.text)}
	if err := x.decode(b.text, (*buf)[:0]); err != nil {
		f.refuse(w, err)
	} else {
		x.run()
		*buf = x.answer.Buffer()
	}
	if cap(*buf) <= keepBuffer {
		buffers.Put(buf)
	}
}

// An exchange is one call and its answer.
type exchange struct {
	f      *Front
	w      http.ResponseWriter
	r      *http.Request
	who    *client
	codec  *codec
	size   int // of the body
	answer rpc.Answer

	method  string
	name    string // without its prefix
	route   *route // nil: a call of an extension, or refused
	mode    mode
	session string
	args    []any
	special func(rpc.Answer) // answers without xapi
	refused error
	early   bool // refused while it was decoded
}

// decode reads the call and checks its parameters; what is wrong with it in
// the terms of the protocol is kept in refused. The values of a large body
// need room of their own, which ends with this.
func (x *exchange) decode(text string, buf []byte) error {
	if len(text) > maxSmall {
		if err := take(x.r.Context(), x.f.limits.decode, 1); err != nil {
			return err
		}
		defer x.f.limits.decode.Release(1)
		x.f.limits.garbage.add(decodeFactor * int64(len(text)))
	}
	call, answer, err := x.codec.decode(text, buf)
	x.answer = answer
	var malformed *rpc.MalformedError
	if errors.As(err, &malformed) {
		return err
	}
	if err != nil {
		x.refused, x.early = err, true
		return nil
	}
	if x.size > maxSmall && x.f.routes.forAnybody(call.Method) {
		return errTooBig
	}
	x.method = call.Method
	x.refused = x.translate(call)
	return nil
}

// translate finds out what the call means.
func (x *exchange) translate(call rpc.Call) (err error) {
	if x.special = x.f.special(call); x.special != nil {
		return nil
	}
	routes := x.f.routes
	if x.route, x.name, x.mode = routes.find(call.Method); x.route != nil {
		x.session, x.args, err = routes.arguments(x.route, x.name, x.mode, call.Params)
		return err
	}
	if len(call.Params) == 0 {
		return xerr.New(codes.MESSAGE_METHOD_UNKNOWN, call.Method)
	}
	// Perhaps an extension of the host: xapi checks the session first.
	v, err := routes.Classes.Decode(sessionParam, sessionType, call.Params[0])
	if err != nil {
		return err
	}
	x.session, x.args = v.(string), []any{call.Method}
	return nil
}

// run makes the call and answers.
func (x *exchange) run() {
	switch {
	case x.early:
		failure := xerr.From(x.refused)
		x.f.stats.failures.Add(1)
		x.send(x.codec.early(nil, rpc.Failure{Code: failure.Code, Params: failure.Params}))
		return
	case x.refused != nil:
		x.fail(x.refused)
		return
	case x.special != nil:
		x.special(x.answer)
		x.send(x.answer.Buffer())
		return
	}
	if x.size > maxModest {
		if err := take(x.r.Context(), x.f.limits.send, 1); err != nil {
			x.f.refuse(x.w, err)
			return
		}
		defer x.f.limits.send.Release(1)
		x.f.limits.garbage.add(sendFactor * int64(x.size))
	}
	ctx, cancel := context.WithTimeout(bus.WithMeta(x.r.Context(), x.who.meta(x.r, x.session, x.mode)), x.timeout())
	defer cancel()
	if err := x.f.awaitBus(ctx); err != nil {
		x.fail(err)
		return
	}
	q := x.request()
	out, err := x.f.bus.Do(ctx, &q)
	switch {
	case err != nil:
		x.fail(err)
	case x.streams():
		x.stream(out)
	default:
		x.reply(out)
	}
}

func (x *exchange) timeout() time.Duration {
	if x.route == nil {
		return longTimeout
	}
	if x.mode != modeSync {
		return shortTimeout
	}
	return x.route.timeout
}

func (x *exchange) streams() bool {
	return x.route != nil && x.mode == modeSync && x.route.msg.Stream
}

// request is the one call this exchange makes.
func (x *exchange) request() bus.Request {
	q := bus.Request{Dest: xapiName, Args: x.args, Context: true}
	if x.route == nil {
		q.Path, q.Interface, q.Member = xapiPath, xapiName+".Extension1", "Call"
		q.In = "sa{sv}"
		return q
	}
	q.Path, q.Member, q.In, q.Retry = x.route.path, x.route.msg.Name, x.route.in, x.route.retry
	switch {
	case x.mode != modeSync:
		q.Interface = x.route.iface + "Async1"
		q.Retry = bus.Keyed // the task it makes must be made once
	case x.streams():
		q.Interface = x.route.iface + "Stream1"
	default:
		q.Interface = x.route.iface + "1"
	}
	return q
}

// busTimeout is how long a request waits for a bus that is away.
const busTimeout = 15 * time.Second

// awaitBus waits for the bus if it is away, within bounds.
func (f *Front) awaitBus(ctx context.Context) error {
	line, ok := f.bus.(interface {
		Conn(context.Context) (*bus.Conn, error)
	})
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, busTimeout)
	defer cancel()
	if _, err := line.Conn(ctx); err != nil {
		return errUnavailable
	}
	return nil
}
