package bus

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
)

// A reader cuts the socket's bytes into messages and gives each its
// descriptors. They arrive in the order of the messages, with or before the
// last byte of theirs, so a queue is enough.
type reader struct {
	sock *net.UnixConn
	buf  []byte // buf[from:to] is not consumed yet
	from int
	to   int
	oob  []byte
	fds  []int
}

const (
	headerSize = 16       // fixed part of a message
	readBuffer = 64 << 10 // many small messages in one system call
	// maxIncoming is the specification's limit of a message; buses of ours have
	// a lower one.
	maxIncoming = 128 << 20
	// maxQueuedFDs is what may arrive ahead of the message: the kernel passes
	// at most 253 at once.
	maxQueuedFDs = 253 + maxFDs
)

func newReader(sock *net.UnixConn) *reader {
	return &reader{sock: sock, buf: make([]byte, readBuffer), oob: make([]byte, syscall.CmsgSpace(253*4))}
}

// next returns the next message, which owns its bytes and descriptors. After
// an error the connection is of no more use.
func (r *reader) next() (*incoming, error) {
	raw, err := r.message()
	if err != nil {
		return nil, err
	}
	m, count, err := parseMessage(raw)
	if err != nil && len(r.fds) == 0 {
		return &incoming{kind: ignored}, nil
	}
	if err != nil {
		return nil, err // nobody knows whose the descriptors are
	}
	if count > len(r.fds) {
		return nil, fmt.Errorf("a message lacks %d descriptors", count-len(r.fds))
	}
	m.fds, r.fds = r.fds[:count:count], r.fds[count:]
	if len(r.fds) == 0 {
		r.fds = nil
	}
	return m, nil
}

// message reads the bytes of one message, into memory of its own.
func (r *reader) message() ([]byte, error) {
	if err := r.fill(headerSize); err != nil {
		return nil, err
	}
	size, err := messageSize(r.buf[r.from:])
	if err != nil {
		return nil, err
	}
	if err := r.fill(size); err != nil {
		return nil, err
	}
	raw := make([]byte, size)
	copy(raw, r.buf[r.from:])
	r.from += size
	r.shrink()
	return raw, nil
}

// messageSize reads the fixed header.
func messageSize(b []byte) (int, error) {
	var order binary.ByteOrder = binary.LittleEndian
	switch b[0] {
	case 'l':
	case 'B':
		order = binary.BigEndian
	default:
		return 0, errors.New("a message has no byte order")
	}
	body, fields := uint64(order.Uint32(b[4:])), uint64(order.Uint32(b[12:]))
	size := headerSize + (fields+7)&^7 + body
	if size > maxIncoming {
		return 0, fmt.Errorf("a message of %d bytes", size)
	}
	return int(size), nil
}

// fill reads until n bytes are there. The buffer grows as they arrive, not as
// a header claims.
func (r *reader) fill(n int) error {
	for r.to-r.from < n {
		r.room()
		if err := r.read(); err != nil {
			return err
		}
	}
	return nil
}

// room makes free space at the end of the buffer.
func (r *reader) room() {
	if r.from == r.to {
		r.from, r.to = 0, 0
	}
	if r.to < len(r.buf) {
		return
	}
	if r.from == 0 {
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
		return
	}
	r.to = copy(r.buf, r.buf[r.from:r.to])
	r.from = 0
}

// shrink gives back a buffer a big message has grown.
func (r *reader) shrink() {
	if len(r.buf) > 16*readBuffer && r.to-r.from < readBuffer {
		b := make([]byte, readBuffer)
		r.to = copy(b, r.buf[r.from:r.to])
		r.from, r.buf = 0, b
	}
}

func (r *reader) read() error {
	n, oobn, flags, _, err := r.sock.ReadMsgUnix(r.buf[r.to:], r.oob)
	if oobn > 0 {
		if err := r.queue(r.oob[:oobn]); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	if flags&syscall.MSG_CTRUNC != 0 {
		return errors.New("descriptors were lost: the process has too many open")
	}
	if n == 0 {
		return io.EOF
	}
	r.to += n
	return nil
}

// queue takes over the descriptors of one read; they are close-on-exec.
func (r *reader) queue(oob []byte) error {
	msgs, err := syscall.ParseSocketControlMessage(oob)
	if err != nil {
		return err
	}
	for _, m := range msgs {
		fds, err := syscall.ParseUnixRights(&m)
		if err != nil {
			continue // credentials, not rights
		}
		r.fds = append(r.fds, fds...)
	}
	if len(r.fds) > maxQueuedFDs {
		return errors.New("descriptors arrive without messages")
	}
	return nil
}

// close closes the descriptors no message has claimed.
func (r *reader) close() { closeAll(r.fds) }
