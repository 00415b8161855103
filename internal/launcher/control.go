package launcher

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// controlTimeout bounds the reading of one request and the writing of its
// answer; what lies between is bounded by startLimit.
const controlTimeout = 5 * time.Second

// control is the socket bus-activate asks on. Only this user can reach it: it
// lies in a folder of mode 0700.
type control struct {
	l     *net.UnixListener
	units map[string]*unit
}

func listenControl(runDir string, units map[string]*unit) (*control, error) {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(runDir, "launcher"), Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("cannot make the launcher's socket: %w", err)
	}
	return &control{l, units}, nil
}

// serve answers until ctx ends.
func (c *control) serve(ctx context.Context) {
	var open sync.WaitGroup
	defer open.Wait()
	defer context.AfterFunc(ctx, func() { c.l.Close() })()
	for {
		conn, err := c.l.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // out of descriptors; they come back
			continue
		}
		open.Go(func() {
			defer conn.Close()
			c.answer(ctx, conn)
		})
	}
}

// answer handles one request: "start UNIT".
func (c *control) answer(ctx context.Context, conn *net.UnixConn) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	_ = conn.SetReadDeadline(time.Now().Add(controlTimeout))
	defer context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })()
	line, err := bufio.NewReader(io.LimitReader(conn, 256)).ReadString('\n')
	if err != nil {
		return
	}
	name, ok := strings.CutPrefix(strings.TrimSpace(line), "start ")
	u := c.units[name]
	text := "ok"
	switch {
	case !ok:
		text = "only \"start UNIT\" is understood"
	case u == nil:
		text = "there is no unit " + name
	default:
		if err := u.request(ctx); err != nil {
			text = err.Error()
		}
	}
	_ = conn.SetWriteDeadline(time.Now().Add(controlTimeout))
	_, _ = fmt.Fprintln(conn, text)
}
