package daemon

import (
	"context"
	"encoding/hex"
	"errors"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// calls sees every call the service answers: which are under way, how many
// there were and how long they took, and, once draining, that no new ones
// come in.
type calls struct {
	mu       sync.Mutex // guards everything below
	draining bool
	next     uint64
	open     map[uint64]*openCall
	methods  map[string]*methodStats // by interface.method
	quiet    chan struct{}           // closed when draining and none is open
}

// An openCall is one call under way.
type openCall struct {
	call  *bus.Call
	since time.Time
}

// methodStats counts one method's calls. buckets[i] counts those that took
// less than latencyBounds[i], the last one the rest.
type methodStats struct {
	calls, errors uint64
	total         time.Duration
	buckets       [len(latencyBounds) + 1]uint64
}

// latencyBounds are the upper bounds of the latency histogram.
var latencyBounds = [...]time.Duration{
	100 * time.Microsecond, time.Millisecond, 10 * time.Millisecond,
	100 * time.Millisecond, time.Second, 10 * time.Second,
}

func newCalls() *calls {
	return &calls{
		open:    make(map[uint64]*openCall),
		methods: make(map[string]*methodStats),
		quiet:   make(chan struct{}),
	}
}

// diagnostic interfaces are answered while draining too, and are not counted:
// a look at a service does not change what is seen.
var diagnostic = map[string]bool{
	"org.xen.xcp.Service1":                true,
	"org.xen.xcp.Health1":                 true,
	"org.xen.xcp.Diagnostics1":            true,
	"org.freedesktop.LogControl1":         true,
	"org.freedesktop.DBus.Properties":     true,
	"org.freedesktop.DBus.Introspectable": true,
	"org.freedesktop.DBus.Peer":           true,
}

// around implements bus.Options.Around.
func (s *calls) around(c *bus.Call) (after func(error), err error) {
	if diagnostic[c.Interface] {
		return func(error) {}, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return nil, bus.Errorf(bus.Draining, "the service is about to stop")
	}
	id := s.next
	s.next++
	o := &openCall{call: c, since: time.Now()}
	s.open[id] = o
	return func(err error) { s.finished(id, o, err) }, nil
}

func (s *calls) finished(id uint64, o *openCall, err error) {
	took := time.Since(o.since)
	name := o.call.Interface + "." + o.call.Member
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, id)
	m := s.methods[name]
	if m == nil {
		m = &methodStats{}
		s.methods[name] = m
	}
	m.calls++
	m.total += took
	if failed(err) {
		m.errors++
	}
	i := 0
	for i < len(latencyBounds) && took >= latencyBounds[i] {
		i++
	}
	m.buckets[i]++
	if s.draining && len(s.open) == 0 {
		close(s.quiet)
	}
}

// failed tells errors of the service from answers that say no.
func failed(err error) bool {
	var x *xerr.Error
	if errors.As(err, &x) {
		return x.Code == "INTERNAL_ERROR"
	}
	return err != nil
}

// drain refuses new calls from now on.
func (s *calls) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return
	}
	s.draining = true
	if len(s.open) == 0 {
		close(s.quiet)
	}
}

// wait returns once no call is open, or when ctx ends.
func (s *calls) wait(ctx context.Context) {
	select {
	case <-s.quiet:
	case <-ctx.Done():
	}
}

// drained tells whether the service drains and no call is open.
func (s *calls) drained() bool {
	select {
	case <-s.quiet:
		return true
	default:
		return false
	}
}

// inFlight describes the calls under way, for Diagnostics1.InFlight. Arguments
// are not shown: they may be secret.
func (s *calls) inFlight() []map[string]dbus.Variant {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]map[string]dbus.Variant, 0, len(s.open))
	for _, o := range s.open {
		c := o.call
		d := map[string]dbus.Variant{
			"method": dbus.MakeVariant(c.Interface + "." + c.Member),
			"sender": dbus.MakeVariant(c.Sender),
			"path":   dbus.MakeVariant(string(c.Path)),
			"age-us": dbus.MakeVariant(uint64(time.Since(o.since).Microseconds())),
		}
		if c.Meta != nil {
			if t, ok := bus.ParseTrace(c.Meta.TraceParent); ok {
				d["trace-id"] = dbus.MakeVariant(hex.EncodeToString(t.ID[:]))
			}
			if c.Meta.Task != "" {
				d["task"] = dbus.MakeVariant(c.Meta.Task)
			}
		}
		list = append(list, d)
	}
	return list
}

// stats adds the counts of each method: calls, errors, mean latency and the
// histogram.
func (s *calls) stats(d map[string]dbus.Variant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d["calls-open"] = dbus.MakeVariant(uint64(len(s.open)))
	methods := make(map[string]map[string]dbus.Variant, len(s.methods))
	for name, m := range s.methods {
		methods[name] = map[string]dbus.Variant{
			"calls":     dbus.MakeVariant(m.calls),
			"errors":    dbus.MakeVariant(m.errors),
			"mean-us":   dbus.MakeVariant(uint64(m.total.Microseconds()) / m.calls),
			"histogram": dbus.MakeVariant(m.buckets[:]),
		}
	}
	d["methods"] = dbus.MakeVariant(methods)
	bounds := make([]uint64, len(latencyBounds))
	for i, b := range latencyBounds {
		bounds[i] = uint64(b.Microseconds())
	}
	d["histogram-bounds-us"] = dbus.MakeVariant(bounds)
}
