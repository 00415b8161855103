package bus_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/bustest"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// hang is a method that waits for its caller's deadline, or the connection.
func hang(entered chan<- struct{}) *bus.Method {
	return method("Hang", "", "", func(ctx context.Context, _ *bus.Call) ([]any, error) {
		entered <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	})
}

func TestBusDeathEndsEverything(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{}, 1)
	b, service, client := pair(t, bus.Options{}, hang(entered))
	result := make(chan error, 1)
	go func() {
		_, err := client.Do(within(t), request("Hang", ""))
		result <- err
	}()
	<-entered
	b.Kill()
	for _, c := range []*bus.Conn{service, client} {
		select {
		case <-c.Done():
		case <-time.After(5 * time.Second):
			t.Fatal("the connection did not end")
		}
	}
	var lost *xerr.Lost
	if err := <-result; !errors.As(err, &lost) || lost.Executed != "unknown" || !errors.Is(err, bus.ErrLost) {
		t.Errorf("the open call: %v", err)
	}
	if _, err := client.Do(within(t), request("Echo", "s", "x")); !errors.As(err, &lost) || lost.Executed != "no" || !errors.Is(err, bus.ErrLost) {
		t.Errorf("a later call: %v", err)
	}
}

func TestReconnecting(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	var setups atomic.Int32
	entered := make(chan struct{}, 1)
	r := bus.Reconnect(b.Address, bus.Options{Log: bustest.Log(t), Tree: tree(thing(hang(entered)))},
		func(ctx context.Context, c *bus.Conn) error {
			if setups.Add(1) == 2 {
				return errors.New("not yet")
			}
			return c.RequestName(ctx, name, false)
		})
	defer r.Close()
	ctx := within(t)
	if _, err := r.Do(ctx, request("Echo", "s", "x")); err != nil {
		t.Fatal(err)
	}
	result := make(chan error, 1)
	go func() {
		_, err := r.Do(ctx, request("Hang", ""))
		result <- err
	}()
	<-entered
	b.Restart(t)
	var lost *xerr.Lost
	if err := <-result; !errors.As(err, &lost) || lost.Executed != "unknown" {
		t.Errorf("the open call: %v", err)
	}
	if _, err := r.Do(ctx, request("Echo", "s", "again")); err != nil {
		t.Fatal(err)
	}
	if setups.Load() < 3 {
		t.Errorf("set up %d times", setups.Load())
	}
}

func TestReconnectingRepeatsWhatMayBeRepeated(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	var calls atomic.Int32
	keys := make(chan string, 2)
	first := method("First", "", "s", func(ctx context.Context, c *bus.Call) ([]any, error) {
		keys <- c.Meta.IdempotencyKey
		if calls.Add(1) == 1 {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return []any{"second time"}, nil
	})
	r := bus.Reconnect(b.Address, bus.Options{Log: bustest.Log(t), Tree: tree(thing(first))},
		func(ctx context.Context, c *bus.Conn) error { return c.RequestName(ctx, name, false) })
	defer r.Close()
	done := make(chan error, 1)
	go func() {
		q := request("First", "")
		q.Retry = bus.Keyed
		_, err := r.Do(within(t), q)
		done <- err
	}()
	key := <-keys
	b.Restart(t)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if again := <-keys; key == "" || again != key {
		t.Errorf("key %q became %q", key, again)
	}
}

// TestStuckBusObeysDeadlines freezes the daemon. Small calls fit into the
// socket's buffer and wait for an answer; big ones cannot even be sent.
func TestStuckBusObeysDeadlines(t *testing.T) {
	t.Parallel()
	b, _, _ := pair(t, bus.Options{})
	client := b.Conn(t, bus.Options{WriteTimeout: time.Second})
	b.Stop(t)
	defer b.Continue(t)
	big := strings.Repeat("x", 4<<20)
	start := time.Now()
	results := make(chan error, 20)
	for i := range 20 {
		text := "small"
		if i%2 == 1 {
			text = big
		}
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			_, err := client.Do(ctx, request("Echo", "s", text))
			results <- err
		}()
	}
	for range 20 {
		var lost *xerr.Lost
		if err := <-results; !errors.As(err, &lost) {
			t.Errorf("%v", err)
		}
	}
	// The first big message is sent in part and may take the write timeout.
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("deadlines of 300 ms took %v", took)
	}
}

func TestDialObeysItsContext(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	b.Stop(t)
	defer b.Continue(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := bus.Dial(ctx, b.Address, bus.Options{}); err == nil || time.Since(start) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	for _, address := range []string{"", "tcp:host=localhost", "unix:", "unix:path=/nonexistent/bus", "unix:path=%zz"} {
		if _, err := bus.Dial(t.Context(), address, bus.Options{}); err == nil {
			t.Errorf("%q was dialled", address)
		}
	}
}
