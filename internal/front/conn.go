package front

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A listener admits as many connections at once as its room holds. One too
// many is told so, where it can be told in clear text, and closed: waiting
// behind idle ones would help nobody.
type listener struct {
	net.Listener
	room    chan struct{}
	refusal string
}

const refusalTimeout = 10 * time.Millisecond

const refusal = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.room <- struct{}{}:
			return &conn{Conn: c, room: l.room}, nil
		default:
			// The socket buffer of a new connection holds the refusal, so this
			// does not wait.
			_ = c.SetWriteDeadline(time.Now().Add(refusalTimeout))
			_, _ = c.Write([]byte(l.refusal))
			c.Close()
		}
	}
}

// A conn cuts off a peer that stops sending its body or taking its answer. It
// sets deadlines only when the socket is really waited for.
type conn struct {
	net.Conn
	room  chan struct{}
	close sync.Once

	mu    sync.Mutex // guards the rest: net/http reads ahead on another goroutine
	body  bool       // a body is being read
	timed bool       // the socket has a read deadline because of it
}

// Read implements net.Conn.
func (c *conn) Read(b []byte) (int, error) {
	c.mu.Lock()
	if c.body {
		c.timed = true
		_ = c.Conn.SetReadDeadline(time.Now().Add(progressTimeout))
	}
	c.mu.Unlock()
	return c.Conn.Read(b)
}

// Write implements net.Conn.
func (c *conn) Write(b []byte) (int, error) {
	const step = 64 << 10 // within the time limit
	sent := 0
	for {
		if err := c.Conn.SetWriteDeadline(time.Now().Add(progressTimeout)); err != nil {
			return sent, err
		}
		n, err := c.Conn.Write(b[sent:min(len(b), sent+step)])
		if sent += n; err != nil || sent == len(b) {
			return sent, err
		}
	}
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.close.Do(func() { <-c.room })
	return c.Conn.Close()
}

// beginBody says that a body is read from now on.
func (c *conn) beginBody() {
	c.mu.Lock()
	c.body = true
	c.mu.Unlock()
}

// endBody says that it was read: from now on the peer may be silent.
func (c *conn) endBody() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.body = false; c.timed {
		c.timed = false
		_ = c.Conn.SetReadDeadline(time.Time{})
	}
}

// A client is who is at the other end of a connection.
type client struct {
	conn      *conn
	transport string // local, tcp or tls; a verified client certificate is per request
	peer      string // address without port
	uid       int64  // of a local client; -1: unknown
}

type clientKey struct{}

// withClient looks at a connection once, when it is accepted.
func withClient(ctx context.Context, c net.Conn) context.Context {
	who := &client{transport: "tcp", uid: -1}
	if t, ok := c.(*tls.Conn); ok {
		who.transport = "tls"
		c = t.NetConn()
	}
	who.conn = c.(*conn)
	if u, ok := who.conn.Conn.(*net.UnixConn); ok {
		who.transport = "local"
		who.uid = peerUID(u)
	} else if host, _, err := net.SplitHostPort(c.RemoteAddr().String()); err == nil {
		who.peer = host
	}
	return context.WithValue(ctx, clientKey{}, who)
}

// peerUID is the uid the kernel vouches for.
func peerUID(c *net.UnixConn) int64 {
	uid := int64(-1)
	raw, err := c.SyscallConn()
	if err != nil {
		return uid
	}
	_ = raw.Control(func(fd uintptr) {
		if cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			uid = int64(cred.Uid)
		}
	})
	return uid
}
