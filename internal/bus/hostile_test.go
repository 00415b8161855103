package bus_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
)

// A rawPeer speaks D-Bus by hand, to say what no library would.
type rawPeer struct {
	t      *testing.T
	sock   *net.UnixConn
	in     *bufio.Reader
	serial uint32
}

func rawDial(t *testing.T, address string) *rawPeer {
	t.Helper()
	path, _, _ := strings.Cut(strings.TrimPrefix(address, "unix:path="), ",")
	s, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	p := &rawPeer{t: t, sock: s, in: bufio.NewReader(s)}
	for _, line := range []string{"\x00AUTH EXTERNAL " + hex.EncodeToString([]byte(strconv.Itoa(os.Getuid()))), "NEGOTIATE_UNIX_FD"} {
		p.write([]byte(line+"\r\n"), nil)
		if _, err := p.in.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	p.write([]byte("BEGIN\r\n"), nil)
	p.call(binary.LittleEndian, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", nil, nil)
	return p
}

func (p *rawPeer) write(b, oob []byte) {
	p.t.Helper()
	if _, _, err := p.sock.WriteMsgUnix(b, oob, nil); err != nil {
		p.t.Fatal(err)
	}
}

// send writes a message with descriptors and a header field D-Bus does not know.
func (p *rawPeer) send(order binary.ByteOrder, m *dbus.Message, fds []int) uint32 {
	p.t.Helper()
	if len(fds) > 0 {
		m.Headers[dbus.FieldUnixFDs] = dbus.MakeVariant(uint32(len(fds)))
	}
	var b bytes.Buffer
	if _, err := m.EncodeToWithFDs(&b, order); err != nil {
		p.t.Fatal(err)
	}
	p.serial++
	order.PutUint32(b.Bytes()[8:], p.serial)
	var oob []byte
	if len(fds) > 0 {
		oob = syscall.UnixRights(fds...)
	}
	p.write(b.Bytes(), oob)
	return p.serial
}

func headers(dest, path, iface, member string, body []any) map[dbus.HeaderField]dbus.Variant {
	h := map[dbus.HeaderField]dbus.Variant{
		dbus.FieldDestination: dbus.MakeVariant(dest), dbus.FieldPath: dbus.MakeVariant(dbus.ObjectPath(path)),
		dbus.FieldInterface: dbus.MakeVariant(iface), dbus.FieldMember: dbus.MakeVariant(member),
	}
	if len(body) > 0 {
		h[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(body...))
	}
	return h
}

// call makes a call and returns the reply to it.
func (p *rawPeer) call(order binary.ByteOrder, dest, path, iface, member string, body []any, fds []int) *dbus.Message {
	p.t.Helper()
	serial := p.send(order, &dbus.Message{Type: dbus.TypeMethodCall, Headers: headers(dest, path, iface, member, body), Body: body}, fds)
	for {
		m, err := dbus.DecodeMessage(p.in)
		if err != nil {
			p.t.Fatal(err)
		}
		if m.Headers[dbus.FieldReplySerial].Value() == serial {
			return m
		}
	}
}

// TestHostileMessages sends what godbus's own connection dies of or leaks by:
// arrays of descriptors, descriptors outside the body, in variants and
// dictionaries. It counts descriptors, so it is not parallel.
func TestHostileMessages(t *testing.T) {
	sink := method("Sink", "", "", func(context.Context, *bus.Call) ([]any, error) { return nil, nil })
	b, service, client := pair(t, bus.Options{}, sink)
	p := rawDial(t, b.Address)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	fd := int(w.Fd())
	before := openFDs(t)
	for _, body := range [][]any{
		{[]dbus.UnixFDIndex{0, 1}},
		{map[string]dbus.UnixFDIndex{"k": 0}},
		{dbus.MakeVariant([]dbus.UnixFDIndex{0})},
		{dbus.UnixFDIndex(0), dbus.UnixFDIndex(0)},
		{[]dbus.UnixFDIndex{7}},
		{dbus.UnixFDIndex(9)},
		{"no descriptor at all"},
		nil,
	} {
		for _, member := range []string{"Sink", "None"} {
			if m := p.call(binary.LittleEndian, name, string(path), iface, member, body, []int{fd, fd}); m.Type != dbus.TypeError {
				t.Errorf("%v was taken", body)
			}
		}
		for _, dest := range []string{service.UniqueName(), client.UniqueName()} {
			p.send(binary.LittleEndian, &dbus.Message{Type: dbus.TypeSignal, Headers: headers(dest, "/", "a.b", "C", body), Body: body}, []int{fd, fd})
		}
	}
	if _, err := client.Do(within(t), request("Echo", "s", "alive")); err != nil {
		t.Fatal(err)
	}
	if after := openFDs(t); after != before {
		t.Errorf("%d descriptors became %d", before, after)
	}
}

func TestOtherByteOrder(t *testing.T) {
	t.Parallel()
	b, _, client := pair(t, bus.Options{})
	p := rawDial(t, b.Address)
	body := []any{"gruß", map[string]dbus.Variant{"deadline-ms": dbus.MakeVariant(uint64(time.Now().UnixMilli() + 60000))}}
	m := p.call(binary.BigEndian, name, string(path), iface, "Echo", body, nil)
	if m.Type != dbus.TypeMethodReply || m.Body[0] != "gruß" {
		t.Errorf("%v", m)
	}
	// With descriptors it is dropped; what comes after must find its own.
	p.send(binary.BigEndian, &dbus.Message{Type: dbus.TypeMethodCall, Headers: headers(name, string(path), iface, "Echo", []any{dbus.UnixFDIndex(0)}), Body: []any{dbus.UnixFDIndex(0)}}, []int{0})
	if _, err := client.Do(within(t), request("Echo", "s", "alive")); err != nil {
		t.Fatal(err)
	}
}

// TestContextsThatAreNone must end in InvalidArgs, each.
func TestContextsThatAreNone(t *testing.T) {
	t.Parallel()
	b, _, _ := pair(t, bus.Options{})
	p := rawDial(t, b.Address)
	many := map[string]dbus.Variant{}
	for i := range 65 {
		many[strconv.Itoa(i)] = dbus.MakeVariant(true)
	}
	for _, d := range []map[string]dbus.Variant{
		{"session": dbus.MakeVariant(int64(1))},
		{"origin": dbus.MakeVariant("local")},
		{"origin": dbus.MakeVariant(map[string]dbus.Variant{"uid": dbus.MakeVariant(int64(-2))})},
		{"roles": dbus.MakeVariant("pool-admin")},
		{"deadline-ms": dbus.MakeVariant(uint64(1 << 63))},
		{"idempotency-key": dbus.MakeVariant(strings.Repeat("k", 65))},
		{"task": dbus.MakeVariant(strings.Repeat("t", 5000))},
		many,
	} {
		m := p.call(binary.LittleEndian, name, string(path), iface, "Echo", []any{"x", d}, nil)
		if m.Headers[dbus.FieldErrorName].Value() != bus.InvalidArgs {
			t.Errorf("%v: %v", d, m)
		}
	}
}
