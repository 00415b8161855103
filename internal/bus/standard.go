package bus

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/godbus/dbus/v5"
)

const (
	peerInterface       = "org.freedesktop.DBus.Peer"
	introspectInterface = "org.freedesktop.DBus.Introspectable"
	propertiesInterface = "org.freedesktop.DBus.Properties"
)

// standard are the interfaces every node has. They carry no context.
var standard map[string]*Interface

func init() {
	standard = map[string]*Interface{
		peerInterface: {Name: peerInterface, Methods: table(
			&Method{Name: "Ping", Handle: ping},
			&Method{Name: "GetMachineId", Out: "s", Handle: machineID},
		)},
		introspectInterface: {Name: introspectInterface, Methods: table(
			&Method{Name: "Introspect", Out: "s", Handle: introspect},
		)},
		propertiesInterface: {Name: propertiesInterface, Methods: table(
			&Method{Name: "Get", In: "ss", Out: "v", Handle: propertyGet},
			&Method{Name: "GetAll", In: "s", Out: "a{sv}", Handle: propertyGetAll},
			&Method{Name: "Set", In: "ssv", Handle: propertySet},
		)},
	}
}

func table(methods ...*Method) map[string]*Method {
	t := make(map[string]*Method, len(methods))
	for _, m := range methods {
		t[m.Name] = m
	}
	return t
}

func ping(context.Context, *Call) ([]any, error) { return nil, nil }

// machineID gives the host's identity as the specification wants it: D-Bus's
// own file, or systemd's.
func machineID(context.Context, *Call) ([]any, error) {
	for _, p := range []string{"/etc/machine-id", "/var/lib/dbus/machine-id"} {
		if b, err := os.ReadFile(p); err == nil && len(b) <= 64 {
			return []any{strings.TrimSpace(string(b))}, nil
		}
	}
	return nil, Errorf(NotFound, "this machine has no machine id")
}

const introspectHead = `<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN" ` +
	`"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">` + "\n<node>\n"

const standardXML = `  <interface name="org.freedesktop.DBus.Introspectable">
    <method name="Introspect"><arg name="xml" type="s" direction="out"/></method>
  </interface>
  <interface name="org.freedesktop.DBus.Peer">
    <method name="Ping"/>
    <method name="GetMachineId"><arg name="machine_uuid" type="s" direction="out"/></method>
  </interface>
`

const propertiesXML = `  <interface name="org.freedesktop.DBus.Properties">
    <method name="Get">
      <arg name="interface_name" type="s" direction="in"/>
      <arg name="property_name" type="s" direction="in"/>
      <arg name="value" type="v" direction="out"/>
    </method>
    <method name="GetAll">
      <arg name="interface_name" type="s" direction="in"/>
      <arg name="properties" type="a{sv}" direction="out"/>
    </method>
    <method name="Set">
      <arg name="interface_name" type="s" direction="in"/>
      <arg name="property_name" type="s" direction="in"/>
      <arg name="value" type="v" direction="in"/>
    </method>
    <signal name="PropertiesChanged">
      <arg name="interface_name" type="s"/>
      <arg name="changed_properties" type="a{sv}"/>
      <arg name="invalidated_properties" type="as"/>
    </signal>
  </interface>
`

// introspect writes the node's document: the standard interfaces, its own,
// its children.
func introspect(_ context.Context, c *Call) ([]any, error) {
	var b strings.Builder
	b.WriteString(introspectHead)
	b.WriteString(standardXML)
	if len(c.node.Interfaces) > 0 {
		b.WriteString(propertiesXML)
	}
	for _, i := range c.node.Interfaces {
		b.WriteString(i.XML)
		if !strings.HasSuffix(i.XML, "\n") {
			b.WriteByte('\n')
		}
	}
	for _, name := range childNames(c.Conn.opts.Tree, c.Path, c.node) {
		fmt.Fprintf(&b, "  <node name=%q/>\n", name)
	}
	b.WriteString("</node>\n")
	return []any{b.String()}, nil
}

// property finds one property of the node.
func property(c *Call, iface, name string) (*Property, error) {
	i := c.node.Interface(iface)
	if i == nil {
		return nil, Errorf(UnknownInterface, "%s has no interface %s", c.Path, iface)
	}
	p := i.Properties[name]
	if p == nil {
		return nil, Errorf(UnknownProperty, "%s has no property %s", iface, name)
	}
	return p, nil
}

func propertyGet(ctx context.Context, c *Call) ([]any, error) {
	p, err := property(c, c.Args[0].(string), c.Args[1].(string))
	if err != nil {
		return nil, err
	}
	v, err := p.read(ctx, c)
	return []any{v}, err
}

func (p *Property) read(ctx context.Context, c *Call) (dbus.Variant, error) {
	if p.Get == nil {
		return dbus.Variant{}, Errorf(AccessDenied, "property %s cannot be read", p.Name)
	}
	v, err := p.Get(ctx, c)
	if err != nil {
		return dbus.Variant{}, err
	}
	sig, err := dbus.ParseSignature(p.Sig)
	if err != nil {
		return dbus.Variant{}, err
	}
	return dbus.MakeVariantWithSignature(v, sig), nil
}

func propertyGetAll(ctx context.Context, c *Call) ([]any, error) {
	name := c.Args[0].(string)
	i := c.node.Interface(name)
	if i == nil && standard[name] == nil {
		return nil, Errorf(UnknownInterface, "%s has no interface %s", c.Path, name)
	}
	all := make(map[string]dbus.Variant)
	if i == nil {
		return []any{all}, nil
	}
	if i.GetAll != nil {
		all, err := i.GetAll(ctx, c)
		return []any{all}, err
	}
	for _, p := range i.Properties {
		if p.Get == nil {
			continue
		}
		v, err := p.read(ctx, c)
		if err != nil {
			return nil, err
		}
		all[p.Name] = v
	}
	return []any{all}, nil
}

func propertySet(ctx context.Context, c *Call) ([]any, error) {
	p, err := property(c, c.Args[0].(string), c.Args[1].(string))
	if err != nil {
		return nil, err
	}
	if p.Set == nil {
		return nil, Errorf(PropertyReadOnly, "property %s cannot be set", p.Name)
	}
	v := c.Args[2].(dbus.Variant)
	if got := v.Signature().String(); got != p.Sig {
		return nil, Errorf(InvalidArgs, "property %s has type %s, not %s", p.Name, p.Sig, got)
	}
	return nil, p.Set(ctx, c, v.Value())
}
