package bus

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus/wire"
)

// A message is one to be sent. Its body is marshalled against its signature,
// so the two cannot disagree: the bus ends a connection where they do.
type message struct {
	kind        dbus.Type
	flags       dbus.Flags
	serial      uint32
	replySerial uint32
	dest        string
	sender      string // the bus puts it there; only for a message read before
	path        dbus.ObjectPath
	iface       string
	member      string
	errorName   string
	sig         string
	args        []any
	meta        *Meta // appended as the last argument if not nil
}

// Sizes: of a message, 32 MiB by the bus's limit (conventions 2.3); of its
// descriptors; of a buffer worth keeping.
const (
	maxMessage = 32 << 20
	maxFDs     = 16
	keepBuffer = 64 << 10
)

// buffers holds the ones messages are marshalled in.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}

// errTooBig is a message beyond the bus's limit: it would cut the sender off.
var errTooBig = Errorf(TooBig, "a message has more than %d bytes", maxMessage)

// marshal appends the message to dst, which is empty, and lists the
// descriptors to send along.
func (m *message) marshal(dst []byte) (_ []byte, fds []int, err error) {
	if err := m.checkNames(); err != nil {
		return dst, nil, err
	}
	bodySig := m.sig
	if m.meta != nil {
		bodySig = bodySig[:len(bodySig)-len(dictSig)]
	}
	dst = append(dst, 'l', byte(m.kind), byte(m.flags), 1)
	dst = append(dst, 0, 0, 0, 0) // length of the body
	dst = binary.LittleEndian.AppendUint32(dst, m.serial)
	dst, fields := wire.OpenDict(dst, 0)
	dst = m.appendFields(dst)
	countAt := -1
	if wire.HasFD(m.sig) {
		dst = appendField(dst, dbus.FieldUnixFDs, "u")
		countAt = len(dst)
		dst = wire.AppendUint32(dst, 0, 0)
	}
	dst = wire.Align(wire.Close(dst, fields), 0, 8)
	body := len(dst)
	dst, fds, err = wire.AppendSig(dst, body, bodySig, m.args...)
	if err != nil {
		return dst, nil, err
	}
	if m.meta != nil {
		dst = appendMeta(dst, body, m.meta)
	}
	if len(dst) > maxMessage {
		return dst, nil, errTooBig
	}
	if len(fds) > maxFDs {
		return dst, nil, Errorf(TooBig, "a message carries %d descriptors, at most %d are allowed", len(fds), maxFDs)
	}
	if countAt >= 0 {
		binary.LittleEndian.PutUint32(dst[countAt:], uint32(len(fds)))
	}
	binary.LittleEndian.PutUint32(dst[4:], uint32(len(dst)-body))
	return dst, fds, nil
}

// dictSig is the signature of the context dictionary.
const dictSig = "a{sv}"

func (m *message) appendFields(dst []byte) []byte {
	text := func(f dbus.HeaderField, sig, v string) {
		if v != "" {
			dst = wire.AppendString(appendField(dst, f, sig), 0, v)
		}
	}
	text(dbus.FieldPath, "o", string(m.path))
	text(dbus.FieldInterface, "s", m.iface)
	text(dbus.FieldMember, "s", m.member)
	text(dbus.FieldErrorName, "s", m.errorName)
	text(dbus.FieldDestination, "s", m.dest)
	text(dbus.FieldSender, "s", m.sender)
	if m.replySerial != 0 {
		dst = wire.AppendUint32(appendField(dst, dbus.FieldReplySerial, "u"), 0, m.replySerial)
	}
	if m.sig != "" {
		dst = wire.AppendSignature(appendField(dst, dbus.FieldSignature, "g"), m.sig)
	}
	return dst
}

// appendField begins a header field: its code and its variant's signature.
func appendField(dst []byte, f dbus.HeaderField, sig string) []byte {
	return wire.AppendSignature(append(wire.Align(dst, 0, 8), byte(f)), sig)
}

// A writer sends whole messages, one after the other.
type writer struct {
	sock    *net.UnixConn
	raw     syscall.RawConn
	lock    chan struct{} // held while writing; a channel, so that waiting obeys a context
	timeout time.Duration
	fatal   func(error) // told once a message was sent in part
}

// send writes a message. It returns a *sendError if the socket refuses or takes
// nothing before ctx or the write timeout ends, and the marshalling error if
// the message cannot be sent at all.
func (w *writer) send(ctx context.Context, m *message) error {
	buf := buffers.Get().(*[]byte)
	b, fds, err := m.marshal((*buf)[:0])
	defer func() {
		if cap(b) <= keepBuffer {
			*buf = b[:0]
			buffers.Put(buf)
		}
	}()
	if err != nil {
		return fmt.Errorf("cannot marshal a message: %w", err)
	}
	var oob []byte
	if len(fds) > 0 {
		oob = syscall.UnixRights(fds...)
	}
	select {
	case w.lock <- struct{}{}:
	case <-ctx.Done():
		return &sendError{untouched: true, err: ctx.Err()}
	}
	defer func() { <-w.lock }()
	return w.write(ctx, b, oob)
}

// write sends the bytes; nearly always the socket takes them at once, and no
// deadline need be set.
func (w *writer) write(ctx context.Context, b, oob []byte) error {
	n, err := w.try(b, oob)
	if n == len(b) {
		return nil
	}
	if err != nil && err != syscall.EAGAIN {
		return &sendError{untouched: true, err: err}
	}
	defer w.sock.SetWriteDeadline(time.Time{}) //nolint:errcheck // the socket is closed, then
	for n < len(b) {
		if n > 0 {
			oob = nil // went with the first byte
		}
		k, err := w.wait(ctx, b[n:], oob, n > 0)
		if n += k; err != nil {
			if n > 0 {
				w.fatal(fmt.Errorf("a message was sent in part: %w", err))
			}
			return &sendError{untouched: n == 0, err: err}
		}
	}
	return nil
}

// wait sends what the socket takes, as soon as it takes something. Once a
// message has begun only the lack of progress may end it: ctx would cost
// everybody the connection.
func (w *writer) wait(ctx context.Context, b, oob []byte, begun bool) (int, error) {
	deadline := time.Now().Add(w.timeout)
	if d, ok := ctx.Deadline(); ok && !begun && d.Before(deadline) {
		deadline = d
	}
	if err := w.sock.SetWriteDeadline(deadline); err != nil {
		return 0, err
	}
	n, _, err := w.sock.WriteMsgUnix(b, oob, nil)
	return n, err
}

// try makes one attempt that does not wait.
func (w *writer) try(b, oob []byte) (n int, err error) {
	cerr := w.raw.Write(func(fd uintptr) bool {
		n, err = syscall.SendmsgN(int(fd), b, oob, nil, syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL)
		return true
	})
	if cerr != nil {
		return 0, cerr
	}
	if err == syscall.EINTR {
		err = syscall.EAGAIN
	}
	return max(n, 0), err
}
