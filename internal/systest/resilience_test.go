package systest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/internal/systest/stack"
)

// waiters is how many clients wait for events at the same time in
// TestManyWaiters: more than a web console with all its users has.
const waiters = 400

// TestManyWaiters: clients that wait for events keep nobody else waiting, and
// all hear of a change.
func TestManyWaiters(t *testing.T) {
	s := start(t, stack.Options{})
	c := login(t, s, s.URL)
	token := do(t, c, "event.from", []string{"network"}, "", 1.5).(map[string]any)["token"]
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var all sync.WaitGroup
	heard := make(chan error, waiters)
	for range waiters {
		all.Go(func() {
			w := stack.Dial(s.URL)
			defer w.Close()
			w.Session = c.Session
			v, err := w.Do(ctx, "event.from", []string{"network"}, token, 40.5)
			if err == nil && len(v.(map[string]any)["events"].([]any)) == 0 {
				err = fmt.Errorf("no event came")
			}
			heard <- err
		})
	}
	time.Sleep(2 * time.Second) // until they wait
	for range 20 {
		began := time.Now()
		do(t, c, "host.get_all")
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("a call beside %d waiters took %v", waiters, took)
		}
	}
	network := do(t, c, "network.create", map[string]any{"name_label": "waited for", "name_description": "", "other_config": map[string]string{}})
	all.Wait()
	for range waiters {
		if err := <-heard; err != nil {
			t.Fatalf("a waiter: %v", err)
		}
	}
	do(t, c, "network.destroy", network)
}

// TestKilledWhileWaiting: a service that dies under a waiting client, and
// under one that reads a list, is not noticed by either.
func TestKilledWhileWaiting(t *testing.T) {
	s := start(t, stack.Options{})
	c := login(t, s, s.URL)
	token := do(t, c, "event.from", []string{"network"}, "", 1.5).(map[string]any)["token"]
	answer := make(chan any, 1)
	go func() {
		w := stack.Dial(s.URL)
		defer w.Close()
		w.Session = c.Session
		v, err := w.Do(t.Context(), "event.from", []string{"network"}, token, 20.5)
		if err != nil {
			v = err
		}
		answer <- v
	}()
	time.Sleep(500 * time.Millisecond)
	restartXapi(t, s)
	network := do(t, c, "network.create", map[string]any{"name_label": "after", "name_description": "", "other_config": map[string]string{}})
	v, ok := (<-answer).(map[string]any)
	if !ok {
		t.Fatalf("the waiter was told %v", v)
	}
	events := v["events"].([]any)
	if len(events) != 1 || events[0].(map[string]any)["ref"] != network {
		t.Errorf("the waiter saw %v", events)
	}
}

// TestKilledParts: the bus and the front are started again when they die, at
// the same addresses, and clients go on with their sessions.
func TestKilledParts(t *testing.T) {
	s := start(t, stack.Options{})
	c := login(t, s, s.URL)
	vm := do(t, c, "VM.create", stack.VMRecord("kept")).(string)
	for _, name := range []string{"xcp-front", "dbus-daemon", "xcp-front"} {
		p, ok := s.Find(name)
		if !ok {
			t.Fatalf("no %s runs", name)
		}
		if err := syscall.Kill(p.PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		waitFor(t, name+" to end", func() bool { return !p.Alive() })
		waitFor(t, "an answer after the death of "+name, func() bool {
			got, err := c.Do(t.Context(), "VM.get_name_label", vm)
			return err == nil && got == "kept"
		})
	}
}

// TestGuessedPasswords: of many guesses few are tried, each of which costs a
// password hash, and nobody else is kept waiting.
func TestGuessedPasswords(t *testing.T) {
	s := start(t, stack.Options{})
	c := login(t, s, s.URL)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			g := stack.Dial(s.URL)
			defer g.Close()
			for ctx.Err() == nil {
				if err := g.Login(ctx, "root", "guess"); err == nil {
					t.Error("a guess was right")
				}
			}
		})
	}
	for ctx.Err() == nil {
		call := time.Now()
		do(t, c, "host.get_all")
		if took := time.Since(call); took > 2*time.Second {
			t.Errorf("a call beside the guesses took %v", took)
		}
		time.Sleep(100 * time.Millisecond)
	}
	call := time.Now()
	login(t, s, "unix:"+s.Unix)
	if took := time.Since(call); took > 2*time.Second {
		t.Errorf("a login over the local socket took %v", took)
	}
	all.Wait()
	if tried := strings.Count(s.Log(), "login failed"); tried == 0 || tried > 60 {
		t.Errorf("%d guesses were tried in 4 s", tried)
	}
}
