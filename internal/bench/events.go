package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/xcp-dbus/xcp/internal/systest/stack"
)

// eventWrites is the pace of the writer, per second, and eventVMs how many
// objects it writes in turn.
const (
	eventWrites = 200
	eventVMs    = 50
)

// events measures how long after a write's answer its event is in a client's
// hands, while another client writes at a steady pace.
func (b *bench) events() error {
	if err := b.running(); err != nil {
		return err
	}
	vms, err := b.makeVMs(eventVMs)
	if err != nil {
		return err
	}
	watcher := stack.Dial(b.stack.URL)
	defer watcher.Close()
	if err := watcher.Login(b.ctx, b.stack.User, b.stack.Password); err != nil {
		return err
	}
	v, err := watcher.Do(b.ctx, "event.from", []string{"VM"}, "", 1.5)
	if err != nil {
		return err
	}
	total := int(b.sizes.Duration.Seconds() * eventWrites)
	seen := &sightings{sent: make([]time.Time, total), answered: make([]time.Time, total), at: make([]time.Time, total)}
	var watching sync.WaitGroup
	var watchErr error
	watching.Go(func() {
		watchErr = seen.watch(b, watcher, v.(map[string]any)["token"], time.Now().Add(b.sizes.Duration+10*time.Second))
	})
	err = seen.write(b, vms)
	watching.Wait()
	if err := errors.Join(err, watchErr); err != nil {
		return err
	}

	fromSend, fromAnswer := seen.latencies()
	if len(fromAnswer) == 0 {
		return errors.New("no event came")
	}
	l := line{
		Name: fmt.Sprintf("commit to client's event, %d writes/s", eventWrites), Clients: 1,
		Value: percentile(fromAnswer, 99).Seconds() * 1000, Unit: "ms p99", P50: percentile(fromAnswer, 50), P99: percentile(fromAnswer, 99), Aim: "p99 10 ms",
		Notes: []string{fmt.Sprintf("from sending the write: p50 %.1f ms, p99 %.1f ms; %d of %d writes seen by value, the rest overtaken by the next to the same VM",
			percentile(fromSend, 50).Seconds()*1000, percentile(fromSend, 99).Seconds()*1000, len(fromAnswer), total)},
	}
	l.Missed = percentile(fromAnswer, 99) > 10*time.Millisecond
	b.add(l)
	return nil
}

// sightings are the moments of each write, by its number.
type sightings struct {
	mu             sync.Mutex
	sent, answered []time.Time
	at             []time.Time
}

// write sets a field of one VM after another to the write's number. The pace
// does not wait for answers: eight connections take turns.
func (s *sightings) write(b *bench, vms []string) error {
	const writers = 8
	var all sync.WaitGroup
	errs := make([]error, writers)
	began := time.Now()
	for w := range writers {
		all.Go(func() {
			c, err := dial(b.stack.URL, "/jsonrpc", "application/json")
			if err != nil {
				errs[w] = err
				return
			}
			defer c.Close()
			for i := w; i < len(s.sent); i += writers {
				time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / eventWrites)))
				body := jsonCall("VM.set_name_description", b.api.Session, vms[i%len(vms)], strconv.Itoa(i))
				sent := time.Now()
				if _, err := c.post(body); err != nil {
					errs[w] = err
					return
				}
				answered := time.Now()
				s.mu.Lock()
				s.sent[i], s.answered[i] = sent, answered
				s.mu.Unlock()
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// watch follows the events until the last write was seen.
func (s *sightings) watch(b *bench, c *stack.Client, token any, deadline time.Time) error {
	for time.Now().Before(deadline) {
		v, err := c.Do(b.ctx, "event.from", []string{"VM"}, token, 2.5)
		now := time.Now()
		if err != nil {
			return err
		}
		answer := v.(map[string]any)
		token = answer["token"]
		last := false
		for _, e := range answer["events"].([]any) {
			snapshot, _ := e.(map[string]any)["snapshot"].(map[string]any)
			i, err := strconv.Atoi(fmt.Sprint(snapshot["name_description"]))
			if err != nil || i < 0 || i >= len(s.at) {
				continue
			}
			s.mu.Lock()
			if s.at[i].IsZero() {
				s.at[i] = now
			}
			s.mu.Unlock()
			last = last || i == len(s.at)-1
		}
		if last {
			return nil
		}
	}
	return errors.New("the last write's event did not come")
}

// latencies returns, sorted, the times from sending and from the answer. An
// event that came before the answer counts as nothing.
func (s *sightings) latencies() (fromSend, fromAnswer []time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, at := range s.at {
		if at.IsZero() || s.sent[i].IsZero() {
			continue
		}
		fromSend = append(fromSend, at.Sub(s.sent[i]))
		fromAnswer = append(fromAnswer, max(0, at.Sub(s.answered[i])))
	}
	slices.Sort(fromSend)
	slices.Sort(fromAnswer)
	return fromSend, fromAnswer
}

// makeVMs makes n VMs and returns their references.
func (b *bench) makeVMs(n int) ([]string, error) {
	refs := make([]string, n)
	for i := range refs {
		v, err := b.api.Do(b.ctx, "VM.create", stack.VMRecord(fmt.Sprintf("bench VM %d", i)))
		if err != nil {
			return nil, err
		}
		refs[i] = v.(string)
	}
	return refs, nil
}
