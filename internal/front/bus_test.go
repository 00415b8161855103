package front_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/bustest"
)

// away is a bus that cannot be reached.
type away struct{ *xapi }

func (away) Conn(ctx context.Context) (*bus.Conn, error) {
	if d, ok := ctx.Deadline(); !ok || time.Until(d) > 20*time.Second {
		return nil, errors.New("waiting without a bound")
	}
	return nil, bus.ErrLost
}

func TestBusAway(t *testing.T) {
	s := serve(t, away{refusing(errors.New("not to be asked"))})
	res, got := s.post(t, "/", xmlCall("VM.get_uuid", v("s"), v("r")))
	if res.StatusCode != 503 || res.Header.Get("Retry-After") != "1" {
		t.Errorf("%d %s", res.StatusCode, got)
	}
	if res, _ := s.post(t, "/", xmlCall("system.listMethods")); res.StatusCode != 200 {
		t.Error("what needs no bus is refused without it")
	}
}

// TestBusRestart: the bus goes and comes back under a running front; a request
// that arrives meanwhile waits and is answered.
func TestBusRestart(t *testing.T) {
	b := bustest.New(t)
	b.Own(t, "org.xen.xcp.xapi", bus.Options{Tree: noSession})
	p := startFrontOn(t, b)
	body := xmlCall("VM.get_uuid", v("s"), v("r"))
	ask := func() string {
		client := http.Client{Timeout: 30 * time.Second}
		res, err := client.Post("http://"+p.address, "text/xml", strings.NewReader(body))
		if err != nil {
			return err.Error()
		}
		defer res.Body.Close()
		got, _ := io.ReadAll(res.Body)
		client.CloseIdleConnections()
		return string(got)
	}
	want := xmlFailure("SESSION_INVALID", "s")
	if got := ask(); got != want {
		t.Fatal(got)
	}
	b.Kill()
	meanwhile := make(chan string, 1)
	go func() { meanwhile <- ask() }()
	time.Sleep(200 * time.Millisecond)
	b.Restart(t)
	b.Own(t, "org.xen.xcp.xapi", bus.Options{Tree: noSession})
	if got := <-meanwhile; got != want {
		t.Error(got)
	}
	if got := ask(); got != want {
		t.Error(got)
	}
}
