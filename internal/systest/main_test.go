package systest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/internal/systest/stack"
)

// bin is the folder of the programs under test: what XCP_SYSTEST_BIN names,
// or a fresh build.
var bin string

// shared is the toolstack of the tests that leave it as they found it.
var shared struct {
	once  sync.Once
	dir   string
	stack *stack.Stack
	err   error
}

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	if bin = os.Getenv("XCP_SYSTEST_BIN"); bin == "" {
		dir, err := os.MkdirTemp("", "xcp-systest-bin-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		if err := stack.Build(context.Background(), dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		bin = dir
	}
	code := m.Run()
	if shared.stack != nil {
		if err := shared.stack.Stop(); err != nil {
			fmt.Fprintf(os.Stderr, "cannot stop the shared toolstack: %v\n%s", err, shared.stack.Log())
			code = 1
		}
		os.RemoveAll(shared.dir)
	}
	return code
}

// sharedStack returns the toolstack all tests use that do not stop or break it.
func sharedStack(t *testing.T) *stack.Stack {
	t.Helper()
	shared.once.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "xcp-systest-"); shared.err == nil {
			shared.stack, shared.err = stack.Start(context.Background(), stack.Options{Bin: bin, StateDir: shared.dir})
		}
	})
	if shared.err != nil {
		t.Fatalf("cannot start the shared toolstack: %v", shared.err)
	}
	showLog(t, shared.stack)
	return shared.stack
}

// start starts a toolstack for one test, on a state folder that may be given.
func start(t *testing.T, o stack.Options) *stack.Stack {
	t.Helper()
	if o.StateDir == "" {
		o.StateDir = t.TempDir()
	}
	o.Bin = bin
	s, err := stack.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("the toolstack stopped with %v", err)
		}
	})
	showLog(t, s)
	return s
}

// showLog prints the end of the toolstack's log if the test fails.
func showLog(t *testing.T, s *stack.Stack) {
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		lines := strings.Split(strings.TrimSpace(s.Log()), "\n")
		t.Logf("end of the toolstack's log:\n%s", strings.Join(lines[max(0, len(lines)-40):], "\n"))
	})
}

// login returns a client with a session, by the URL or the local socket.
func login(t *testing.T, s *stack.Stack, url string) *stack.Client {
	t.Helper()
	c := stack.Dial(url)
	t.Cleanup(c.Close)
	if err := c.Login(t.Context(), s.User, s.Password); err != nil {
		t.Fatalf("cannot log in: %v", err)
	}
	return c
}

// do calls a method that must work.
func do(t *testing.T, c *stack.Client, method string, args ...any) any {
	t.Helper()
	v, err := c.Do(t.Context(), method, args...)
	if err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	return v
}

// ways are the three ways in, by the name of a subtest.
func ways(s *stack.Stack) map[string]string {
	return map[string]string{"http": s.URL, "https": s.TLSURL, "unix": "unix:" + s.Unix}
}

// program returns the path of a program of others, or skips.
func program(t *testing.T, name, debianPackage string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		absent(t, name+" is not installed (Debian package "+debianPackage+")")
	}
	return path
}

// absent skips a test for want of something of others; where CI was to install
// it, that is a failure.
func absent(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal("CI did not install it: " + what)
	}
	t.Skip(what)
}

// run runs a command that must end well within the limit and returns what it
// wrote.
func run(t *testing.T, limit time.Duration, env []string, name string, args ...string) string {
	t.Helper()
	out, err := try(t, limit, env, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
	return out
}

// try is run for a command that may fail.
func try(t *testing.T, limit time.Duration, env []string, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}
