package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/systest/stack"
)

// helpers are the programs this one is under other names.
var helpers = map[string]func(args []string) error{
	"-serve-echo": serveEcho, // ADDRESS
	"-call-echo":  callEcho,  // ADDRESS CLIENTS SECONDS
	"-serve-http": serveHTTP,
}

// The echo takes a name, path and method that the toolstack's own bus policy
// allows, so that it runs under the very same rules.
const (
	echoName   = "org.xen.xcp.xapi"
	echoPath   = "/org/xen/xcp/xapi/VM"
	echoIface  = "org.xen.xcp.xapi.VM1"
	echoMethod = "get_name_label"
)

type echo struct{}

// Echo answers its argument.
func (echo) Echo(s string) (string, *dbus.Error) { return s, nil }

func serveEcho(args []string) error {
	conn, err := dbus.Connect(args[0])
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.ExportWithMap(echo{}, map[string]string{"Echo": echoMethod}, echoPath, echoIface); err != nil {
		return err
	}
	if r, err := conn.RequestName(echoName, dbus.NameFlagDoNotQueue); err != nil || r != dbus.RequestNameReplyPrimaryOwner {
		return fmt.Errorf("cannot own %s: %v %v", echoName, r, err)
	}
	return serving("ready")
}

// serving says that a helper is ready and waits for its end.
func serving(line string) error {
	fmt.Println(line)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	<-ctx.Done()
	return nil
}

// callEcho loads the echo and prints its rates as JSON.
func callEcho(args []string) error {
	conn, err := dbus.Connect(args[0])
	if err != nil {
		return err
	}
	defer conn.Close()
	clients, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseFloat(args[2], 64)
	if err != nil {
		return err
	}
	object := conn.Object(echoName, echoPath)
	const argument = "OpaqueRef:2f0c7f4e-55c4-4cf1-a2ac-6f0b1ac1a4a5"
	ctx := context.Background()
	one := func() error {
		var back string
		return object.CallWithContext(ctx, echoIface+"."+echoMethod, 0, argument).Store(&back)
	}
	callers := make([]caller, clients)
	for i := range callers {
		callers[i] = one
	}
	r := load(ctx, time.Duration(seconds*float64(time.Second)), callers)
	if r.Err != nil {
		return r.Err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

func serveHTTP([]string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	const fixed = "<?xml version=\"1.0\"?><methodResponse><params><param><value><struct><member><name>Status</name><value>Success</value></member>" +
		"<member><name>Value</name><value>a name</value></member></struct></value></param></params></methodResponse>"
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/xml")
		w.Header().Set("Content-Length", strconv.Itoa(len(fixed)))
		_, _ = io.WriteString(w, fixed)
	})}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	return serving("http://" + l.Addr().String())
}

// A helper process.
type helper struct {
	stack.Process
	Line string // what it printed when it was ready
	cmd  *exec.Cmd
}

func startHelper(args ...string) (*helper, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return startProgram(exec.Command(self, args...))
}

// startProgram starts a program that prints a line when it is ready.
func startProgram(cmd *exec.Cmd) (*helper, error) {
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	h := &helper{Process: stack.Process{PID: cmd.Process.Pid}, cmd: cmd}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		h.stop()
		return nil, fmt.Errorf("%s did not start: %w", cmd, err)
	}
	h.Line = strings.TrimSpace(line)
	return h, nil
}

func (h *helper) stop() {
	_ = h.cmd.Process.Signal(syscall.SIGTERM)
	_ = h.cmd.Wait()
}

var (
	listenElement     = regexp.MustCompile(`<listen>[^<]*</listen>`)
	serviceDirElement = regexp.MustCompile(`<servicedir>[^<]*</servicedir>`)
)

// startEchoBus starts a dbus-daemon with the configuration of the toolstack's
// own, but for its socket and without services to start.
func (b *bench) startEchoBus() (*helper, error) {
	daemon, ok := b.stack.Find("dbus-daemon")
	if !ok {
		return nil, fmt.Errorf("the toolstack has no dbus-daemon")
	}
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", daemon.PID))
	if err != nil {
		return nil, err
	}
	var config string
	args := strings.Split(string(raw), "\x00")
	for i, a := range args {
		if value, ok := strings.CutPrefix(a, "--config-file="); ok {
			config = value
		} else if a == "--config-file" && i+1 < len(args) {
			config = args[i+1]
		}
	}
	text, err := os.ReadFile(config)
	if err != nil {
		return nil, fmt.Errorf("cannot read the bus configuration: %w", err)
	}
	text = listenElement.ReplaceAll(text, []byte("<listen>unix:path="+filepath.Join(b.dir, "echo")+"</listen>"))
	text = serviceDirElement.ReplaceAll(text, nil)
	own := filepath.Join(filepath.Dir(config), "bench-echo.conf") // beside it: includes are relative
	if err := os.WriteFile(own, text, 0o600); err != nil {
		return nil, err
	}
	defer os.Remove(own)
	return startProgram(exec.Command("dbus-daemon", "--config-file="+own, "--nofork", "--nopidfile", "--print-address=1"))
}

// A measured load, of a baseline or of the toolstack.
type measured struct {
	rates
	CPU   time.Duration      // of all processes of a baseline
	Parts map[string]float64 // microseconds per call, of the toolstack's processes
}

// middle is the one with the median rate.
func middle(all []measured) measured {
	slices.SortFunc(all, func(x, y measured) int { return cmp.Compare(x.PerSecond(), y.PerSecond()) })
	return all[len(all)/2]
}

func (m measured) line(name string, clients int) line {
	l := line{Name: name, Clients: clients, Value: m.PerSecond(), Unit: "calls/s", P50: m.P50, P99: m.P99, CPU: m.Parts}
	if l.CPU == nil {
		l.CPU = map[string]float64{"all": m.PerCall(m.CPU)}
	}
	return l
}

// echo measures the bare echo.
func (b *bench) echo(clients int) (measured, error) {
	var m measured
	bus, err := b.startEchoBus()
	if err != nil {
		return m, err
	}
	defer bus.stop()
	server, err := startHelper("-serve-echo", bus.Line)
	if err != nil {
		return m, err
	}
	defer server.stop()
	self, err := os.Executable()
	if err != nil {
		return m, err
	}
	before, err := cpuOf(bus.Process, server.Process)
	if err != nil {
		return m, err
	}
	cmd := exec.CommandContext(b.ctx, self, "-call-echo", bus.Line, strconv.Itoa(clients), fmt.Sprint(b.sizes.Duration.Seconds()))
	cmd.Stderr = os.Stderr
	raw, err := cmd.Output()
	if err != nil {
		return m, fmt.Errorf("the caller failed: %w", err)
	}
	if err := json.Unmarshal(raw, &m.rates); err != nil {
		return m, err
	}
	after, err := cpuOf(bus.Process, server.Process)
	m.CPU = after - before + m.Own
	return m, err
}

// bareHTTP measures a net/http server with a fixed answer.
func (b *bench) bareHTTP(body []byte, clients int) (measured, error) {
	server, err := startHelper("-serve-http")
	if err != nil {
		return measured{}, err
	}
	defer server.stop()
	callers, done, err := posters(server.Line, "/", "text/xml", clients, func(int) func() []byte { return func() []byte { return body } })
	if err != nil {
		return measured{}, err
	}
	defer done()
	before, err := server.CPU()
	if err != nil {
		return measured{}, err
	}
	m := measured{rates: load(b.ctx, b.sizes.Duration, callers)}
	after, err := server.CPU()
	m.CPU = after - before
	return m, errors.Join(err, m.Err)
}

// cpuOf adds up the CPU time of processes.
func cpuOf(all ...stack.Process) (time.Duration, error) {
	var sum time.Duration
	for _, p := range all {
		c, err := p.CPU()
		if err != nil {
			return 0, err
		}
		sum += c
	}
	return sum, nil
}
