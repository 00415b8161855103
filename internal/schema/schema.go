// Package schema says what a XenAPI class, field and message is: the shape of
// the tables in internal/gen/model, which the IDL compiler fills. It holds no
// data and no behaviour beyond look-ups, and imports nothing of the toolstack.
package schema

import "strings"

// A Class is one XenAPI class.
type Class struct {
	Name  string // as on the wire: VM, host, VM_metrics
	Index int    // dense, stable only within one build
	Doc   string
	State State

	InDB        bool // has rows
	Persist     bool // rows survive a restart
	Events      bool // changes make events
	CtorDtor    bool // create and destroy are served
	GetAll      bool // get_all and its kin are served
	TaskRecords bool // calls of this class may make task rows
	Published   bool

	Fields   []Field
	Messages []*Message
}

// Lower is the class's name as events spell it.
func (c *Class) Lower() string { return strings.ToLower(c.Name) }

// Field returns the field with this wire name, or nil.
func (c *Class) Field(name string) *Field {
	for i := range c.Fields {
		if c.Fields[i].Name == name {
			return &c.Fields[i]
		}
	}
	return nil
}

// State is where a thing stands in its life cycle.
type State uint8

// The states. A removed message is still served: it checks the session and
// answers MESSAGE_REMOVED.
const (
	Published State = iota
	Prototyped
	Deprecated
	Removed
	Unreleased
)

// Qualifier says who writes a field.
type Qualifier uint8

// The qualifiers. RW: in the constructor and with setters; StaticRO: in the
// constructor only; DynamicRO: written by the toolstack alone.
const (
	RW Qualifier = iota
	StaticRO
	DynamicRO
)

// Durability says when a written field is safe on disk (DESIGN section 5).
type Durability uint8

// The durabilities: before the answer; within a second; never.
const (
	Sync Durability = iota
	Lazy
	Memory
)

// A Field is one field of a class.
type Field struct {
	Name   string // wire name: name_label
	Column string // where-queries and storage form: name__label
	Index  int    // in Class.Fields and in rows
	Type   *Type
	Doc    string
	Unit   string
	State  State

	Qualifier  Qualifier
	HasDefault bool
	Default    any  // Go value as Type describes; nil when it is the type's empty value
	Internal   bool // never in a record, event, property, document
	Derived    bool // the many end of a one-to-many relation: computed, not stored
	Effect     bool // set_ has an implementation of its own
	Sensitive  bool
	Durability Durability

	Relation *Relation
	KeyRoles []KeyRole // for the field's add_to_ and remove_from_
}

// A Relation names the other end of a reference field.
type Relation struct {
	Class string
	Field string
	Kind  RelationKind // read from this end
}

// RelationKind counts a relation's ends.
type RelationKind uint8

// The kinds of relation.
const (
	OneToMany  RelationKind = iota // this end is the reference, the other the set
	ManyToOne                      // this end is the derived set
	ManyToMany                     // both ends are stored sets
)

// MessageKind says how a message came to be.
type MessageKind uint8

// The kinds of message. All but Custom are made from fields and classes.
const (
	Custom MessageKind = iota
	Getter
	Setter
	AddTo      // add_to_F of a map, add_F of a set
	RemoveFrom // remove_from_F, remove_F
	GetRecord
	GetByUUID
	GetByLabel
	GetAll
	GetAllWhere
	GetAllRecords
	GetAllRecordsWhere
	Make
	Delete
)

// Impl says who answers a message.
type Impl uint8

// Who answers: the generic database actions, a hand-written action, or a
// named extension of the host.
const (
	ImplDB Impl = iota
	ImplCustom
	ImplExtension
)

// Idempotency of a message (conventions 11.5).
type Idempotency uint8

// Reads may be repeated; writes carry a key; the rest is never repeated.
const (
	Reads Idempotency = iota
	Keyed
	Never
)

// A Message is one call of XenAPI.
type Message struct {
	ID    int // dense over all messages, stable only within one build
	Class *Class
	Name  string // clone, get_record, add_to_other_config
	Kind  MessageKind
	Impl  Impl
	Field *Field // of a Getter, Setter, AddTo, RemoveFrom
	Doc   string
	State State

	Params []Param // in order, without the session
	// Required is the number of leading parameters without default.
	Required int
	Result   *Type
	// BusResult is the D-Bus signature of the result where it is not that of
	// Result: event.from answers a dictionary the contract has no type for.
	BusResult string

	NoSession    bool // called before login
	Async        bool // has Async. and InternalAsync. forms
	Hidden       bool // served, but not published
	PoolInternal bool // refused on sessions that are not pool logins
	Emergency    bool // answered in emergency mode
	NoRelay      bool // a member answers it itself on its local socket
	Stream       bool // also on <Class>Stream1 (DESIGN 4.7)
	RawResult    bool
	SecretArgs   bool // no argument may be logged
	Idempotency  Idempotency

	Roles    RoleSet
	KeyRoles []KeyRole // by the argument called key
	Errors   []string
	Runs     string // where forwarding sends it; "" = here
	Marks    []string
}

// Wire is the dotted name: VM.clone.
func (m *Message) Wire() string { return m.Class.Name + "." + m.Name }

// Permission is the name RBAC knows the message by.
func (m *Message) Permission() string { return strings.ToLower(m.Wire()) }

// A Param is one parameter of a message.
type Param struct {
	Name       string
	Type       *Type
	HasDefault bool
	Default    any // nil when it is the type's empty value
	Sensitive  bool
}

// A RoleSet is a set of roles, one bit each, in the order of model.Roles.
// The empty set means root on the host only.
type RoleSet uint8

// Has tells whether the role with this index is in the set.
func (s RoleSet) Has(role int) bool { return s&(1<<role) != 0 }

// A KeyRole guards some keys of a map by roles of their own. Key may end in
// "*", then it is a prefix.
type KeyRole struct {
	Key   string
	Roles RoleSet
}

// Matches tells whether the rule is about this key.
func (k KeyRole) Matches(key string) bool {
	if p, ok := strings.CutSuffix(k.Key, "*"); ok {
		return strings.HasPrefix(key, p)
	}
	return k.Key == key
}

// A Role is one static role.
type Role struct {
	Name     string
	UUID     string
	Internal bool
}
