package bus

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus/wire"
)

// An incoming message: its header parsed, its body still marshalled, little
// endian, for whoever waits for it to decode. It owns its descriptors.
type incoming struct {
	kind        dbus.Type
	flags       dbus.Flags
	serial      uint32
	replySerial uint32
	path        dbus.ObjectPath
	iface       string
	member      string
	errorName   string
	sender      string
	sig         string
	body        []byte
	fds         []int
}

var errMessage = errors.New("the bus passed on a message that is none")

// ignored is the type of a message to be dropped, as unknown types are.
const ignored = dbus.Type(0)

// parseMessage reads a whole message and the number of its descriptors.
func parseMessage(raw []byte) (m *incoming, fds int, err error) {
	if raw[0] == 'B' {
		var foreign int
		if raw, foreign, err = toLittleEndian(raw); err != nil || foreign > 0 {
			return &incoming{kind: ignored}, foreign, err
		}
	}
	m = &incoming{kind: dbus.Type(raw[1]), flags: dbus.Flags(raw[2])}
	r := wire.NewReader(raw)
	r.Uint64()
	m.serial = r.Uint32()
	count := m.readFields(r, raw)
	r.Struct()
	switch {
	case r.Err() != nil:
		return nil, 0, fmt.Errorf("%w: %w", errMessage, r.Err())
	case m.serial == 0 || count > maxQueuedFDs:
		return nil, 0, errMessage
	case count > maxFDs:
		m.kind = ignored
	}
	m.body = raw[r.Offset():]
	return m, int(count), nil
}

// readFields reads the header's fields. Their texts share one copy; unknown
// fields are skipped, as the specification asks.
func (m *incoming) readFields(r *wire.Reader, raw []byte) (fds uint32) {
	a := r.OpenDict()
	header := string(raw[:len(raw)-r.Rest()+r.Left(a)])
	text := func() string {
		n, end := len(r.Text()), r.Offset()-1
		if r.Err() != nil || end > len(header) {
			return "" // beyond the fields: More says so
		}
		return header[end-n : end]
	}
	for r.More(a) {
		r.Struct()
		code := dbus.HeaderField(r.Byte())
		sig := string(r.VariantSignature())
		switch {
		case code == dbus.FieldPath && sig == "o":
			m.path = dbus.ObjectPath(text())
		case code == dbus.FieldInterface && sig == "s":
			m.iface = text()
		case code == dbus.FieldMember && sig == "s":
			m.member = text()
		case code == dbus.FieldErrorName && sig == "s":
			m.errorName = text()
		case code == dbus.FieldSender && sig == "s":
			m.sender = text()
		case code == dbus.FieldReplySerial && sig == "u":
			m.replySerial = r.Uint32()
		case code == dbus.FieldUnixFDs && sig == "u":
			fds = r.Uint32()
		case code == dbus.FieldSignature && sig == "g":
			m.sig = string(r.Signature())
		default:
			r.Skip(sig)
		}
	}
	return fds
}

// values decodes the whole body. Descriptors in it (h and ah at the top; they
// belong nowhere else) become dbus.UnixFD and stay the message's.
func (m *incoming) values() ([]any, error) {
	r := wire.NewReader(m.body)
	v, err := r.Values(m.sig)
	if err != nil {
		return nil, err
	}
	return v, m.resolve(v)
}

// resolve puts descriptors in the place of their indexes.
func (m *incoming) resolve(values []any) error {
	for i, v := range values {
		switch v := v.(type) {
		case dbus.UnixFDIndex:
			if int(v) >= len(m.fds) {
				return errFDIndex
			}
			values[i] = dbus.UnixFD(m.fds[v])
		case []dbus.UnixFDIndex:
			list := make([]dbus.UnixFD, len(v))
			for j, n := range v {
				if int(n) >= len(m.fds) {
					return errFDIndex
				}
				list[j] = dbus.UnixFD(m.fds[n])
			}
			values[i] = list
		}
	}
	return nil
}

var errFDIndex = Errorf(InvalidArgs, "an argument names a descriptor that was not sent")

// drop closes what came with a message nobody wants.
func (m *incoming) drop() {
	closeAll(m.fds)
	m.fds = nil
}

// toLittleEndian rewrites a message of the other byte order, which no program
// on this machine sends without meaning to. godbus reads it, guarded, since it
// trusts more of its input than we do. Descriptors are only counted.
func toLittleEndian(raw []byte) (_ []byte, fds int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errMessage, p)
		}
	}()
	m, err := dbus.DecodeMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, 0, err
	}
	if n, _ := m.Headers[dbus.FieldUnixFDs].Value().(uint32); n > 0 && n <= maxQueuedFDs {
		return nil, int(n), nil
	}
	text := func(f dbus.HeaderField) string {
		s, _ := m.Headers[f].Value().(string)
		return s
	}
	out := message{
		kind: m.Type, flags: m.Flags, serial: m.Serial(), args: m.Body, sender: text(dbus.FieldSender),
		iface: text(dbus.FieldInterface), member: text(dbus.FieldMember), errorName: text(dbus.FieldErrorName),
	}
	out.path, _ = m.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
	out.replySerial, _ = m.Headers[dbus.FieldReplySerial].Value().(uint32)
	sig, _ := m.Headers[dbus.FieldSignature].Value().(dbus.Signature)
	out.sig = sig.String()
	b, _, err := out.marshal(nil)
	return b, 0, err
}
