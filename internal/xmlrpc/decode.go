// Package xmlrpc turns XML-RPC text into rpc values and back: calls from
// clients, answers to them, and the answers of other hosts. It is one pass over
// the text, bounded in depth and size, and takes exactly the subset of XML that
// XML-RPC needs: no DTD, no entities but the five, UTF-8 only. It knows no
// method and no class; internal/front and internal/xapi call it.
package xmlrpc

import (
	"strconv"
	"strings"
	"sync"

	"github.com/xcp-dbus/xcp/internal/rpc"
)

// DecodeCall reads one methodCall. Strings of the result share the memory of
// body. The error is a *rpc.MalformedError, or the *xerr.Error to answer if
// the document is sound but a parameter is not UTF-8.
func DecodeCall(body string, lim rpc.Limits) (rpc.Call, error) {
	d := newDecoder(body, lim)
	defer d.release()
	call, err := d.call()
	if err != nil {
		return rpc.Call{}, err
	}
	if d.isInvalid {
		return rpc.Call{}, rpc.InvalidText(d.invalid)
	}
	return call, nil
}

// PeekMethod finds the method's name in the beginning of a call, so that a
// limit can depend on it before all of the body was read. It is no proof that
// the rest is sound.
func PeekMethod(head string) (string, bool) {
	const open, end = "<methodName>", "</methodName>"
	_, rest, ok := strings.Cut(head, open)
	if !ok {
		return "", false
	}
	name, _, ok := strings.Cut(rest, end)
	return strings.TrimSpace(name), ok
}

type decoder struct {
	scanner
	lim     rpc.Limits
	depth   int
	nodes   int
	values  []rpc.Value  // stack of items whose arrays are still open
	members []rpc.Member // the same for structs
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

func newDecoder(body string, lim rpc.Limits) *decoder {
	d := decoders.Get().(*decoder)
	d.scanner = scanner{s: body}
	d.lim = lim
	d.depth, d.nodes = 0, 0
	if len(body) > large {
		d.values = make([]rpc.Value, 0, min(strings.Count(body, "<value"), lim.Nodes))
		d.members = make([]rpc.Member, 0, min(strings.Count(body, "<member"), lim.Nodes))
	}
	return d
}

// large is a body whose stacks are made at once: growing them would leave
// several times their size behind.
const large = 64 << 10

// release gives the decoder back, without the strings of its call and without
// the stacks a large one left behind.
func (d *decoder) release() {
	const keep = 256
	d.scanner = scanner{}
	d.values = recycle(d.values, keep)
	d.members = recycle(d.members, keep)
	decoders.Put(d)
}

func recycle[T any](stack []T, keep int) []T {
	if cap(stack) > keep {
		return nil
	}
	clear(stack[:cap(stack)])
	return stack[:0]
}

func (d *decoder) call() (rpc.Call, error) {
	var call rpc.Call
	if err := d.prolog(); err != nil {
		return call, err
	}
	if empty, err := d.open("methodCall"); err != nil || empty {
		return call, d.or(err, "a call without a method")
	}
	name, err := d.leaf("methodName")
	if err != nil {
		return call, err
	}
	if call.Method = strings.TrimSpace(name); call.Method == "" || d.isInvalid {
		return call, d.fail("no method name")
	}
	call.Params, err = d.params()
	if err != nil {
		return call, err
	}
	if err := d.close("methodCall"); err != nil {
		return call, err
	}
	return call, d.epilog()
}

// params reads the optional params element.
func (d *decoder) params() ([]rpc.Value, error) {
	if d.atClose() {
		return nil, nil
	}
	if empty, err := d.open("params"); err != nil || empty {
		return nil, err
	}
	base := len(d.values)
	for !d.atClose() {
		v, err := d.param()
		if err != nil {
			return nil, err
		}
		d.values = append(d.values, v)
	}
	return d.popValues(base), d.close("params")
}

// element reads one value element.
func (d *decoder) element() (rpc.Value, error) {
	empty, err := d.open("value")
	if err != nil {
		return rpc.Value{}, err
	}
	if d.nodes++; d.nodes > d.lim.Nodes {
		return rpc.Value{}, d.fail("too many values")
	}
	if empty {
		return rpc.Value{Kind: rpc.Text}, nil
	}
	if d.depth++; d.depth > d.lim.Depth {
		return rpc.Value{}, d.fail("values nested too deeply")
	}
	v, err := d.content()
	d.depth--
	return v, err
}

// content reads what follows <value>, up to and with its end.
func (d *decoder) content() (rpc.Value, error) {
	text, err := d.text()
	if err != nil {
		return rpc.Value{}, err
	}
	t, err := d.tag()
	if err != nil {
		return rpc.Value{}, err
	}
	if t.kind == closeTag {
		if t.name != "value" {
			return rpc.Value{}, d.fail("</" + t.name + "> ends a value")
		}
		return rpc.Value{Kind: rpc.Text, Text: text}, nil
	}
	if !isSpace(text) {
		return rpc.Value{}, d.fail("text beside <" + t.name + ">")
	}
	v, err := d.typed(t)
	if err != nil {
		return v, err
	}
	return v, d.close("value")
}

// typed reads the element inside a value, whose opening tag was read.
func (d *decoder) typed(t tag) (rpc.Value, error) {
	empty := t.kind == emptyTag
	switch t.name {
	case "array":
		return d.array(empty)
	case "struct":
		return d.structure(empty)
	case "nil":
		text, err := d.rest(t)
		if err == nil && !isSpace(text) {
			err = d.fail("text in <nil>")
		}
		return rpc.Value{Kind: rpc.Nil}, err
	}
	text, err := d.rest(t)
	if err != nil {
		return rpc.Value{}, err
	}
	switch t.name {
	case "string":
		return rpc.Value{Kind: rpc.Text, Text: text}, nil
	case "int", "i4", "i8":
		n, err := strconv.ParseInt(trim(text), 10, 64)
		if err != nil {
			return rpc.Value{}, d.fail("no integer in <" + t.name + ">")
		}
		return rpc.Value{Kind: rpc.Int, Int: n}, nil
	case "boolean":
		return rpc.Value{Kind: rpc.Bool, Bool: trim(text) == "1"}, nil
	case "double":
		f, err := strconv.ParseFloat(trim(text), 64)
		if err != nil && !isRange(err) {
			return rpc.Value{}, d.fail("no number in <double>")
		}
		return rpc.Value{Kind: rpc.Float, Float: f}, nil
	case "dateTime.iso8601":
		return rpc.Value{Kind: rpc.DateTime, Text: trim(text)}, nil
	}
	return rpc.Value{}, d.fail("unknown type <" + t.name + ">")
}

func (d *decoder) array(empty bool) (rpc.Value, error) {
	v := rpc.Value{Kind: rpc.Array}
	if empty {
		return v, nil
	}
	if d.atClose() {
		return v, d.close("array")
	}
	empty, err := d.open("data")
	if err != nil {
		return v, err
	}
	base := len(d.values)
	if !empty {
		for !d.atClose() {
			item, err := d.element()
			if err != nil {
				return v, err
			}
			d.values = append(d.values, item)
		}
		if err := d.close("data"); err != nil {
			return v, err
		}
	}
	v.Items = d.popValues(base)
	return v, d.close("array")
}

func (d *decoder) structure(empty bool) (rpc.Value, error) {
	v := rpc.Value{Kind: rpc.Struct}
	if empty {
		return v, nil
	}
	base := len(d.members)
	for !d.atClose() {
		m, err := d.member()
		if err != nil {
			return v, err
		}
		d.members = append(d.members, m)
	}
	v.Members = append([]rpc.Member(nil), d.members[base:]...)
	clear(d.members[base:])
	d.members = d.members[:base]
	if name, ok := rpc.Duplicate(v.Members); ok {
		return v, d.fail("two members called " + strconv.Quote(name))
	}
	return v, d.close("struct")
}

func (d *decoder) member() (rpc.Member, error) {
	if empty, err := d.open("member"); err != nil || empty {
		return rpc.Member{}, d.or(err, "an empty member")
	}
	if d.nodes++; d.nodes > d.lim.Nodes {
		return rpc.Member{}, d.fail("too many members")
	}
	name, err := d.leaf("name")
	if err != nil {
		return rpc.Member{}, err
	}
	v, err := d.element()
	if err != nil {
		return rpc.Member{}, err
	}
	return rpc.Member{Name: name, Value: v}, d.close("member")
}

// popValues takes the items above base off the stack, in a slice of their own.
func (d *decoder) popValues(base int) []rpc.Value {
	items := append([]rpc.Value(nil), d.values[base:]...)
	clear(d.values[base:])
	d.values = d.values[:base]
	return items
}

func isRange(err error) bool {
	n, ok := err.(*strconv.NumError)
	return ok && n.Err == strconv.ErrRange
}
