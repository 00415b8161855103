// Package jsonrpc turns JSON-RPC 1.0 and 2.0 text into rpc values and back. It
// is one pass over the text, bounded in depth and size; integers keep all of
// their 64 bits, and there are no batches. It knows no method and no class;
// internal/front calls it.
package jsonrpc

import (
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/xcp-dbus/xcp/internal/rpc"
)

// Version is the protocol a request speaks; its answer speaks the same.
type Version uint8

// The versions. A request is V2 if it says "jsonrpc":"2.0", else V1.
const (
	V1 Version = iota
	V2
)

// A Request is one decoded call with what its answer must repeat.
type Request struct {
	rpc.Call
	Version Version
	ID      string // as JSON text: an integer or a quoted string
}

// DecodeCall reads one request. Strings of the result share the memory of
// body. The error is a *rpc.MalformedError, or the *xerr.Error to answer (with
// EarlyFailure) if the text is sound JSON but a parameter is not UTF-8 or
// holds characters that XML cannot carry.
func DecodeCall(body string, lim rpc.Limits) (Request, error) {
	d := newDecoder(body, lim)
	defer d.release()
	req, err := d.request()
	if err != nil {
		return Request{}, err
	}
	if d.isInvalid {
		return Request{}, rpc.InvalidText(d.invalid)
	}
	return req, nil
}

// PeekMethod finds the method's name in the beginning of a request, so that a
// limit can depend on it before all of the body was read. It fails if the name
// comes later.
func PeekMethod(head string) (string, bool) {
	d := newDecoder(head, rpc.DefaultLimits)
	defer d.release()
	if !d.token('{') {
		return "", false
	}
	for {
		key, err := d.key()
		if err != nil {
			return "", false
		}
		v, err := d.value()
		if err != nil {
			return "", false
		}
		if key == "method" {
			return v.Text, v.Kind == rpc.Text
		}
		if !d.token(',') {
			return "", false
		}
	}
}

type decoder struct {
	s     string
	pos   int
	lim   rpc.Limits
	depth int
	nodes int
	// The first string that cannot be a parameter; see DecodeCall.
	invalid   string
	isInvalid bool
	values    []rpc.Value  // stack of items whose arrays are still open
	members   []rpc.Member // the same for objects
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

func newDecoder(body string, lim rpc.Limits) *decoder {
	d := decoders.Get().(*decoder)
	d.s, d.lim = strings.TrimPrefix(body, "\uFEFF"), lim
	if len(body) > large {
		d.values = make([]rpc.Value, 0, min(strings.Count(body, ",")+1, lim.Nodes))
		d.members = make([]rpc.Member, 0, min(strings.Count(body, ":"), lim.Nodes))
	}
	return d
}

// large is a body whose stacks are made at once: growing them would leave
// several times their size behind.
const large = 64 << 10

// release gives the decoder back, without the strings of its request and
// without the stacks a large one left behind.
func (d *decoder) release() {
	const keep = 256
	*d = decoder{values: recycle(d.values, keep), members: recycle(d.members, keep)}
	decoders.Put(d)
}

func recycle[T any](stack []T, keep int) []T {
	if cap(stack) > keep {
		return nil
	}
	clear(stack[:cap(stack)])
	return stack[:0]
}

func (d *decoder) fail(reason string) error {
	return &rpc.MalformedError{Offset: d.pos, Reason: reason}
}

// fields are the members of a request that mean something.
type fields struct {
	version, method, params, id rpc.Value
	rawID                       string
}

func (d *decoder) request() (Request, error) {
	f, err := d.fields()
	if err != nil {
		return Request{}, err
	}
	req := Request{ID: f.rawID}
	if f.version.Kind == rpc.Text && f.version.Text == "2.0" {
		req.Version = V2
	}
	if f.method.Kind != rpc.Text || f.method.Text == "" {
		return req, d.fail("no method")
	}
	if f.id.Kind != rpc.Text && !isInteger(f.rawID) {
		return req, d.fail("id is neither an integer nor a string")
	}
	req.Method = f.method.Text
	switch {
	case f.params.Kind == rpc.Array:
		req.Params = f.params.Items
	case req.Version == V1:
		return req, d.fail("params is no array")
	case f.params.Kind == rpc.Struct:
		req.Params = []rpc.Value{f.params}
	case f.params.Kind != rpc.Nil:
		return req, d.fail("params is neither an array nor an object")
	}
	return req, nil
}

func (d *decoder) fields() (fields, error) {
	var f fields
	if !d.token('{') {
		return f, d.fail("no object")
	}
	seen := make(map[string]bool, 4)
	for !d.token('}') {
		if len(seen) > 0 && !d.token(',') {
			return f, d.fail("a comma expected")
		}
		key, err := d.key()
		if err != nil {
			return f, err
		}
		d.space()
		start, sound := d.pos, !d.isInvalid
		v, err := d.value()
		if err != nil {
			return f, err
		}
		if seen[key] {
			return f, d.fail("two members called " + strconv.Quote(key))
		}
		seen[key] = true
		switch key {
		case "jsonrpc":
			f.version = v
		case "method":
			f.method = v
		case "params":
			f.params = v
		case "id":
			f.id, f.rawID = v, d.s[start:d.pos]
		default:
			continue
		}
		if sound && d.isInvalid && key != "params" {
			return f, d.fail(key + " is not UTF-8")
		}
	}
	if d.space(); d.pos != len(d.s) {
		return f, d.fail("something follows the request")
	}
	return f, nil
}

// isInteger tells whether a JSON value is an integer of any size.
func isInteger(raw string) bool {
	return strings.TrimLeft(strings.TrimPrefix(raw, "-"), "0123456789") == "" && raw != ""
}

func (d *decoder) value() (rpc.Value, error) {
	d.space()
	if d.pos == len(d.s) {
		return rpc.Value{}, d.fail("a value expected")
	}
	if d.nodes++; d.nodes > d.lim.Nodes {
		return rpc.Value{}, d.fail("too many values")
	}
	switch ch := d.s[d.pos]; {
	case ch == '"':
		text, err := d.text()
		return rpc.Value{Kind: rpc.Text, Text: text}, err
	case ch == '[' || ch == '{':
		return d.container(ch)
	case ch == '-' || '0' <= ch && ch <= '9':
		return d.number()
	case d.word("true"):
		return rpc.Value{Kind: rpc.Bool, Bool: true}, nil
	case d.word("false"):
		return rpc.Value{Kind: rpc.Bool}, nil
	case d.word("null"):
		return rpc.Value{Kind: rpc.Nil}, nil
	}
	return rpc.Value{}, d.fail("a value expected")
}

func (d *decoder) container(open byte) (v rpc.Value, err error) {
	if d.depth++; d.depth > d.lim.Depth {
		return v, d.fail("values nested too deeply")
	}
	d.pos++
	if open == '[' {
		v, err = d.array()
	} else {
		v, err = d.object()
	}
	d.depth--
	return v, err
}

func (d *decoder) array() (rpc.Value, error) {
	v := rpc.Value{Kind: rpc.Array}
	base := len(d.values)
	for !d.token(']') {
		if len(d.values) > base && !d.token(',') {
			return v, d.fail("a comma expected")
		}
		item, err := d.value()
		if err != nil {
			return v, err
		}
		d.values = append(d.values, item)
	}
	v.Items = append([]rpc.Value(nil), d.values[base:]...)
	clear(d.values[base:])
	d.values = d.values[:base]
	return v, nil
}

func (d *decoder) object() (rpc.Value, error) {
	v := rpc.Value{Kind: rpc.Struct}
	base := len(d.members)
	for !d.token('}') {
		if len(d.members) > base && !d.token(',') {
			return v, d.fail("a comma expected")
		}
		if d.nodes++; d.nodes > d.lim.Nodes {
			return v, d.fail("too many members")
		}
		name, err := d.key()
		if err != nil {
			return v, err
		}
		item, err := d.value()
		if err != nil {
			return v, err
		}
		d.members = append(d.members, rpc.Member{Name: name, Value: item})
	}
	v.Members = append([]rpc.Member(nil), d.members[base:]...)
	clear(d.members[base:])
	d.members = d.members[:base]
	if name, ok := rpc.Duplicate(v.Members); ok {
		return v, d.fail("two members called " + strconv.Quote(name))
	}
	return v, nil
}

// key reads a member's name and its colon.
func (d *decoder) key() (string, error) {
	if d.space(); d.pos == len(d.s) || d.s[d.pos] != '"' {
		return "", d.fail("a name expected")
	}
	name, err := d.text()
	if err == nil && !d.token(':') {
		err = d.fail("a colon expected")
	}
	return name, err
}

// number reads a number. One that is an integer, however it is written, is an
// Int if 64 bits hold it; a number beyond them stays a Float, which no integer
// parameter takes, so that nothing is rounded unseen.
func (d *decoder) number() (rpc.Value, error) {
	start := d.pos
	d.word("-")
	switch {
	case d.word("0"):
	case d.digits() == 0:
		return rpc.Value{}, d.fail("a malformed number")
	}
	whole := d.pos
	if d.word(".") && d.digits() == 0 {
		return rpc.Value{}, d.fail("a malformed number")
	}
	if d.word("e") || d.word("E") {
		if !d.word("+") {
			d.word("-")
		}
		if d.digits() == 0 {
			return rpc.Value{}, d.fail("a malformed number")
		}
	}
	raw := d.s[start:d.pos]
	if whole == d.pos {
		if n, err := strconv.ParseInt(raw, 10, 64); err == nil {
			return rpc.Value{Kind: rpc.Int, Int: n}, nil
		}
	}
	f, _ := strconv.ParseFloat(raw, 64) // the form is right; out of range gives an infinity
	const exact = 1 << 53
	if whole != d.pos && f == math.Trunc(f) && math.Abs(f) <= exact {
		return rpc.Value{Kind: rpc.Int, Int: int64(f)}, nil
	}
	return rpc.Value{Kind: rpc.Float, Float: f}, nil
}

func (d *decoder) digits() int {
	start := d.pos
	for d.pos < len(d.s) && '0' <= d.s[d.pos] && d.s[d.pos] <= '9' {
		d.pos++
	}
	return d.pos - start
}

func (d *decoder) space() {
	for d.pos < len(d.s) {
		switch d.s[d.pos] {
		case ' ', '\t', '\n', '\r':
			d.pos++
		default:
			return
		}
	}
}

// token takes a punctuation mark and the space before it.
func (d *decoder) token(mark byte) bool {
	d.space()
	if d.pos < len(d.s) && d.s[d.pos] == mark {
		d.pos++
		return true
	}
	return false
}

func (d *decoder) word(w string) bool {
	if strings.HasPrefix(d.s[d.pos:], w) {
		d.pos += len(w)
		return true
	}
	return false
}
