package session

import (
	"context"
	"sync"
	"time"
)

// After freeFailures the pauses between two tries double from firstPause up to
// longestPause. A try waits for its turn if that comes within longestWait, else
// it is refused. The reference holds each failed login for 5 s instead.
const (
	freeFailures = 3
	firstPause   = time.Second
	longestPause = 16 * time.Second
	longestWait  = 5 * time.Second
	forgetAfter  = 10 * time.Minute
	maxAttempts  = 4096 // places remembered
)

// An attempt is who tries to log in, and from where.
type attempt struct{ user, peer string }

type failures struct {
	count int
	last  time.Time
	next  time.Time // when the next try may be looked at
}

// A backoff remembers failed logins, a bounded number of them.
type backoff struct {
	mu     sync.Mutex // guards places
	places map[attempt]failures
}

func newBackoff() *backoff { return &backoff{places: map[attempt]failures{}} }

// turn takes the next turn of a place: how long to wait for it, and whether
// that is short enough; if not, no turn is taken.
func (b *backoff) turn(a attempt, now time.Time) (wait time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f, known := b.places[a]
	if !known || f.count < freeFailures {
		return 0, true
	}
	wait = max(0, f.next.Sub(now))
	if wait > longestWait {
		return wait, false
	}
	f.next = now.Add(wait + f.pause())
	b.places[a] = f
	return wait, true
}

func (f failures) pause() time.Duration {
	if f.count < freeFailures {
		return 0
	}
	return min(firstPause<<min(f.count-freeFailures, 8), longestPause)
}

// sleep waits, or fails with ctx.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *backoff) failed(a attempt, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.places[a]; !ok && len(b.places) >= maxAttempts {
		b.makeRoom(now)
	}
	f := b.places[a]
	if now.Sub(f.last) > forgetAfter {
		f.count = 0
	}
	f.count++
	f.last = now
	if next := now.Add(f.pause()); next.After(f.next) {
		f.next = next
	}
	b.places[a] = f
}

// makeRoom drops what is old; if nothing is, the one that failed least.
func (b *backoff) makeRoom(now time.Time) {
	var least attempt
	lowest := 0
	for a, f := range b.places {
		if now.Sub(f.last) > forgetAfter {
			delete(b.places, a)
		} else if lowest == 0 || f.count < lowest {
			least, lowest = a, f.count
		}
	}
	if len(b.places) >= maxAttempts {
		delete(b.places, least)
	}
}

func (b *backoff) succeeded(a attempt) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.places, a)
}
