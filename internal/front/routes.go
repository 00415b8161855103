package front

import (
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/rpc/typed"
	"github.com/xcp-dbus/xcp/internal/schema"
)

const (
	xapiName = "org.xen.xcp.xapi"
	xapiPath = "/org/xen/xcp/xapi"
)

// Waiting times for xapi (design 0001): a call that acts may stay open as long
// as XenAPI lets it; what reads or only starts a task is answered soon.
const (
	longTimeout  = 24 * time.Hour
	shortTimeout = 60 * time.Second
)

// routes says where each message goes.
type routes struct {
	Contract
	byID []route
}

// A route is what calling a message takes, put together once.
type route struct {
	msg     *schema.Message
	path    dbus.ObjectPath
	iface   string // without the 1: + Async or Stream
	in      string // signature of the arguments and the context
	retry   bus.Retry
	timeout time.Duration
	records *schema.Class // of a stream of records; nil for a stream of events
}

func newRoutes(c Contract) *routes {
	r := &routes{Contract: c, byID: make([]route, len(c.Messages))}
	for _, m := range c.Messages {
		r.byID[m.ID] = r.route(m)
	}
	return r
}

func (r *routes) route(m *schema.Message) route {
	var in strings.Builder
	for i := range m.Params {
		in.WriteString(m.Params[i].Type.Sig)
	}
	in.WriteString("a{sv}")
	out := route{
		msg:     m,
		path:    dbus.ObjectPath(xapiPath + "/" + m.Class.Name),
		iface:   xapiName + "." + m.Class.Name,
		in:      in.String(),
		retry:   retries[m.Idempotency],
		timeout: shortTimeout,
	}
	if m.Impl != schema.ImplDB {
		out.timeout = longTimeout
	}
	if m.Stream && m.Result.Kind == schema.Map {
		out.records = r.Classes(m.Result.Elem.Name)
	}
	return out
}

var retries = [...]bus.Retry{schema.Reads: bus.Idempotent, schema.Keyed: bus.Keyed, schema.Never: bus.Never}

// A mode is which form of a message was called.
type mode uint8

const (
	modeSync mode = iota
	modeAsync
	modeInternalAsync
)

// find takes a method's name apart. name comes without its prefix; the route
// is nil if there is no such message.
func (r *routes) find(method string) (rt *route, name string, m mode) {
	name = method
	if rest, ok := strings.CutPrefix(method, "Async."); ok {
		name, m = rest, modeAsync
	} else if rest, ok := strings.CutPrefix(method, "InternalAsync."); ok {
		name, m = rest, modeInternalAsync
	}
	msg, ok := r.Lookup(name)
	if !ok || m != modeSync && msg.Wire() != name { // the underscore form has no prefix
		return nil, name, m
	}
	return &r.byID[msg.ID], name, m
}

// forAnybody tells whether a method, if it exists at all, may be called
// without a session. Such a call must be small.
func (r *routes) forAnybody(method string) bool {
	rt, _, _ := r.find(method)
	return rt == nil || rt.msg.NoSession
}

// defaultOf is the value of a parameter that was left off.
func defaultOf(p *schema.Param) any {
	if p.Default != nil {
		return p.Default
	}
	return typed.Empty(p.Type)
}
