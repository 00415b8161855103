package front

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// Sizes. Bodies of up to maxTiny are not counted: all connections together
// hold few of them. Small ones have room of their own, so that large ones
// cannot shut out an administrator.
const (
	maxHeader = 64<<10 - 4096 // net/http adds 4096
	maxTiny   = 4 << 10
	maxSmall  = 64 << 10 // also the limit of a call without a session
	maxBody   = 4 << 20

	maxDropped = 2 * maxBody // of a body that is refused

	smallRoom = 16 << 20
	largeRoom = 48 << 20 // with smallRoom 64 MiB of bodies in flight

	maxTCP   = 800 // connections, clear and TLS together
	maxLocal = 1024
)

// Room for the work on large bodies, whose values need more memory than their
// text.
const (
	decoders  = 2 // bodies above maxSmall decoded at once
	senders   = 2 // calls made at once of bodies above maxModest
	maxModest = 256 << 10

	// Memory left behind by the memory of a body, at worst: its values, and the
	// growing buffer of its message.
	decodeFactor = 3
	sendFactor   = 5
)

// Waiting times: for room, and for a whole body, however steadily it drips.
const (
	roomTimeout = 2 * time.Second
	bodyTimeout = 2 * time.Minute
)

// limits is what requests share.
type limits struct {
	tcp, local   chan struct{} // a token per connection
	small, large *semaphore.Weighted
	decode, send *semaphore.Weighted
	tidy         tidier
	garbage      garbage
}

func newLimits() *limits {
	return &limits{
		tcp: make(chan struct{}, maxTCP), local: make(chan struct{}, maxLocal),
		small: semaphore.NewWeighted(smallRoom), large: semaphore.NewWeighted(largeRoom),
		decode: semaphore.NewWeighted(decoders), send: semaphore.NewWeighted(senders),
	}
}

// Errors of reading a body.
var (
	errNoRoom  = errors.New("no room for the request, try again")
	errTooBig  = errors.New("the body is too large")
	errTooSlow = errors.New("the body came too slowly")
)

// take waits a little for room.
func take(ctx context.Context, room *semaphore.Weighted, n int64) error {
	if room.TryAcquire(n) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, roomTimeout)
	defer cancel()
	if room.Acquire(ctx, n) != nil {
		return errNoRoom
	}
	return nil
}

// A body is a request's text and the room it takes.
type body struct {
	text string
	room *semaphore.Weighted
	held int64
	tidy *tidier // of a large body
}

// release gives the room back; the text may live on.
func (b *body) release() {
	b.leave()
	if b.tidy != nil {
		b.tidy.end()
		b.tidy = nil
	}
}

func (b *body) leave() {
	if b.room != nil {
		b.room.Release(b.held)
		b.room, b.held = nil, 0
	}
}

// hold takes n bytes of room instead of what is held.
func (b *body) hold(ctx context.Context, room *semaphore.Weighted, n int64) error {
	b.leave()
	if err := take(ctx, room, n); err != nil {
		return err
	}
	b.room, b.held = room, n
	return nil
}

var tiny = sync.Pool{New: func() any { return new([maxTiny]byte) }}

// readBody reads a request's body. forAnybody tells by its beginning whether it
// is a call that anybody may make; such a body must be small. The body is
// the caller's to release, also after an error.
func (l *limits) readBody(r *http.Request, c *conn, forAnybody func(head string) bool) (body, error) {
	var b body
	c.beginBody()
	defer c.endBody()
	scratch := tiny.Get().(*[maxTiny]byte)
	defer tiny.Put(scratch)
	in := &reader{r: r.Body, until: time.Now().Add(bodyTimeout), rest: r.ContentLength}
	err := l.read(r, &b, in, scratch[:], forAnybody)
	if errors.Is(err, errNoRoom) || errors.Is(err, errTooBig) {
		// Closed while it still sends, the client would not see the answer.
		_, _ = io.CopyBuffer(onlyWriter{io.Discard}, io.LimitReader(in, maxDropped), scratch[:])
	}
	return b, err
}

// onlyWriter hides that io.Discard would take a buffer of its own.
type onlyWriter struct{ io.Writer }

// read reads a body, step by step as its size becomes known.
func (l *limits) read(r *http.Request, b *body, in *reader, scratch []byte, forAnybody func(head string) bool) error {
	if r.ContentLength > maxBody {
		return errTooBig
	}
	n, err := io.ReadFull(in, scratch)
	if b.text = string(scratch[:n]); err != nil || in.atEnd() {
		return atEnd(err)
	}
	if err := b.fill(r.Context(), in, l.small, lengthWithin(r, maxSmall)); err != nil || in.atEnd() {
		return err
	}
	if forAnybody(b.text) {
		return errTooBig
	}
	b.tidy = &l.tidy
	b.tidy.begin()
	l.garbage.add(max(r.ContentLength, maxBody/2))
	if r.ContentLength < 0 { // of unknown length: grows in two steps
		if err := b.fill(r.Context(), in, l.large, maxBody/8); err != nil || in.atEnd() {
			return err
		}
	}
	if err := b.fill(r.Context(), in, l.large, lengthWithin(r, maxBody)); err != nil || in.atEnd() {
		return err
	}
	var more [1]byte
	if n, err := io.ReadFull(in, more[:]); n > 0 || err != io.EOF {
		return errTooBig
	}
	return nil
}

// lengthWithin is the announced length of a body, or the limit.
func lengthWithin(r *http.Request, limit int64) int64 {
	if 0 <= r.ContentLength && r.ContentLength < limit {
		return r.ContentLength
	}
	return limit
}

// fill makes the text up to size bytes long, in memory of exactly that size.
func (b *body) fill(ctx context.Context, in *reader, room *semaphore.Weighted, size int64) error {
	if err := b.hold(ctx, room, size); err != nil {
		return err
	}
	var text strings.Builder
	text.Grow(int(size))
	text.WriteString(b.text)
	_, err := io.CopyN(&text, in, size-int64(len(b.text)))
	b.text = text.String()
	return atEnd(err)
}

// atEnd takes the end of a body for what it is.
func atEnd(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil
	}
	return err
}

// A reader reads a body in time, and remembers its end.
type reader struct {
	r     io.Reader
	until time.Time
	rest  int64 // announced bytes not read; negative: not announced
	ended bool
}

// atEnd tells whether the body was read.
func (r *reader) atEnd() bool { return r.ended || r.rest == 0 }

// Read implements io.Reader.
func (r *reader) Read(b []byte) (int, error) {
	if r.ended {
		return 0, io.EOF
	}
	if time.Now().After(r.until) {
		return 0, errTooSlow
	}
	n, err := r.r.Read(b)
	r.rest -= int64(n)
	r.ended = err == io.EOF
	return n, err
}
