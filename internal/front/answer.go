package front

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/rpc"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// reply answers with the result of a plain call.
func (x *exchange) reply(out []any) {
	t := sessionType // a task's reference, the text of an extension
	if x.route != nil && x.mode == modeSync {
		t = x.route.msg.Result
	}
	var v any
	if len(out) > 0 {
		v = out[0]
	} else if t.Kind != schema.Void {
		x.fail(fmt.Errorf("no result of type %s", t.Text))
		return
	}
	x.answer.Success()
	if err := x.f.routes.Classes.Encode(x.answer, t, v); err != nil {
		x.answer.Reset()
		x.fail(fmt.Errorf("cannot encode the result: %w", err))
		return
	}
	x.answer.End()
	x.send(x.answer.Buffer())
}

// fail answers with an error. What the client cannot use goes to the log.
func (x *exchange) fail(err error) {
	if x.r.Context().Err() != nil {
		return // nobody is there
	}
	failure, down := x.failure(err)
	if down {
		x.f.refuse(x.w, errUnavailable)
		return
	}
	x.f.stats.failures.Add(1)
	x.answer.Failure(failure)
	x.send(x.answer.Buffer())
}

// errUnavailable is a call that surely was not executed, as nobody was there
// to do it.
var errUnavailable = errors.New("the service is not available, try again")

// failure turns an error into what the client sees. down: there is no answer
// of the protocol, as xapi cannot be reached.
func (x *exchange) failure(err error) (_ rpc.Failure, down bool) {
	var e *xerr.Error
	if errors.As(err, &e) {
		return rpc.Failure{Code: e.Code, Params: e.Params}, false
	}
	internal := func(text string) rpc.Failure {
		x.f.log.Error("a call failed", "op", x.method, "err", err)
		return rpc.Failure{Code: codes.INTERNAL_ERROR, Params: []string{text}}
	}
	var lost *xerr.Lost
	var no *bus.Error
	switch {
	case errors.Is(err, errUnavailable), errors.As(err, &lost) && lost.Executed == "no":
		x.f.log.Warn("xapi cannot be reached", "op", x.method, "err", err)
		return rpc.Failure{}, true
	case errors.As(err, &lost), errors.Is(err, context.DeadlineExceeded):
		return internal("no answer came: the outcome of the call is unknown"), false
	case errors.As(err, &no) && no.Name == bus.TooBig:
		return internal("the call or its result is too large"), false
	case errors.As(err, &no) && x.route == nil && unknown[no.Name]:
		return rpc.Failure{Code: codes.MESSAGE_METHOD_UNKNOWN, Params: []string{x.method}}, false
	}
	return internal("the call failed, see the log of the service"), false
}

// unknown are the errors for a method that xapi does not have.
var unknown = map[string]bool{
	bus.UnknownMethod: true, bus.UnknownInterface: true, bus.UnknownObject: true, bus.NotFound: true,
}

// Header values every answer shares.
var (
	keepAlive  = []string{"keep-alive"}
	closing    = []string{"close"}
	noCache    = []string{"no-cache, no-store"}
	anyOrigin  = []string{"*"}
	xRequested = []string{"X-Requested-With"}
)

// header begins a successful answer, as the reference words it.
func (x *exchange) header() http.Header {
	h := x.w.Header()
	h["Content-Type"] = x.codec.contentType
	h["Connection"] = keepAlive
	h["Cache-Control"] = noCache
	h["Access-Control-Allow-Origin"] = anyOrigin
	h["Access-Control-Allow-Headers"] = xRequested
	return h
}

// send answers with a whole document.
func (x *exchange) send(b []byte) {
	x.header()["Content-Length"] = []string{strconv.Itoa(len(b))}
	_, _ = x.w.Write(b) // a client that is gone is no news
}

// refuse answers a request that cannot be answered in its protocol.
func (f *Front) refuse(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, errNoRoom), errors.Is(err, errUnavailable):
		f.stats.shed.Add(1)
		w.Header().Set("Retry-After", "1")
		page(w, http.StatusServiceUnavailable, err.Error())
	default:
		text := "the body cannot be read"
		var malformed *rpc.MalformedError
		if errors.As(err, &malformed) || errors.Is(err, errTooBig) || errors.Is(err, errTooSlow) {
			text = err.Error()
		}
		page(w, http.StatusInternalServerError, strings.ToValidUTF8(text, "?"))
	}
}
