package front

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/xcp-dbus/xcp/internal/bus"
)

// Bounds of what headers may put into a call's origin.
const (
	maxHeaderText  = 1024
	maxOtherConfig = 64 // entries for the task
	maxSessionText = 4000
)

// otherConfigHeader begins the headers that go into the task's other_config,
// in net/http's spelling; the rest of the name is the key, in lower case.
const otherConfigHeader = "X-Http-Other-Config-"

// meta is the context of the bus call for one request.
func (c *client) meta(r *http.Request, session string, m mode) *bus.Meta {
	o := &bus.Origin{
		Transport: c.transport, Peer: c.peer, UID: c.uid,
		UserAgent: header(r, "User-Agent"),
		Task:      header(r, "Task-Id"),
		SubtaskOf: header(r, "Subtask-Of"),
		Internal:  m == modeInternalAsync,
	}
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		o.Transport = "client-cert"
	}
	if parent := header(r, "Traceparent"); parent != "" {
		if _, ok := bus.ParseTrace(parent); ok {
			o.TraceParent = parent
		}
	}
	for name, values := range r.Header {
		if key, ok := strings.CutPrefix(name, otherConfigHeader); ok && len(o.TaskOtherConfig) < maxOtherConfig {
			if o.TaskOtherConfig == nil {
				o.TaskOtherConfig = make(map[string]string)
			}
			o.TaskOtherConfig["http:"+strings.ToLower(key)] = clip(values[0], maxHeaderText)
		}
	}
	return &bus.Meta{Session: clip(session, maxSessionText), Origin: o, TraceParent: o.TraceParent}
}

// header is the text of a header, fit for the bus. name is in net/http's
// spelling.
func header(r *http.Request, name string) string {
	if v := r.Header[name]; len(v) > 0 {
		return clip(v[0], maxHeaderText)
	}
	return ""
}

// clip cuts a text at most bytes and makes it UTF-8.
func clip(s string, most int) string {
	if len(s) <= most && utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s[:min(len(s), most)], "")
}
