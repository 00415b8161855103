package wire

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// pipeSize is asked for, best effort: fewer wake-ups per megabyte.
const pipeSize = 1 << 20

// Pipe makes the pipe of a stream; both ends are the caller's. The read end
// blocks, as any program expects that it is passed to (bus.File makes it
// pollable again); the write end obeys SetWriteDeadline, so that a reader that
// stops reading holds nobody for ever.
func Pipe() (r, w *os.File, err error) {
	var fd [2]int
	if err := unix.Pipe2(fd[:], unix.O_CLOEXEC); err != nil {
		return nil, nil, fmt.Errorf("cannot make a pipe: %w", err)
	}
	if err := unix.SetNonblock(fd[1], true); err != nil {
		unix.Close(fd[0])
		unix.Close(fd[1])
		return nil, nil, fmt.Errorf("cannot make a pipe: %w", err)
	}
	// An unprivileged user may be over his limit of pipe memory.
	_, _ = unix.FcntlInt(uintptr(fd[1]), unix.F_SETPIPE_SZ, pipeSize)
	return os.NewFile(uintptr(fd[0]), "stream"), os.NewFile(uintptr(fd[1]), "stream"), nil
}

// A ProgressWriter writes to a pipe and gives up when the reader has taken
// nothing for Timeout.
type ProgressWriter struct {
	Pipe    *os.File
	Timeout time.Duration
}

// Write implements io.Writer.
func (p ProgressWriter) Write(b []byte) (int, error) {
	const step = 64 << 10
	n := 0
	for n < len(b) {
		if err := p.Pipe.SetWriteDeadline(time.Now().Add(p.Timeout)); err != nil {
			return n, err
		}
		k, err := p.Pipe.Write(b[n:min(n+step, len(b))])
		n += k
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
