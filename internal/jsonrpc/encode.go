package jsonrpc

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/xcp-dbus/xcp/internal/rpc"
)

// An Encoder writes one answer. It implements rpc.Encoder and rpc.Answer.
type Encoder struct {
	buf     []byte
	version Version
	id      string
	comma   bool // the next value or name follows another
}

// NewEncoder makes an Encoder for the answer to a request with this version
// and ID; it appends to buf.
func NewEncoder(buf []byte, version Version, id string) *Encoder {
	return &Encoder{buf: buf, version: version, id: id}
}

// Buffer returns what was written since Reset.
func (e *Encoder) Buffer() []byte { return e.buf }

// Reset forgets the bytes written; the Encoder keeps their memory.
func (e *Encoder) Reset() { e.buf = e.buf[:0] }

// Success begins an answer that holds one value, ended by End.
func (e *Encoder) Success() {
	e.comma = false
	if e.version == V2 {
		e.buf = append(e.buf, `{"jsonrpc":"2.0","result":`...)
		return
	}
	e.buf = append(e.buf, `{"result":`...)
}

// Bare is Success: in JSON no value has a wrapper.
func (e *Encoder) Bare() { e.Success() }

// End ends what Success began.
func (e *Encoder) End() {
	if e.version == V1 {
		e.buf = append(e.buf, `,"error":null`...)
	}
	e.tail(e.id)
}

// Failure writes a whole answer that says no.
func (e *Encoder) Failure(f rpc.Failure) {
	e.comma = false
	if e.version == V1 {
		e.buf = append(e.buf, `{"result":null,"error":`...)
		e.words(append([]string{f.Code}, f.Params...))
		e.tail(e.id)
		return
	}
	e.buf = append(e.buf, `{"jsonrpc":"2.0","error":{"code":1,"message":`...)
	e.Text(f.Code)
	e.buf = append(e.buf, `,"data":`...)
	e.comma = false
	e.words(f.Params)
	e.buf = append(e.buf, '}')
	e.tail(e.id)
}

// EarlyFailure writes the failure of a request that was refused before its
// version and ID counted.
func (e *Encoder) EarlyFailure(f rpc.Failure) {
	e.comma = false
	e.buf = append(e.buf, `{"jsonrpc":"2.0","error":`...)
	e.words(append([]string{f.Code}, f.Params...))
	e.tail("0")
}

func (e *Encoder) words(words []string) {
	e.BeginArray()
	for _, w := range words {
		e.Text(w)
	}
	e.EndArray()
}

func (e *Encoder) tail(id string) {
	e.buf = append(append(append(e.buf, `,"id":`...), id...), '}')
}

// next puts a comma where one is due.
func (e *Encoder) next() {
	if e.comma {
		e.buf = append(e.buf, ',')
	}
	e.comma = true
}

// BeginStruct opens an object.
func (e *Encoder) BeginStruct() {
	e.next()
	e.buf = append(e.buf, '{')
	e.comma = false
}

// Member names the next value of the object.
func (e *Encoder) Member(name string) {
	e.next()
	e.buf = appendQuoted(e.buf, name)
	e.buf = append(e.buf, ':')
	e.comma = false
}

// EndStruct closes the object.
func (e *Encoder) EndStruct() {
	e.buf = append(e.buf, '}')
	e.comma = true
}

// BeginArray opens an array.
func (e *Encoder) BeginArray() {
	e.next()
	e.buf = append(e.buf, '[')
	e.comma = false
}

// EndArray closes it.
func (e *Encoder) EndArray() {
	e.buf = append(e.buf, ']')
	e.comma = true
}

// Text writes a string.
func (e *Encoder) Text(s string) {
	e.next()
	e.buf = appendQuoted(e.buf, s)
}

// TextBytes writes a string.
func (e *Encoder) TextBytes(b []byte) {
	e.next()
	e.buf = appendQuoted(e.buf, b)
}

// Int writes an integer.
func (e *Encoder) Int(i int64) {
	e.next()
	e.buf = strconv.AppendInt(e.buf, i, 10)
}

// Int4 writes an integer.
func (e *Encoder) Int4(i int64) { e.Int(i) }

// Float writes a number, always with a fraction or an exponent, with 16 digits
// or the 17 it needs. What JSON has no number for is a bare word, as the
// reference has it.
func (e *Encoder) Float(f float64) {
	e.next()
	switch {
	case math.IsNaN(f):
		e.buf = append(e.buf, "NaN"...)
		return
	case math.IsInf(f, 1):
		e.buf = append(e.buf, "Infinity"...)
		return
	case math.IsInf(f, -1):
		e.buf = append(e.buf, "-Infinity"...)
		return
	}
	start := len(e.buf)
	e.buf = strconv.AppendFloat(e.buf, f, 'g', 16, 64)
	if back, _ := strconv.ParseFloat(string(e.buf[start:]), 64); back != f {
		e.buf = strconv.AppendFloat(e.buf[:start], f, 'g', 17, 64)
	}
	if !bytes.ContainsAny(e.buf[start:], ".e") {
		e.buf = append(e.buf, ".0"...)
	}
}

// Bool writes true or false.
func (e *Encoder) Bool(b bool) {
	e.next()
	e.buf = strconv.AppendBool(e.buf, b)
}

// DateTime writes a time as a string.
func (e *Encoder) DateTime(s string) { e.Text(s) }

// Void writes the empty string.
func (e *Encoder) Void() { e.Text("") }

// appendQuoted writes a string; bytes that are not UTF-8 become the
// replacement character.
func appendQuoted[T string | []byte](buf []byte, s T) []byte {
	buf = append(buf, '"')
	start := 0
	for i := 0; i < len(s); {
		if plain[s[i]] {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		if size == 1 {
			buf = append(buf, s[start:i]...)
			buf = appendEscape(buf, r)
			start = i + 1
		}
		i += size
	}
	buf = append(buf, s[start:]...)
	return append(buf, '"')
}

func appendEscape(buf []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(buf, '\\', byte(r))
	case '\n':
		return append(buf, `\n`...)
	case '\r':
		return append(buf, `\r`...)
	case '\t':
		return append(buf, `\t`...)
	case utf8.RuneError:
		return append(buf, "\uFFFD"...)
	}
	const hex = "0123456789abcdef"
	return append(buf, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
}
