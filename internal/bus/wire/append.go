// Package wire marshals single D-Bus values, little endian, without
// reflection on the paths that matter: appended to a byte slice, and read back
// with every length checked. On top of it lie the frames of streams and the
// pipes they travel in.
//
// Mine: values, frames, pipes. Not mine: messages and the connection (bus),
// which types exist (schema). Callers: bus, the xapi service (records it
// caches and streams), the front (walking them), generated code.
//
// Everything read is taken for hostile. Nothing here keeps a slice it was
// given.
package wire

import (
	"encoding/binary"
	"math"
)

// In all Append functions base is the index in dst from which alignment
// counts: the start of the message body, of the frame's payload, or of the
// buffer. Values are appended with the padding they need.

// A Mark remembers an open array.
type Mark struct {
	length int // where the length is written on Close
	start  int // of the first element
}

// align pads dst to a multiple of n, a power of two.
func align(dst []byte, base, n int) []byte {
	for (len(dst)-base)&(n-1) != 0 {
		dst = append(dst, 0)
	}
	return dst
}

// Align pads dst to a multiple of n (1, 2, 4 or 8).
func Align(dst []byte, base, n int) []byte { return align(dst, base, n) }

// AppendByte marshals y.
func AppendByte(dst []byte, v byte) []byte { return append(dst, v) }

// AppendUint16 marshals q.
func AppendUint16(dst []byte, base int, v uint16) []byte {
	return binary.LittleEndian.AppendUint16(align(dst, base, 2), v)
}

// AppendUint32 marshals u.
func AppendUint32(dst []byte, base int, v uint32) []byte {
	return binary.LittleEndian.AppendUint32(align(dst, base, 4), v)
}

// AppendUint64 marshals t.
func AppendUint64(dst []byte, base int, v uint64) []byte {
	return binary.LittleEndian.AppendUint64(align(dst, base, 8), v)
}

// AppendInt64 marshals x.
func AppendInt64(dst []byte, base int, v int64) []byte {
	return AppendUint64(dst, base, uint64(v))
}

// AppendFloat64 marshals d.
func AppendFloat64(dst []byte, base int, v float64) []byte {
	return AppendUint64(dst, base, math.Float64bits(v))
}

// AppendBool marshals b.
func AppendBool(dst []byte, base int, v bool) []byte {
	if v {
		return AppendUint32(dst, base, 1)
	}
	return AppendUint32(dst, base, 0)
}

// AppendString marshals s or o. The text must be UTF-8 without NUL; AppendSig
// and AppendValue check that.
func AppendString(dst []byte, base int, s string) []byte {
	dst = AppendUint32(dst, base, uint32(len(s)))
	dst = append(dst, s...)
	return append(dst, 0)
}

// AppendSignature marshals g, of at most 255 bytes.
func AppendSignature(dst []byte, sig string) []byte {
	dst = append(dst, byte(len(sig)))
	dst = append(dst, sig...)
	return append(dst, 0)
}

// AppendStrings marshals as.
func AppendStrings(dst []byte, base int, v []string) []byte {
	dst, m := OpenArray(dst, base, 4)
	for _, s := range v {
		dst = AppendString(dst, base, s)
	}
	return Close(dst, m)
}

// AppendStringMap marshals a{ss}.
func AppendStringMap(dst []byte, base int, v map[string]string) []byte {
	dst, m := OpenDict(dst, base)
	for k, s := range v {
		dst = AppendString(align(dst, base, 8), base, k)
		dst = AppendString(dst, base, s)
	}
	return Close(dst, m)
}

// OpenArray begins an array whose elements are aligned to n.
func OpenArray(dst []byte, base, n int) ([]byte, Mark) {
	dst = AppendUint32(dst, base, 0)
	m := Mark{length: len(dst) - 4}
	dst = align(dst, base, n)
	m.start = len(dst)
	return dst, m
}

// OpenDict begins a dictionary, or an array of structs.
func OpenDict(dst []byte, base int) ([]byte, Mark) { return OpenArray(dst, base, 8) }

// Close ends an array.
func Close(dst []byte, m Mark) []byte {
	binary.LittleEndian.PutUint32(dst[m.length:], uint32(len(dst)-m.start))
	return dst
}

// AppendEntry begins an entry of a{sv}: the key and the variant's signature.
// The value follows.
func AppendEntry(dst []byte, base int, key, sig string) []byte {
	dst = AppendString(align(dst, base, 8), base, key)
	return AppendSignature(dst, sig)
}

// AppendTextEntry is a whole entry of a{sv} holding a string.
func AppendTextEntry(dst []byte, base int, key, value string) []byte {
	return AppendString(AppendEntry(dst, base, key, "s"), base, value)
}
