package bus_test

import (
	"context"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/bustest"
)

// tick is the signal of these tests.
var tick = bus.Match{Sender: name, Interface: iface, Member: "Tick"}

// collector gathers the numbers signals carry.
type collector struct {
	mu   sync.Mutex
	got  []uint64
	last chan struct{}
	stop uint64
}

func collect(stop uint64) *collector { return &collector{last: make(chan struct{}), stop: stop} }

func (c *collector) take(s bus.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := s.Body[0].(uint64)
	c.got = append(c.got, n)
	if n == c.stop {
		close(c.last)
	}
}

func (c *collector) wait(t *testing.T) []uint64 {
	t.Helper()
	select {
	case <-c.last:
	case <-time.After(20 * time.Second):
		t.Fatal("the last signal did not arrive")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.got
}

func emit(t *testing.T, c *bus.Conn, dest string, from, to uint64) {
	t.Helper()
	for n := from; n <= to; n++ {
		if err := c.Signal(t.Context(), dest, path, iface, "Tick", "t", n); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSignalsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	const n = 20000
	_, service, client := pair(t, bus.Options{})
	c := collect(n)
	if _, err := client.Subscribe(within(t), tick, c.take, bus.SubscribeOptions{Buffer: n}); err != nil {
		t.Fatal(err)
	}
	emit(t, service, "", 1, n/2)
	emit(t, service, client.UniqueName(), n/2+1, n)
	got := c.wait(t)
	if len(got) != n {
		t.Fatalf("%d signals of %d", len(got), n)
	}
	for i, v := range got {
		if v != uint64(i+1) {
			t.Fatalf("signal %d is %d", i+1, v)
		}
	}
}

// TestSlowSubscriber: the reader goes on, the rest is told by Resync, and what
// comes after it is handled.
func TestSlowSubscriber(t *testing.T) {
	t.Parallel()
	_, service, client := pair(t, bus.Options{})
	gate, entered := make(chan struct{}), make(chan struct{}, 1)
	var resyncs, after atomic.Int32
	done := make(chan struct{})
	_, err := client.Subscribe(within(t), tick, func(s bus.Signal) {
		if s.Body[0] == uint64(1) {
			entered <- struct{}{}
			<-gate
		}
		if resyncs.Load() > 0 {
			after.Add(1)
		}
		if s.Body[0] == uint64(1000) {
			close(done)
		}
	}, bus.SubscribeOptions{Buffer: 10, Resync: func() { resyncs.Add(1) }})
	if err != nil {
		t.Fatal(err)
	}
	emit(t, service, "", 1, 1)
	<-entered
	emit(t, service, "", 2, 1000)
	if _, err := client.Do(within(t), request("Echo", "s", "the reader is free")); err != nil {
		t.Fatal(err)
	}
	close(gate)
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("signals stopped")
	}
	if resyncs.Load() == 0 || after.Load() == 0 || after.Load() > 20 {
		t.Errorf("%d resyncs, %d signals after", resyncs.Load(), after.Load())
	}
}

func TestSignalsCoalesce(t *testing.T) {
	t.Parallel()
	_, service, client := pair(t, bus.Options{})
	c := collect(1000)
	gate := make(chan struct{})
	_, err := client.Subscribe(within(t), tick, func(s bus.Signal) {
		<-gate
		c.take(s)
	}, bus.SubscribeOptions{Coalesce: true, Buffer: 10, Resync: func() { t.Error("the buffer ran over") }})
	if err != nil {
		t.Fatal(err)
	}
	emit(t, service, "", 1, 1000)
	// The answer comes behind the signals.
	if _, err := client.Do(within(t), request("Echo", "s", "x")); err != nil {
		t.Fatal(err)
	}
	close(gate)
	if got := c.wait(t); len(got) > 3 {
		t.Errorf("%d signals were handled", len(got))
	}
}

// TestSignalsOfOthersAreFiltered: unicast signals reach a connection without
// any rule, whoever sends them.
func TestSignalsOfOthersAreFiltered(t *testing.T) {
	t.Parallel()
	b, service, client := pair(t, bus.Options{})
	c := collect(2)
	sub, err := client.Subscribe(within(t), tick, c.take, bus.SubscribeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	stranger := b.Conn(t)
	emit(t, stranger, client.UniqueName(), 1, 1)
	emit(t, service, client.UniqueName(), 2, 2)
	if got := c.wait(t); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	// The next owner of the name is believed, the one before no more.
	next := b.Conn(t)
	if err := next.RequestName(within(t), name, true); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	c.last, c.stop = make(chan struct{}), 4
	c.mu.Unlock()
	emit(t, service, client.UniqueName(), 3, 3)
	emit(t, next, client.UniqueName(), 4, 4)
	if got := c.wait(t); len(got) != 2 {
		t.Errorf("got %v", got)
	}
	sub.Close()
	sub.Close()
	for _, m := range []bus.Match{{}, {Interface: iface}, {Member: "Tick"}} {
		if _, err := client.Subscribe(within(t), m, c.take, bus.SubscribeOptions{}); err == nil {
			t.Errorf("%+v was taken", m)
		}
	}
}

func TestPeerDeath(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	watcher := b.Conn(t)
	mortal := b.Conn(t)
	gone := make(chan string, 3)
	watch := func(which string) func() {
		stop, err := watcher.OnPeerGone(within(t), mortal.UniqueName(), func() { gone <- which })
		if err != nil {
			t.Fatal(err)
		}
		return stop
	}
	watch("one")
	watch("two")()
	mortal.Close()
	if which := <-gone; which != "one" {
		t.Errorf("%s was told", which)
	}
	watch("late")
	if which := <-gone; which != "late" {
		t.Errorf("%s was told", which)
	}
}

func TestWatchName(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	owners := make(chan string, 10)
	stop, err := b.Conn(t).WatchName(within(t), name, func(owner string) { owners <- owner })
	if err != nil {
		t.Fatal(err)
	}
	if o := <-owners; o != "" {
		t.Fatalf("owned by %q", o)
	}
	lost := make(chan string, 1)
	first := b.Own(t, name, bus.Options{NameLost: func(n string) { lost <- n }})
	if o := <-owners; o != first.UniqueName() {
		t.Fatalf("owned by %q", o)
	}
	second := b.Own(t, name, bus.Options{})
	if o := <-owners; o != second.UniqueName() {
		t.Fatalf("owned by %q", o)
	}
	if n := <-lost; n != name {
		t.Fatalf("lost %q", n)
	}
	if err := second.ReleaseName(within(t), name); err != nil {
		t.Fatal(err)
	}
	if o := <-owners; o != "" {
		t.Fatalf("owned by %q", o)
	}
	stop()
	stop()
}

func TestNamesThatAreKept(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	ctx := within(t)
	if err := b.Conn(t).RequestName(ctx, name, false); err != nil {
		t.Fatal(err)
	}
	if err := b.Conn(t).RequestName(ctx, name, true); !bus.IsError(err, bus.Conflict) {
		t.Errorf("the second owner: %v", err)
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	asker, peer := b.Conn(t), b.Conn(t)
	for range 2 {
		cr, err := asker.Credentials(within(t), peer.UniqueName())
		if err != nil || int(cr.UID) != os.Getuid() || cr.PID == 0 {
			t.Fatalf("%+v, %v", cr, err)
		}
	}
	gone := make(chan struct{})
	if _, err := asker.OnPeerGone(within(t), peer.UniqueName(), func() { close(gone) }); err != nil {
		t.Fatal(err)
	}
	peer.Close()
	<-gone
	if cr, err := asker.Credentials(within(t), peer.UniqueName()); err == nil {
		t.Errorf("a peer that is gone: %+v", cr)
	}
	var many sync.WaitGroup
	other := b.Conn(t)
	for range 20 {
		many.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			if _, err := asker.Credentials(ctx, other.UniqueName()); err != nil {
				t.Error(err)
			}
		})
	}
	many.Wait()
	if _, err := asker.Credentials(within(t), "no name"); err == nil {
		t.Error("credentials of nobody")
	}
}
