package busctl

import (
	"encoding/xml"
	"strings"
	"sync"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/introspect"
)

// masked stands for a value nobody may see.
const masked = "***"

// A method is what the contract says of the arguments of one method.
type method struct {
	secretIn, secretOut []bool
	hasContext          bool
}

// A contract knows which arguments are secret, from the shipped introspection,
// interface by interface as they are met. It is used by one goroutine.
type contract struct {
	interfaces map[string]map[string]*method
}

// method describes a method; nil if the contract does not have it.
func (c *contract) method(iface, member string) *method {
	known, ok := c.interfaces[iface]
	if !ok {
		known = loadInterface(iface)
		c.interfaces[iface] = known
	}
	return known[member]
}

func loadInterface(name string) map[string]*method {
	text, ok := introspect.Interface(name)
	if !ok {
		return nil
	}
	var n node
	if err := xml.Unmarshal([]byte("<node>"+text+"</node>"), &n); err != nil {
		return nil
	}
	methods := make(map[string]*method)
	all := secretClass(name)
	for _, i := range n.Interfaces {
		for _, m := range i.Methods {
			d := &method{}
			for _, a := range m.Args {
				secret := all || a.secret()
				if a.Direction == "out" {
					d.secretOut = append(d.secretOut, secret)
					continue
				}
				d.hasContext = a.Name == "context" && a.Type == "a{sv}"
				d.secretIn = append(d.secretIn, secret && !d.hasContext)
			}
			methods[m.Name] = d
		}
	}
	return methods
}

// secretClass tells the interfaces of classes whose references, names and
// contents are credentials.
func secretClass(iface string) bool {
	class, ok := strings.CutPrefix(iface, xapiName+".")
	if !ok {
		return false
	}
	class = strings.TrimRight(class, "0123456789")
	for _, form := range []string{"Async", "Stream", "Object"} {
		class = strings.TrimSuffix(class, form)
	}
	return class == "session" || class == "secret" || class == "user"
}

func (a *arg) secret() bool {
	for _, n := range a.Annotations {
		if n.Name == "org.xen.xcp.Sensitive" && n.Value == "true" {
			return true
		}
	}
	return false
}

// A masker makes what may be shown of the bodies of messages. It remembers the
// session references it saw in contexts and hides them wherever they turn up:
// in a result, an error, a map.
type masker struct {
	contract contract

	mu       sync.Mutex // guards sessions
	sessions map[string]bool
}

// maxSessions bounds the memory of references; XenAPI allows fewer sessions.
const maxSessions = 10000

func newMasker() *masker {
	return &masker{contract: contract{make(map[string]map[string]*method)}, sessions: make(map[string]bool)}
}

// remember hides a session reference from now on.
func (k *masker) remember(ref string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if ref != "" && len(k.sessions) < maxSessions {
		k.sessions[ref] = true
	}
}

// call gives the arguments of a call, without its context, and the context.
func (k *masker) call(iface, member string, body []any) (args []any, meta map[string]dbus.Variant) {
	m := k.contract.method(iface, member)
	if n := len(body); n > 0 && (m == nil || m.hasContext) {
		if d, ok := body[n-1].(map[string]dbus.Variant); ok {
			meta, body = d, body[:n-1]
			if ref, ok := d["session"].Value().(string); ok {
				k.remember(ref)
			}
		}
	}
	if m == nil {
		return k.values(body, nil), meta
	}
	return k.values(body, m.secretIn), meta
}

// reply gives the results of a call. A secret text is a reference of a session
// most of the time, and will be used.
func (k *masker) reply(iface, member string, body []any) []any {
	m := k.contract.method(iface, member)
	if m == nil {
		return k.values(body, nil)
	}
	for i, v := range body {
		if ref, ok := v.(string); ok && i < len(m.secretOut) && m.secretOut[i] {
			k.remember(ref)
		}
	}
	return k.values(body, m.secretOut)
}

// failure gives the message and parameters of an error. They may repeat
// arguments, so a call with any secret one shows none.
func (k *masker) failure(iface, member string, body []any) []any {
	if len(body) > 2 {
		body = body[:2] // the details are for programs
	}
	if m := k.contract.method(iface, member); m != nil {
		for _, secret := range m.secretIn {
			if secret {
				return []any{masked}
			}
		}
	}
	return k.values(body, nil)
}

func (k *masker) values(body []any, secret []bool) []any {
	out := make([]any, len(body))
	for i, v := range body {
		if i < len(secret) && secret[i] {
			out[i] = masked
			continue
		}
		out[i] = k.hide(plain(v))
	}
	return out
}

// hide replaces session references in a value that plain made.
func (k *masker) hide(v any) any {
	switch x := v.(type) {
	case string:
		return k.hideText(x)
	case []string:
		out := make([]any, len(x))
		for i, s := range x {
			out[i] = k.hide(s)
		}
		return out
	case map[string]string:
		out := make(map[string]any, len(x))
		for key, s := range x {
			out[key] = k.hide(s)
		}
		return out
	case []any:
		for i := range x {
			x[i] = k.hide(x[i])
		}
	case map[string]any:
		for key := range x {
			x[key] = k.hide(x[key])
		}
	}
	return v
}

// refPrefix starts every reference; a UUID follows.
const (
	refPrefix = "OpaqueRef:"
	refLen    = len(refPrefix) + 36
)

// hideText replaces the session references in a text.
func (k *masker) hideText(s string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sessions[s] {
		return masked
	}
	for from := 0; ; {
		i := strings.Index(s[from:], refPrefix)
		if i < 0 || from+i+refLen > len(s) {
			return s
		}
		at := from + i
		if k.sessions[s[at:at+refLen]] {
			s = s[:at] + masked + s[at+refLen:]
			from = at + len(masked)
		} else {
			from = at + len(refPrefix)
		}
	}
}
