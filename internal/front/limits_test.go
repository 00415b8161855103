package front_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/bustest"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

func TestBodySizes(t *testing.T) {
	s := serve(t, refusing(xerr.New("SESSION_INVALID", "s")))
	text := func(n int) string { return "<value>" + strings.Repeat("x", n) + "</value>" }
	set := func(n int) string { return xmlCall("VM.set_name_label", v("s"), v("r"), text(n)) }
	login := func(n int) string { return xmlCall("session.login_with_password", v("root"), text(n)) }
	fill := func(call func(int) string, total int) string { return call(total - len(call(0))) }
	for name, tc := range map[string]struct {
		path, body string
		chunked    bool
		status     int
	}{
		"tiny":                   {"/", set(10), false, 200},
		"exactly the scratch":    {"/", fill(set, 4<<10), false, 200},
		"small":                  {"/", fill(set, 60<<10), false, 200},
		"exactly small":          {"/", fill(set, 64<<10), false, 200},
		"exactly small, chunked": {"/", fill(set, 64<<10), true, 200},
		"large":                  {"/", fill(set, 1<<20), false, 200},
		"large, chunked":         {"/", fill(set, 1<<20), true, 200},
		"largest":                {"/", fill(set, 4<<20), false, 200},
		"largest, chunked":       {"/", fill(set, 4<<20), true, 200},
		"too large":              {"/", fill(set, 4<<20+1), false, 500},
		"too large, chunked":     {"/", fill(set, 4<<20+1), true, 500},
		"login":                  {"/", fill(login, 64<<10), false, 200},
		"large login":            {"/", fill(login, 64<<10+1), false, 500},
		"large login, chunked":   {"/", fill(login, 1<<20), true, 500},
		"large login, JSON":      {"/jsonrpc", `{"method":"session_login_with_password","params":["` + strings.Repeat("x", 64<<10) + `"],"id":1}`, false, 500},
		"hidden login, JSON":     {"/jsonrpc", `{"params":["` + strings.Repeat("x", 64<<10) + `","p"],"method":"session.login_with_password","id":1}`, false, 500},
		"large and unknown":      {"/", fill(func(n int) string { return xmlCall("no.such", v("s"), text(n)) }, 64<<10+1), false, 500},
		"large name":             {"/", xmlCall(strings.Repeat("x", 64<<10)), false, 500},
		"large echo":             {"/", xmlCall("system.isAlive:x", text(64<<10)), false, 500},
		"nothing":                {"/", "", false, 500},
	} {
		var body io.Reader = strings.NewReader(tc.body)
		if tc.chunked {
			body = io.MultiReader(body) // of unknown length
		}
		r, err := http.NewRequest("POST", s.url+tc.path, body)
		if err != nil {
			t.Fatal(err)
		}
		res, err := s.client.Do(r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != tc.status {
			t.Errorf("%s: %d %.200s", name, res.StatusCode, got)
		}
	}
}

func TestHeaderLimit(t *testing.T) {
	s := serve(t, answering("x"))
	for size, want := range map[int]string{60 << 10: "HTTP/1.1 200", 72 << 10: "HTTP/1.1 431"} {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(5 * time.Second))
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nX-Proxy: "+strings.Repeat("x", size)+"\r\n\r\n")
		got := make([]byte, len(want))
		if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
			t.Errorf("%d bytes of headers: %q, %v", size, got, err)
		}
	}
}

// TestConnectionCap: connection 801 is told to try again, and a place that
// becomes free is given away.
func TestConnectionCap(t *testing.T) {
	s := serve(t, answering("x"))
	address := strings.TrimPrefix(s.url, "http://")
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	for range 800 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Skipf("cannot open 800 connections: %v", err)
		}
		open = append(open, c)
	}
	waitFor(t, func() bool { return stat(s, "tcp-connections") == 800 })
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := io.ReadAll(c)
	c.Close()
	if !bytes.HasPrefix(got, []byte("HTTP/1.1 503")) {
		t.Errorf("got %q", got)
	}
	open[0].Close()
	waitFor(t, func() bool { return stat(s, "tcp-connections") == 799 })
	if _, got := s.post(t, "/", xmlCall("VM.get_uuid", v("s"), v("r"))); got != xmlSuccess(v("x")) {
		t.Error(got)
	}
}

func stat(s *server, name string) (n int64) {
	s.Stats(func(k string, v any) {
		if k == name {
			n = v.(int64)
		}
	})
	return n
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come true")
		}
	}
}

// TestLongPoll: a client that waits for its answer for long is not cut off by
// the limits of reading, and one that goes away ends its call.
func TestLongPoll(t *testing.T) {
	ended := make(chan error, 1)
	x := &xapi{answer: func(ctx context.Context, _ *bus.Request) ([]any, error) {
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	}}
	s := serve(t, x)
	ctx, cancel := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(ctx, "POST", s.url, strings.NewReader(xmlCall("VM.get_uuid", v("s"), v("r"))))
	time.AfterFunc(100*time.Millisecond, cancel)
	if res, err := s.client.Do(r); err == nil {
		res.Body.Close()
		t.Error("an answer came")
	}
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("the call of a client that went away goes on")
	}
}

// hostileBodies need as much memory as a body of the limit can make them need.
var hostileBodies = map[string]func() string{
	"many values": func() string {
		const unit = "<value/>"
		return xmlCall("VM.set_tags", v("s"), v("r"), "<value><array><data>"+strings.Repeat(unit, (4<<20-400)/len(unit))+"</data></array></value>")
	},
	"allowed values": func() string {
		const unit = "<value>0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef</value>"
		return xmlCall("VM.set_tags", v("s"), v("r"), "<value><array><data>"+strings.Repeat(unit, (4<<20-400)/len(unit))+"</data></array></value>")
	},
	"many members": func() string {
		var b strings.Builder
		for i := 0; b.Len() < 4<<20-500; i++ {
			fmt.Fprintf(&b, "<member><name>key-of-some-length-%096d</name><value/></member>", i)
		}
		return xmlCall("VM.set_other_config", v("s"), v("r"), "<value><struct>"+b.String()+"</struct></value>")
	},
	"one text": func() string {
		return xmlCall("VM.set_name_label", v("s"), v("r"), v(strings.Repeat("&amp;", (4<<20-400)/5)))
	},
}

// TestHostileBodies sends 200 bodies of the limit at once to a front in a
// process of its own: it grows by less than 160 MiB, and shrinks again to
// within 16 MiB of what it was.
func TestHostileBodies(t *testing.T) {
	if testing.Short() {
		t.Skip("needs seconds and memory")
	}
	p := startFront(t)
	p.burst(t, xmlCall("VM.get_uuid", v("s"), v("r"))) // everything that stays is there
	before := p.rss(t)
	for name, make := range hostileBodies {
		t.Run(name, func(t *testing.T) {
			stop := p.watch(t)
			counts := p.burst(t, make())
			peak := stop()
			var after int
			for range 60 {
				if after = p.rss(t); after-before < 16<<10 {
					break
				}
				time.Sleep(500 * time.Millisecond)
			}
			t.Logf("%d KiB before, %d more at the peak, %d more after; answers %v", before, peak-before, after-before, counts)
			if peak-before > 160<<10 {
				t.Errorf("it grew by %d KiB", peak-before)
			}
			if after-before > 16<<10 {
				t.Errorf("it kept %d KiB", after-before)
			}
		})
	}
}

// noSession is an xapi that knows no session.
var noSession = bus.Objects{"/org/xen/xcp/xapi/VM": {Interfaces: []*bus.Interface{{
	Name: "org.xen.xcp.xapi.VM1",
	Methods: map[string]*bus.Method{
		"get_uuid":         refusal("s"),
		"set_name_label":   refusal("ss"),
		"set_tags":         refusal("sas"),
		"set_other_config": refusal("sa{ss}"),
	},
}}}}

func refusal(in string) *bus.Method {
	return &bus.Method{
		In: in + "a{sv}", HasContext: true,
		Handle: func(_ context.Context, c *bus.Call) ([]any, error) {
			return nil, xerr.New("SESSION_INVALID", c.Meta.Session)
		},
	}
}

// A process is a front in a process of its own, on a bus of its own.
type process struct {
	cmd     *exec.Cmd
	address string
}

func startFront(t *testing.T) *process {
	t.Helper()
	b := bustest.New(t)
	b.Own(t, "org.xen.xcp.xapi", bus.Options{Tree: noSession})
	return startFrontOn(t, b)
}

func startFrontOn(t *testing.T, b *bustest.Bus) *process {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "xcp-front")
	if out, err := exec.Command("go", "build", "-o", bin, "github.com/xcp-dbus/xcp/cmd/xcp-front").CombinedOutput(); err != nil {
		t.Fatalf("cannot build the front: %v\n%s", err, out)
	}
	p := &process{cmd: exec.Command(bin, "-listen", "127.0.0.1:0")}
	p.cmd.Env = append(os.Environ(), "XCP_BUS_ADDRESS="+b.Address)
	log, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	})
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if _, rest, ok := strings.Cut(lines.Text(), "address="); ok {
			p.address = strings.Fields(rest)[0]
		}
		if strings.Contains(lines.Text(), "msg=ready") {
			break
		}
	}
	go io.Copy(io.Discard, log) //nolint:errcheck // ends with the process
	if p.address == "" {
		t.Fatal("the front does not listen")
	}
	return p
}

// burst sends a body 200 times at once and counts the answers by status.
func (p *process) burst(t *testing.T, body string) map[int]int {
	const clients = 200
	var mu sync.Mutex
	counts := make(map[int]int)
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
			status := 0
			if res, err := client.Post("http://"+p.address, "text/xml", strings.NewReader(body)); err != nil {
				t.Log(err)
			} else {
				_, _ = io.Copy(io.Discard, res.Body)
				res.Body.Close()
				status = res.StatusCode
			}
			mu.Lock()
			defer mu.Unlock()
			counts[status]++
		})
	}
	all.Wait()
	return counts
}

// watch samples the resident size until it is stopped, and gives the largest.
func (p *process) watch(t *testing.T) (stop func() int) {
	done, result := make(chan struct{}), make(chan int)
	go func() {
		peak := 0
		for {
			peak = max(peak, p.rss(t))
			select {
			case <-done:
				result <- peak
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	return func() int {
		close(done)
		return <-result
	}
}

// rss is the resident size in KiB.
func (p *process) rss(t *testing.T) int {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Error(err)
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	n, _ := strconv.Atoi(strings.Fields(rest)[0])
	return n
}
