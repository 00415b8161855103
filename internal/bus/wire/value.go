package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/godbus/dbus/v5"
)

// Values reads a sequence of types as Go values, the ones godbus would make of
// them. A descriptor stays the index the message has, a dbus.UnixFDIndex.
// Strings are copies: keeping one does not keep the message.
func (r *Reader) Values(sig string) ([]any, error) {
	if sig == "" || r.err != nil {
		return nil, r.err
	}
	values := make([]any, 0, 4)
	for sig != "" {
		n, err := span(sig, 0)
		if err != nil {
			return nil, err
		}
		v := r.Value(sig[:n])
		if r.err != nil {
			return nil, r.err
		}
		values = append(values, v)
		sig = sig[n:]
	}
	return values, nil
}

// Value reads one value of a complete type; nil after an error.
func (r *Reader) Value(sig string) any {
	if r.err != nil || sig == "" {
		r.fail(ErrSignature)
		return nil
	}
	switch sig {
	case "s":
		return r.String()
	case "x":
		return r.Int64()
	case "b":
		return r.Bool()
	case "d":
		return r.Float64()
	case "u":
		return r.Uint32()
	case "t":
		return r.Uint64()
	case "o":
		return dbus.ObjectPath(r.String())
	case "h":
		return dbus.UnixFDIndex(r.Uint32())
	case "v":
		return r.Variant()
	case "as":
		return r.stringList()
	case "ay":
		return bytes.Clone(r.Raw(r.OpenArray('y')))
	case "a{ss}":
		return r.stringMap()
	case "a{sv}":
		return r.dict()
	case "aa{sv}":
		return r.dicts()
	}
	return r.other(sig)
}

// Variant reads v.
func (r *Reader) Variant() dbus.Variant {
	var v dbus.Variant
	r.nest(func() {
		sig := string(r.VariantSignature())
		if r.err != nil {
			return
		}
		value := r.Value(sig)
		if r.err == nil {
			v = dbus.MakeVariantWithSignature(value, signature(sig))
		}
	})
	return v
}

// signatures of the usual variants, parsed once.
var signatures = func() map[string]dbus.Signature {
	m := make(map[string]dbus.Signature)
	for _, s := range []string{"s", "x", "b", "d", "u", "t", "o", "as", "a{ss}", "a{sv}"} {
		m[s] = dbus.ParseSignatureMust(s)
	}
	return m
}()

// signature is a checked one as godbus holds it.
func signature(sig string) dbus.Signature {
	if s, ok := signatures[sig]; ok {
		return s
	}
	s, _ := dbus.ParseSignature(sig) // VariantSignature has checked it
	return s
}

func (r *Reader) stringList() []string {
	list := []string{}
	for a := r.OpenArray('s'); r.More(a); {
		list = append(list, r.String())
	}
	return list
}

func (r *Reader) stringMap() map[string]string {
	m := make(map[string]string)
	for a := r.OpenDict(); r.More(a); {
		r.Struct()
		k := r.String()
		m[k] = r.String()
	}
	return m
}

func (r *Reader) dict() map[string]dbus.Variant {
	m := make(map[string]dbus.Variant)
	for a := r.OpenDict(); r.More(a); {
		r.Struct()
		k := r.String()
		m[k] = r.Variant()
	}
	return m
}

func (r *Reader) dicts() []map[string]dbus.Variant {
	list := []map[string]dbus.Variant{}
	for a := r.OpenArray('a'); r.More(a); {
		list = append(list, r.dict())
	}
	return list
}

// other leaves a less usual type to godbus, once Skip has checked the data
// (conventions 14.11).
func (r *Reader) other(sig string) any {
	start := r.off
	if r.Skip(sig); r.err != nil {
		return nil
	}
	// The value must keep its place relative to the alignment of 8, so the
	// bytes before it are read as so many y.
	pre := start % 8
	values, err := decode(r.buf[start-pre:r.off], strings.Repeat("y", pre)+sig)
	if err != nil {
		r.fail(fmt.Errorf("%w: %w", ErrInvalid, err))
		return nil
	}
	return values[pre]
}

// decode lets godbus make the values, by way of a message that has the data as
// its body. Without descriptors in the message, those are indexes.
func decode(body []byte, sig string) ([]any, error) {
	if len(sig) > 255 {
		return nil, ErrSignature
	}
	msg := make([]byte, 0, len(body)+64)
	msg = append(msg, 'l', byte(dbus.TypeMethodReply), 0, 1)
	msg = binary.LittleEndian.AppendUint32(msg, uint32(len(body)))
	msg = binary.LittleEndian.AppendUint32(msg, 1)
	msg, m := OpenDict(msg, 0)
	msg = AppendSignature(append(msg, byte(dbus.FieldReplySerial)), "u")
	msg = AppendUint32(msg, 0, 1)
	msg = AppendSignature(append(align(msg, 0, 8), byte(dbus.FieldSignature)), "g")
	msg = AppendSignature(msg, sig)
	msg = append(align(Close(msg, m), 0, 8), body...)
	out, err := dbus.DecodeMessage(bytes.NewReader(msg))
	if err != nil {
		return nil, err
	}
	return out.Body, nil
}

// String reads s and checks that it is UTF-8.
func (r *Reader) String() string {
	b := r.Text()
	if !utf8.Valid(b) {
		r.fail(errText)
		return ""
	}
	return string(b)
}
