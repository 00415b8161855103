package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godbus/dbus/v5"
)

// Options of a connection. The zero value serves nothing and logs nowhere.
type Options struct {
	Log  *slog.Logger
	Tree Tree // nil: the standard interfaces at "/" only

	// MaxHandlers calls are handled at once (256), MaxQueue wait for that
	// (4096), MaxLong more may stay open (16384); beyond, callers get Busy.
	MaxHandlers int
	MaxQueue    int
	MaxLong     int

	// WriteTimeout bounds how long the bus may take nothing of a message (10 s).
	// A message that was sent in part then ends the connection.
	WriteTimeout time.Duration

	// Around, if not nil, is called before the handler of each call; what it
	// returns is called with the call's error once the answer is sent. If it
	// returns an error itself the call is refused with that. It must be quick:
	// it counts and it drains.
	Around func(c *Call) (after func(error), err error)

	// NameLost is told, on a goroutine of its own, that another connection
	// took a name.
	NameLost func(name string)
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Tree == nil {
		o.Tree = NewMux()
	}
	set := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	set(&o.MaxHandlers, 256)
	set(&o.MaxQueue, 4096)
	set(&o.MaxLong, 16384)
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = 10 * time.Second
	}
	return o
}

// A Conn is one connection to the bus. It is safe for concurrent use.
type Conn struct {
	opts Options
	log  *slog.Logger
	name string // unique

	ctx        context.Context // ends with the connection
	cancel     context.CancelFunc
	sock       *net.UnixConn
	in         *reader
	out        *writer
	lastSerial atomic.Uint32
	pending    *pending
	server     *server
	signals    *signals
	peers      *peers

	running sync.WaitGroup // what Close waits for
}

// dialTimeout bounds dialling, authentication and Hello if ctx does not.
const dialTimeout = 30 * time.Second

// Dial connects to the bus at a D-Bus address ("unix:path=/run/xcp/bus"; of a
// list the first that answers), authenticates as the process's uid and serves
// opts.Tree from then on. No name is requested.
func Dial(ctx context.Context, address string, opts Options) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	var errs []error
	for _, a := range strings.Split(address, ";") {
		sock, err := dialSocket(ctx, a)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		c, err := newConn(ctx, sock, opts.withDefaults())
		if err == nil {
			return c, nil
		}
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("cannot connect to the bus at %q: %w", address, errors.Join(errs...))
}

// dialSocket opens the socket of one unix address.
func dialSocket(ctx context.Context, address string) (*net.UnixConn, error) {
	keys, ok := strings.CutPrefix(address, "unix:")
	if !ok {
		return nil, fmt.Errorf("%q is not a unix: address", address)
	}
	var path string
	for _, kv := range strings.Split(keys, ",") {
		k, v, _ := strings.Cut(kv, "=")
		v, err := dbus.UnescapeBusAddressValue(v)
		if err != nil {
			return nil, err
		}
		switch k {
		case "path":
			path = v
		case "abstract":
			path = "@" + v
		}
	}
	if path == "" {
		return nil, fmt.Errorf("%q has neither path nor abstract", address)
	}
	var d net.Dialer
	s, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	return s.(*net.UnixConn), nil
}

// newConn makes a connection of a socket, which it owns from here on.
func newConn(ctx context.Context, sock *net.UnixConn, opts Options) (*Conn, error) {
	raw, err := sock.SyscallConn()
	if err != nil {
		sock.Close()
		return nil, err
	}
	c := &Conn{opts: opts, log: opts.Log, sock: sock, pending: newPending(), in: newReader(sock)}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.out = &writer{sock: sock, raw: raw, lock: make(chan struct{}, 1), timeout: opts.WriteTimeout, fatal: c.end}
	c.server = newServer(c)
	c.signals = newSignals(c)
	c.peers = newPeers(c)
	if err := c.greet(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// greet authenticates, starts the connection's goroutines and says Hello.
func (c *Conn) greet(ctx context.Context) error {
	deadline, _ := ctx.Deadline()
	if err := c.sock.SetDeadline(deadline); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { c.sock.Close() })
	defer stop()
	if err := authenticate(c.sock); err != nil {
		return fmt.Errorf("cannot authenticate: %w", err)
	}
	if err := c.sock.SetDeadline(time.Time{}); err != nil {
		return err
	}
	c.running.Go(c.read)
	c.running.Go(c.server.refuseLoop)
	c.running.Go(c.signals.bookkeep)
	out, err := c.callBus(ctx, "Hello", "")
	if err != nil {
		return fmt.Errorf("cannot say Hello: %w", err)
	}
	if c.name = nth[string](out, 0); c.name == "" {
		return fmt.Errorf("cannot say Hello: %w", errMessage)
	}
	if !stop() {
		return fmt.Errorf("cannot say Hello: %w", ctx.Err())
	}
	return nil
}

// read takes each message off the socket and passes it on; nothing here waits
// for anybody but the socket.
func (c *Conn) read() {
	defer c.in.close()
	for {
		m, err := c.in.next()
		if err != nil {
			c.end(err)
			return
		}
		switch m.kind {
		case dbus.TypeMethodReply, dbus.TypeError:
			c.pending.deliver(m)
		case dbus.TypeMethodCall:
			c.server.accept(m)
		case dbus.TypeSignal:
			c.signals.deliver(m)
		default:
			m.drop()
		}
	}
}

// UniqueName is the name the bus gave the connection.
func (c *Conn) UniqueName() string { return c.name }

// Done is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.ctx.Done() }

// end ends the connection; err says why if nobody asked for it.
func (c *Conn) end(err error) {
	if c.ctx.Err() == nil && err != nil {
		c.log.Warn("the connection to the bus has ended", "err", err)
	}
	c.cancel()
	c.sock.Close()
}

// closeTimeout bounds how long Close waits for handlers that do not look at
// their context.
const closeTimeout = 10 * time.Second

// Close ends the connection and waits for what it started: handlers see their
// context end, and their answers go nowhere. It must not be called by one.
func (c *Conn) Close() error {
	c.cancel()
	err := c.sock.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil // the bus was faster
	}
	done := make(chan struct{})
	go func() { c.running.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(closeTimeout):
		c.log.Error("handlers are still running after the connection was closed")
	}
	return err
}

// serial numbers a message. Numbers come round after four thousand million
// messages, long after their calls.
func (c *Conn) serial() uint32 {
	for {
		if n := c.lastSerial.Add(1); n != 0 {
			return n
		}
	}
}
