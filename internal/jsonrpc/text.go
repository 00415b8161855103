package jsonrpc

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xcp-dbus/xcp/internal/rpc"
)

// plain marks the bytes of a string that stand for themselves.
var plain = func() (p [256]bool) {
	for b := 0x20; b < utf8.RuneSelf; b++ {
		p[b] = b != '"' && b != '\\'
	}
	return p
}()

// text reads a quoted string. One without escapes is a part of the body, not a
// copy.
func (d *decoder) text() (string, error) {
	d.pos++
	start := d.pos
	var b []byte // what came before start, once there was an escape
	bad := false
	for {
		for d.pos < len(d.s) && plain[d.s[d.pos]] {
			d.pos++
		}
		if d.pos == len(d.s) {
			return "", d.fail("a string without an end")
		}
		switch ch := d.s[d.pos]; {
		case ch == '"':
			text := d.s[start:d.pos]
			d.pos++
			if b != nil {
				text = string(append(b, text...))
			}
			d.note(text, bad)
			return text, nil
		case ch == '\\':
			b = append(b, d.s[start:d.pos]...)
			r, err := d.escape()
			if err != nil {
				return "", err
			}
			bad = bad || !rpc.LegalRune(r)
			b = utf8.AppendRune(b, r)
			start = d.pos
		case ch < ' ':
			return "", d.fail("a control character in a string")
		default:
			r, n := utf8.DecodeRuneInString(d.s[d.pos:])
			bad = bad || r == utf8.RuneError && n == 1 || !rpc.LegalRune(r)
			d.pos += n
		}
	}
}

// note remembers the first string that cannot be a parameter.
func (d *decoder) note(text string, bad bool) {
	if bad && !d.isInvalid {
		d.invalid, d.isInvalid = text, true
	}
}

// escape reads what begins with a backslash. Half a surrogate pair is returned
// as it is; no text may hold it.
func (d *decoder) escape() (rune, error) {
	const forms, meanings = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if d.pos++; d.pos == len(d.s) {
		return 0, d.fail("a string without an end")
	}
	ch := d.s[d.pos]
	d.pos++
	for i := range len(forms) {
		if forms[i] == ch {
			return rune(meanings[i]), nil
		}
	}
	if ch != 'u' {
		return 0, d.fail("an unknown escape")
	}
	r, err := d.hex()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	back := d.pos
	if !d.word(`\u`) {
		return r, nil
	}
	low, err := d.hex()
	if err != nil {
		return 0, err
	}
	if whole := utf16.DecodeRune(r, low); whole != utf8.RuneError {
		return whole, nil
	}
	d.pos = back
	return r, nil
}

func (d *decoder) hex() (rune, error) {
	const digits = 4
	if d.pos+digits > len(d.s) {
		return 0, d.fail("a string without an end")
	}
	n, err := strconv.ParseUint(d.s[d.pos:d.pos+digits], 16, 32)
	if err != nil {
		return 0, d.fail("a malformed escape")
	}
	d.pos += digits
	return rune(n), nil
}
