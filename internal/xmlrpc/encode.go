package xmlrpc

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/xcp-dbus/xcp/internal/rpc"
)

// An Encoder writes values in XenAPI's XML: strings and integers without a
// type, no white space between elements. It implements rpc.Encoder and
// rpc.Answer. The zero value is ready; it may be used again after Reset.
type Encoder struct {
	buf  []byte
	open []bool // per open struct: a member waits for its end
	bare bool
}

const (
	header       = `<?xml version="1.0"?>`
	beginSuccess = header + `<methodResponse><params><param><value><struct>` +
		`<member><name>Status</name><value>Success</value></member><member><name>Value</name>`
	endSuccess   = `</member></struct></value></param></params></methodResponse>`
	beginFailure = header + `<methodResponse><params><param><value><struct>` +
		`<member><name>Status</name><value>Failure</value></member>` +
		`<member><name>ErrorDescription</name>`
	beginBare = header + `<methodResponse><params><param>`
	endBare   = `</param></params></methodResponse>`
)

// NewEncoder makes an Encoder that appends to buf.
func NewEncoder(buf []byte) *Encoder { return &Encoder{buf: buf} }

// Buffer returns what was written since Reset.
func (e *Encoder) Buffer() []byte { return e.buf }

// Reset forgets the bytes written; the Encoder keeps their memory.
func (e *Encoder) Reset() { e.buf = e.buf[:0] }

// Success begins an answer that holds one value, ended by End.
func (e *Encoder) Success() {
	e.bare, e.open = false, e.open[:0]
	e.buf = append(e.buf, beginSuccess...)
}

// Bare begins an answer whose value stands alone, without a Status.
func (e *Encoder) Bare() {
	e.bare, e.open = true, e.open[:0]
	e.buf = append(e.buf, beginBare...)
}

// End ends what Success or Bare began.
func (e *Encoder) End() {
	if e.bare {
		e.buf = append(e.buf, endBare...)
		return
	}
	e.buf = append(e.buf, endSuccess...)
}

// Failure writes a whole answer that says no.
func (e *Encoder) Failure(f rpc.Failure) {
	e.open = e.open[:0]
	e.buf = append(e.buf, beginFailure...)
	e.BeginArray()
	e.Text(f.Code)
	for _, p := range f.Params {
		e.Text(p)
	}
	e.EndArray()
	e.buf = append(e.buf, endSuccess...)
}

// AppendCall appends a whole methodCall; params writes its parameters.
func AppendCall(buf []byte, method string, params ...func(rpc.Encoder)) []byte {
	e := Encoder{buf: append(buf, header+`<methodCall><methodName>`...)}
	e.escape(method)
	e.buf = append(e.buf, `</methodName><params>`...)
	for _, write := range params {
		e.buf = append(e.buf, `<param>`...)
		write(&e)
		e.buf = append(e.buf, `</param>`...)
	}
	return append(e.buf, `</params></methodCall>`...)
}

// BeginStruct opens a struct.
func (e *Encoder) BeginStruct() {
	e.buf = append(e.buf, `<value><struct>`...)
	e.open = append(e.open, false)
}

// Member names the next value of the struct.
func (e *Encoder) Member(name string) {
	if top := &e.open[len(e.open)-1]; *top {
		e.buf = append(e.buf, `</member><member><name>`...)
	} else {
		*top = true
		e.buf = append(e.buf, `<member><name>`...)
	}
	e.escape(name)
	e.buf = append(e.buf, `</name>`...)
}

// EndStruct closes the struct.
func (e *Encoder) EndStruct() {
	last := len(e.open) - 1
	if e.open[last] {
		e.buf = append(e.buf, `</member>`...)
	}
	e.open = e.open[:last]
	e.buf = append(e.buf, `</struct></value>`...)
}

// BeginArray opens an array.
func (e *Encoder) BeginArray() { e.buf = append(e.buf, `<value><array><data>`...) }

// EndArray closes it.
func (e *Encoder) EndArray() { e.buf = append(e.buf, `</data></array></value>`...) }

// Text writes a string, untyped.
func (e *Encoder) Text(s string) {
	e.buf = append(e.buf, `<value>`...)
	e.escape(s)
	e.buf = append(e.buf, `</value>`...)
}

// TextBytes writes a string.
func (e *Encoder) TextBytes(b []byte) {
	e.buf = append(e.buf, `<value>`...)
	e.buf = appendEscaped(e.buf, b)
	e.buf = append(e.buf, `</value>`...)
}

// Int writes an integer as untyped decimal text, as XenAPI does.
func (e *Encoder) Int(i int64) {
	e.buf = append(e.buf, `<value>`...)
	e.buf = strconv.AppendInt(e.buf, i, 10)
	e.buf = append(e.buf, `</value>`...)
}

// Int4 writes an integer with its type.
func (e *Encoder) Int4(i int64) {
	e.buf = append(e.buf, `<value><i4>`...)
	e.buf = strconv.AppendInt(e.buf, i, 10)
	e.buf = append(e.buf, `</i4></value>`...)
}

// Float writes a number with 16 digits, as C's %.16g.
func (e *Encoder) Float(f float64) {
	e.buf = append(e.buf, `<value><double>`...)
	switch {
	case math.IsNaN(f):
		e.buf = append(e.buf, "nan"...)
	case math.IsInf(f, 1):
		e.buf = append(e.buf, "inf"...)
	case math.IsInf(f, -1):
		e.buf = append(e.buf, "-inf"...)
	default:
		e.buf = strconv.AppendFloat(e.buf, f, 'g', 16, 64)
	}
	e.buf = append(e.buf, `</double></value>`...)
}

// Bool writes 0 or 1.
func (e *Encoder) Bool(b bool) {
	if b {
		e.buf = append(e.buf, `<value><boolean>1</boolean></value>`...)
		return
	}
	e.buf = append(e.buf, `<value><boolean>0</boolean></value>`...)
}

// DateTime writes a time, given as it is to be read.
func (e *Encoder) DateTime(s string) {
	e.buf = append(e.buf, `<value><dateTime.iso8601>`...)
	e.escape(s)
	e.buf = append(e.buf, `</dateTime.iso8601></value>`...)
}

// Void writes the empty string.
func (e *Encoder) Void() { e.buf = append(e.buf, `<value></value>`...) }

func (e *Encoder) escape(s string) { e.buf = appendEscaped(e.buf, s) }

// direct marks the bytes that go out as they are.
var direct = func() (d [256]bool) {
	for b := 0x20; b < utf8.RuneSelf; b++ {
		d[b] = true
	}
	for _, b := range "<>&\"" {
		d[b] = false
	}
	d['\t'], d['\n'] = true, true
	return d
}()

// appendEscaped writes character data. What XML cannot carry is dropped; bytes
// that are not UTF-8 become the replacement character. CR goes out as a
// reference: raw, every parser would read it as LF.
func appendEscaped[T string | []byte](buf []byte, s T) []byte {
	start := 0
	for i := 0; i < len(s); {
		if direct[s[i]] {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		escape, ok := escaped(r, size)
		if ok {
			buf = append(buf, s[start:i]...)
			buf = append(buf, escape...)
			start = i + size
		}
		i += size
	}
	return append(buf, s[start:]...)
}

// escaped tells what to write for a character; not ok: it stands for itself.
func escaped(r rune, size int) (escape string, ok bool) {
	switch {
	case r == '<':
		return "&lt;", true
	case r == '>':
		return "&gt;", true
	case r == '&':
		return "&amp;", true
	case r == '"':
		return "&quot;", true
	case r == '\r':
		return "&#13;", true
	case r == utf8.RuneError && size == 1:
		return "\uFFFD", true
	}
	return "", !rpc.LegalRune(r)
}
