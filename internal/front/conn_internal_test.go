package front

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// TestSlowPeer: a peer may be silent between requests, but not within one.
func TestSlowPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		room := make(chan struct{}, 1)
		room <- struct{}{}
		c := &conn{Conn: near, room: room}
		b := make([]byte, 1)

		time.AfterFunc(time.Hour, func() { far.Write(b) })
		if _, err := c.Read(b); err != nil {
			t.Errorf("silence between requests ends in %v", err)
		}
		c.beginBody()
		start := time.Now()
		if _, err := c.Read(b); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != progressTimeout {
			t.Errorf("silence in a body ends in %v after %v", err, time.Since(start))
		}
		c.endBody()
		time.AfterFunc(time.Hour, func() { far.Write(b) })
		if _, err := c.Read(b); err != nil {
			t.Errorf("after the body silence ends in %v", err)
		}
		start = time.Now()
		if _, err := c.Write(b); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != progressTimeout {
			t.Errorf("a peer that takes nothing ends in %v after %v", err, time.Since(start))
		}
		c.Close()
		c.Close()
		if len(room) != 0 {
			t.Error("a closed connection keeps its room")
		}
	})
}

// TestDrip: steady progress does not make a body wait for ever.
func TestDrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := &reader{r: drip{}, until: time.Now().Add(bodyTimeout), rest: -1}
		start := time.Now()
		if _, err := io.Copy(io.Discard, in); !errors.Is(err, errTooSlow) || time.Since(start) > bodyTimeout+time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

type drip struct{}

func (drip) Read(b []byte) (int, error) {
	time.Sleep(time.Second)
	return 1, nil
}
