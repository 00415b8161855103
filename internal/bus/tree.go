package bus

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"
)

// A Tree answers for the objects below a path, without exporting any. Node is
// called for every message, so it makes no backend call and returns nodes that
// were built before; the object a node stands for is named by [Call.Path]. It
// must be safe for concurrent use.
type Tree interface {
	Node(path dbus.ObjectPath) (*Node, bool)
}

// A Node is what one path, or every path of a kind, serves. It is shared and
// read only.
type Node struct {
	Interfaces []*Interface
	// Children names the path elements below, for introspection only; nil: none.
	// Trees with many objects name at most 256.
	Children func() []string
}

// Interface finds an interface by its full name.
func (n *Node) Interface(name string) *Interface {
	for _, i := range n.Interfaces {
		if i.Name == name {
			return i
		}
	}
	return nil
}

// An Interface is one D-Bus interface of a node.
type Interface struct {
	Name       string
	XML        string // the <interface> element
	Methods    map[string]*Method
	Properties map[string]*Property
	// GetAll, if not nil, answers Properties.GetAll at once instead of one Get
	// for each property.
	GetAll func(ctx context.Context, c *Call) (map[string]dbus.Variant, error)
}

// A Method is one method of an interface.
type Method struct {
	Name string
	In   string // signature of all arguments, the context dictionary included
	Out  string // signature of the results
	// HasContext: In ends in a{sv}, which becomes Call.Meta.
	HasContext bool
	// NoReplyLimit: the call may stay open for long (event.from). It counts
	// against Options.MaxLong, not against MaxHandlers.
	NoReplyLimit bool
	// Handle answers. The values have the Go types godbus gives to Out; a
	// struct may be a Go struct or []any, a descriptor dbus.UnixFD or *os.File,
	// closed by the dispatcher once sent. ctx ends at the caller's deadline,
	// and when the connection does. Its Meta is the caller's.
	Handle func(ctx context.Context, c *Call) ([]any, error)
}

// A Property is one property of an interface. Without Get it is write only,
// without Set read only.
type Property struct {
	Name string
	Sig  string
	Get  func(ctx context.Context, c *Call) (any, error)
	Set  func(ctx context.Context, c *Call, value any) error
}

// Objects is a Tree of fixed objects.
type Objects map[dbus.ObjectPath]*Node

// Node implements Tree.
func (o Objects) Node(path dbus.ObjectPath) (*Node, bool) {
	n, ok := o[path]
	return n, ok
}

// A Mux joins trees by path prefix; the longest wins. The paths above its
// trees answer introspection with their children, so that tools can walk down
// from "/". It is filled before it is served.
type Mux struct {
	trees    map[dbus.ObjectPath]Tree
	children map[dbus.ObjectPath][]string
	empty    *Node
}

// NewMux makes a Mux without trees.
func NewMux() *Mux {
	return &Mux{
		trees:    make(map[dbus.ObjectPath]Tree),
		children: map[dbus.ObjectPath][]string{"/": nil},
		empty:    &Node{},
	}
}

// Handle gives the prefix and everything below it to a tree.
func (m *Mux) Handle(prefix dbus.ObjectPath, t Tree) {
	m.trees[prefix] = t
	for p := prefix; p != "/"; {
		up, name := parent(p)
		if !slices.Contains(m.children[up], name) {
			m.children[up] = append(m.children[up], name)
			slices.Sort(m.children[up])
		}
		p = up
	}
}

// Node implements Tree.
func (m *Mux) Node(path dbus.ObjectPath) (*Node, bool) {
	for p := path; ; {
		if t, ok := m.trees[p]; ok {
			if n, ok := t.Node(path); ok {
				return n, true
			}
			break
		}
		if p == "/" || p == "" {
			break
		}
		p, _ = parent(p)
	}
	if _, ok := m.children[path]; ok {
		return m.empty, true
	}
	return nil, false
}

// childNames lists the path elements below a node of a tree.
func childNames(t Tree, path dbus.ObjectPath, n *Node) []string {
	names := make(map[string]bool)
	if n.Children != nil {
		for _, c := range n.Children() {
			names[c] = true
		}
	}
	if m, ok := t.(*Mux); ok {
		for _, c := range m.children[path] {
			names[c] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// parent splits the last element off a path.
func parent(p dbus.ObjectPath) (dbus.ObjectPath, string) {
	i := strings.LastIndexByte(string(p), '/')
	if i <= 0 {
		return "/", string(p[i+1:])
	}
	return p[:i], string(p[i+1:])
}
