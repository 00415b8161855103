package bus_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/bustest"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// failing answers with the errors in turn, then with the keys it saw.
func failing(errs ...error) *bus.Method {
	var n atomic.Int32
	var mu sync.Mutex
	var keys []string
	return method("Failing", "", "as", func(_ context.Context, c *bus.Call) ([]any, error) {
		mu.Lock()
		defer mu.Unlock()
		keys = append(keys, c.Meta.IdempotencyKey)
		if i := int(n.Add(1)); i <= len(errs) {
			return nil, errs[i-1]
		}
		return []any{keys}, nil
	})
}

func TestRetriesByClass(t *testing.T) {
	t.Parallel()
	noReply := bus.Errorf("org.freedesktop.DBus.Error.NoReply", "died")
	for _, c := range []struct {
		what  string
		err   error
		retry bus.Retry
		once  bool
		tries int // 0: gives up
	}{
		{"busy", bus.Errorf(bus.Busy, "x"), bus.Never, false, 2},
		{"draining", bus.Errorf(bus.Draining, "x"), bus.Keyed, false, 2},
		{"busy, once", bus.Errorf(bus.Busy, "x"), bus.Keyed, true, 0},
		{"no reply, a read", noReply, bus.Idempotent, false, 2},
		{"no reply, keyed", noReply, bus.Keyed, false, 2},
		{"no reply, neither", noReply, bus.Never, false, 0},
		{"handed over, keyed", bus.Errorf(bus.HandedOver, "x"), bus.Keyed, false, 2},
		{"handed over, neither", bus.Errorf(bus.HandedOver, "x"), bus.Never, false, 0},
		{"refused", bus.Errorf(bus.NotFound, "x"), bus.Idempotent, false, 0},
		{"XenAPI", xerr.New("HANDLE_INVALID"), bus.Keyed, false, 0},
		{"internal", errors.New("x"), bus.Idempotent, false, 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			_, _, client := pair(t, bus.Options{}, failing(c.err))
			r := request("Failing", "")
			r.Retry, r.Once = c.retry, c.once
			out, err := client.Do(within(t), r)
			if c.tries == 0 {
				if err == nil {
					t.Fatalf("was repeated: %v", out)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			keys := out[0].([]string)
			if len(keys) != c.tries || keys[0] != keys[1] || (keys[0] != "") != (c.retry == bus.Keyed) {
				t.Errorf("keys %q", keys)
			}
		})
	}
}

func TestWaitsForAnOwner(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	client := b.Conn(t)
	done := make(chan error, 1)
	go func() {
		_, err := client.Do(within(t), request("Echo", "s", "x"))
		done <- err
	}()
	time.Sleep(300 * time.Millisecond)
	b.Own(t, name, bus.Options{Tree: tree(thing())})
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestNoAutoStartAnswersAtOnce(t *testing.T) {
	t.Parallel()
	b := bustest.New(t, bustest.WithActivation(name, "/bin/false"))
	r := request("Echo", "s", "x")
	r.NoAutoStart = true
	start := time.Now()
	_, err := b.Conn(t).Do(within(t), r)
	var lost *xerr.Lost
	if !bus.IsError(err, "org.freedesktop.DBus.Error.NameHasNoOwner") || !errors.As(err, &lost) || lost.Executed != "no" || time.Since(start) > 3*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

// TestActivation: a call starts the service, which is this test once it sees
// the helper's file.
func TestActivation(t *testing.T) {
	t.Parallel()
	asked := filepath.Join(t.TempDir(), "asked")
	b := bustest.New(t, bustest.WithActivation(name, "/bin/touch "+asked))
	var service sync.WaitGroup
	defer service.Wait()
	service.Go(func() {
		for range 1000 {
			if _, err := os.Stat(asked); err == nil {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		c, err := bus.Dial(ctx, b.Address, bus.Options{Tree: tree(thing())})
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() { c.Close() })
		if err := c.RequestName(ctx, name, false); err != nil {
			t.Error(err)
		}
	})
	if _, err := b.Conn(t).Do(within(t), request("Echo", "s", "x")); err != nil {
		t.Fatal(err)
	}
}

// TestRestartsUnderLoad kills the service again and again; readers notice
// nothing.
func TestRestartsUnderLoad(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	service := b.Own(t, name, bus.Options{Tree: tree(thing())})
	client := b.Conn(t)
	ctx, cancel := context.WithCancel(within(t))
	var load sync.WaitGroup
	var calls atomic.Int64
	for range 8 {
		load.Go(func() {
			for ctx.Err() == nil {
				r := request("Echo", "s", "x")
				r.Retry = bus.Idempotent
				if _, err := client.Do(ctx, r); err != nil && ctx.Err() == nil {
					t.Errorf("a caller noticed: %v", err)
					return
				}
				calls.Add(1)
			}
		})
	}
	for range 5 {
		time.Sleep(50 * time.Millisecond)
		service.Close()
		service = b.Own(t, name, bus.Options{Tree: tree(thing())})
	}
	time.Sleep(50 * time.Millisecond)
	cancel()
	load.Wait()
	t.Logf("%d calls over 5 restarts", calls.Load())
}

func TestLimits(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{}, 100)
	quick := hang(entered)
	long := method("Long", "", "", quick.Handle)
	long.NoReplyLimit = true
	_, _, client := pair(t, bus.Options{MaxHandlers: 2, MaxQueue: 3, MaxLong: 4}, quick, long)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	call := func(member string) error {
		r := request(member, "")
		r.Once = true
		_, err := client.Do(ctx, r)
		return err
	}
	results := make(chan error, 100)
	for range 20 {
		go func() { results <- call("Hang") }()
	}
	busy := 0
	for range 15 {
		err := <-results
		if !bus.IsError(err, bus.Busy) {
			t.Fatalf("%v", err)
		}
		var e *bus.Error
		if errors.As(err, &e); e.RetryAfter() > 0 {
			busy++
		}
	}
	if busy != 15 {
		t.Errorf("%d of 15 refusals name a pause", busy)
	}
	// The other lane is free.
	for range 6 {
		go func() { results <- call("Long") }()
	}
	for range 2 {
		if err := <-results; !bus.IsError(err, bus.Busy) {
			t.Fatalf("%v", err)
		}
	}
	for range 9 {
		if err := <-results; err == nil || bus.IsError(err, bus.Busy) {
			t.Errorf("%v", err)
		}
	}
}

// TestFloodIsRefused: beyond all limits callers are told so without a goroutine
// for each.
func TestFloodIsRefused(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{}, 1000)
	_, _, client := pair(t, bus.Options{MaxHandlers: 1, MaxQueue: 1, MaxLong: 1}, hang(entered))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	results := make(chan error, 200)
	for range 200 {
		go func() {
			r := request("Hang", "")
			r.Once = true
			_, err := client.Do(ctx, r)
			results <- err
		}()
	}
	for i := range 197 {
		if err := <-results; !bus.IsError(err, bus.Busy) {
			t.Fatalf("result %d: %v", i, err)
		}
	}
	cancel()
	for range 3 {
		<-results
	}
}

func TestDeadlineReachesTheHandler(t *testing.T) {
	t.Parallel()
	left := make(chan time.Duration, 1)
	look := method("Look", "", "", func(ctx context.Context, _ *bus.Call) ([]any, error) {
		d, ok := ctx.Deadline()
		if !ok {
			return nil, fmt.Errorf("no deadline")
		}
		left <- time.Until(d)
		return nil, nil
	})
	_, _, client := pair(t, bus.Options{}, look)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if _, err := client.Do(ctx, request("Look", "")); err != nil {
		t.Fatal(err)
	}
	if d := <-left; d <= 0 || d > 3*time.Second {
		t.Errorf("%v left", d)
	}
}
