package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/google/uuid"

	"github.com/xcp-dbus/xcp/internal/bus"
)

// Limits of coming up and going down. What does not come up is ended by its
// supervisor; what does not go down ends here.
const (
	connectTimeout = 30 * time.Second
	drainTimeout   = 5 * time.Second
	stopTimeout    = 8 * time.Second // all of stopping; the launcher kills after 10 s
)

// Main runs a service until it is told to stop or cannot go on, and exits:
// status 0 after an orderly stop, 1 after a failure, 2 for a wrong command
// line, 75 after the loss of the bus.
func Main(spec Spec) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	os.Exit(Run(ctx, spec, os.Args[1:], os.Stdout, os.Stderr))
}

// Run is Main without the process: it takes the command line and returns the
// exit status. It stops when ctx ends.
func Run(ctx context.Context, spec Spec, args []string, stdout, stderr io.Writer) int {
	inherited()
	set, err := parseSettings(&spec, args, stdout, stderr)
	if errors.Is(err, errDone) {
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "xcp-%s: %v\n", spec.Name, err)
		return 2
	}
	if set.checkConfig {
		return 0
	}
	p := newProc(&spec, set, stderr)
	err = p.run(ctx)
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		p.log.Warn("stopped before it was up", "err", err)
		return 0
	case errors.Is(err, bus.ErrLost):
		p.log.Error("lost the bus", "err", err)
		return bus.ExitLost
	}
	p.log.Error("cannot go on", "err", err)
	return 1
}

// A proc is one running service.
type proc struct {
	spec     *Spec
	set      *settings
	logs     *logControl
	log      *slog.Logger
	env      *Env
	service  *Service
	calls    *calls
	progress *progressSet
	line     *line
	started  time.Time

	state       atomic.Value // string, of Service1.State
	standingsMu sync.Mutex   // guards standings
	standings   map[string]standing

	drainOnce sync.Once
	drainReq  chan struct{} // closed when Service1.Drain was called
	stopping  chan struct{} // closed when stopping begins
}

func newProc(spec *Spec, set *settings, stderr io.Writer) *proc {
	logs, log := newLog(spec.Name, set.logLevel, set.logTarget, stderr)
	p := &proc{
		spec: spec, set: set, logs: logs, log: log,
		calls:     newCalls(),
		progress:  &progressSet{},
		line:      &line{ready: make(chan struct{})},
		started:   time.Now(),
		standings: make(map[string]standing),
		drainReq:  make(chan struct{}),
		stopping:  make(chan struct{}),
	}
	p.state.Store("starting")
	p.env = &Env{
		Log: log, Tree: bus.NewMux(), Bus: p.line,
		Instance: uuid.NewString(), progress: p.progress,
	}
	return p
}

// run is the life of the service.
func (p *proc) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	service, err := p.spec.Setup(ctx, p.env)
	if err != nil {
		return fmt.Errorf("cannot set up: %w", err)
	}
	p.service = service
	defer p.guardStop()()
	if service.Close != nil {
		defer func() {
			if err := service.Close(); err != nil {
				p.log.Error("cannot close the service in order", "err", err)
			}
		}()
	}
	p.mountShared()
	if err := p.connect(ctx, cancel); err != nil {
		return err
	}
	defer p.line.close()

	var work sync.WaitGroup
	defer work.Wait()
	watch, stopWatch := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWatch()
	work.Go(func() { p.watchdog(watch) })
	workCtx, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	if service.Run != nil {
		work.Go(func() {
			if err := service.Run(workCtx); err != nil {
				cancel(err)
			} else {
				cancel(errEnded)
			}
		})
	}
	p.setState("ready")
	notify("READY=1")
	p.log.Info("ready", "dur", time.Since(p.started).Round(time.Millisecond))

	select {
	case <-ctx.Done():
	case <-p.drainReq:
	}
	err = context.Cause(ctx)
	notify("STOPPING=1")
	p.drain(stopWork)
	if errors.Is(err, context.Canceled) || errors.Is(err, errEnded) {
		err = nil
	}
	return err
}

// errEnded is the cause of a stop that the service's own loop began.
var errEnded = errors.New("the service has ended")

// guardStop bounds the time from the start of stopping to the call of what it
// returns: a process that hangs while it stops holds up everything that waits
// for it, so it ends itself.
func (p *proc) guardStop() (disarm func()) {
	over := make(chan struct{})
	go func() {
		select {
		case <-p.stopping:
		case <-over:
			return
		}
		select {
		case <-time.After(stopTimeout):
			p.log.Error("stopping takes too long", "limit", stopTimeout)
			os.Exit(1)
		case <-over:
		}
	}()
	return func() { close(over) }
}

// drain takes no more work and waits for what is under way.
func (p *proc) drain(stopWork func()) {
	close(p.stopping)
	p.log.Info("stopping")
	p.calls.drain()
	p.setState("draining")
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	if p.service.Drain != nil {
		p.service.Drain(ctx)
	}
	stopWork()
	p.calls.wait(ctx)
}

// busName is the service's well-known name.
func (p *proc) busName() string { return "org.xen.xcp." + p.spec.Name }

// connect joins the bus and takes the name, so that calls come in from then
// on. cancel is told when the bus or the name is lost.
func (p *proc) connect(ctx context.Context, cancel context.CancelCauseFunc) error {
	opts := bus.Options{
		Log: p.log, Tree: p.env.Tree, Around: p.calls.around,
		NameLost: func(name string) { cancel(fmt.Errorf("another process took %s", name)) },
	}
	own := func(ctx context.Context, c *bus.Conn) error { return c.RequestName(ctx, p.busName(), false) }
	ctx, stop := context.WithTimeout(ctx, connectTimeout)
	defer stop()
	if p.spec.Reconnect {
		r := bus.Reconnect(p.set.bus, opts, own)
		if _, err := r.Conn(ctx); err != nil {
			r.Close()
			return fmt.Errorf("%w: %w", bus.ErrLost, err)
		}
		p.line.set(r, r.Conn, r.Close)
		return nil
	}
	c, err := bus.Dial(ctx, p.set.bus, opts)
	if err != nil {
		return fmt.Errorf("%w: %w", bus.ErrLost, err)
	}
	p.line.set(c, func(context.Context) (*bus.Conn, error) { return c, nil }, func() { c.Close() })
	go func() {
		<-c.Done()
		cancel(bus.ErrLost)
	}()
	if err := own(ctx, c); err != nil {
		p.line.close()
		return err
	}
	return nil
}

// A line is Env.Bus: it makes calls once there is a connection.
type line struct {
	ready  chan struct{} // closed by set; the rest is read only from then on
	caller bus.Caller
	conn   func(context.Context) (*bus.Conn, error)
	close  func()
}

func (l *line) set(c bus.Caller, conn func(context.Context) (*bus.Conn, error), closeConn func()) {
	l.caller, l.conn, l.close = c, conn, closeConn
	close(l.ready)
}

// Do implements bus.Caller.
func (l *line) Do(ctx context.Context, r *bus.Request) ([]any, error) {
	select {
	case <-l.ready:
		return l.caller.Do(ctx, r)
	case <-ctx.Done():
		return nil, fmt.Errorf("not connected to the bus yet: %w", ctx.Err())
	}
}

// Conn waits for a connection to the bus, for a caller that wants to give up on
// an absent bus sooner than on a slow answer.
func (l *line) Conn(ctx context.Context) (*bus.Conn, error) {
	select {
	case <-l.ready:
		return l.conn(ctx)
	case <-ctx.Done():
		return nil, fmt.Errorf("not connected to the bus yet: %w", ctx.Err())
	}
}
