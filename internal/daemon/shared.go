package daemon

import (
	"context"
	"fmt"
	"strings"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/wire"
)

// Names of the interfaces every service answers.
const (
	serviceInterface     = "org.xen.xcp.Service1"
	healthInterface      = "org.xen.xcp.Health1"
	diagnosticsInterface = "org.xen.xcp.Diagnostics1"
	logControlInterface  = "org.freedesktop.LogControl1"
)

// root is the service's root object.
func (p *proc) root() dbus.ObjectPath { return dbus.ObjectPath("/org/xen/xcp/" + p.spec.Name) }

// mountShared puts the shared interfaces on the root object and LogControl1 at
// its fixed path.
func (p *proc) mountShared() {
	root := append([]*bus.Interface{p.service1(), p.health1(), p.diagnostics1()}, p.service.Root...)
	p.env.Tree.Handle(p.root(), bus.Objects{p.root(): {Interfaces: root}})
	logPath := dbus.ObjectPath("/org/freedesktop/LogControl1")
	p.env.Tree.Handle(logPath, bus.Objects{logPath: {Interfaces: []*bus.Interface{p.logControl1()}}})
}

// interfaces lists what the service implements, for Service1.Interfaces.
func (p *proc) interfaces() []string {
	list := []string{serviceInterface, healthInterface, diagnosticsInterface, logControlInterface}
	for _, i := range p.service.Root {
		list = append(list, i.Name)
	}
	return append(list, p.service.Interfaces...)
}

func (p *proc) service1() *bus.Interface {
	return iface(serviceInterface, []*bus.Method{
		{Name: "Drain", Handle: func(context.Context, *bus.Call) ([]any, error) {
			p.drainOnce.Do(func() { close(p.drainReq) })
			return nil, nil
		}},
		{Name: "Drained", Out: "b", Handle: func(context.Context, *bus.Call) ([]any, error) {
			return []any{p.calls.drained()}, nil
		}},
	}, []*bus.Property{
		constant("Name", "s", p.spec.Name),
		constant("Version", "s", Version()),
		constant("Build", "s", Build()),
		constant("Instance", "s", p.env.Instance),
		constant("StartedAt", "t", uint64(p.started.UnixMilli())),
		constant("Interfaces", "as", p.interfaces()),
		{Name: "State", Sig: "s", Get: func(context.Context, *bus.Call) (any, error) { return p.state.Load(), nil }},
	}, `<signal name="StateChanged"><arg name="state" type="s"/></signal>`)
}

func (p *proc) health1() *bus.Interface {
	return iface(healthInterface, []*bus.Method{
		{Name: "Check", In: "as", Out: "saa{sv}", Handle: func(ctx context.Context, c *bus.Call) ([]any, error) {
			subjects, _ := c.Args[0].([]string)
			status, checks := p.check(ctx, subjects)
			return []any{status, checks}, nil
		}},
	}, []*bus.Property{
		{Name: "LastProgress", Sig: "t", Get: func(context.Context, *bus.Call) (any, error) {
			_, since := p.progress.oldest()
			return uint64(since), nil
		}},
	}, "")
}

func (p *proc) diagnostics1() *bus.Interface {
	return iface(diagnosticsInterface, []*bus.Method{
		{Name: "InFlight", Out: "aa{sv}", Handle: func(context.Context, *bus.Call) ([]any, error) {
			return []any{p.calls.inFlight()}, nil
		}},
		{Name: "Stats", Out: "a{sv}", Handle: func(context.Context, *bus.Call) ([]any, error) {
			return []any{p.statistics()}, nil
		}},
		{Name: "Dump", In: "sa{sv}", Out: "h", Handle: func(_ context.Context, c *bus.Call) ([]any, error) {
			kind, _ := c.Args[0].(string)
			if options, _ := c.Args[1].(map[string]dbus.Variant); len(options) > 0 {
				return nil, bus.Errorf(bus.UnknownOption, "Dump has no options")
			}
			f, err := p.dump(kind)
			if err != nil {
				return nil, err
			}
			return []any{f}, nil
		}},
	}, nil, "")
}

func (p *proc) logControl1() *bus.Interface {
	return iface(logControlInterface, nil, []*bus.Property{
		{
			Name: "LogLevel", Sig: "s",
			Get: func(context.Context, *bus.Call) (any, error) { return p.logs.syslogLevel(), nil },
			Set: func(_ context.Context, _ *bus.Call, v any) error {
				l, err := parseLevel(fmt.Sprint(v))
				if err != nil {
					return bus.Errorf(bus.InvalidArgs, "%v", err)
				}
				p.logs.level.Set(l)
				return nil
			},
		},
		{
			Name: "LogTarget", Sig: "s",
			Get: func(context.Context, *bus.Call) (any, error) { return p.logs.target(), nil },
			Set: func(_ context.Context, _ *bus.Call, v any) error {
				if err := p.logs.setTarget(fmt.Sprint(v)); err != nil {
					return bus.Errorf(bus.InvalidArgs, "%v", err)
				}
				return nil
			},
		},
		constant("SyslogIdentifier", "s", "xcp-"+p.spec.Name),
	}, "")
}

func constant(name, sig string, v any) *bus.Property {
	return &bus.Property{Name: name, Sig: sig, Get: func(context.Context, *bus.Call) (any, error) { return v, nil }}
}

// iface builds an interface and its introspection.
func iface(name string, methods []*bus.Method, properties []*bus.Property, more string) *bus.Interface {
	i := &bus.Interface{Name: name, Methods: map[string]*bus.Method{}, Properties: map[string]*bus.Property{}}
	var b strings.Builder
	fmt.Fprintf(&b, "  <interface name=%q>\n", name)
	arg := func(sig, direction string) {
		for sig != "" {
			one, rest, err := wire.Split(sig)
			if err != nil {
				panic(err) // the signatures above are constants
			}
			fmt.Fprintf(&b, "<arg type=%q direction=%q/>", one, direction)
			sig = rest
		}
	}
	for _, m := range methods {
		i.Methods[m.Name] = m
		fmt.Fprintf(&b, "    <method name=%q>", m.Name)
		arg(m.In, "in")
		arg(m.Out, "out")
		b.WriteString("</method>\n")
	}
	for _, p := range properties {
		i.Properties[p.Name] = p
		access := "read"
		if p.Set != nil {
			access = "readwrite"
		}
		fmt.Fprintf(&b, "    <property name=%q type=%q access=%q/>\n", p.Name, p.Sig, access)
	}
	if more != "" {
		b.WriteString("    " + more + "\n")
	}
	b.WriteString("  </interface>\n")
	i.XML = b.String()
	return i
}

// announceState sends Service1.StateChanged and says that the cached State is
// out of date.
func (p *proc) announceState(ctx context.Context, s string) error {
	c, err := p.line.conn(ctx)
	if err != nil {
		return err
	}
	if err := c.Signal(ctx, "", p.root(), serviceInterface, "StateChanged", "s", s); err != nil {
		return err
	}
	return c.Signal(ctx, "", p.root(), "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as",
		serviceInterface, map[string]dbus.Variant{}, []string{"State"})
}
