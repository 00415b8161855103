package bus_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"go.uber.org/goleak"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/bustest"
	"github.com/xcp-dbus/xcp/internal/bus/wire"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	name  = "org.xen.xcp.test"
	path  = dbus.ObjectPath("/org/xen/xcp/test")
	iface = "org.xen.xcp.test.Thing1"
)

// within is a context most tests use.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// method makes one with a context dictionary.
func method(name, in, out string, h func(context.Context, *bus.Call) ([]any, error)) *bus.Method {
	return &bus.Method{Name: name, In: in + "a{sv}", Out: out, HasContext: true, Handle: h}
}

const thingXML = `  <interface name="` + iface + `">
    <method name="Echo">
      <arg name="text" type="s" direction="in"/>
      <arg name="context" type="a{sv}" direction="in"/>
      <arg name="text" type="s" direction="out"/>
    </method>
    <property name="Name" type="s" access="read"/>
  </interface>
`

// thing is the object under test: Echo, Fail and whatever a test adds.
func thing(methods ...*bus.Method) *bus.Interface {
	i := &bus.Interface{
		Name:    iface,
		XML:     thingXML,
		Methods: map[string]*bus.Method{},
		Properties: map[string]*bus.Property{
			"Name": {Name: "Name", Sig: "s", Get: func(context.Context, *bus.Call) (any, error) { return "thing", nil }},
		},
	}
	methods = append(methods, method("Echo", "s", "s", func(_ context.Context, c *bus.Call) ([]any, error) {
		return c.Args, nil
	}))
	for _, m := range methods {
		i.Methods[m.Name] = m
	}
	return i
}

func tree(i *bus.Interface) bus.Tree {
	m := bus.NewMux()
	m.Handle(path, bus.Objects{path: {Interfaces: []*bus.Interface{i}}})
	return m
}

// pair starts a bus with a service of these methods and a client.
func pair(t *testing.T, o bus.Options, methods ...*bus.Method) (b *bustest.Bus, service, client *bus.Conn) {
	t.Helper()
	b = bustest.New(t)
	o.Tree = tree(thing(methods...))
	return b, b.Own(t, name, o), b.Conn(t)
}

// request is a call of the thing.
func request(member, in string, args ...any) *bus.Request {
	return &bus.Request{Dest: name, Path: path, Interface: iface, Member: member, In: in + "a{sv}", Args: args, Context: true}
}

func TestEcho(t *testing.T) {
	t.Parallel()
	_, _, client := pair(t, bus.Options{})
	out, err := client.Do(within(t), request("Echo", "s", "grün"))
	if err != nil || out[0] != "grün" {
		t.Fatalf("%v, %v", out, err)
	}
}

func TestRawResults(t *testing.T) {
	t.Parallel()
	_, _, client := pair(t, bus.Options{})
	r := request("Echo", "s", "grün")
	r.Raw = true
	out, err := client.Do(within(t), r)
	if err != nil {
		t.Fatal(err)
	}
	raw := out[0].(bus.Raw)
	if got := wire.NewReader(raw.Body).String(); raw.Sig != "s" || got != "grün" {
		t.Errorf("%s %q", raw.Sig, got)
	}
	r.Member = "None"
	if _, err := client.Do(within(t), r); !bus.IsError(err, bus.UnknownMethod) {
		t.Errorf("%v", err)
	}
}

func TestContextArrives(t *testing.T) {
	t.Parallel()
	got := make(chan *bus.Meta, 1)
	onward := make(chan map[string]dbus.Variant, 1)
	see := method("See", "", "", func(ctx context.Context, c *bus.Call) ([]any, error) {
		got <- c.Meta
		return c.Conn.Do(ctx, &bus.Request{Dest: name, Path: path, Interface: iface, Member: "Onward", In: "a{sv}", Context: true})
	})
	next := method("Onward", "", "", func(_ context.Context, c *bus.Call) ([]any, error) {
		onward <- c.Meta.Dict()
		return nil, nil
	})
	_, _, client := pair(t, bus.Options{}, see, next)
	trace := bus.NewTrace()
	ctx := bus.WithMeta(within(t), &bus.Meta{
		TraceParent: trace.String(), Session: "OpaqueRef:s", Roles: []string{"pool-admin"},
		Origin: &bus.Origin{Transport: "local", UID: 7, Internal: true, TaskOtherConfig: map[string]string{"a": "b"}},
	})
	r := request("See", "")
	r.Retry = bus.Keyed
	if _, err := client.Do(ctx, r); err != nil {
		t.Fatal(err)
	}
	m := <-got
	deadline, _ := ctx.Deadline()
	if m.Session != "OpaqueRef:s" || m.Origin.UID != 7 || !m.Origin.Internal || m.Origin.TaskOtherConfig["a"] != "b" ||
		len(m.Roles) != 1 || m.IdempotencyKey == "" || !m.Deadline.Equal(deadline.Truncate(time.Millisecond)) {
		t.Errorf("%+v %+v", m, m.Origin)
	}
	child, ok := bus.ParseTrace(m.TraceParent)
	if !ok || child.ID != trace.ID || child.Span == trace.Span {
		t.Errorf("trace %s became %s", trace, m.TraceParent)
	}
	d := <-onward
	for _, secret := range []string{"session", "origin", "idempotency-key"} {
		if _, ok := d[secret]; ok {
			t.Errorf("%s travelled on", secret)
		}
	}
	if tp, _ := bus.ParseTrace(d["traceparent"].Value().(string)); tp.ID != trace.ID {
		t.Error("the trace did not travel on")
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	b, _, client := pair(t, bus.Options{})
	for _, c := range []struct {
		want string
		r    bus.Request
	}{
		{bus.InvalidArgs, bus.Request{Dest: name, Path: path, Member: "Echo", In: "s", Args: []any{"x"}}},
		{bus.InvalidArgs, bus.Request{Dest: name, Path: path, Interface: iface, Member: "Echo", In: "s", Args: []any{"x"}}},
		{bus.InvalidArgs, bus.Request{Dest: name, Path: path, Interface: iface, Member: "Echo", In: "ia{sv}", Args: []any{int32(65), nil}}},
		{bus.InvalidArgs, bus.Request{Dest: name, Path: path, Interface: iface, Member: "Echo"}},
		{bus.UnknownObject, bus.Request{Dest: name, Path: path + "/none", Interface: iface, Member: "Echo"}},
		{bus.UnknownObject, bus.Request{Dest: name, Path: "/none", Interface: "org.freedesktop.DBus.Properties", Member: "Get"}},
		{bus.UnknownInterface, bus.Request{Dest: name, Path: path, Interface: "a.b", Member: "Echo"}},
		{bus.UnknownInterface, bus.Request{Dest: name, Path: "/org/xen", Interface: iface, Member: "Echo"}},
		{bus.UnknownMethod, bus.Request{Dest: name, Path: path, Interface: iface, Member: "None"}},
		{bus.UnknownMethod, bus.Request{Dest: name, Path: path, Interface: "org.freedesktop.DBus.Peer", Member: "None"}},
		{bus.UnknownProperty, property("Get", "ss", iface, "None")},
		{bus.UnknownInterface, property("Get", "ss", "a.b", "None")},
		{bus.UnknownInterface, property("GetAll", "s", "a.b")},
		{bus.PropertyReadOnly, property("Set", "ssv", iface, "Name", dbus.MakeVariant("x"))},
		{bus.InvalidArgs, property("Get", "s", iface)},
	} {
		_, err := client.Do(within(t), &c.r)
		if !bus.IsError(err, c.want) {
			t.Errorf("%s.%s(%s) at %s: %v, want %s", c.r.Interface, c.r.Member, c.r.In, c.r.Path, err, c.want)
		}
	}
	_ = b
}

func property(member, in string, args ...any) bus.Request {
	return bus.Request{Dest: name, Path: path, Interface: "org.freedesktop.DBus.Properties", Member: member, In: in, Args: args}
}

func TestStandardInterfaces(t *testing.T) {
	t.Parallel()
	_, _, client := pair(t, bus.Options{})
	ctx := within(t)
	for at := range map[dbus.ObjectPath]bool{"/": true, "/org": true, path: true, "/anything": true} {
		if _, err := client.Call(ctx, name, at, "org.freedesktop.DBus.Peer", "Ping", ""); err != nil {
			t.Errorf("Ping at %s: %v", at, err)
		}
	}
	out, err := client.Call(ctx, name, path, "org.freedesktop.DBus.Properties", "GetAll", "s", iface)
	if err != nil || out[0].(map[string]dbus.Variant)["Name"].Value() != "thing" {
		t.Errorf("%v, %v", out, err)
	}
	out, err = client.Call(ctx, name, path, "org.freedesktop.DBus.Properties", "Get", "ss", iface, "Name")
	if err != nil || out[0].(dbus.Variant).Value() != "thing" {
		t.Errorf("%v, %v", out, err)
	}
	for at, want := range map[dbus.ObjectPath]string{"/": `<node name="org"/>`, "/org/xen": `<node name="xcp"/>`, path: iface} {
		out, err := client.Call(ctx, name, at, "org.freedesktop.DBus.Introspectable", "Introspect", "")
		if err != nil || !strings.Contains(out[0].(string), want) {
			t.Errorf("%s: %v, %v", at, out, err)
		}
	}
}

// TestErrorsCrossTheBus sends each kind of error through a real bus.
func TestErrorsCrossTheBus(t *testing.T) {
	t.Parallel()
	next := make(chan error, 1)
	fail := method("Fail", "", "", func(context.Context, *bus.Call) ([]any, error) { return nil, <-next })
	_, _, client := pair(t, bus.Options{}, fail)
	call := func(err error) error {
		next <- err
		r := request("Fail", "")
		r.Once = true
		_, got := client.Do(within(t), r)
		return got
	}
	got := call(fmt.Errorf("wrapped: %w", xerr.New("VM_BAD_POWER_STATE", "r", "halted", "running")))
	var x *xerr.Error
	if !errors.As(got, &x) || x.Code != "VM_BAD_POWER_STATE" || len(x.Params) != 3 || x.Params[2] != "running" {
		t.Errorf("XenAPI: %v", got)
	}
	e := bus.Errorf(bus.BadState, "it is %s", "off")
	e.Params = []string{"p"}
	e.Details = map[string]dbus.Variant{"where": dbus.MakeVariant("here")}
	var back *bus.Error
	if got = call(e); !errors.As(got, &back) || back.Message != "it is off" || back.Params[0] != "p" || back.Details["where"].Value() != "here" {
		t.Errorf("own: %v", got)
	}
	for err, want := range map[error]string{
		errors.New("secret inner text"):               bus.Internal,
		context.DeadlineExceeded:                      bus.DeadlineExceeded,
		context.Canceled:                              bus.Cancelled,
		xerr.New("not a code"):                        bus.Internal,
		&xerr.Lost{Executed: "no", Err: os.ErrClosed}: bus.OutcomeUnknown,
		xerr.New("CODE", "\xff"):                      bus.Internal,
		bus.Errorf("no error name", "x"):              bus.Internal,
		bus.Errorf(bus.Backend, "a\x00\xff"):          bus.Backend,
		bus.Errorf(bus.UnknownObject, "x"):            bus.UnknownObject,
	} {
		got := call(err)
		if !bus.IsError(got, want) || strings.Contains(got.Error(), "secret") {
			t.Errorf("%v became %v, want %s", err, got, want)
		}
	}
	for _, name := range []string{bus.Busy, bus.Draining} {
		var lost *xerr.Lost
		if got := call(bus.Errorf(name, "later")); !errors.As(got, &lost) || lost.Executed != "no" || !bus.IsError(got, name) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestNamesThatAreNone: the bus would end the connection.
func TestNamesThatAreNone(t *testing.T) {
	t.Parallel()
	_, _, client := pair(t, bus.Options{})
	for _, r := range []bus.Request{
		{Dest: name, Path: "no path", Interface: iface, Member: "Echo"},
		{Dest: name, Path: path, Interface: "x", Member: "Echo"},
		{Dest: name, Path: path, Interface: iface, Member: "Ec ho"},
		{Dest: "x", Path: path, Interface: iface, Member: "Echo"},
	} {
		if _, err := client.Do(within(t), &r); !bus.IsError(err, bus.InvalidArgs) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if _, err := client.Do(within(t), request("Echo", "s", "alive")); err != nil {
		t.Fatal(err)
	}
}

func TestPanicLeavesTheServiceAlive(t *testing.T) {
	t.Parallel()
	boom := method("Boom", "", "", func(context.Context, *bus.Call) ([]any, error) { panic("boom") })
	bad := method("Bad", "", "s", func(context.Context, *bus.Call) ([]any, error) { return []any{42}, nil })
	none := method("None", "", "s", func(context.Context, *bus.Call) ([]any, error) { return []any{nil}, nil })
	late := method("Late", "", "", func(context.Context, *bus.Call) ([]any, error) { return nil, nil })
	around := func(c *bus.Call) (func(error), error) {
		return func(error) {
			if c.Member == "Late" {
				panic("late")
			}
		}, nil
	}
	_, _, client := pair(t, bus.Options{Around: around}, boom, bad, none, late)
	for _, m := range []string{"Boom", "Bad", "None"} {
		if _, err := client.Do(within(t), request(m, "")); !bus.IsError(err, bus.Internal) {
			t.Errorf("%s: %v", m, err)
		}
	}
	if _, err := client.Do(within(t), request("Late", "")); err != nil {
		t.Errorf("a call that was answered before the panic: %v", err)
	}
	if _, err := client.Do(within(t), request("Echo", "s", "still here")); err != nil {
		t.Fatal(err)
	}
}

func TestCallsNeedADeadline(t *testing.T) {
	t.Parallel()
	_, _, client := pair(t, bus.Options{})
	if _, err := client.Do(context.Background(), request("Echo", "s", "x")); err == nil {
		t.Fatal("a call without deadline was made")
	}
}
