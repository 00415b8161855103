package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/xcp-dbus/xcp/internal/systest/stack"
)

// xmlCall is the body of an XML-RPC call with text parameters, as XenAPI
// clients send it. The parameters must need no escaping.
func xmlCall(method string, params ...string) []byte {
	var b strings.Builder
	b.WriteString("<?xml version='1.0'?><methodCall><methodName>" + method + "</methodName><params>")
	for _, p := range params {
		b.WriteString("<param><value><string>" + p + "</string></value></param>")
	}
	b.WriteString("</params></methodCall>")
	return []byte(b.String())
}

func jsonCall(method string, params ...any) []byte {
	raw, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		panic(err) // of strings and maps of them
	}
	return raw
}

// parts are the processes of the path of a call, with the CPU time each used
// in a measurement.
type parts struct {
	front, xapi, bus stack.Process
}

func (b *bench) parts() (parts, error) {
	var p parts
	var ok [3]bool
	p.front, ok[0] = b.stack.Find("xcp-front")
	p.xapi, ok[1] = b.stack.Find("xcp-xapi")
	p.bus, ok[2] = b.stack.Find("dbus-daemon")
	if ok != [3]bool{true, true, true} {
		return p, errors.New("the toolstack's processes are not all there")
	}
	return p, nil
}

// times returns the CPU time of each part so far.
func (p parts) times() (map[string]time.Duration, error) {
	out := map[string]time.Duration{}
	for name, process := range map[string]stack.Process{"front": p.front, "xapi": p.xapi, "bus": p.bus} {
		c, err := process.CPU()
		if err != nil {
			return nil, err
		}
		out[name] = c
	}
	return out, nil
}

// measureLoad loads the toolstack and says what each of its parts spent per
// call, in microseconds.
func (b *bench) measureLoad(callers []caller) (rates, map[string]float64, error) {
	p, err := b.parts()
	if err != nil {
		return rates{}, nil, err
	}
	before, err := p.times()
	if err != nil {
		return rates{}, nil, err
	}
	r := load(b.ctx, b.sizes.Duration, callers)
	after, err := p.times()
	if err != nil {
		return rates{}, nil, err
	}
	cpu := map[string]float64{"bench": r.PerCall(r.Own)}
	for name := range after {
		cpu[name] = r.PerCall(after[name] - before[name])
	}
	return r, cpu, r.Err
}

// calls measures small read calls, against a bare echo on the bus and a bare
// HTTP answer.
func (b *bench) calls() error {
	if err := b.running(); err != nil {
		return err
	}
	host, err := b.one("host.get_all")
	if err != nil {
		return err
	}
	xmlBody := xmlCall("host.get_name_label", b.api.Session, host)
	jsonBody := jsonCall("host.get_name_label", b.api.Session, host)
	kinds := []callKind{{"XML-RPC read call", "/", "text/xml", xmlBody}, {"JSON-RPC read call", "/jsonrpc", "application/json", jsonBody}}
	for _, n := range []int{1, 64} {
		if err := b.callsOf(kinds, n); err != nil {
			return err
		}
	}
	return nil
}

// A callKind is one form of the call that is measured.
type callKind struct {
	name, path, contentType string
	body                    []byte
}

// rounds is how often calls and baselines are measured, by turns, so that what
// else the machine does meets all of them. The median of each counts.
const rounds = 3

// callsOf measures all kinds of call with a number of clients.
func (b *bench) callsOf(kinds []callKind, clients int) error {
	var echoes, plains []measured
	ours := make([][]measured, len(kinds))
	for range rounds {
		echo, err := b.echo(clients)
		if err != nil {
			return fmt.Errorf("the echo: %w", err)
		}
		plain, err := b.bareHTTP(kinds[0].body, clients)
		if err != nil {
			return fmt.Errorf("the plain HTTP server: %w", err)
		}
		echoes, plains = append(echoes, echo), append(plains, plain)
		for i, kind := range kinds {
			m, err := b.callsOfKind(kind, clients)
			if err != nil {
				return err
			}
			ours[i] = append(ours[i], m)
		}
	}
	echo, plain := middle(echoes), middle(plains)
	bare := echo.PerCall(echo.CPU) + plain.PerCall(plain.CPU)
	b.add(echo.line("bare godbus echo", clients))
	b.add(plain.line("bare net/http answer", clients))
	for i, kind := range kinds {
		m := middle(ours[i])
		l := m.line(kind.name, clients)
		l.Baseline, l.BaselineName = echo.PerSecond(), "echo"
		spent := l.CPU["front"] + l.CPU["xapi"] + l.CPU["bus"]
		l.Notes = append(l.Notes, fmt.Sprintf("CPU %.0f us, %.2f of echo plus HTTP (%.0f us)", spent, spent/bare, bare))
		if clients > 1 {
			l.Aim = "at least 0.55 of the echo, aim 0.7; CPU at most 1.6"
			l.Missed = l.Value < 0.55*l.Baseline || spent > 1.6*bare
		}
		b.add(l)
	}
	return nil
}

func (b *bench) callsOfKind(kind callKind, clients int) (measured, error) {
	callers, done, err := posters(b.stack.URL, kind.path, kind.contentType, clients, func(int) func() []byte {
		return func() []byte { return kind.body }
	})
	if err != nil {
		return measured{}, err
	}
	defer done()
	r, parts, err := b.measureLoad(callers)
	return measured{rates: r, Parts: parts}, err
}

// one returns the first reference of a list.
func (b *bench) one(method string) (string, error) {
	v, err := b.api.Do(b.ctx, method)
	if err != nil {
		return "", err
	}
	refs, _ := v.([]any)
	if len(refs) == 0 {
		return "", fmt.Errorf("%s names nothing", method)
	}
	return refs[0].(string), nil
}

// starts measures fresh toolstacks: to the ready line, to the first answer,
// and what an idle one holds.
func (b *bench) starts() error {
	var ready, first []float64
	var memory map[string]float64
	for i := range b.sizes.Starts {
		s, err := stack.Start(b.ctx, stack.Options{Bin: b.bin, StateDir: filepath.Join(b.dir, fmt.Sprint("start", i))})
		if err != nil {
			return err
		}
		c := stack.Dial(s.URL)
		began := time.Now()
		err = c.Login(b.ctx, s.User, s.Password)
		ready = append(ready, s.ReadyAfter.Seconds())
		first = append(first, s.ReadyAfter.Seconds()+time.Since(began).Seconds())
		c.Close()
		if err == nil && i == b.sizes.Starts-1 {
			time.Sleep(min(b.sizes.Duration, 5*time.Second))
			memory, err = pssOf(s)
		}
		if err := errors.Join(err, s.Stop()); err != nil {
			return err
		}
	}
	b.add(line{Name: "start to ready", Value: median(ready), Unit: "s"})
	answered := line{Name: "start to first answer", Value: median(first), Unit: "s", Aim: "1.5 s"}
	answered.Missed = answered.Value > 1.5
	b.add(answered)
	l := line{Name: "idle memory (PSS)", Unit: "MiB"}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(memory)) {
		l.Value += memory[name]
		parts = append(parts, fmt.Sprintf("%s %.1f", name, memory[name]))
	}
	l.Notes = []string{strings.Join(parts, ", ")}
	b.add(l)
	return nil
}

// pssOf returns the memory of each program of a toolstack, in MiB.
func pssOf(s *stack.Stack) (map[string]float64, error) {
	all, err := s.Processes()
	if err != nil {
		return nil, err
	}
	out := map[string]float64{}
	for _, p := range all {
		n, err := p.PSS()
		if err != nil {
			return nil, err
		}
		out[p.Name] += float64(n) / (1 << 20)
	}
	return out, nil
}

// list measures VM.get_all_records with a number of VMs, and a bare HTTP
// answer of the same length beside it.
func (b *bench) list(vms int, firstByte time.Duration) error {
	if err := b.running(); err != nil {
		return err
	}
	if err := b.fillVMs(vms); err != nil {
		return err
	}
	p, err := b.parts()
	if err != nil {
		return err
	}
	c, err := dial(b.stack.URL, "/", "text/xml")
	if err != nil {
		return err
	}
	defer c.Close()
	body := xmlCall("VM.get_all_records", b.api.Session)
	var first, whole []float64
	var size int64
	var before map[string]time.Duration
	rounds := 0
	for began := time.Now(); rounds < 3 || time.Since(began) < b.sizes.Duration; rounds++ {
		if rounds == 1 { // the first fills caches
			if before, err = p.times(); err != nil {
				return err
			}
			first, whole = nil, nil
		}
		start := time.Now()
		a, err := c.post(body)
		if err != nil {
			return err
		}
		first = append(first, a.First.Sub(start).Seconds())
		whole = append(whole, time.Since(start).Seconds())
		size = a.Bytes
	}
	after, err := p.times()
	if err != nil {
		return err
	}
	rss, err := pssOf(b.stack)
	if err != nil {
		return err
	}
	cpu := map[string]float64{}
	for name := range after {
		cpu[name] = float64((after[name] - before[name]).Microseconds()) / float64(len(whole))
	}
	const mb = 1e6
	name := fmt.Sprintf("VM.get_all_records of %d VMs", vms)
	rate := line{
		Name: name, Clients: 1, Value: float64(size) / mb / median(whole), Unit: "MB/s of XML", CPU: cpu, Aim: "150 MB/s",
		P50: seconds(median(whole)), Notes: []string{fmt.Sprintf("%.1f MB; xapi %.0f MiB, front %.0f MiB (PSS)", float64(size)/mb, rss["xcp-xapi"], rss["xcp-front"])},
	}
	rate.Missed = rate.Value < 150
	b.add(rate)
	firstLine := line{Name: name + ", first byte", Clients: 1, Value: median(first) * 1000, Unit: "ms", Aim: fmt.Sprint(firstByte)}
	firstLine.Missed = seconds(median(first)) > firstByte
	b.add(firstLine)
	return nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// fillVMs makes VMs until there are n.
func (b *bench) fillVMs(n int) error {
	v, err := b.api.Do(b.ctx, "VM.get_all")
	if err != nil {
		return err
	}
	have := len(v.([]any))
	return b.fill(n-have, func(i int) []byte {
		return jsonCall("VM.create", b.api.Session, stack.VMRecord(fmt.Sprintf("bench VM %d", have+i)))
	})
}

// fill posts n bodies over 64 connections.
func (b *bench) fill(n int, body func(i int) []byte) error {
	if n <= 0 {
		return nil
	}
	const writers = 64
	left := make(chan int, n)
	for i := range n {
		left <- i
	}
	close(left)
	errs := make(chan error, writers)
	for range writers {
		go func() {
			c, err := dial(b.stack.URL, "/jsonrpc", "application/json")
			if err != nil {
				errs <- err
				return
			}
			defer c.Close()
			for i := range left {
				if _, err := c.post(body(i)); err != nil || b.ctx.Err() != nil {
					errs <- errors.Join(err, b.ctx.Err())
					return
				}
			}
			errs <- nil
		}()
	}
	var failed error
	for range writers {
		if err := <-errs; failed == nil {
			failed = err
		}
	}
	return failed
}
