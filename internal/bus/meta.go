package bus

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus/wire"
)

// Bounds of a context dictionary. A session reference has 46 bytes, a trace
// state 512 by the W3C; the rest is room for hostile but legal headers.
const (
	maxMetaKeys   = 64
	maxMetaText   = 4096
	maxMetaRoles  = 64
	maxTaskConfig = 256
	maxKeyLen     = 64 // of an idempotency key
)

// Meta is the context dictionary every call carries as its last argument. An
// empty member is an absent key.
type Meta struct {
	TraceParent    string // W3C
	TraceState     string
	Deadline       time.Time // after which the result is of no use
	IdempotencyKey string    // at most 64 bytes
	Task           string    // XenAPI task the work belongs to
	Session        string    // XenAPI session, to the API service only; secret
	Subject        string    // believed from the API service only, as are Roles and Permission
	Roles          []string
	Cause          string  // event that triggered the call
	Origin         *Origin // believed from the front only
	Permission     string  // XenAPI message the API service decided on
	OriginDomain   string  // set by the gate

	// received marks a dictionary that came from a caller. What belongs to
	// that one call (session, origin, idempotency key) does not travel on.
	received bool
}

// Origin is the client's connection and request headers, as the front saw them.
type Origin struct {
	Transport       string // local, tcp, tls or client-cert
	Peer            string
	UID             int64 // of a local client; -1 unknown
	UserAgent       string
	Task            string
	SubtaskOf       string
	TaskOtherConfig map[string]string
	Internal        bool // the call came as InternalAsync.
	TraceParent     string
}

type metaKey struct{}

// WithMeta returns a context whose calls carry m. m is shared and must not be
// changed afterwards.
func WithMeta(ctx context.Context, m *Meta) context.Context {
	return context.WithValue(ctx, metaKey{}, m)
}

// MetaFrom returns the context's Meta, nil if it has none. It is shared:
// change a copy.
func MetaFrom(ctx context.Context) *Meta {
	m, _ := ctx.Value(metaKey{}).(*Meta)
	return m
}

// Dict returns the dictionary as godbus values; the caller owns it. A Meta
// with an Origin says its session even if that is empty: the front always does.
func (m *Meta) Dict() map[string]dbus.Variant {
	d := make(map[string]dbus.Variant)
	if m == nil {
		return d
	}
	m.walk(
		func(k, v string) { d[k] = dbus.MakeVariant(v) },
		func(k string, v uint64) { d[k] = dbus.MakeVariant(v) },
	)
	if len(m.Roles) > 0 {
		d["roles"] = dbus.MakeVariant(m.Roles)
	}
	if m.Origin != nil {
		d["origin"] = dbus.MakeVariant(m.Origin.dict())
	}
	return d
}

// walk visits the plain members that are present.
func (m *Meta) walk(text func(k, v string), number func(k string, v uint64)) {
	put := func(k, v string) {
		if v != "" {
			text(k, v)
		}
	}
	put("traceparent", m.TraceParent)
	put("tracestate", m.TraceState)
	if ms := m.Deadline.UnixMilli(); !m.Deadline.IsZero() && ms > 0 {
		number("deadline-ms", uint64(ms))
	}
	put("idempotency-key", m.IdempotencyKey)
	put("task", m.Task)
	if m.Session != "" || m.Origin != nil {
		text("session", m.Session)
	}
	put("subject", m.Subject)
	put("cause", m.Cause)
	put("permission", m.Permission)
	put("origin-domain", m.OriginDomain)
}

func (o *Origin) dict() map[string]dbus.Variant {
	d := make(map[string]dbus.Variant)
	o.walk(func(k, v string) { d[k] = dbus.MakeVariant(v) })
	if o.UID >= 0 {
		d["uid"] = dbus.MakeVariant(o.UID)
	}
	if len(o.TaskOtherConfig) > 0 {
		d["task-other-config"] = dbus.MakeVariant(o.TaskOtherConfig)
	}
	if o.Internal {
		d["internal"] = dbus.MakeVariant(true)
	}
	return d
}

func (o *Origin) walk(text func(k, v string)) {
	put := func(k, v string) {
		if v != "" {
			text(k, v)
		}
	}
	put("transport", o.Transport)
	put("peer", o.Peer)
	put("user-agent", o.UserAgent)
	put("task", o.Task)
	put("subtask-of", o.SubtaskOf)
	put("traceparent", o.TraceParent)
}

// outgoing is what a call made under ctx says: the Meta without what belonged
// to the call that is being served, a span of its own, and the nearer of both
// deadlines.
func outgoing(ctx context.Context, key string) Meta {
	var m Meta
	if p := MetaFrom(ctx); p != nil {
		m = *p
		if m.received {
			m.Session, m.Origin, m.IdempotencyKey = "", nil, ""
		}
	}
	if m.IdempotencyKey == "" {
		m.IdempotencyKey = key
	}
	m.TraceParent = childTrace(m.TraceParent)
	if t, ok := ctx.Deadline(); ok && (m.Deadline.IsZero() || t.Before(m.Deadline)) {
		m.Deadline = t
	}
	return m
}

// appendMeta marshals the dictionary as a{sv}.
func appendMeta(dst []byte, base int, m *Meta) []byte {
	dst, mark := wire.OpenDict(dst, base)
	m.walk(
		func(k, v string) { dst = wire.AppendTextEntry(dst, base, k, v) },
		func(k string, v uint64) { dst = wire.AppendUint64(wire.AppendEntry(dst, base, k, "t"), base, v) },
	)
	if len(m.Roles) > 0 {
		dst = wire.AppendStrings(wire.AppendEntry(dst, base, "roles", "as"), base, m.Roles)
	}
	if o := m.Origin; o != nil {
		dst = wire.AppendEntry(dst, base, "origin", "a{sv}")
		var inner wire.Mark
		dst, inner = wire.OpenDict(dst, base)
		o.walk(func(k, v string) { dst = wire.AppendTextEntry(dst, base, k, v) })
		if o.UID >= 0 {
			dst = wire.AppendInt64(wire.AppendEntry(dst, base, "uid", "x"), base, o.UID)
		}
		if len(o.TaskOtherConfig) > 0 {
			dst = wire.AppendStringMap(wire.AppendEntry(dst, base, "task-other-config", "a{ss}"), base, o.TaskOtherConfig)
		}
		if o.Internal {
			dst = wire.AppendBool(wire.AppendEntry(dst, base, "internal", "b"), base, true)
		}
		dst = wire.Close(dst, inner)
	}
	return wire.Close(dst, mark)
}

// ParseMeta reads a context dictionary. Keys it does not know are ignored; a
// known key of another type, or one beyond its bounds, is InvalidArgs.
func ParseMeta(d map[string]dbus.Variant) (*Meta, error) {
	if len(d) > maxMetaKeys {
		return nil, Errorf(InvalidArgs, "the context has %d keys, at most %d are allowed", len(d), maxMetaKeys)
	}
	m := &Meta{received: true}
	for k, v := range d {
		if err := m.set(k, v.Value()); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Meta) set(k string, v any) (err error) {
	switch k {
	case "traceparent":
		m.TraceParent, err = metaText(k, v)
	case "tracestate":
		m.TraceState, err = metaText(k, v)
	case "deadline-ms":
		m.Deadline, err = metaTime(k, v)
	case "idempotency-key":
		m.IdempotencyKey, err = metaText(k, v)
		if err == nil && len(m.IdempotencyKey) > maxKeyLen {
			err = Errorf(InvalidArgs, "context key %q is longer than %d bytes", k, maxKeyLen)
		}
	case "task":
		m.Task, err = metaText(k, v)
	case "session":
		m.Session, err = metaText(k, v)
	case "subject":
		m.Subject, err = metaText(k, v)
	case "roles":
		m.Roles, err = metaRoles(k, v)
	case "cause":
		m.Cause, err = metaText(k, v)
	case "permission":
		m.Permission, err = metaText(k, v)
	case "origin-domain":
		m.OriginDomain, err = metaText(k, v)
	case "origin":
		od, ok := v.(map[string]dbus.Variant)
		if !ok {
			return metaType(k, v)
		}
		m.Origin, err = parseOrigin(od)
	}
	return err
}

// readMeta is ParseMeta for a marshalled dictionary, without making one.
func readMeta(r *wire.Reader, m *Meta) error {
	return readDict(r, func(k, sig string) error {
		if k != "origin" || sig != dictSig {
			return m.set(k, r.Value(sig))
		}
		m.Origin = &Origin{UID: -1}
		return readDict(r, func(k, sig string) error { return m.Origin.set(k, r.Value(sig)) })
	})
}

// readDict calls visit for each entry of a{sv}; visit reads the value.
func readDict(r *wire.Reader, visit func(k, sig string) error) error {
	n := 0
	for a := r.OpenDict(); r.More(a); n++ {
		if n == maxMetaKeys {
			return Errorf(InvalidArgs, "the context has more than %d keys", maxMetaKeys)
		}
		r.Struct()
		k := r.String()
		sig := string(r.VariantSignature())
		if r.Err() != nil {
			break
		}
		if err := visit(k, sig); err != nil && r.Err() == nil {
			return err
		}
	}
	return r.Err()
}

func parseOrigin(d map[string]dbus.Variant) (*Origin, error) {
	if len(d) > maxMetaKeys {
		return nil, Errorf(InvalidArgs, "the origin has %d keys, at most %d are allowed", len(d), maxMetaKeys)
	}
	o := &Origin{UID: -1}
	for k, v := range d {
		if err := o.set(k, v.Value()); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (o *Origin) set(k string, v any) (err error) {
	var ok bool
	switch k {
	case "transport":
		o.Transport, err = metaText(k, v)
	case "peer":
		o.Peer, err = metaText(k, v)
	case "user-agent":
		o.UserAgent, err = metaText(k, v)
	case "task":
		o.Task, err = metaText(k, v)
	case "subtask-of":
		o.SubtaskOf, err = metaText(k, v)
	case "traceparent":
		o.TraceParent, err = metaText(k, v)
	case "uid":
		if o.UID, ok = v.(int64); !ok || o.UID < -1 || o.UID > math.MaxUint32 {
			err = metaType(k, v)
		}
	case "internal":
		if o.Internal, ok = v.(bool); !ok {
			err = metaType(k, v)
		}
	case "task-other-config":
		if o.TaskOtherConfig, ok = v.(map[string]string); !ok {
			err = metaType(k, v)
		} else if len(o.TaskOtherConfig) > maxTaskConfig {
			err = Errorf(InvalidArgs, "context key %q has more than %d entries", k, maxTaskConfig)
		}
	}
	return err
}

func metaText(k string, v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", metaType(k, v)
	}
	if len(s) > maxMetaText {
		return "", Errorf(InvalidArgs, "context key %q is longer than %d bytes", k, maxMetaText)
	}
	return s, nil
}

func metaTime(k string, v any) (time.Time, error) {
	ms, ok := v.(uint64)
	if !ok {
		return time.Time{}, metaType(k, v)
	}
	if ms > math.MaxInt64/1000 {
		return time.Time{}, Errorf(InvalidArgs, "context key %q is not a time", k)
	}
	return time.UnixMilli(int64(ms)), nil
}

func metaRoles(k string, v any) ([]string, error) {
	roles, ok := v.([]string)
	if !ok {
		return nil, metaType(k, v)
	}
	if len(roles) > maxMetaRoles {
		return nil, Errorf(InvalidArgs, "context key %q has more than %d entries", k, maxMetaRoles)
	}
	return roles, nil
}

func metaType(k string, v any) error {
	return Errorf(InvalidArgs, "context key %q has the wrong type %s", k, fmt.Sprintf("%T", v))
}
