// Package rpc is the neutral ground between the codecs and the bus: what a
// call, a value and a failure are, whatever bytes they came in. It knows
// neither XML nor JSON nor D-Bus, and no class of XenAPI.
package rpc

import (
	"strconv"

	"github.com/xcp-dbus/xcp/internal/xerr"
)

// A Call is one decoded request.
type Call struct {
	Method string
	Params []Value
}

// ValueKind is the wire type of a decoded value.
type ValueKind uint8

// The kinds. Text is an untyped or string value; Nil is JSON's null.
const (
	Nil ValueKind = iota
	Text
	Int
	Float
	Bool
	DateTime
	Array
	Struct
)

// A Value is one decoded value. Only the member of its kind is set.
type Value struct {
	Kind    ValueKind
	Bool    bool
	Int     int64
	Float   float64
	Text    string // also DateTime, as it was written
	Items   []Value
	Members []Member // of a Struct, in wire order, names unique
}

// A Member is one named value of a Struct.
type Member struct {
	Name  string
	Value Value
}

// A Failure is an answer that says no: a XenAPI error code and its parameters.
type Failure struct {
	Code   string
	Params []string
}

// An Encoder takes one value as a sequence of events and writes it in its
// codec's form. Calls must nest properly; an Encoder never fails: it grows its
// buffer, and the owner of the buffer bounds it.
type Encoder interface {
	BeginStruct()
	Member(name string) // before each value in a struct
	EndStruct()
	BeginArray()
	EndArray()
	Text(s string)
	TextBytes(b []byte) // as Text; b is not kept
	Int(i int64)        // XML: untyped decimal text
	Int4(i int64)       // XML: <i4>; for event.from's counts
	Float(f float64)
	Bool(b bool)
	DateTime(s string)
	Void() // the empty string
}

// An Answer is an Encoder with the envelope of one reply around it. It grows a
// buffer of its own; the front sends and resets that as often as it likes
// between two values.
type Answer interface {
	Encoder
	Success()          // opens a success: one value follows, then End
	Bare()             // as Success, for the one call whose value XML sends without a wrapper
	End()              // closes it
	Failure(f Failure) // a whole answer that says no
	Buffer() []byte    // what was written since Reset; valid until the next call
	Reset()            // forgets the written bytes, not the place in the envelope
}

// Limits bound what one body may make the decoder build.
type Limits struct {
	Depth int // of nested values
	Nodes int // values and members in all
}

// DefaultLimits are what the front grants a client. No call of XenAPI nests
// deeper than 5. The smallest XML value has 8 bytes, so that the reference,
// with its bodies of 300 KiB, cannot take more than 38 400.
var DefaultLimits = Limits{Depth: 64, Nodes: 1 << 16}

// A MalformedError says that a body is not a call at all; no answer of the
// protocol fits it.
type MalformedError struct {
	Offset int
	Reason string
}

func (e *MalformedError) Error() string {
	return "malformed body at byte " + strconv.Itoa(e.Offset) + ": " + e.Reason
}

// InvalidText is the failure for a parameter that is not UTF-8, or holds
// characters that XML cannot carry. text is the offending string.
func InvalidText(text string) *xerr.Error {
	const most = 1024 // of the echo in the answer
	if len(text) > most {
		text = text[:most]
	}
	return xerr.New("INVALID_VALUE", "Invalid UTF-8 string in parameter", "S("+text+")")
}

// LegalRune tells whether XML 1.0 can carry a character.
func LegalRune(r rune) bool {
	switch {
	case r < 0x20:
		return r == '\t' || r == '\n' || r == '\r'
	case r >= 0xD800 && r <= 0xDFFF:
		return false
	}
	return r <= 0x10FFFF && r != 0xFFFE && r != 0xFFFF
}

// Duplicate finds a name that two members share.
func Duplicate(members []Member) (string, bool) {
	const few = 12 // up to here comparing beats hashing
	if len(members) <= few {
		for i := range members {
			for j := range i {
				if members[i].Name == members[j].Name {
					return members[i].Name, true
				}
			}
		}
		return "", false
	}
	seen := make(map[string]struct{}, len(members))
	for i := range members {
		if _, ok := seen[members[i].Name]; ok {
			return members[i].Name, true
		}
		seen[members[i].Name] = struct{}{}
	}
	return "", false
}
