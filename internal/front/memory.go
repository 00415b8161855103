package front

import (
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// The collector's pace. Requests are short and the live heap is small, so by
// default a quarter of the time would go into collecting it; maxMemory, far
// above what an idle front takes, bounds what the slower pace may cost.
const (
	collectAt = 400 // per cent of the live heap
	maxMemory = 88 << 20
)

// TuneMemory sets the pace. A main calls it once; GOGC and GOMEMLIMIT in the
// environment take precedence.
func TuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(maxMemory)
	}
}

// garbage counts what large bodies leave behind. They come faster than the
// collector's pace allows for, so it is called whenever that is much; who
// brings the body waits for it.
type garbage struct {
	mu    sync.Mutex // guards bytes
	bytes int64
}

const muchGarbage = 16 << 20

func (g *garbage) add(n int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.bytes += n; g.bytes >= muchGarbage {
		runtime.GC()
		g.bytes = 0
	}
}

// A tidier gives memory back to the system when large bodies were there and
// are gone; the runtime alone takes minutes for that.
type tidier struct {
	mu    sync.Mutex // guards large and timer
	large int        // bodies being handled
	timer *time.Timer
}

// tidyDelay keeps a row of large bodies from being tidied up after one by one.
const tidyDelay = time.Second

func (t *tidier) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.large++; t.timer != nil {
		t.timer.Stop()
		t.timer = nil
	}
}

func (t *tidier) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.large--; t.large == 0 {
		t.timer = time.AfterFunc(tidyDelay, debug.FreeOSMemory)
	}
}
