package idl_test

import (
	"context"
	"io"
	"os"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/bustest"
	"github.com/xcp-dbus/xcp/internal/gen/sharedbus"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
)

// service implements some interfaces with fixed answers.
type service struct{ level string }

func (s *service) LogLevel(context.Context, *bus.Call) (string, error) { return s.level, nil }
func (s *service) SetLogLevel(_ context.Context, _ *bus.Call, v string) error {
	s.level = v
	return nil
}
func (s *service) LogTarget(context.Context, *bus.Call) (string, error) { return "journal", nil }
func (s *service) SetLogTarget(context.Context, *bus.Call, string) error {
	return bus.Errorf(bus.InvalidArgs, "no")
}

func (s *service) SyslogIdentifier(context.Context, *bus.Call) (string, error) {
	return "xcp-test", nil
}

func (s *service) InFlight(context.Context, *bus.Call) ([]map[string]dbus.Variant, error) {
	return []map[string]dbus.Variant{{"method": dbus.MakeVariant("m")}}, nil
}

func (s *service) Stats(context.Context, *bus.Call) (map[string]dbus.Variant, error) { return nil, nil }

func (s *service) Dump(_ context.Context, _ *bus.Call, kind string, _ map[string]dbus.Variant) (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	go func() {
		defer w.Close()
		_, _ = io.WriteString(w, kind)
	}()
	return r, nil
}

func (s *service) Since(context.Context, *bus.Call, uint64, uint32, map[string]dbus.Variant) (uint64, bool, []map[string]dbus.Variant, error) {
	return 7, true, nil, nil
}

func (s *service) Wait(context.Context, *bus.Call, uint64, uint32, map[string]dbus.Variant) (uint64, bool, []map[string]dbus.Variant, error) {
	return 8, false, nil, nil
}

func (s *service) Watch(ctx context.Context, c *bus.Call, _ map[string]dbus.Variant) error {
	return sharedbus.SendEvents1Advanced(ctx, c.Conn, c.Sender, c.Path, 9)
}
func (s *service) Unwatch(context.Context, *bus.Call) error { return nil }

func (s *service) Login(_ context.Context, c *bus.Call) (string, error) {
	return "session of " + c.Meta.Task, nil
}

// TestInterfaces serves generated handlers on a bus and calls them with
// generated clients.
func TestInterfaces(t *testing.T) {
	s := &service{level: "info"}
	const name, root = "org.xen.xcp.test", "/org/xen/xcp/test"
	b := bustest.New(t)
	b.Own(t, name, bus.Options{Tree: bus.Objects{
		root:                      {Interfaces: []*bus.Interface{sharedbus.NewDiagnostics1(s), sharedbus.NewEvents1(s), xapibus.NewLocalLogin1(s)}},
		sharedbus.LogControl1Path: {Interfaces: []*bus.Interface{sharedbus.NewLogControl1(s)}},
	}})
	conn := b.Conn(t)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()

	log := sharedbus.LogControl1Client{Bus: conn, Dest: name, Path: sharedbus.LogControl1Path}
	if err := log.SetLogLevel(ctx, "debug"); err != nil {
		t.Error(err)
	}
	if level, err := log.LogLevel(ctx); err != nil || level != "debug" {
		t.Errorf("LogLevel is %q, %v", level, err)
	}
	if err := log.SetLogTarget(ctx, "x"); !bus.IsError(err, bus.InvalidArgs) {
		t.Errorf("SetLogTarget answers %v", err)
	}

	diagnostics := sharedbus.Diagnostics1Client{Bus: conn, Dest: name, Path: root}
	if calls, err := diagnostics.InFlight(ctx); err != nil || len(calls) != 1 || calls[0]["method"].Value() != "m" {
		t.Errorf("InFlight answers %v, %v", calls, err)
	}
	stream, err := diagnostics.Dump(ctx, "heap", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	if data, err := io.ReadAll(stream); err != nil || string(data) != "heap" {
		t.Errorf("the dump is %q, %v", data, err)
	}
	testEvents(ctx, t, conn, sharedbus.Events1Client{Bus: conn, Dest: name, Path: root})

	login := xapibus.LocalLogin1Client{Bus: conn, Dest: name, Path: root}
	session, err := login.Login(bus.WithMeta(ctx, &bus.Meta{Task: "T"}))
	if err != nil || session != "session of T" {
		t.Errorf("Login answers %q, %v", session, err)
	}
}

func testEvents(ctx context.Context, t *testing.T, conn *bus.Conn, events sharedbus.Events1Client) {
	t.Helper()
	next, gap, _, err := events.Since(ctx, 1, 0, nil)
	if err != nil || next != 7 || !gap {
		t.Errorf("Since answers %d, %v, %v", next, gap, err)
	}
	got := make(chan bus.Signal, 1)
	sub, err := conn.Subscribe(ctx, bus.Match{Sender: events.Dest, Interface: sharedbus.Events1Name, Member: "Advanced"},
		func(s bus.Signal) { got <- s }, bus.SubscribeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Close()
	if err := events.Watch(ctx, nil); err != nil {
		t.Fatal(err)
	}
	select {
	case s := <-got:
		if len(s.Body) != 1 || s.Body[0] != uint64(9) {
			t.Errorf("the signal says %v", s.Body)
		}
	case <-ctx.Done():
		t.Error("no signal came")
	}
}
