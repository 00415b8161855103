package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// Errors of a Reader.
var (
	ErrShort   = errors.New("the data ends inside a value")
	ErrInvalid = errors.New("the data is not valid D-Bus")
	ErrDepth   = errors.New("the data nests too deep")
)

// A Reader walks marshalled values, little endian, alignment counted from the
// first byte. It stops at the first error, which all further calls return; so
// a walk may check Err once at its end, except where it loops on More.
type Reader struct {
	buf   []byte
	off   int
	depth int
	err   error
}

// NewReader reads b, which stays the caller's and must not change meanwhile.
func NewReader(b []byte) *Reader { return &Reader{buf: b} }

// Reset makes the Reader start over with other data.
func (r *Reader) Reset(b []byte) { *r = Reader{buf: b} }

// Err is the first error.
func (r *Reader) Err() error { return r.err }

// Rest is the number of bytes not read.
func (r *Reader) Rest() int { return len(r.buf) - r.off }

// Offset is the number of bytes read.
func (r *Reader) Offset() int { return r.off }

func (r *Reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.off = len(r.buf)
}

// take returns the next n bytes after aligning; nil on error.
func (r *Reader) take(align, n int) []byte {
	if r.err != nil {
		return nil
	}
	at := (r.off + align - 1) &^ (align - 1)
	if n < 0 || at > len(r.buf) || n > len(r.buf)-at {
		r.fail(ErrShort)
		return nil
	}
	for _, p := range r.buf[r.off:at] {
		if p != 0 {
			r.fail(fmt.Errorf("%w: padding is not zero", ErrInvalid))
			return nil
		}
	}
	r.off = at + n
	return r.buf[at : at+n : at+n]
}

// Byte reads y.
func (r *Reader) Byte() byte {
	if b := r.take(1, 1); b != nil {
		return b[0]
	}
	return 0
}

// Uint16 reads q; n is its signed form.
func (r *Reader) Uint16() uint16 {
	if b := r.take(2, 2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

// Uint32 reads u; i and the index of h are its other forms.
func (r *Reader) Uint32() uint32 {
	if b := r.take(4, 4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// Uint64 reads t.
func (r *Reader) Uint64() uint64 {
	if b := r.take(8, 8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// Int64 reads x.
func (r *Reader) Int64() int64 { return int64(r.Uint64()) }

// Float64 reads d.
func (r *Reader) Float64() float64 { return math.Float64frombits(r.Uint64()) }

// Bool reads b; anything but 0 and 1 is an error.
func (r *Reader) Bool() bool {
	v := r.Uint32()
	if v > 1 {
		r.fail(fmt.Errorf("%w: a boolean is %d", ErrInvalid, v))
	}
	return v == 1
}

// Text reads s or o without copying: the bytes are part of the data. They hold
// no NUL, but may not be UTF-8.
func (r *Reader) Text() []byte {
	n := r.Uint32()
	if n > math.MaxInt32-1 {
		r.fail(ErrShort)
	}
	return r.terminated(int(n))
}

// terminated reads n bytes and a NUL.
func (r *Reader) terminated(n int) []byte {
	b := r.take(1, n+1)
	if b == nil {
		return nil
	}
	if bytes.IndexByte(b, 0) != n {
		r.fail(fmt.Errorf("%w: a text holds a NUL or lacks its end", ErrInvalid))
		return nil
	}
	return b[:n:n]
}

// Signature reads g; it is not checked beyond its form as a text.
func (r *Reader) Signature() []byte { return r.terminated(int(r.Byte())) }

// VariantSignature reads the signature of a variant: one complete type. The
// value follows.
func (r *Reader) VariantSignature() []byte {
	sig := r.Signature()
	if r.err != nil {
		return nil
	}
	if n, err := span(string(sig), 0); err != nil || n != len(sig) {
		r.fail(fmt.Errorf("%w: a variant has signature %q", ErrInvalid, sig))
		return nil
	}
	return sig
}

// Struct aligns for the fields of a struct or dictionary entry.
func (r *Reader) Struct() { r.take(8, 0) }

// An Array is an array being read.
type Array struct{ end int }

// OpenArray begins an array whose elements have this signature:
//
//	for a := r.OpenArray('s'); r.More(a); { r.Text() }
func (r *Reader) OpenArray(elem byte) Array {
	n := r.Uint32()
	r.take(alignment(elem), 0)
	if r.err != nil {
		return Array{}
	}
	// 64 MiB is the specification's limit.
	if n > 1<<26 || int(n) > r.Rest() {
		r.fail(ErrShort)
		return Array{}
	}
	if r.depth++; r.depth > maxDepth {
		r.fail(ErrDepth)
	}
	return Array{end: r.off + int(n)}
}

// OpenDict begins a dictionary; call Struct before each entry.
func (r *Reader) OpenDict() Array { return r.OpenArray('{') }

// More tells whether the array has another element. When it has not, the array
// is closed; an element that reached beyond the end is an error.
func (r *Reader) More(a Array) bool {
	if r.err != nil {
		return false
	}
	if r.off < a.end {
		return true
	}
	r.depth--
	if r.off > a.end {
		r.fail(fmt.Errorf("%w: an element exceeds its array", ErrInvalid))
	}
	return false
}

// Left is the number of the array's bytes not read.
func (r *Reader) Left(a Array) int { return max(a.end-r.off, 0) }

// Raw returns the unread bytes of the array and closes it: the content that
// AppendDict splices. It copies nothing and checks nothing inside.
func (r *Reader) Raw(a Array) []byte {
	if r.err != nil {
		return nil
	}
	r.depth--
	return r.take(1, a.end-r.off)
}

// Skip reads over one value of a complete type and checks it.
func (r *Reader) Skip(sig string) {
	if r.err != nil {
		return
	}
	if sig == "" {
		r.fail(ErrSignature)
		return
	}
	switch sig[0] {
	case 's', 'o':
		if !utf8.Valid(r.Text()) {
			r.fail(errText)
		}
	case 'g':
		r.Signature()
	case 'b':
		r.Bool()
	case 'v':
		r.nest(func() { r.Skip(string(r.VariantSignature())) })
	case 'a':
		for a := r.OpenArray(sig[1]); r.More(a); {
			r.element(sig[1:], r.Skip)
		}
	case '(':
		r.nest(func() { r.each(sig[1:len(sig)-1], r.Skip) })
	default:
		n := alignment(sig[0])
		r.take(n, n)
	}
}

// element reads an array's element, or the two parts of an entry.
func (r *Reader) element(sig string, read func(string)) {
	if sig[0] != '{' {
		read(sig)
		return
	}
	r.Struct()
	r.each(sig[1:len(sig)-1], read)
}

// each reads a sequence of types, aligned as a struct.
func (r *Reader) each(sig string, read func(string)) {
	r.Struct()
	for sig != "" && r.err == nil {
		n, err := span(sig, 0)
		if err != nil {
			r.fail(err)
			return
		}
		read(sig[:n])
		sig = sig[n:]
	}
}

// nest runs f one level deeper.
func (r *Reader) nest(f func()) {
	if r.depth++; r.depth > maxDepth {
		r.fail(ErrDepth)
		return
	}
	f()
	r.depth--
}
