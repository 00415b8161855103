package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// A conn is one kept-alive HTTP connection that posts bodies and reads
// answers, with as little work as that takes.
type conn struct {
	net.Conn
	in   *bufio.Reader
	head string
	out  []byte
	kept []byte // the last answer's first bytes
}

// keptBytes of an answer are enough to tell success from failure.
const keptBytes = 256

func dial(address, path, contentType string) (*conn, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	c, err := net.DialTimeout("tcp", u.Host, 10*time.Second)
	if err != nil {
		return nil, err
	}
	return &conn{
		Conn: c, in: bufio.NewReaderSize(c, 64<<10), kept: make([]byte, 0, keptBytes),
		head: "POST " + path + " HTTP/1.1\r\nHost: " + u.Host + "\r\nContent-Type: " + contentType + "\r\nContent-Length: ",
	}, nil
}

var errFailure = errors.New("the answer is a failure")

// An answer tells how much came, and when its first byte did.
type answer struct {
	Bytes int64
	First time.Time
}

// post sends one body and reads the whole answer.
func (c *conn) post(body []byte) (answer, error) {
	c.out = append(c.out[:0], c.head...)
	c.out = strconv.AppendInt(c.out, int64(len(body)), 10)
	c.out = append(c.out, "\r\n\r\n"...)
	c.out = append(c.out, body...)
	if err := c.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		return answer{}, err
	}
	if _, err := c.Write(c.out); err != nil {
		return answer{}, err
	}
	a, err := c.read()
	if err == nil && (bytes.Contains(c.kept, []byte("Failure")) || bytes.Contains(c.kept, []byte(`"error":{`))) {
		err = fmt.Errorf("%w: %s", errFailure, c.kept)
	}
	return a, err
}

func (c *conn) read() (answer, error) {
	var a answer
	length, chunked, first := int64(-1), false, true
	for {
		l, err := c.in.ReadSlice('\n')
		if err != nil {
			return a, err
		}
		l = bytes.TrimRight(l, "\r\n")
		if first {
			if !bytes.HasPrefix(l, []byte("HTTP/1.1 200")) {
				return a, fmt.Errorf("the answer is %q", l)
			}
			first = false
			continue
		}
		if len(l) == 0 {
			break
		}
		name, value, _ := bytes.Cut(l, []byte(":"))
		switch value = bytes.TrimSpace(value); {
		case bytes.EqualFold(name, []byte("content-length")):
			if length, err = strconv.ParseInt(string(value), 10, 64); err != nil {
				return a, err
			}
		case bytes.EqualFold(name, []byte("transfer-encoding")):
			chunked = bytes.EqualFold(value, []byte("chunked"))
		}
	}
	if _, err := c.in.Peek(1); err != nil && length != 0 {
		return a, err
	}
	a.First = time.Now()
	c.kept = c.kept[:0]
	if !chunked {
		return a, c.skip(length, &a)
	}
	for {
		l, err := c.in.ReadSlice('\n')
		if err != nil {
			return a, err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(l)), 16, 64)
		if err != nil {
			return a, err
		}
		if err := c.skip(size, &a); err != nil {
			return a, err
		}
		if _, err := c.in.Discard(2); err != nil {
			return a, err
		}
		if size == 0 {
			return a, nil
		}
	}
}

// skip reads n bytes of an answer and keeps the first of them.
func (c *conn) skip(n int64, a *answer) error {
	if n < 0 {
		return errors.New("the answer has no length")
	}
	if room := min(keptBytes-len(c.kept), int(n)); room > 0 {
		at := len(c.kept)
		c.kept = c.kept[:at+room]
		if _, err := io.ReadFull(c.in, c.kept[at:]); err != nil {
			return err
		}
		n -= int64(room)
		a.Bytes += int64(room)
	}
	for n > 0 {
		d, err := c.in.Discard(int(min(n, 1<<30)))
		n -= int64(d)
		a.Bytes += int64(d)
		if err != nil {
			return err
		}
	}
	return nil
}

// rates are what a load gave.
type rates struct {
	Calls    int64
	Failed   int64
	Took     time.Duration
	P50, P99 time.Duration
	Own      time.Duration // CPU time of the load generator
	Err      error         // the first
}

// PerSecond is the calls that worked.
func (r rates) PerSecond() float64 { return float64(r.Calls) / r.Took.Seconds() }

// PerCall divides a process's CPU time by the calls, in microseconds.
func (r rates) PerCall(cpu time.Duration) float64 {
	return float64(cpu.Microseconds()) / float64(max(1, r.Calls))
}

// A caller makes one call; each belongs to one client.
type caller func() error

// load lets all callers call as fast as they are answered.
func load(ctx context.Context, duration time.Duration, callers []caller) rates {
	ctx, cancel := context.WithTimeout(ctx, duration)
	defer cancel()
	taken := make([][]time.Duration, len(callers))
	failed := make([]int64, len(callers))
	errs := make([]error, len(callers))
	var all sync.WaitGroup
	began, own := time.Now(), ownCPU()
	for i, call := range callers {
		all.Go(func() {
			times := make([]time.Duration, 0, 1<<14)
			for ctx.Err() == nil {
				start := time.Now()
				if err := call(); err != nil {
					errs[i] = errors.Join(errs[i], err)
					if failed[i]++; failed[i] > 3 {
						break
					}
					continue
				}
				times = append(times, time.Since(start))
			}
			taken[i] = times
		})
	}
	all.Wait()
	r := rates{Took: time.Since(began), Own: ownCPU() - own}
	merged := slices.Concat(taken...)
	slices.Sort(merged)
	r.Calls = int64(len(merged))
	r.P50, r.P99 = percentile(merged, 50), percentile(merged, 99)
	for i := range failed {
		r.Failed += failed[i]
		if r.Err == nil {
			r.Err = errs[i]
		}
	}
	return r
}

// percentile of sorted times.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, len(sorted)*p/100)]
}

// ownCPU is the CPU time this process has used.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// posters makes n callers that each post a body of their own over a
// connection of their own. The caller closes them with the returned function.
func posters(address, path, contentType string, n int, body func(client int) func() []byte) ([]caller, func(), error) {
	var conns []*conn
	closeAll := func() {
		for _, c := range conns {
			c.Close()
		}
	}
	var callers []caller
	for i := range n {
		c, err := dial(address, path, contentType)
		if err != nil {
			closeAll()
			return nil, nil, err
		}
		conns = append(conns, c)
		next := body(i)
		callers = append(callers, func() error {
			_, err := c.post(next())
			return err
		})
	}
	return callers, closeAll, nil
}
