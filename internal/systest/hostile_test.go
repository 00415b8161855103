package systest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/internal/systest/stack"
)

// The limits of DESIGN and issue: a body, hostile requests at once, what the
// front may grow by meanwhile and afterwards.
const (
	bodyLimit    = 4 << 20
	hostileCalls = 200
	growLimit    = 160 << 20
	leftLimit    = 16 << 20
)

// hostileBodies are bodies of the greatest size that is read at all, each
// made to cost more memory or time than it has bytes.
func hostileBodies() [][]byte {
	fill := func(head, unit, tail string) []byte {
		n := (bodyLimit - len(head) - len(tail)) / len(unit)
		return []byte(head + strings.Repeat(unit, n) + tail)
	}
	const call = "<methodCall><methodName>VM.create</methodName><params><param>"
	return [][]byte{
		fill(call+"<value><array><data>", "<value/>", ""),
		fill(call, "<value><array><data>", ""),
		fill(call, "<value><struct><member><name>a</name>", ""),
		fill(call+"<value><struct>", "<member><name>a</name><value/></member>", "</struct></value></param></params></methodCall>"),
		fill(call+"<value>", "&amp;", "</value></param></params></methodCall>"),
		fill(call+"<value><array><data>", "<value><int>1</int></value>", "</data></array></value></param></params></methodCall>"),
		fill(`<!DOCTYPE a [<!ENTITY e "`, "x", `">]>`+call),
		fill(call+"<value><base64>", "A", "</base64></value></param></params></methodCall>"),
		fill("", " ", ""),
		fill("<"+strings.Repeat("a", 100), " b=''", "/>"),
		fill(call+"<value>", "\xff", "</value></param></params></methodCall>"),
	}
}

// TestHostileBodies sends the front 200 bodies at the limit at once.
func TestHostileBodies(t *testing.T) {
	s := start(t, stack.Options{})
	c := login(t, s, s.URL)
	front, ok := s.Find("xcp-front")
	if !ok {
		t.Fatal("no front runs")
	}
	bodies := hostileBodies()
	attack(t, s.URL, bodies, len(bodies)) // so that the heap has its usual size
	before := settledRSS(t, front)

	watch, stop := context.WithCancel(t.Context())
	peak := make(chan int64)
	go func() {
		top := before
		for watch.Err() == nil {
			if n, err := front.RSS(); err == nil {
				top = max(top, n)
			}
			time.Sleep(2 * time.Millisecond)
		}
		peak <- top
	}()
	began := time.Now()
	answers := attack(t, s.URL, bodies, hostileCalls)
	took := time.Since(began)
	stop()
	grown := <-peak - before
	t.Logf("%d bodies in %v, answers %v: grew by %d MiB", hostileCalls, took, answers, grown>>20)
	if grown >= growLimit {
		t.Errorf("the front grew by %d MiB, want less than %d", grown>>20, growLimit>>20)
	}
	if answers[http.StatusOK]+answers[http.StatusInternalServerError] == 0 {
		t.Errorf("no body was looked at: %v", answers)
	}
	left := int64(0)
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(time.Second) {
		if n, err := front.RSS(); err == nil {
			if left = n - before; left <= leftLimit {
				break
			}
		}
	}
	t.Logf("%d MiB are left", left>>20)
	if left > leftLimit {
		t.Errorf("%d MiB are left, want at most %d", left>>20, leftLimit>>20)
	}
	do(t, c, "host.get_all")
}

// settledRSS waits until the process stops shrinking.
func settledRSS(t *testing.T, p stack.Process) int64 {
	last := int64(1) << 62
	for range 30 {
		n, err := p.RSS()
		if err != nil {
			t.Fatal(err)
		}
		if n >= last-1<<20 {
			return min(n, last)
		}
		last = n
		time.Sleep(2 * time.Second)
	}
	return last
}

// attack posts n bodies at the same time and counts the answers by status; 0
// is a connection the front closed.
func attack(t *testing.T, url string, bodies [][]byte, n int) map[int]int {
	transport := &http.Transport{DisableKeepAlives: true}
	client := &http.Client{Transport: transport, Timeout: 3 * time.Minute}
	var statuses [600]atomic.Int32
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			resp, err := client.Post(url, "text/xml", bytes.NewReader(bodies[i%len(bodies)]))
			if err != nil {
				statuses[0].Add(1)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			statuses[resp.StatusCode].Add(1)
		})
	}
	all.Wait()
	out := map[int]int{}
	for status := range statuses {
		if c := int(statuses[status].Load()); c > 0 {
			out[status] = c
		}
	}
	return out
}
