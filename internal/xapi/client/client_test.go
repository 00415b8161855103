package client_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/wiremap"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/rpc"
	"github.com/xcp-dbus/xcp/internal/rpc/typed"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/client"
	"github.com/xcp-dbus/xcp/internal/xapi/request"
	"github.com/xcp-dbus/xcp/internal/xerr"
	"github.com/xcp-dbus/xcp/internal/xmlrpc"
)

// A peer is another toolstack, as far as its wire goes: it decodes calls with
// the codec of the front and answers with answer.
type peer struct {
	t      *testing.T
	header http.Header // of the last call
	answer func(m *schema.Message, session string, args []any) (any, error)
}

func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.header = r.Header
	body, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Error(err)
	}
	call, err := xmlrpc.DecodeCall(string(body), rpc.DefaultLimits)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	m, ok := wiremap.Lookup(call.Method)
	if !ok {
		p.t.Errorf("unknown method %s", call.Method)
		return
	}
	params, session := call.Params, ""
	if !m.NoSession {
		session, params = params[0].Text, params[1:]
	}
	types := typed.Classes(model.ClassByName)
	args := make([]any, len(params))
	for i := range params {
		if args[i], err = types.Decode(m.Params[i].Name, m.Params[i].Type, params[i]); err != nil {
			p.t.Error(err)
		}
	}
	out := xmlrpc.NewEncoder(nil)
	result, err := p.answer(m, session, args)
	if err != nil {
		f := xerr.From(err)
		out.Failure(rpc.Failure{Code: f.Code, Params: f.Params})
	} else {
		out.Success()
		if err := types.Encode(out, m.Result, result); err != nil {
			p.t.Error(err)
		}
		out.End()
	}
	w.Header().Set("Content-Type", "text/xml")
	w.Write(out.Buffer())
}

func start(t *testing.T, answer func(m *schema.Message, session string, args []any) (any, error)) (*peer, *client.Transport) {
	t.Helper()
	p := &peer{t: t, answer: answer}
	srv := httptest.NewTLSServer(p)
	t.Cleanup(srv.Close)
	conf := srv.Client().Transport.(*http.Transport).TLSClientConfig
	return p, client.HTTPS(strings.TrimPrefix(srv.URL, "https://"), conf)
}

// Every argument arrives as it was sent, whatever its type and text.
func TestArguments(t *testing.T) {
	hostile := "a<b>&\"'\t\n é \U0001F600 ]]>"
	sent := map[string][]any{
		"VM.start":             {"OpaqueRef:1", true, false},
		"VM.set_memory":        {"OpaqueRef:1", int64(-9223372036854775808)},
		"VM.sysprep":           {"OpaqueRef:1", hostile, 0.1},
		"VM.set_xenstore_data": {"OpaqueRef:1", map[string]string{hostile: hostile, "": ""}},
		"VIF.set_ipv4_allowed": {"OpaqueRef:1", []string{hostile, ""}},
		"VIF.set_trunks":       {"OpaqueRef:1", []int64{}},
	}
	for wire, args := range sent {
		t.Run(wire, func(t *testing.T) {
			var got []any
			_, tr := start(t, func(_ *schema.Message, _ string, args []any) (any, error) {
				got = args
				return nil, nil
			})
			m, ok := wiremap.Lookup(wire)
			if !ok {
				t.Fatal("no such message")
			}
			if _, err := tr.Call(t.Context(), m, args); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(args, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRecordArgument(t *testing.T) {
	var got map[string]dbus.Variant
	_, tr := start(t, func(_ *schema.Message, _ string, args []any) (any, error) {
		got = args[0].(map[string]dbus.Variant)
		return "OpaqueRef:new", nil
	})
	sent := map[string]dbus.Variant{
		"device":       dbus.MakeVariant("0"),
		"MTU":          dbus.MakeVariant(int64(1500)),
		"other_config": dbus.MakeVariant(map[string]string{"<k>": "v"}),
		"ipv4_allowed": dbus.MakeVariant([]string{}),
		"network":      dbus.MakeVariant("OpaqueRef:net"),
		"VM":           dbus.MakeVariant("OpaqueRef:vm"),
		"MAC":          dbus.MakeVariant(""),

		"qos_algorithm_type":   dbus.MakeVariant(""),
		"qos_algorithm_params": dbus.MakeVariant(map[string]string{}),
	}
	vif, err := xapibus.NewClient(tr).VIF.Create(t.Context(), maps.Clone(sent))
	if err != nil || vif != "OpaqueRef:new" {
		t.Fatal(vif, err)
	}
	if diff := cmp.Diff(sent, got, cmp.Comparer(func(a, b dbus.Variant) bool { return a.String() == b.String() })); diff != "" {
		t.Error(diff)
	}
}

func TestSessionAndTask(t *testing.T) {
	var sessions []string
	p, tr := start(t, func(m *schema.Message, session string, args []any) (any, error) {
		sessions = append(sessions, m.Name+" "+session)
		if m.Name == "slave_login" {
			return "OpaqueRef:s", nil
		}
		return nil, nil
	})
	ctx := request.With(t.Context(), &request.Request{Task: "OpaqueRef:t"})
	in, err := tr.Login(ctx, "OpaqueRef:here", "pool secret")
	if err != nil {
		t.Fatal(err)
	}
	if err := xapibus.NewClient(in).VM.Pause(ctx, "OpaqueRef:vm"); err != nil {
		t.Fatal(err)
	}
	if got := p.header.Get("task-id"); got != "OpaqueRef:t" {
		t.Errorf("task-id is %q", got)
	}
	in.Close(ctx)
	if diff := cmp.Diff([]string{"slave_login ", "pause OpaqueRef:s", "logout OpaqueRef:s"}, sessions); diff != "" {
		t.Error(diff)
	}
}

func TestErrors(t *testing.T) {
	t.Run("an answer keeps its code", func(t *testing.T) {
		_, tr := start(t, func(*schema.Message, string, []any) (any, error) {
			return nil, xerr.New("VM_BAD_POWER_STATE", "OpaqueRef:vm", "running", "halted")
		})
		err := xapibus.NewClient(tr).VM.Pause(t.Context(), ref.VM("OpaqueRef:vm"))
		var x *xerr.Error
		if !errors.As(err, &x) || x.Code != "VM_BAD_POWER_STATE" || len(x.Params) != 3 {
			t.Error(err)
		}
	})
	t.Run("a dead peer is no answer", func(t *testing.T) {
		tr := client.HTTPS("127.0.0.1:1", &tls.Config{})
		err := xapibus.NewClient(tr).VM.Pause(t.Context(), "OpaqueRef:vm")
		var x *xerr.Error
		if err == nil || errors.As(err, &x) {
			t.Error(err)
		}
	})
	t.Run("an unknown certificate is refused", func(t *testing.T) {
		srv := httptest.NewTLSServer(http.NotFoundHandler())
		srv.Config.ErrorLog = nil
		defer srv.Close()
		tr := client.HTTPS(strings.TrimPrefix(srv.URL, "https://"), &tls.Config{})
		if _, err := tr.Login(context.Background(), "OpaqueRef:here", "x"); err == nil {
			t.Error("logged in to a host nobody vouches for")
		}
	})
}
