package idl

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/xcp-dbus/xcp/internal/schema"
)

// A Contract is all that introspect/idl says, checked and completed.
type Contract struct {
	API            API
	Releases       []Release
	Numbered       []string // releases after the named ones, in order
	OtherSchemas   map[string][]int
	PreviewSchemas [][]int

	Roles       []Role // strongest first
	RoleSets    []RoleSet
	Permissions []Permission
	HTTPActions []HTTPAction

	Enums         []*Enum  // by name
	Classes       []*Class // by lower-case name
	Errors        []Error
	ErrorPrefixes []Error
	Alerts        []Alert
	AlertPrefixes []Alert

	Interfaces []*Interface
	Services   []*Service
}

// API is the version of XenAPI the contract describes.
type API struct {
	Version []int
	Vendor  string
	Schema  []int // of the database
}

// A Release is a version life cycles may name.
type Release struct {
	Code    string // empty: a version without a code name
	Version []int
	Product string
	Date    *string // nil: none set; empty: unknown
	Schema  []int
}

// A Role is one static role.
type Role struct {
	Name     string
	Internal bool
}

// A RoleSet names a set of roles.
type RoleSet struct {
	Name  string
	Roles []string
	Bits  schema.RoleSet
}

// A Permission belongs to no message.
type Permission struct {
	Name  string
	Roles string
}

// An HTTPAction is a request beside the calls.
type HTTPAction struct {
	Name, Method, URI string
	Roles             string
	SDK               bool
	Args              []string
	NoRBAC            bool
	OwnRateLimit      bool
	Sub               []KeyRole // permissions http/NAME/SUB
}

// An Enum is a closed set of words.
type Enum struct {
	schema.EnumType
	Range hcl.Range
}

// An Error is an error code or, among ErrorPrefixes, its beginning.
type Error struct {
	Code      string
	Params    []string // nil: raised nowhere
	Published bool
	Range     hcl.Range
}

// An Alert is the name of a message record.
type Alert struct {
	Name      string
	Priority  int // 0: none
	Published bool
}

// A Change is one step of a life cycle.
type Change struct {
	What    string // prototyped, published, extended, changed, deprecated, removed
	Release string
}

// Life is what happened to a thing, and where it stands now.
type Life struct {
	Changes []Change
	State   schema.State
}

// A Class is one class of XenAPI.
type Class struct {
	Name          string
	Doc           string
	Life          Life
	Roles         string
	ImplicitRoles string
	Tags          []string

	Published, InDB, Persist, Events, CtorDtor, GetAll, TaskRecords, LogDestroy, Async bool

	ForceCustom string // "", StaticRO: reads are hand-written; RW: all are
	Constructor Effect
	Destructor  Effect

	Fields   []*Field
	Messages []*Message // with the derived ones, in wire order
	Range    hcl.Range
}

// Field returns the field with this wire name, or nil.
func (c *Class) Field(name string) *Field {
	for _, f := range c.Fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Sensitive tells whether a record of the class holds something that must not
// be seen.
func (c *Class) Sensitive() bool {
	for _, f := range c.Fields {
		if f.Sensitive && !f.Internal {
			return true
		}
	}
	return false
}

// Effect says where a derived message with an implementation of its own runs,
// and what it holds in current_operations meanwhile.
type Effect struct {
	Runs  string
	Marks []string
}

// A Field is one field of a class.
type Field struct {
	Name       string
	Path       []string // name parts when namespaced
	Index      int
	Type       *schema.Type
	Doc, Unit  string
	Life       Life
	Qualifier  schema.Qualifier
	HasDefault bool
	Default    any // plain Go value of Type
	GetRoles   string
	SetRoles   string // empty: nobody; the class has no rows
	KeyRoles   []KeyRole
	Relation   *Relation
	NoFK       bool
	Internal   bool
	Derived    bool
	Effect     *Effect
	Sensitive  bool
	Durability schema.Durability
	Tags       []string
	Range      hcl.Range
}

// Relation is the other end of a reference field.
type Relation struct {
	Class, Field string
	Kind         schema.RelationKind
}

// A KeyRole guards keys of a map, or a part of an HTTP action.
type KeyRole struct {
	Key   string
	Roles string
}

// A Message is one call, written down or derived.
type Message struct {
	Name      string
	Kind      schema.MessageKind
	Impl      schema.Impl
	Extension string
	Field     *Field
	Doc       string
	Life      Life
	Params    []*Param
	Result    *schema.Type
	BusResult string

	NoSession, Async, Hidden, PoolInternal, Emergency, NoRelay bool
	Stream, RawResult, Secret, NoCurrentOps                    bool

	Idempotency schema.Idempotency
	Roles       string
	KeyRoles    []KeyRole
	Errors      []string
	Runs        string
	Marks       []string
	Tags        []string
	Range       hcl.Range
}

// Required counts the leading parameters without default.
func (m *Message) Required() int {
	for i, p := range m.Params {
		if p.HasDefault {
			return i
		}
	}
	return len(m.Params)
}

// Hand tells whether the message has an implementation of its own.
func (m *Message) Hand() bool { return m.Impl != schema.ImplDB }

// A Param is one parameter of a message.
type Param struct {
	Name       string
	Type       *schema.Type
	Doc        string
	HasDefault bool
	Default    any
	Since      string
	Sensitive  bool
	Range      hcl.Range
}

// A Service is one room that owns a name on the bus.
type Service struct {
	Room       string
	Doc        string
	User       string   // uid of the installed rendering
	Interfaces []string // full names it exports beside those every service has
	Callers    []string // users and groups that may call the interfaces made from classes
	Range      hcl.Range
}

// An Interface is a D-Bus interface written by hand, not made from a class.
type Interface struct {
	Name       string // full: org.xen.xcp.Health1
	Room       string // shared, xapi
	Doc        string
	Path       string // fixed object path, empty: the service's root
	Everywhere bool   // every service has it
	NoContext  bool
	Access     []string // groups and users of the bus policy
	Methods    []*Method
	Properties []*Property
	Signals    []*Signal
	Range      hcl.Range
}

// A Method of an Interface.
type Method struct {
	Name       string
	Doc        string
	In, Out    []Arg // without context
	Idempotent schema.Idempotency
	Errors     []string
	Access     []string // nil: the interface's
	Bulk       string   // what flows through a descriptor
	Long       bool     // may stay open for long
	Role       string   // of the XenAPI message it is made from
	Deprecated bool
	Range      hcl.Range
}

// A Property of an Interface.
type Property struct {
	Name, Doc   string
	Sig         string
	Writable    bool
	EmitsChange string // const, false, invalidates, true
	Range       hcl.Range
}

// A Signal of an Interface.
type Signal struct {
	Name, Doc string
	Args      []Arg
	Range     hcl.Range
}

// An Arg of a Method or Signal.
type Arg struct {
	Name, Sig, Doc string
	Sensitive      bool
}
