package launcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// How a service that dies is started again.
const (
	firstDelay   = 100 * time.Millisecond
	maxDelay     = 10 * time.Second
	settledAfter = 30 * time.Second // a life this long makes earlier deaths forgotten
	degradeAfter = 5                // deaths in a row
	startLimit   = 60 * time.Second // as the bus's service_start_timeout
)

// A unit is one supervised service. Its goroutine owns the process; others
// talk to it by want.
type unit struct {
	name    string
	program program
	atOnce  bool          // started with the launcher, not on demand
	grace   time.Duration // between SIGTERM and SIGKILL
	spawn   *spawner
	log     *slog.Logger

	want   chan chan<- error // each gets nil once the service is ready, or why it is not
	deaths int               // in a row
}

// request has the unit started, if it is not running, and waits until it is
// ready.
func (u *unit) request(ctx context.Context) error {
	answer := make(chan error, 1)
	select {
	case u.want <- answer:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// supervise runs the unit until ctx ends; then it stops the process and
// returns.
func (u *unit) supervise(ctx context.Context) {
	idle := !u.atOnce
	for ctx.Err() == nil {
		var waiters []chan<- error
		if idle {
			select {
			case w := <-u.want:
				waiters = append(waiters, w)
			case <-ctx.Done():
				return
			}
		}
		idle = u.live(ctx, waiters)
		if !idle && !u.pause(ctx) {
			return
		}
	}
}

// live is one life of the process. It tells whether the life ended in peace:
// a service that is started on demand drained, or the launcher stops.
func (u *unit) live(ctx context.Context, waiters []chan<- error) (peaceful bool) {
	answer := func(err error) {
		for _, w := range waiters {
			w <- err
		}
		waiters = nil
	}
	born := time.Now()
	p, err := u.spawn.start(u.name, &u.program)
	if err != nil {
		u.died(err, 0)
		answer(err)
		return false
	}
	u.log.Info("started", "unit", u.name, "pid", p.cmd.Process.Pid)
	late := time.NewTimer(startLimit)
	defer late.Stop()
	for ready := p.ready; ; {
		select {
		case <-ready:
			u.log.Info("ready", "unit", u.name, "dur", time.Since(born).Round(time.Millisecond))
			ready = nil
			late.Stop()
			answer(nil)
		case w := <-u.want:
			waiters = append(waiters, w)
			if ready == nil {
				answer(nil)
			}
		case <-late.C:
			u.log.Error("not ready in time", "unit", u.name, "limit", startLimit)
			p.stop(u.grace)
		case <-p.done:
			if ready == nil && p.err == nil && !u.atOnce {
				u.log.Info("ended", "unit", u.name)
				return true
			}
			err := endError(p.err)
			u.died(err, time.Since(born))
			answer(fmt.Errorf("%s ended before it was ready: %w", u.name, err))
			return false
		case <-ctx.Done():
			p.stop(u.grace)
			answer(context.Cause(ctx))
			return true
		}
	}
}

func endError(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// died counts an end nobody wanted.
func (u *unit) died(err error, age time.Duration) {
	if age >= settledAfter {
		u.deaths = 0
	}
	u.deaths++
	u.log.Warn("died", "unit", u.name, "err", err, "age", age.Round(time.Millisecond), "in_a_row", u.deaths)
	if u.deaths == degradeAfter {
		u.log.Error("degraded", "unit", u.name, "in_a_row", u.deaths, "next_start_in", u.delay())
	}
}

// delay is the pause before the next start: it doubles with each death in a
// row.
func (u *unit) delay() time.Duration {
	if u.deaths == 0 {
		return 0
	}
	return min(firstDelay<<min(u.deaths-1, 10), maxDelay)
}

// pause waits before the next start; who wants the service meanwhile waits too.
// It tells whether to go on.
func (u *unit) pause(ctx context.Context) bool {
	select {
	case <-time.After(u.delay()):
		return true
	case <-ctx.Done():
		return false
	}
}
