package bus

import (
	"encoding/hex"
	"math/rand/v2"
)

// A Trace is a position in a distributed trace, as W3C Trace Context names it.
type Trace struct {
	ID    [16]byte
	Span  [8]byte
	Flags byte
}

// Offsets of the W3C form 00-<32 hex>-<16 hex>-<2 hex>.
const (
	traceLen  = 55
	traceID   = 3
	traceSpan = 36
	traceFlag = 53
)

// ParseTrace reads a traceparent header. Version 00 is read to the letter;
// later versions may go on after the flags; version ff, and identifiers of
// zeros only, are refused.
func ParseTrace(s string) (Trace, bool) {
	var t Trace
	if len(s) < traceLen || s[2] != '-' || s[traceSpan-1] != '-' || s[traceFlag-1] != '-' {
		return t, false
	}
	if s[:2] == "ff" || s[:2] == "00" && len(s) != traceLen || len(s) > traceLen && s[traceLen] != '-' {
		return t, false
	}
	var head, flags [1]byte
	ok := unhex(head[:], s[:2]) && unhex(t.ID[:], s[traceID:traceSpan-1]) &&
		unhex(t.Span[:], s[traceSpan:traceFlag-1]) && unhex(flags[:], s[traceFlag:traceLen])
	t.Flags = flags[0]
	return t, ok && t.ID != [16]byte{} && t.Span != [8]byte{}
}

// unhex fills dst from lower-case hex digits.
func unhex(dst []byte, s string) bool {
	for i := range s {
		if c := s[i]; c >= 'A' && c <= 'F' {
			return false
		}
	}
	n, err := hex.Decode(dst, []byte(s))
	return err == nil && n == len(dst)
}

// String gives the traceparent header.
func (t Trace) String() string {
	var b [traceLen]byte
	copy(b[:], "00-")
	hex.Encode(b[traceID:], t.ID[:])
	b[traceSpan-1] = '-'
	hex.Encode(b[traceSpan:], t.Span[:])
	b[traceFlag-1] = '-'
	hex.Encode(b[traceFlag:], []byte{t.Flags})
	return string(b[:])
}

// NewTrace starts a trace. The identifiers are not secrets.
func NewTrace() Trace {
	var t Trace
	fill(t.ID[:])
	return t.Child()
}

// Child gives the next span of the same trace.
func (t Trace) Child() Trace {
	fill(t.Span[:])
	return t
}

// fill writes random bytes that are not all zero.
func fill(b []byte) {
	for i := 0; i < len(b); i += 8 {
		r := rand.Uint64() | 1
		for j := range 8 {
			b[i+j] = byte(r >> (8 * j))
		}
	}
}

// childTrace gives the traceparent of a call made under parent; a parent that
// is absent or broken starts a new trace.
func childTrace(parent string) string {
	t, ok := ParseTrace(parent)
	if !ok {
		return NewTrace().String()
	}
	return t.Child().String()
}
