// Package request says what xapi knows about the call it is serving: who
// calls, by which message, under which task, from where. Dispatch puts it into
// the context, the actions read it. Nobody stores a Request: it ends with its
// call.
package request

import (
	"context"

	"github.com/google/uuid"

	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/rbac"
)

// Null is the reference that points nowhere.
const Null = "OpaqueRef:NULL"

// An Identity is what a session grants and who is behind it. Shared between
// the calls of the session, read only.
type Identity struct {
	Session string // its reference; a secret: log TrackID instead
	TrackID string // hexadecimal MD5 of the reference, for logs

	rbac.Subject
	Local bool // in memory only, made with the pool secret or in an emergency
	Pool  bool // another host of the pool

	SID        string // of the external user; empty for local superusers
	UserName   string
	SubjectRef string
	Originator string
	ClientCert bool
}

// The transports a call may come in by, as the front names them.
const (
	TransportLocal = "local"
	TransportTCP   = "tcp"
	TransportTLS   = "tls"
	TransportCert  = "client-cert"
	TransportBus   = "bus" // not through the front
)

// An Origin is where a call comes from, as far as it can be believed.
type Origin struct {
	Transport string
	Peer      string // address of the client, without its port
	UID       uint32 // of the client, if HasUID
	HasUID    bool
	UserAgent string

	Internal    bool              // InternalAsync
	Task        string            // task this call executes (a forwarded call)
	SubtaskOf   string            // parent for the task of this call
	OtherConfig map[string]string // for the task of this call
}

// A Request is one call on its way through xapi.
type Request struct {
	Message  *schema.Message // nil for work of xapi's own
	Name     string          // as called, with Async.
	Identity *Identity       // nil before login
	Origin   *Origin
	Task     string // reference of the task row; empty if the call has none
	Async    bool
}

type key struct{}

// With returns a context that carries r.
func With(ctx context.Context, r *Request) context.Context {
	return context.WithValue(ctx, key{}, r)
}

// From returns the request of a context. Work of xapi's own has one too, that
// of a superuser without session, so the result is never nil.
func From(ctx context.Context) *Request {
	if r, ok := ctx.Value(key{}).(*Request); ok {
		return r
	}
	return &ours
}

var ours = Request{
	Name:     "xapi",
	Identity: &Identity{Session: Null, Subject: rbac.Subject{Superuser: true}, SubjectRef: Null},
	Origin:   &Origin{Transport: TransportBus},
}

// TaskRef is the task's reference for those who need one: a call without a row
// has a name that is no row's.
func (r *Request) TaskRef() string {
	if r.Task != "" {
		return r.Task
	}
	return "DummyRef:|" + uuid.NewString() + "|" + r.Name
}

// SessionRef is the caller's session, or the null reference.
func (r *Request) SessionRef() string {
	if r.Identity == nil {
		return Null
	}
	return r.Identity.Session
}

// Subject is the caller's permissions: none before login.
func (r *Request) Subject() rbac.Subject {
	if r.Identity == nil {
		return rbac.Subject{}
	}
	return r.Identity.Subject
}
