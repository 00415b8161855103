// Package stack runs a whole toolstack of its own as an operator would, with
// `xcp run` on a state folder, and speaks to it as a client does. It serves
// the tests of internal/systest and the benches of internal/bench; it knows
// the documented command line, the ready line and the wire, and imports
// nothing of the toolstack.
package stack

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Limits of a start and a stop; generous, since a test machine may be busy.
const (
	startLimit = 60 * time.Second
	stopLimit  = 45 * time.Second
)

// Build compiles every program of the toolstack into dir.
func Build(ctx context.Context, dir string) error {
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", dir+string(filepath.Separator), "./cmd/...")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("cannot build the programs: %w\n%s", err, out)
	}
	return nil
}

func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("cannot find the module: %w", err)
	}
	return filepath.Dir(string(bytes.TrimSpace(out))), nil
}

// Ready is the line the launcher prints when it answers.
type Ready struct {
	Ready    bool   `json:"ready"`
	URL      string `json:"url"`
	TLSURL   string `json:"tls_url"`
	Unix     string `json:"unix"` // path of the local socket
	Bus      string `json:"bus"`  // D-Bus address
	User     string `json:"user"`
	Password string `json:"password"`
	StateDir string `json:"state_dir"`
	PID      int    `json:"pid"`
}

// Options say how a toolstack is started.
type Options struct {
	Bin      string   // folder of the programs
	StateDir string   // its own
	Args     []string // more arguments of xcp run
	Env      []string // added to this process's own
	Wrap     []string // a command line that runs the launcher, unshare for instance
	Log      io.Writer
}

// A Stack is one running toolstack. It must be stopped.
type Stack struct {
	Ready
	ReadyAfter time.Duration // from start to ready line

	cmd  *exec.Cmd
	done chan struct{} // closed when the launcher has ended
	err  error         // of the launcher, valid after done
	log  *tail
}

// Start starts a toolstack on free ports of the loopback and waits for its
// ready line.
func Start(ctx context.Context, o Options) (*Stack, error) {
	args := append([]string{
		filepath.Join(o.Bin, "xcp"), "run", "--state-dir", o.StateDir,
		"--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0",
	}, o.Args...)
	args = append(append([]string{}, o.Wrap...), args...)
	s := &Stack{cmd: exec.Command(args[0], args[1:]...), done: make(chan struct{}), log: &tail{also: o.Log}}
	s.cmd.Env = append(os.Environ(), o.Env...)
	s.cmd.Stderr = s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start the toolstack: %w", err)
	}
	line := make(chan []byte, 1)
	go s.watch(stdout, line)

	select {
	case l := <-line:
		s.ReadyAfter = time.Since(began)
		if err := json.Unmarshal(l, &s.Ready); err != nil || !s.Ready.Ready {
			s.Stop()
			return nil, fmt.Errorf("the ready line is %q: %v\n%s", l, err, s.Log())
		}
		return s, nil
	case <-s.done:
		return nil, fmt.Errorf("the toolstack ended before it was ready: %v\n%s", s.err, s.Log())
	case <-time.After(startLimit):
		err = fmt.Errorf("the toolstack was not ready within %v", startLimit)
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.Stop()
	return nil, fmt.Errorf("%w\n%s", err, s.Log())
}

// watch hands over the first line and waits for the launcher's end. Only one
// line may come: the rest is an error the log shows.
func (s *Stack) watch(stdout io.Reader, line chan<- []byte) {
	in := bufio.NewReader(stdout)
	if first, err := in.ReadBytes('\n'); err == nil {
		line <- first
	}
	if rest, _ := io.ReadAll(in); len(rest) > 0 {
		fmt.Fprintf(s.log, "more than the ready line on stdout: %q\n", rest)
	}
	s.err = s.cmd.Wait()
	close(s.done)
}

// Stop asks the launcher to stop everything and waits. It returns the
// launcher's own failure, or that it had to be killed.
func (s *Stack) Stop() error {
	select {
	case <-s.done:
		return s.err
	default:
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
		return s.err
	case <-time.After(stopLimit):
		_ = s.cmd.Process.Kill()
		<-s.done
		return errors.New("the toolstack did not stop when asked to and was killed")
	}
}

// Done is closed when the launcher has ended.
func (s *Stack) Done() <-chan struct{} { return s.done }

// Log returns the end of what the toolstack wrote to stderr.
func (s *Stack) Log() string { return s.log.String() }

// tail keeps the last part of what is written to it.
type tail struct {
	mu   sync.Mutex
	buf  []byte
	also io.Writer
}

const tailBytes = 64 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if n := len(t.buf) - tailBytes; n > 0 {
		t.buf = append(t.buf[:0], t.buf[n:]...)
	}
	if t.also != nil {
		_, _ = t.also.Write(p)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}
