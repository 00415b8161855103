package busctl

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"go.uber.org/goleak"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/bustest"
	"github.com/xcp-dbus/xcp/internal/bus/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const session = "OpaqueRef:5e551011-0000-4000-8000-000000000001"

// fakeXapi owns xapi's name and answers as xapi would, as far as the tools
// look.
func fakeXapi(t *testing.T, b *bustest.Bus) {
	t.Helper()
	method := func(name, in, out string, context_ bool, f func(c *bus.Call) ([]any, error)) *bus.Method {
		return &bus.Method{Name: name, In: in, Out: out, HasContext: context_, Handle: func(_ context.Context, c *bus.Call) ([]any, error) { return f(c) }}
	}
	iface := func(name string, methods ...*bus.Method) *bus.Interface {
		i := &bus.Interface{Name: name, XML: `<interface name="` + name + `"></interface>`, Methods: map[string]*bus.Method{}}
		for _, m := range methods {
			i.Methods[m.Name] = m
		}
		return i
	}
	needSession := func(c *bus.Call) error {
		if c.Meta.Session != session {
			return bus.Errorf(bus.AccessDenied, "no session")
		}
		return nil
	}
	objects := bus.Objects{
		"/org/xen/xcp/xapi": {Interfaces: []*bus.Interface{
			iface("org.xen.xcp.xapi.LocalLogin1", method("Login", "a{sv}", "s", true, func(*bus.Call) ([]any, error) { return []any{session}, nil })),
			iface("org.xen.xcp.Health1", method("Check", "as", "saa{sv}", false, func(*bus.Call) ([]any, error) {
				return []any{"warn", []map[string]dbus.Variant{{"name": dbus.MakeVariant("store"), "status": dbus.MakeVariant("warn"), "detail": dbus.MakeVariant("half full")}}}, nil
			})),
			iface("org.xen.xcp.Diagnostics1", method("Dump", "sa{sv}", "h", false, func(*bus.Call) ([]any, error) {
				r, w, err := os.Pipe()
				if err != nil {
					return nil, err
				}
				_, _ = io.WriteString(w, "a dump")
				w.Close()
				return []any{r}, nil
			})),
		}},
		"/org/xen/xcp/xapi/VM": {Interfaces: []*bus.Interface{iface(
			"org.xen.xcp.xapi.VM1",
			method("get_name_label", "sa{sv}", "s", true, func(c *bus.Call) ([]any, error) {
				return []any{"vm of " + c.Args[0].(string)}, needSession(c)
			}),
			method("set_other_config", "sa{ss}a{sv}", "", true, func(c *bus.Call) ([]any, error) {
				if m, ok := c.Args[1].(map[string]string); !ok || m["a"] != "b" {
					return nil, bus.Errorf(bus.InvalidArgs, "got %v", c.Args)
				}
				return nil, needSession(c)
			}),
			method("create", "a{sv}a{sv}", "s", true, func(c *bus.Call) ([]any, error) {
				r := c.Args[0].(map[string]dbus.Variant)
				if r["VCPUs_max"].Value() != int64(2) || r["tags"].Signature().String() != "as" {
					return nil, bus.Errorf(bus.InvalidArgs, "got %v", r)
				}
				return []any{"OpaqueRef:new"}, needSession(c)
			}),
		)}},
		"/org/xen/xcp/xapi/session": {Interfaces: []*bus.Interface{iface(
			"org.xen.xcp.xapi.session1",
			method("logout", "a{sv}", "", true, func(c *bus.Call) ([]any, error) { return nil, needSession(c) }),
			method("login_with_password", "ssssa{sv}", "s", true, func(c *bus.Call) ([]any, error) {
				return nil, bus.Errorf(bus.AccessDenied, "wrong password %s", c.Args[1])
			}),
		)}},
	}
	mux := bus.NewMux()
	for p, n := range objects {
		mux.Handle(p, bus.Objects{p: n})
	}
	b.Own(t, xapiName, bus.Options{Tree: mux})
}

func tool(t *testing.T, b *bustest.Bus) (*Session, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	return &Session{Conn: b.Conn(t), Out: &out}, &out
}

func TestTree(t *testing.T) {
	b := bustest.New(t)
	fakeXapi(t, b)
	s, out := tool(t, b)
	if err := s.Tree(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"org.xen.xcp.xapi\n", "  /org/xen/xcp/xapi/VM  org.xen.xcp.xapi.VM1\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the tree has no %q:\n%s", want, out)
		}
	}
	if err := s.Tree(t.Context(), "nothing"); err == nil {
		t.Error("a service nobody knows has a tree")
	}
}

func TestCall(t *testing.T) {
	b := bustest.New(t)
	fakeXapi(t, b)
	tests := []struct {
		words, want string
		usage       bool
	}{
		{words: "VM.get_name_label|OpaqueRef:1", want: "vm of OpaqueRef:1\n"},
		{words: `VM.set_other_config|OpaqueRef:1|{"a": "b"}`, want: ""},
		{words: `VM.create|{"VCPUs_max": 2, "tags": []}`, want: "OpaqueRef:new\n"},
		{words: "xapi|/org/xen/xcp/xapi|org.xen.xcp.Diagnostics1.Dump|sa{sv}|heap|{}", want: "a dump"},
		{words: "VM.get_name_label", usage: true},
		{words: "VM.no_such_message", usage: true},
		{words: `VM.create|{"colour": 2}`, usage: true},
		{words: `VM.set_other_config|OpaqueRef:1|7`, usage: true},
		{words: "Async.VM.get_name_label|x", usage: true},
		{words: "xapi|/org/xen/xcp/xapi", usage: true},
		{words: "xapi|/org/xen/xcp/xapi|a.b|u|minus one", usage: true},
	}
	for _, tt := range tests {
		t.Run(tt.words, func(t *testing.T) {
			s, out := tool(t, b)
			err := s.Call(t.Context(), strings.Split(tt.words, "|"), 0)
			if errors.Is(err, ErrUsage) != tt.usage || !tt.usage && err != nil {
				t.Fatalf("error %v", err)
			}
			if out.String() != tt.want {
				t.Errorf("printed %q, want %q", out, tt.want)
			}
		})
	}
}

func TestDoctor(t *testing.T) {
	b := bustest.New(t)
	fakeXapi(t, b)
	s, out := tool(t, b)
	healthy, err := s.Doctor(t.Context())
	if err != nil || !healthy {
		t.Fatalf("healthy %v, error %v", healthy, err)
	}
	if !strings.Contains(out.String(), "warn  org.xen.xcp.xapi store: half full\n") {
		t.Errorf("it says:\n%s", out)
	}
}

// lockedBuffer is written by Watch and read by the test.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestWatchMasksSecrets(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		b := bustest.New(t)
		fakeXapi(t, b)
		var out lockedBuffer
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- Watch(ctx, b.Address, "", &out, asJSON) }()
		s, _ := tool(t, b)
		waitFor(t, &out, func(string) bool { // until it watches
			_ = s.Call(t.Context(), []string{"org.freedesktop.DBus", "/", "org.freedesktop.DBus.Peer.Ping"}, 0)
			return strings.Contains(out.String(), "Peer.Ping")
		})
		if err := s.Call(t.Context(), []string{"VM.get_name_label", session}, 0); err != nil {
			t.Fatal(err)
		}
		if err := s.Call(t.Context(), []string{"session.login_with_password", "root", "p4ssw0rd", "1.0", "me"}, 0); err == nil {
			t.Fatal("the login worked")
		}
		waitFor(t, &out, func(text string) bool { return strings.Contains(text, "AccessDenied") })
		stop()
		if err := <-done; err != nil {
			t.Errorf("Watch: %v", err)
		}
		for _, secret := range []string{session, "p4ssw0rd"} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%s is shown:\n%s", secret, out.String())
			}
		}
		for _, want := range []string{"VM1.get_name_label", "LocalLogin1.Login", masked} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("there is no %q:\n%s", want, out.String())
			}
		}
	}
}

func waitFor(t *testing.T, out *lockedBuffer, done func(string) bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(out.String()); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came:\n%s", out.String())
		}
	}
}

// FuzzParseWord: whatever is taken can be marshalled.
func FuzzParseWord(f *testing.F) {
	for _, s := range []string{"s", "x", "as", "a{sv}", "a{xd}", "(sx)", "aa{sv}", "v", "d", "y"} {
		for _, w := range []string{"text", "7", `["a"]`, `{"a": 1}`, `{"1": 2.5}`, `["a", 1]`, `{"type": "t", "value": 5}`, "null"} {
			f.Add(s, w)
		}
	}
	f.Fuzz(func(t *testing.T, sig, word string) {
		one, rest, err := wire.Split(sig)
		if err != nil || rest != "" || one == "" {
			return
		}
		v, err := parseWord(one, word)
		if err != nil {
			return
		}
		_, fds, err := wire.AppendSig(nil, 0, one, v)
		if err != nil && !strings.Contains(err.Error(), "UTF-8") && !strings.Contains(err.Error(), "text") {
			t.Errorf("parseWord(%q, %q) = %#v, which cannot be sent: %v", one, word, v, err)
		}
		if len(fds) > 0 {
			t.Error("descriptors out of nothing")
		}
	})
}
