package bus_test

import (
	"context"
	"io"
	"os"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
)

// openFDs counts this process's descriptors once none come or go any more.
func openFDs(t *testing.T) int {
	t.Helper()
	count := func() int {
		d, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(d)
	}
	n := count()
	for range 50 {
		time.Sleep(10 * time.Millisecond)
		m := count()
		if m == n {
			return n
		}
		n = m
	}
	return n
}

// TestNoDescriptorLeaks is not parallel: it counts those of the process.
func TestNoDescriptorLeaks(t *testing.T) {
	take := method("Take", "h", "", func(_ context.Context, c *bus.Call) ([]any, error) {
		f := c.TakeFD(0)
		defer f.Close()
		if c.TakeFD(0) != nil || c.TakeFD(1) != nil || f == nil {
			return nil, bus.Errorf(bus.Internal, "a descriptor was taken twice")
		}
		_, err := io.WriteString(f, "taken")
		return nil, err
	})
	leave := method("Leave", "ahv", "", func(context.Context, *bus.Call) ([]any, error) { return nil, nil })
	boom := method("Boom", "h", "h", func(context.Context, *bus.Call) ([]any, error) { panic("boom") })
	give := method("Give", "b", "hs", func(_ context.Context, c *bus.Call) ([]any, error) {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		defer w.Close()
		if c.Args[0].(bool) {
			return []any{r, 5}, nil // does not fit the signature
		}
		return []any{r, "ok"}, nil
	})
	slow := method("Slow", "", "h", func(ctx context.Context, _ *bus.Call) ([]any, error) {
		<-ctx.Done()
		r, w, err := os.Pipe()
		w.Close()
		return []any{r}, err
	})
	_, _, client := pair(t, bus.Options{}, take, leave, boom, give, slow)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	ctx := within(t)
	if _, err := client.Do(ctx, request("Take", "h", w)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 5)
	if _, err := io.ReadFull(r, buf); err != nil || string(buf) != "taken" {
		t.Fatalf("%q, %v", buf, err)
	}

	before := openFDs(t)
	for range 100 {
		for _, q := range []*bus.Request{
			request("Leave", "ahv", []*os.File{w, w}, dbus.MakeVariant(dbus.UnixFD(w.Fd()))),
			request("Boom", "h", w),
			request("None", "h", w),
			request("Echo", "h", w),
			{Dest: name, Path: "/none", Interface: iface, Member: "Take", In: "h", Args: []any{w}},
			{Dest: name, Path: path, Member: "Take", In: "h", Args: []any{w}},
			{Dest: name, Path: path, Interface: "org.freedesktop.DBus.Peer", Member: "Ping", In: "h", Args: []any{w}},
			request("Give", "b", true),
		} {
			_, _ = client.Do(ctx, q)
		}
		out, err := client.Do(ctx, request("Give", "b", false))
		if err != nil {
			t.Fatal(err)
		}
		bus.CloseFDs(out)
		brief, cancel := context.WithTimeout(ctx, time.Millisecond)
		out, _ = client.Do(brief, request("Slow", "")) // may be answered in time
		bus.CloseFDs(out)
		cancel()
	}
	if after := openFDs(t); after != before {
		t.Errorf("%d descriptors became %d", before, after)
	}
}
