package bus

import (
	"context"
	"os"
	"sync"

	"github.com/godbus/dbus/v5"
)

// A Call is one method call being served.
type Call struct {
	Conn      *Conn
	Sender    string // unique name, put there by the bus
	Path      dbus.ObjectPath
	Interface string
	Member    string
	Args      []any // without the context dictionary; types as godbus decodes In
	Meta      *Meta // never nil

	node *Node // the object at Path; nil for Peer on a path without one
	mu   sync.Mutex
	fds  []int // received and not taken; -1 taken

	after func(error) // of Options.Around
}

// TakeFD makes the caller the owner of the call's i-th descriptor, counted in
// the order of the arguments without repetition. What nobody takes the
// dispatcher closes. It is nil if there is none or it was taken before.
func (c *Call) TakeFD(i int) *os.File {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i < 0 || i >= len(c.fds) || c.fds[i] < 0 {
		return nil
	}
	f := File(dbus.UnixFD(c.fds[i]), c.Interface+"."+c.Member)
	c.fds[i] = -1
	return f
}

// closeFDs closes what was not taken.
func (c *Call) closeFDs() {
	c.mu.Lock()
	defer c.mu.Unlock()
	closeAll(c.fds)
	c.fds = nil
}

// Retry says what may happen when nobody knows whether a call was executed.
// A call that surely was not is always repeated, until its deadline.
type Retry uint8

// What a repetition would do: perhaps a second effect; none, since the call
// only reads; none, since it carries an idempotency key (made if the context
// has none).
const (
	Never Retry = iota
	Idempotent
	Keyed
)

// A Request is one method call to make.
type Request struct {
	Dest      string
	Path      dbus.ObjectPath
	Interface string
	Member    string
	In        string // signature of all arguments, the context dictionary included
	Args      []any  // without the context dictionary; descriptors stay the caller's
	// Context: In ends in a{sv}, made from the Meta of the call's context.
	Context bool
	Retry   Retry
	// NoAutoStart: do not start the service; without owner the answer is
	// NameHasNoOwner at once.
	NoAutoStart bool
	// Once: not repeated for any reason.
	Once bool
	// Raw: the result is one value, a Raw, instead of decoded ones.
	Raw bool
}

// Raw is the results of a call as they came, for a caller that walks them with
// a wire.Reader. It holds no descriptors: those of the reply are closed.
type Raw struct {
	Sig  string // of all results
	Body []byte // marshalled; the caller's
}

// A Caller makes calls: a Conn, or a Reconnecting one.
type Caller interface {
	// Do makes the call and waits for its answer; the result and the
	// descriptors in it belong to the caller. ctx must have a deadline.
	//
	// Errors: *xerr.Error for a XenAPI failure, *Error for other answers that
	// say no, *xerr.Lost if there was no answer.
	Do(ctx context.Context, r *Request) ([]any, error)
}
