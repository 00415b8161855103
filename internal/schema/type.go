package schema

import "strings"

// Kind is the shape of a XenAPI type.
type Kind uint8

// The kinds. Secret is a string on every wire that logs, traces and audits
// show as "***".
const (
	Void Kind = iota
	String
	Secret
	Int      // 64 bit, signed
	Float    // IEEE double
	Bool     //
	DateTime // carried as text, 20060102T15:04:05Z
	Enum     // one of Type.Enum.Values
	Ref      // OpaqueRef:<uuid> of class Type.Name; the class is not checked while decoding
	Set      // of Type.Elem
	Map      // from Type.Key to Type.Elem
	Record   // of class Type.Name
	Option   // a Type.Elem that may be absent; only inside records
)

// A Type is one type of the contract. Types are compared by pointer nowhere:
// use Kind and Text.
//
// Values of a type travel inside the toolstack as plain Go values, the ones
// godbus makes of Sig, so that nothing is converted between the database, the
// bus and the codecs:
//
//	String, Secret, DateTime, Enum, Ref   string
//	Int, Float, Bool                      int64, float64, bool
//	Set                                   []string, []int64, [][]string, []map[string]dbus.Variant
//	Map                                   map[string]string, map[int64]float64, map[string][]string, ...
//	Record                                map[string]dbus.Variant, an absent option is an absent key
//	Void                                  no value
type Type struct {
	Kind Kind
	Name string // class of a Ref or Record
	Enum *EnumType
	Key  *Type  // of a Map
	Elem *Type  // of a Set, Map or Option
	Sig  string // D-Bus signature; empty for Void
	Text string // as the contract spells it: "(string -> VM ref) map"
}

// IsText tells whether values of the type are Go strings.
func (t *Type) IsText() bool {
	switch t.Kind {
	case String, Secret, DateTime, Enum, Ref:
		return true
	}
	return false
}

// An EnumType is a closed set of words, spelled as XenAPI spells them. Its
// first value is the empty value of the type.
type EnumType struct {
	Name   string
	Values []string
	// ExactCase is set on the few types whose input is compared to the letter
	// (bond mode, event operation).
	ExactCase bool
}

// Find returns the contract's spelling of a value a client sent.
func (e *EnumType) Find(s string) (string, bool) {
	for _, v := range e.Values {
		if v == s || !e.ExactCase && strings.EqualFold(v, s) {
			return v, true
		}
	}
	return "", false
}
