package dispatch

import (
	"net"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// maxArgs bounds the text of all arguments of a call, in bytes: what the front
// takes from a client.
const maxArgs = 4 << 20

// checkArgs checks what signatures do not say: the size of a call and the words
// of enums, which callers that are not the front may have in any case or wrong.
// It puts words in the contract's spelling.
func checkArgs(m *schema.Message, args []any) error {
	if len(args) != len(m.Params) {
		return bus.Errorf(bus.InvalidArgs, "%s takes %d arguments, not %d", m.Wire(), len(m.Params), len(args))
	}
	room := maxArgs
	for i := range args {
		p := &m.Params[i]
		if room -= size(args[i]); room < 0 {
			return bus.Errorf(bus.TooBig, "the arguments have more than %d bytes", maxArgs)
		}
		if hasWords(p.Type) {
			v, err := words(p.Type, args[i])
			if err != nil {
				return xerr.New(codes.INVALID_VALUE, p.Name, err.word)
			}
			args[i] = v
		}
	}
	return nil
}

func hasWords(t *schema.Type) bool {
	switch t.Kind {
	case schema.Enum:
		return true
	case schema.Set, schema.Option:
		return hasWords(t.Elem)
	case schema.Map:
		return hasWords(t.Key) || hasWords(t.Elem)
	}
	return false
}

// A badWord is a text that is none of an enum's words.
type badWord struct{ word string }

// words gives a value with its enum words in the contract's spelling.
func words(t *schema.Type, v any) (any, *badWord) {
	switch v := v.(type) {
	case string:
		if t.Kind != schema.Enum {
			return v, nil
		}
		w, ok := t.Enum.Find(v)
		if !ok {
			return nil, &badWord{v}
		}
		return w, nil
	case []string:
		for i := range v {
			w, err := words(t.Elem, v[i])
			if err != nil {
				return nil, err
			}
			v[i] = w.(string)
		}
	case map[string]string:
		next := make(map[string]string, len(v))
		for k, e := range v {
			nk, err := words(t.Key, k)
			if err != nil {
				return nil, err
			}
			ne, err := words(t.Elem, e)
			if err != nil {
				return nil, err
			}
			next[nk.(string)] = ne.(string)
		}
		return next, nil
	}
	return v, nil
}

// size is how many bytes of text a value holds, about.
func size(v any) int {
	const each = 8 // for the rest of an element
	n := each
	switch v := v.(type) {
	case string:
		return len(v)
	case []string:
		for _, s := range v {
			n += each + len(s)
		}
	case map[string]string:
		for k, s := range v {
			n += each + len(k) + len(s)
		}
	case map[string]dbus.Variant:
		for k, e := range v {
			n += each + len(k) + size(e.Value())
		}
	case []map[string]dbus.Variant:
		for _, e := range v {
			n += size(e)
		}
	case dbus.Variant:
		return size(v.Value())
	case []dbus.Variant:
		for _, e := range v {
			n += size(e)
		}
	case map[string][]string:
		for k, e := range v {
			n += each + len(k) + size(e)
		}
	case map[string]map[string]string:
		for k, e := range v {
			n += each + len(k) + size(e)
		}
	case []any:
		for _, e := range v {
			n += size(e)
		}
	}
	return n
}

// host is an address without its port.
func host(peer string) string {
	if h, _, err := net.SplitHostPort(peer); err == nil {
		return h
	}
	return peer
}
