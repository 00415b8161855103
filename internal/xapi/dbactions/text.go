package dbactions

import (
	"log/slog"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// maxText bounds a single text. A commit takes 1 MiB of JSON; escapes may
// grow a text up to six times, so a quarter leaves room for ordinary ones.
const maxText = 256 << 10

// legalPrefix is the length of the longest prefix XML 1.0 can carry.
func legalPrefix(s string) int {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || r == 0xFFFE || r == 0xFFFF {
			return i
		}
		i += n
	}
	return len(s)
}

// checkText refuses a value that holds, at any depth, text that XML cannot
// carry or that is too long to store: INVALID_VALUE with the field and the
// text, cut where it goes wrong.
func checkText(f *schema.Field, v any) error {
	var err error
	walkText(v, func(s string) bool {
		n := legalPrefix(s)
		if n < len(s) || n > maxText {
			err = xerr.New(codes.INVALID_VALUE, f.Name, shown(f, s[:n]))
		}
		return err == nil
	})
	return err
}

// maxShown is how much of a refused text an error repeats.
const maxShown = 64

// shown is what an error may say of a text: its beginning, nothing of a secret.
func shown(f *schema.Field, s string) string {
	if f.Sensitive {
		return ""
	}
	s = s[:min(len(s), maxShown)]
	return s[:legalPrefix(s)]
}

// walkText calls visit with each text inside v until it says no.
func walkText(v any, visit func(string) bool) bool {
	switch x := v.(type) {
	case string:
		return visit(x)
	case []string:
		for _, s := range x {
			if !visit(s) {
				return false
			}
		}
		return true
	case map[string]string:
		for k, s := range x {
			if !visit(k) || !visit(s) {
				return false
			}
		}
		return true
	case int64, float64, bool:
		return true
	}
	return walkReflect(reflect.ValueOf(v), visit)
}

func walkReflect(r reflect.Value, visit func(string) bool) bool {
	switch r.Kind() {
	case reflect.Slice:
		for i := range r.Len() {
			if !walkText(r.Index(i).Interface(), visit) {
				return false
			}
		}
	case reflect.Map:
		for it := r.MapRange(); it.Next(); {
			if !walkText(it.Key().Interface(), visit) || !walkText(it.Value().Interface(), visit) {
				return false
			}
		}
	}
	return true
}

// cutText is what create and add_to do to text that XML cannot carry: they
// keep what comes before the first bad character and say so in the log.
func cutText(f *schema.Field, s string) string {
	n := legalPrefix(s)
	if n == len(s) {
		return s
	}
	slog.Warn("text cut at a character XML cannot carry", "field", f.Name, "kept", n, "of", len(s))
	return strings.Clone(s[:n])
}

// cutValue cuts the texts inside a value a constructor was given.
func cutValue(f *schema.Field, v any) any {
	clean := walkText(v, func(s string) bool { return legalPrefix(s) == len(s) })
	if clean {
		return v
	}
	switch x := v.(type) {
	case string:
		return cutText(f, x)
	case []string:
		out := make([]string, len(x))
		for i, s := range x {
			out[i] = cutText(f, s)
		}
		return out
	case map[string]string:
		out := make(map[string]string, len(x))
		for k, s := range x {
			out[cutText(f, k)] = cutText(f, s)
		}
		return out
	}
	return v
}
