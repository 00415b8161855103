package bus

import (
	"sync"

	"github.com/godbus/dbus/v5"
)

// A reply is the answer to a call: results, or the name and body of an error.
type reply struct {
	errorName string
	body      []any
}

// pending are the calls that wait for their reply, by serial.
type pending struct {
	mu    sync.Mutex
	calls map[uint32]chan reply
}

func newPending() *pending { return &pending{calls: make(map[uint32]chan reply)} }

// add registers a call before it is sent. The channel has room for its reply.
func (p *pending) add(serial uint32) chan reply {
	ch := make(chan reply, 1)
	p.mu.Lock()
	p.calls[serial] = ch
	p.mu.Unlock()
	return ch
}

// drop forgets a call nobody waits for any more. A reply that came in the
// meantime is thrown away with its descriptors.
func (p *pending) drop(serial uint32, ch chan reply) {
	p.mu.Lock()
	delete(p.calls, serial)
	p.mu.Unlock()
	select {
	case r := <-ch:
		CloseFDs(r.body)
	default:
	}
}

// deliver hands a reply to its call. A reply nobody waits for loses its
// descriptors; godbus may know it (Hello) and ignores it otherwise.
func (p *pending) deliver(m *dbus.Message) bool {
	serial, _ := m.Headers[dbus.FieldReplySerial].Value().(uint32)
	r := reply{body: m.Body}
	if m.Type == dbus.TypeError {
		r.errorName = header(m, dbus.FieldErrorName)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	ch, ok := p.calls[serial]
	if !ok {
		CloseFDs(m.Body)
		return false
	}
	delete(p.calls, serial)
	ch <- r // under the lock, so that drop cannot miss it
	return true
}

// answer is what a reply says.
func (r reply) answer() ([]any, error) {
	if r.errorName == "" {
		return r.body, nil
	}
	CloseFDs(r.body)
	return nil, fromWire(r.errorName, r.body)
}
