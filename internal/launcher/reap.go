package launcher

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// becomeSubreaper makes orphans of everything we started our children instead
// of init's, so that none is lost from sight.
func becomeSubreaper() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// reapOrphans collects children we did not start ourselves as they end.
func (s *spawner) reapOrphans(ctx context.Context) {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	defer signal.Stop(ended)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ended:
			s.reap()
		}
	}
}

func (s *spawner) reap() {
	for _, pid := range s.orphans() {
		var status syscall.WaitStatus
		_, _ = syscall.Wait4(pid, &status, syscall.WNOHANG, nil)
	}
}

// orphans lists our children that no process of ours waits for.
func (s *spawner) orphans() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	tasks, _ := filepath.Glob("/proc/self/task/*/children")
	var pids []int
	for _, t := range tasks {
		list, err := os.ReadFile(t)
		if err != nil {
			continue // the thread has ended
		}
		for f := range strings.FieldsSeq(string(list)) {
			if pid, err := strconv.Atoi(f); err == nil && !s.pids[pid] {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// killOrphans ends what our services left behind. Killing one makes its own
// children ours, so it goes on until there are none.
func (s *spawner) killOrphans(log *slog.Logger) {
	for range 100 {
		pids := s.orphans()
		if len(pids) == 0 {
			return
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		time.Sleep(10 * time.Millisecond)
		s.reap()
	}
	log.Error("cannot end processes that services left behind", "pids", s.orphans())
}
