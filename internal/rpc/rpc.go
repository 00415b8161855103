// Package rpc is the neutral ground between the codecs and the bus: what a
// call, a value and a failure are, whatever bytes they came in. It knows
// neither XML nor JSON nor D-Bus, and no class of XenAPI.
package rpc

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
