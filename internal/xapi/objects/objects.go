package objects

import (
	"context"
	"fmt"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
)

// maxChildren is how many objects of a class introspection lists; tools with
// more ask for get_all (conventions 4.3).
const maxChildren = 256

// secret classes have references that are credentials, or point to them.
var secret = map[string]bool{"session": true, "secret": true, "user": true}

// Config is what the objects need of xapi.
type Config struct {
	DB      *db.DB
	Classes []*schema.Class
	// XML gives an interface's introspection.
	XML func(name string) (string, bool)
	// Invoke serves a message as if it had been called on the class object,
	// with the same checks.
	Invoke func(ctx context.Context, c *bus.Call, m *schema.Message, args []any) ([]any, error)
	// MayRead refuses callers that may not see properties: no session stands
	// behind them, so the policy's uids decide (DESIGN 4.3).
	MayRead func(ctx context.Context, c *bus.Call) error
}

// A Tree serves the objects. It implements bus.Tree.
type Tree struct {
	cfg   Config
	nodes map[string]*class
}

type class struct {
	schema *schema.Class
	node   *bus.Node
}

var _ bus.Tree = (*Tree)(nil)

// New makes the tree. Classes without rows, and those whose references are
// secrets, have no objects.
func New(cfg Config) (*Tree, error) {
	t := &Tree{cfg: cfg, nodes: make(map[string]*class)}
	for _, c := range cfg.Classes {
		if !c.InDB || secret[c.Name] {
			continue
		}
		i, err := t.describe(c)
		if err != nil {
			return nil, err
		}
		t.nodes[c.Name] = &class{schema: c, node: &bus.Node{Interfaces: []*bus.Interface{i}}}
	}
	return t, nil
}

// Node implements bus.Tree.
func (t *Tree) Node(path dbus.ObjectPath) (*bus.Node, bool) {
	c, _, ok := t.find(path)
	if !ok {
		return nil, false
	}
	return c.node, true
}

// Children lists the path elements of a class's objects, none if there are more
// than introspection should carry.
func (t *Tree) Children(name string) []string {
	c, ok := t.nodes[name]
	if !ok {
		return nil
	}
	snap := t.cfg.DB.Snapshot()
	n := snap.Count(c.schema)
	if n > maxChildren {
		return nil
	}
	uuids := c.schema.Field("uuid")
	children := make([]string, 0, n)
	for row := range snap.Rows(c.schema) {
		children = append(children, element(row.Text(uuids)))
	}
	return children
}

func (t *Tree) find(path dbus.ObjectPath) (*class, *db.Row, bool) {
	name, id, ok := split(path)
	if !ok {
		return nil, nil, false
	}
	c, ok := t.nodes[name]
	if !ok {
		return nil, nil, false
	}
	row, err := t.cfg.DB.Snapshot().ByUUID(c.schema, id)
	if err != nil {
		return nil, nil, false
	}
	return c, row, true
}

// row finds the object of a call, which may have gone since Node found it.
func (t *Tree) row(c *bus.Call) (*db.Row, error) {
	_, row, ok := t.find(c.Path)
	if !ok {
		return nil, bus.Errorf(bus.UnknownObject, "there is no object %s", c.Path)
	}
	return row, nil
}

// describe makes the interface all objects of a class share.
func (t *Tree) describe(c *schema.Class) (*bus.Interface, error) {
	name := "org.xen.xcp.xapi." + c.Name + "Object1"
	xml, ok := t.cfg.XML(name)
	if !ok {
		return nil, fmt.Errorf("cannot serve %s: the contract has no such interface", name)
	}
	i := &bus.Interface{
		Name:       name,
		XML:        xml,
		Methods:    make(map[string]*bus.Method),
		Properties: make(map[string]*bus.Property),
		GetAll:     t.getAll,
	}
	for k := range c.Fields {
		if f := &c.Fields[k]; visible(f) {
			i.Properties[f.Name] = t.property(f)
		}
	}
	for _, m := range c.Messages {
		if bound(m) {
			i.Methods[m.Name] = t.method(m)
		}
	}
	return i, nil
}

// visible tells whether a field may be a property.
func visible(f *schema.Field) bool { return !f.Internal && !f.Sensitive }

// bound tells whether a message is about one record, its first parameter.
func bound(m *schema.Message) bool {
	return len(m.Params) > 0 && m.Params[0].Type.Kind == schema.Ref && m.Params[0].Type.Name == m.Class.Name
}

func (t *Tree) property(f *schema.Field) *bus.Property {
	return &bus.Property{Name: f.Name, Sig: f.Type.Sig, Get: func(ctx context.Context, c *bus.Call) (any, error) {
		if err := t.cfg.MayRead(ctx, c); err != nil {
			return nil, err
		}
		row, err := t.row(c)
		if err != nil {
			return nil, err
		}
		return t.cfg.DB.Snapshot().Value(row, f), nil
	}}
}

func (t *Tree) getAll(ctx context.Context, c *bus.Call) (map[string]dbus.Variant, error) {
	if err := t.cfg.MayRead(ctx, c); err != nil {
		return nil, err
	}
	row, err := t.row(c)
	if err != nil {
		return nil, err
	}
	snap := t.cfg.DB.Snapshot()
	all := make(map[string]dbus.Variant, len(row.Class.Fields))
	for k := range row.Class.Fields {
		if f := &row.Class.Fields[k]; visible(f) {
			all[f.Name] = dbus.MakeVariantWithSignature(snap.Value(row, f), dbus.ParseSignatureMust(f.Type.Sig))
		}
	}
	return all, nil
}

func (t *Tree) method(m *schema.Message) *bus.Method {
	in := ""
	for _, p := range m.Params[1:] {
		in += p.Type.Sig
	}
	out := m.Result.Sig
	if m.BusResult != "" {
		out = m.BusResult
	}
	return &bus.Method{
		Name: m.Name, In: in + "a{sv}", Out: out, HasContext: true, NoReplyLimit: m.Impl != schema.ImplDB,
		Handle: func(ctx context.Context, c *bus.Call) ([]any, error) {
			row, err := t.row(c)
			if err != nil {
				return nil, err
			}
			return t.cfg.Invoke(ctx, c, m, append([]any{row.Ref}, c.Args...))
		},
	}
}
