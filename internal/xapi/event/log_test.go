package event_test

import (
	"context"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/bustest"
	"github.com/xcp-dbus/xcp/internal/gen/sharedbus"
)

const logPath = dbus.ObjectPath("/org/xen/xcp/xapi")

func classes(names ...string) map[string]dbus.Variant {
	return map[string]dbus.Variant{"class": dbus.MakeVariant(names)}
}

func ops(events []map[string]dbus.Variant) (list []string) {
	for _, ev := range events {
		list = append(list, ev["op"].Value().(string))
	}
	return list
}

func TestLogOverTheBus(t *testing.T) {
	w := newWorld(t)
	b := bustest.New(t)
	tree := bus.NewMux()
	tree.Handle(logPath, bus.Objects{logPath: {Interfaces: []*bus.Interface{sharedbus.NewEvents1(w.engine.Log(logPath))}}})
	served, err := bus.Dial(t.Context(), b.Address, bus.Options{Tree: tree})
	if err != nil {
		t.Fatal(err)
	}
	defer served.Close()
	caller := b.Conn(t)
	log := sharedbus.Events1Client{Bus: caller, Dest: served.UniqueName(), Path: logPath}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()

	a := w.network("a")
	start, gap, events, err := log.Since(ctx, 0, 0, classes("network"))
	if err != nil || gap {
		t.Fatal(gap, err)
	}
	expect(t, ops(events), "add")

	advanced := make(chan uint64, 16)
	sub, err := caller.Subscribe(ctx, bus.Match{Sender: served.UniqueName(), Interface: sharedbus.Events1Name, Member: "Advanced"},
		func(s bus.Signal) { advanced <- s.Body[0].(uint64) }, bus.SubscribeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Close()
	if err := log.Watch(ctx, classes("network")); err != nil {
		t.Fatal(err)
	}
	w.rename(a, "b")
	select {
	case <-advanced:
	case <-time.After(5 * time.Second):
		t.Fatal("no signal")
	}
	next, gap, events, err := log.Wait(ctx, start, 1000, classes("network"))
	if err != nil || gap {
		t.Fatal(gap, err)
	}
	expect(t, ops(events), "mod")
	if err := log.Unwatch(ctx); err != nil {
		t.Fatal(err)
	}

	w.destroy(a)
	_, _, events, err = log.Since(ctx, next, 0, classes("network"))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, ops(events), "del")
	if _, gap, _, err = log.Since(ctx, next^1<<60, 0, nil); err != nil || !gap {
		t.Errorf("a cursor of another log: gap %v, %v", gap, err)
	}
	if _, _, _, err = log.Since(ctx, next, 0, map[string]dbus.Variant{"colour": dbus.MakeVariant("red")}); !bus.IsError(err, bus.UnknownOption) {
		t.Errorf("unknown option: %v", err)
	}
	for len(advanced) > 0 {
		<-advanced
	}
	w.network("after unwatch")
	select {
	case <-advanced:
		t.Error("signalled after Unwatch")
	case <-time.After(200 * time.Millisecond):
	}
}

// A page of the log ends between two revisions, and the next begins there.
func TestLogPages(t *testing.T) {
	w := newWorld(t)
	log := w.engine.Log(logPath)
	for range 5 {
		w.network("n")
	}
	var cursor uint64
	var all []string
	for range 10 {
		next, gap, events, err := log.Since(w.ctx, nil, cursor, 2, classes("network"))
		if err != nil || gap || len(events) > 2 {
			t.Fatal(gap, len(events), err)
		}
		if len(events) == 0 {
			break
		}
		all, cursor = append(all, ops(events)...), next
	}
	expect(t, all, "add", "add", "add", "add", "add")
}
