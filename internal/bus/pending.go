package bus

import (
	"fmt"
	"slices"
	"sync"

	"github.com/godbus/dbus/v5"
)

// pending are the calls that wait for their reply, by serial.
type pending struct {
	mu    sync.Mutex
	calls map[uint32]chan *incoming
}

func newPending() *pending { return &pending{calls: make(map[uint32]chan *incoming)} }

// add registers a call before it is sent. The channel has room for its reply.
func (p *pending) add(serial uint32) chan *incoming {
	ch := make(chan *incoming, 1)
	p.mu.Lock()
	p.calls[serial] = ch
	p.mu.Unlock()
	return ch
}

// drop forgets a call nobody waits for any more. A reply that came in the
// meantime is thrown away with its descriptors.
func (p *pending) drop(serial uint32, ch chan *incoming) {
	p.mu.Lock()
	delete(p.calls, serial)
	p.mu.Unlock()
	select {
	case m := <-ch:
		m.drop()
	default:
	}
}

// deliver hands a reply to its call. A reply nobody waits for is dropped.
func (p *pending) deliver(m *incoming) {
	p.mu.Lock()
	defer p.mu.Unlock()
	ch, ok := p.calls[m.replySerial]
	if !ok {
		m.drop()
		return
	}
	delete(p.calls, m.replySerial)
	ch <- m // under the lock, so that drop cannot miss it
}

// answer is what a reply says. Descriptors in the results are the caller's;
// others that came along are closed.
func (m *incoming) answer(raw bool) ([]any, error) {
	if raw && m.kind == dbus.TypeMethodReply {
		m.drop()
		return []any{Raw{Sig: m.sig, Body: m.body}}, nil
	}
	values, err := m.values()
	if err != nil || m.kind == dbus.TypeError {
		m.drop()
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read a reply: %w", err)
	}
	if m.kind == dbus.TypeError {
		return nil, fromWire(m.errorName, values)
	}
	if len(m.fds) > 0 {
		m.keep(values)
	}
	return values, nil
}

// keep closes the descriptors that the values do not hold.
func (m *incoming) keep(values []any) {
	held := descriptors(values)
	for _, fd := range m.fds {
		if !slices.Contains(held, fd) {
			closeAll([]int{fd})
		}
	}
}
