package wire

import (
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/godbus/dbus/v5"
)

// ErrSignature says that a signature is none.
var ErrSignature = errors.New("invalid signature")

// maxDepth is how deep containers may nest, as the specification has it.
const maxDepth = 64

// HasFD tells whether values of the signature hold descriptors, variants
// apart: conventions section 9 has none there.
func HasFD(sig string) bool { return strings.IndexByte(sig, 'h') >= 0 }

// Split cuts the first complete type off a signature.
func Split(sig string) (first, rest string, err error) {
	n, err := span(sig, 0)
	if err != nil {
		return "", "", err
	}
	return sig[:n], sig[n:], nil
}

// span is the length of the first complete type.
func span(sig string, depth int) (int, error) {
	if sig == "" || depth > maxDepth {
		return 0, ErrSignature
	}
	switch sig[0] {
	case 'y', 'b', 'n', 'q', 'i', 'u', 'x', 't', 'd', 's', 'o', 'g', 'v', 'h':
		return 1, nil
	case 'a':
		if len(sig) > 1 && sig[1] == '{' {
			return dictSpan(sig, depth)
		}
		n, err := span(sig[1:], depth+1)
		return n + 1, err
	case '(':
		return structSpan(sig, depth)
	}
	return 0, ErrSignature
}

func structSpan(sig string, depth int) (int, error) {
	for i := 1; i < len(sig); {
		if sig[i] == ')' && i > 1 {
			return i + 1, nil
		}
		n, err := span(sig[i:], depth+1)
		if err != nil {
			return 0, err
		}
		i += n
	}
	return 0, ErrSignature
}

func dictSpan(sig string, depth int) (int, error) {
	if len(sig) < 5 || strings.IndexByte("ybnqiuxtdsogh", sig[2]) < 0 {
		return 0, ErrSignature
	}
	n, err := span(sig[3:], depth+1)
	if err != nil || 3+n >= len(sig) || sig[3+n] != '}' {
		return 0, ErrSignature
	}
	return n + 4, nil
}

// alignment of values whose signature begins with c.
func alignment(c byte) int {
	switch c {
	case 'y', 'g', 'v':
		return 1
	case 'n', 'q':
		return 2
	case 'x', 't', 'd', '(', '{':
		return 8
	}
	return 4
}

// AppendSig marshals values against a signature of as many types. A value has
// the Go type godbus gives to its signature; a struct may be []any or a Go
// struct, a descriptor dbus.UnixFD or *os.File, a record Entries. Descriptors
// are listed in the order of their indexes; they stay the caller's.
func AppendSig(dst []byte, base int, sig string, values ...any) ([]byte, []int, error) {
	e := encoder{base: base}
	for i, v := range values {
		if sig == "" {
			return dst, nil, fmt.Errorf("%d values are more than the signature has", len(values))
		}
		n, err := span(sig, 0)
		if err != nil {
			return dst, nil, err
		}
		if dst, err = e.value(dst, sig[:n], v, 0); err != nil {
			return dst, nil, fmt.Errorf("value %d: %w", i, err)
		}
		sig = sig[n:]
	}
	if sig != "" {
		return dst, nil, fmt.Errorf("a value of type %q is missing", sig)
	}
	return dst, e.fds, nil
}

// An encoder marshals values of one body.
type encoder struct {
	base int
	fds  []int
}

// value marshals one value of one complete type. The common Go types are told
// apart here; the rest goes through reflection.
func (e *encoder) value(dst []byte, sig string, v any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return dst, errors.New("values nest too deep")
	}
	switch v := v.(type) {
	case string:
		if sig == "s" {
			return e.text(dst, v)
		}
	case int64:
		if sig == "x" {
			return AppendInt64(dst, e.base, v), nil
		}
	case bool:
		if sig == "b" {
			return AppendBool(dst, e.base, v), nil
		}
	case float64:
		if sig == "d" {
			return AppendFloat64(dst, e.base, v), nil
		}
	case []string:
		if sig == "as" {
			return e.strings(dst, v)
		}
	case map[string]string:
		if sig == "a{ss}" {
			return e.stringMap(dst, v)
		}
	case map[string]dbus.Variant:
		if sig == "a{sv}" {
			return e.dict(dst, v, depth)
		}
	case Entries:
		if sig == "a{sv}" {
			return AppendDict(dst, e.base, v), nil
		}
	case []Entries:
		if sig == "aa{sv}" {
			return e.records(dst, v), nil
		}
	case dbus.Variant:
		if sig == "v" {
			return e.variant(dst, v, depth)
		}
	case []any:
		if sig[0] == '(' {
			return e.structure(dst, sig, v, depth)
		}
	case *os.File:
		if sig == "h" {
			return e.file(dst, v)
		}
	case nil:
		return e.empty(dst, sig)
	}
	return e.reflected(dst, sig, reflect.ValueOf(v), depth)
}

// empty marshals a nil slice or map.
func (e *encoder) empty(dst []byte, sig string) ([]byte, error) {
	if sig[0] != 'a' {
		return dst, fmt.Errorf("nil is no value of type %q", sig)
	}
	dst, m := OpenArray(dst, e.base, alignment(sig[1]))
	return Close(dst, m), nil
}

func (e *encoder) text(dst []byte, s string) ([]byte, error) {
	if !ValidText(s) {
		return dst, errText
	}
	return AppendString(dst, e.base, s), nil
}

var errText = errors.New("a text is not UTF-8 or holds a NUL")

// ValidText tells whether D-Bus can carry the text: UTF-8 without NUL.
func ValidText(s string) bool {
	return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0
}

func (e *encoder) strings(dst []byte, v []string) ([]byte, error) {
	for _, s := range v {
		if !ValidText(s) {
			return dst, errText
		}
	}
	return AppendStrings(dst, e.base, v), nil
}

func (e *encoder) stringMap(dst []byte, v map[string]string) ([]byte, error) {
	for k, s := range v {
		if !ValidText(k) || !ValidText(s) {
			return dst, errText
		}
	}
	return AppendStringMap(dst, e.base, v), nil
}

func (e *encoder) dict(dst []byte, v map[string]dbus.Variant, depth int) (_ []byte, err error) {
	dst, m := OpenDict(dst, e.base)
	for k, x := range v {
		if dst, err = e.text(align(dst, e.base, 8), k); err != nil {
			return dst, err
		}
		if dst, err = e.variant(dst, x, depth+1); err != nil {
			return dst, fmt.Errorf("%s: %w", k, err)
		}
	}
	return Close(dst, m), nil
}

func (e *encoder) records(dst []byte, v []Entries) []byte {
	dst, m := OpenArray(dst, e.base, 4)
	for _, entries := range v {
		dst = AppendDict(dst, e.base, entries)
	}
	return Close(dst, m)
}

func (e *encoder) variant(dst []byte, v dbus.Variant, depth int) ([]byte, error) {
	sig := v.Signature().String()
	if n, err := span(sig, 0); err != nil || n != len(sig) {
		return dst, ErrSignature
	}
	return e.value(AppendSignature(dst, sig), sig, v.Value(), depth+1)
}

func (e *encoder) structure(dst []byte, sig string, v []any, depth int) (_ []byte, err error) {
	dst = align(dst, e.base, 8)
	sig = sig[1 : len(sig)-1]
	for i, f := range v {
		if sig == "" {
			return dst, errors.New("a struct has too many fields")
		}
		n, err := span(sig, 0)
		if err != nil {
			return dst, err
		}
		if dst, err = e.value(dst, sig[:n], f, depth+1); err != nil {
			return dst, fmt.Errorf("field %d: %w", i, err)
		}
		sig = sig[n:]
	}
	if sig != "" {
		return dst, errors.New("a struct has too few fields")
	}
	return dst, nil
}

func (e *encoder) file(dst []byte, f *os.File) ([]byte, error) {
	if f == nil {
		return dst, errors.New("a descriptor is missing")
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return dst, err
	}
	err = raw.Control(func(fd uintptr) { dst, err = e.descriptor(dst, int64(fd)) })
	return dst, err
}

func (e *encoder) descriptor(dst []byte, fd int64) ([]byte, error) {
	if fd < 0 || fd > math.MaxInt32 {
		return dst, errors.New("a descriptor is negative")
	}
	dst = AppendUint32(dst, e.base, uint32(len(e.fds)))
	e.fds = append(e.fds, int(fd))
	return dst, nil
}

// reflected marshals a value of any Go type that fits its signature.
func (e *encoder) reflected(dst []byte, sig string, v reflect.Value, depth int) ([]byte, error) {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return e.empty(dst, sig)
		}
		if f, ok := v.Interface().(*os.File); ok && sig == "h" {
			return e.file(dst, f)
		}
		v = v.Elem()
	}
	switch sig[0] {
	case 'a':
		if sig[1] == '{' && v.Kind() == reflect.Map {
			return e.reflectedMap(dst, sig, v, depth)
		}
		if sig[1] != '{' && (v.Kind() == reflect.Slice || v.Kind() == reflect.Array) {
			return e.reflectedSlice(dst, sig, v, depth)
		}
	case '(':
		if v.Kind() == reflect.Struct && v.Type() != variantType && v.Type() != signatureType {
			return e.structure(dst, sig, fields(v), depth)
		}
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Interface {
			return e.value(dst, sig, v.Interface(), depth)
		}
	case 'v':
		if x, ok := v.Interface().(dbus.Variant); ok {
			return e.variant(dst, x, depth)
		}
	case 'g':
		if s, ok := v.Interface().(dbus.Signature); ok {
			return AppendSignature(dst, s.String()), nil
		}
	default:
		return e.basic(dst, sig[0], v)
	}
	return dst, fmt.Errorf("a %s is no value of type %q", v.Type(), sig)
}

var (
	variantType   = reflect.TypeFor[dbus.Variant]()
	signatureType = reflect.TypeFor[dbus.Signature]()
	fdType        = reflect.TypeFor[dbus.UnixFD]()
	pathType      = reflect.TypeFor[dbus.ObjectPath]()
)

// fields lists the exported fields godbus would send.
func fields(v reflect.Value) []any {
	var out []any
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("dbus") != "-" {
			out = append(out, v.Field(i).Interface())
		}
	}
	return out
}

func (e *encoder) reflectedMap(dst []byte, sig string, v reflect.Value, depth int) (_ []byte, err error) {
	key, elem := sig[2:3], sig[3:len(sig)-1]
	dst, m := OpenDict(dst, e.base)
	for it := v.MapRange(); it.Next(); {
		dst = align(dst, e.base, 8)
		if dst, err = e.value(dst, key, it.Key().Interface(), depth+1); err != nil {
			return dst, err
		}
		if dst, err = e.value(dst, elem, it.Value().Interface(), depth+1); err != nil {
			return dst, err
		}
	}
	return Close(dst, m), nil
}

func (e *encoder) reflectedSlice(dst []byte, sig string, v reflect.Value, depth int) (_ []byte, err error) {
	dst, m := OpenArray(dst, e.base, alignment(sig[1]))
	if b, ok := v.Interface().([]byte); ok && sig == "ay" {
		return Close(append(dst, b...), m), nil
	}
	for i := range v.Len() {
		if dst, err = e.value(dst, sig[1:], v.Index(i).Interface(), depth+1); err != nil {
			return dst, err
		}
	}
	return Close(dst, m), nil
}

// basic marshals a named or less common type of one number or text. The width
// and sign of the Go type must be the signature's.
func (e *encoder) basic(dst []byte, c byte, v reflect.Value) ([]byte, error) {
	k := v.Kind()
	switch {
	case c == 'y' && k == reflect.Uint8:
		return AppendByte(dst, byte(v.Uint())), nil
	case c == 'b' && k == reflect.Bool:
		return AppendBool(dst, e.base, v.Bool()), nil
	case c == 'n' && k == reflect.Int16:
		return AppendUint16(dst, e.base, uint16(v.Int())), nil
	case c == 'q' && k == reflect.Uint16:
		return AppendUint16(dst, e.base, uint16(v.Uint())), nil
	case c == 'i' && k == reflect.Int32 && v.Type() != fdType:
		return AppendUint32(dst, e.base, uint32(v.Int())), nil
	case c == 'u' && k == reflect.Uint32:
		return AppendUint32(dst, e.base, uint32(v.Uint())), nil
	case c == 'x' && (k == reflect.Int64 || k == reflect.Int):
		return AppendInt64(dst, e.base, v.Int()), nil
	case c == 't' && (k == reflect.Uint64 || k == reflect.Uint):
		return AppendUint64(dst, e.base, v.Uint()), nil
	case c == 'd' && k == reflect.Float64:
		return AppendFloat64(dst, e.base, v.Float()), nil
	case c == 's' && k == reflect.String && v.Type() != pathType:
		return e.text(dst, v.String())
	case c == 'o' && k == reflect.String:
		if p := dbus.ObjectPath(v.String()); p.IsValid() {
			return AppendString(dst, e.base, string(p)), nil
		}
		return dst, fmt.Errorf("%q is no object path", v.String())
	case c == 'h' && v.Type() == fdType:
		return e.descriptor(dst, v.Int())
	}
	return dst, fmt.Errorf("a %s is no value of type %q", v.Type(), string(c))
}
