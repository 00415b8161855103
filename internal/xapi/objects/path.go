package objects

import (
	"strings"

	"github.com/godbus/dbus/v5"
)

// root is where xapi's objects live.
const root = "/org/xen/xcp/xapi/"

const hex = "0123456789abcdef"

// element encodes a uuid as one path element (conventions 4.1): a plain one
// with "_" for "-", any other identifier with its odd bytes as "_" and two
// digits.
func element(uuid string) string {
	if plain(uuid, '-') {
		return strings.ReplaceAll(uuid, "-", "_")
	}
	if uuid == "" {
		return "_"
	}
	var b strings.Builder
	for i := range len(uuid) {
		switch c := uuid[i]; {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z':
			b.WriteByte(c)
		default:
			b.Write([]byte{'_', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

// uuid is the inverse of element; ok is false for what element never makes.
func uuid(element string) (string, bool) {
	if plain(element, '_') {
		return strings.ReplaceAll(element, "_", "-"), true
	}
	if element == "_" {
		return "", true
	}
	var b strings.Builder
	for i := 0; i < len(element); i++ {
		if element[i] != '_' {
			b.WriteByte(element[i])
			continue
		}
		if i+2 >= len(element) {
			return "", false
		}
		hi, lo := strings.IndexByte(hex, element[i+1]), strings.IndexByte(hex, element[i+2])
		if hi < 0 || lo < 0 {
			return "", false
		}
		b.WriteByte(byte(hi<<4 | lo))
		i += 2
	}
	return b.String(), true
}

// plain tells whether s is a uuid in lower case whose groups are parted by sep.
func plain(s string, sep byte) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != sep {
				return false
			}
		case strings.IndexByte(hex, c) < 0:
			return false
		}
	}
	return true
}

// split takes an object's path apart.
func split(path dbus.ObjectPath) (class, uuidOf string, ok bool) {
	rest, ok := strings.CutPrefix(string(path), root)
	if !ok {
		return "", "", false
	}
	class, el, ok := strings.Cut(rest, "/")
	if !ok || strings.Contains(el, "/") {
		return "", "", false
	}
	uuidOf, ok = uuid(el)
	return class, uuidOf, ok
}
