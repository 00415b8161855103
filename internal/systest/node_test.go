package systest

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestNode runs the npm client xen-api over each way in, with both of its
// transports and with the one that finds out by itself. `make deps` installs
// it from the lock file in testdata/node.
func TestNode(t *testing.T) {
	node := program(t, "node", "nodejs")
	if _, err := os.Stat("testdata/node/node_modules/xen-api"); err != nil {
		absent(t, "the npm client is not installed: run `npm ci` in internal/systest/testdata/node")
	}
	s := sharedStack(t)
	for way, url := range ways(s) {
		for _, transport := range []string{"auto", "json-rpc", "xml-rpc"} {
			t.Run(way+"/"+transport, func(t *testing.T) {
				var env []string
				if way == "unix" {
					// The client has no way to name a local socket: a TCP
					// port of the loopback leads there.
					url, env = "http://"+bridge(t, s.Unix), []string{"LOCAL=1"}
				}
				script := filepath.Join("testdata", "node", "client.mjs")
				t.Log(run(t, 2*time.Minute, env, node, script, url, s.User, s.Password, transport))
			})
		}
	}
}

// bridge accepts on a loopback port and passes the bytes to a local socket,
// until the test ends.
func bridge(t *testing.T, path string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		open.Wait()
	})
	open.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("unix", path)
			if err != nil {
				in.Close()
				continue
			}
			open.Go(func() { splice(in, out) })
		}
	})
	return l.Addr().String()
}

// splice copies both ways until one side ends.
func splice(a, b net.Conn) {
	var both sync.WaitGroup
	for _, pair := range [][2]net.Conn{{a, b}, {b, a}} {
		both.Go(func() {
			_, _ = io.Copy(pair[0], pair[1])
			a.Close()
			b.Close()
		})
	}
	both.Wait()
}
