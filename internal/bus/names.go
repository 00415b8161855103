package bus

import "strings"

// The bus ends the connection of a sender whose message holds a name that is
// none, so each is checked before it goes out.

// maxName bounds interface, member, error and bus names.
const maxName = 255

// checkNames refuses a message the bus would not take.
func (m *message) checkNames() error {
	switch {
	case m.path != "" && !m.path.IsValid():
		return Errorf(InvalidArgs, "%q is no object path", m.path)
	case m.iface != "" && !validDotted(m.iface):
		return Errorf(InvalidArgs, "%q is no interface name", m.iface)
	case m.member != "" && !(len(m.member) <= maxName && validElement(m.member, false, false)):
		return Errorf(InvalidArgs, "%q is no member name", m.member)
	case m.errorName != "" && !validDotted(m.errorName):
		return Errorf(InvalidArgs, "%q is no error name", m.errorName)
	case m.dest != "" && !validBusName(m.dest):
		return Errorf(InvalidArgs, "%q is no bus name", m.dest)
	}
	return nil
}

// validDotted tells whether s is an interface or error name.
func validDotted(s string) bool { return validElements(s, false, false) }

// validBusName tells whether s is a unique or well-known name.
func validBusName(s string) bool {
	if unique, ok := strings.CutPrefix(s, ":"); ok {
		return validElements(unique, true, true)
	}
	return validElements(s, true, false)
}

// validElements tells whether s is two elements or more, joined by dots.
func validElements(s string, dash, digit bool) bool {
	if len(s) > maxName || strings.IndexByte(s, '.') < 0 {
		return false
	}
	for {
		i := strings.IndexByte(s, '.')
		if i < 0 {
			return validElement(s, dash, digit)
		}
		if !validElement(s[:i], dash, digit) {
			return false
		}
		s = s[i+1:]
	}
}

// validElement tells whether s is one element: letters, digits and "_", and
// "-" if dash; a digit may come first only if digit.
func validElement(s string, dash, digit bool) bool {
	if s == "" {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
		case c >= '0' && c <= '9' && (i > 0 || digit):
		case c == '-' && dash:
		default:
			return false
		}
	}
	return true
}
