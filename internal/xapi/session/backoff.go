package session

import (
	"sync"
	"time"
)

// After free failures the waits double from firstWait up to longestWait. The
// reference holds each failed login for 5 s; this one answers at once and
// costs an attacker as much.
const (
	freeFailures = 3
	firstWait    = time.Second
	longestWait  = 16 * time.Second
	forgetAfter  = 10 * time.Minute
	maxAttempts  = 4096 // places remembered
)

// An attempt is who tries to log in, and from where.
type attempt struct{ user, peer string }

type failures struct {
	count int
	last  time.Time
}

// A backoff remembers failed logins, a bounded number of them.
type backoff struct {
	mu     sync.Mutex // guards places
	places map[attempt]failures
}

func newBackoff() *backoff { return &backoff{places: map[attempt]failures{}} }

// wait returns how long the next try has to wait.
func (b *backoff) wait(a attempt, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	f, ok := b.places[a]
	if !ok || f.count < freeFailures {
		return 0
	}
	pause := min(firstWait<<min(f.count-freeFailures, 8), longestWait)
	return max(0, pause-now.Sub(f.last))
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
	b.places[a] = failures{f.count + 1, now}
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
