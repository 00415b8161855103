package daemon

import (
	"sync"
	"sync/atomic"
	"time"
)

// A Progress is one worker's sign of life.
type Progress struct {
	worker string
	last   atomic.Int64 // ms since the epoch
}

// Tick says that the worker finished a unit of work, or looked for one and
// found none.
func (p *Progress) Tick() { p.last.Store(time.Now().UnixMilli()) }

// progressSet is the workers of a process.
type progressSet struct {
	mu      sync.Mutex // guards workers
	workers []*Progress
}

func (s *progressSet) add(worker string) *Progress {
	p := &Progress{worker: worker}
	p.Tick()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.workers = append(s.workers, p)
	return p
}

// oldest is the worker that has been silent longest, and since when (ms since
// the epoch).
func (s *progressSet) oldest() (worker string, since int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, p := range s.workers {
		if last := p.last.Load(); i == 0 || last < since {
			worker, since = p.worker, last
		}
	}
	return worker, since
}
