package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
)

// A line is one row of the table.
type line struct {
	Name         string
	Clients      int `json:",omitempty"`
	Value        float64
	Unit         string
	P50, P99     time.Duration      `json:",omitempty"`
	CPU          map[string]float64 `json:",omitempty"` // microseconds per call, by process
	Baseline     float64            `json:",omitempty"`
	BaselineName string             `json:",omitempty"`
	Aim          string             `json:",omitempty"`
	Missed       bool               `json:",omitempty"`
	Notes        []string           `json:",omitempty"`
}

// A report is a table and where it was made.
type report struct {
	Commit     string
	Time       time.Time
	Quick      bool
	Cores      int
	Go         string
	LoadBefore string // of the machine, 1 5 15 minutes
	LoadAfter  string
	Lines      []line
}

func newReport(ctx context.Context, quick bool) *report {
	r := &report{Time: time.Now().UTC(), Quick: quick, Cores: runtime.NumCPU(), Go: runtime.Version(), LoadBefore: loadAverage(), Commit: "unknown"}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				r.Commit = s.Value[:min(12, len(s.Value))]
			}
		}
	}
	if out, err := exec.CommandContext(ctx, "git", "rev-parse", "--short=12", "HEAD").Output(); err == nil {
		r.Commit = strings.TrimSpace(string(out))
	}
	return r
}

func (r *report) finish(lines []line) { r.Lines, r.LoadAfter = lines, loadAverage() }

func loadAverage() string {
	raw, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(raw))[:3], " ")
}

func (r *report) writeJSON(path string) error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o644)
}

// cells are a line as text: name, clients, value, p50, p99, CPU, baseline,
// ratio, aim.
func (l line) cells() []string {
	clients, ratio, baseline, aim := "", "", "", l.Aim
	if l.Clients > 0 {
		clients = fmt.Sprint(l.Clients)
	}
	if l.Baseline > 0 {
		baseline, ratio = fmt.Sprintf("%s %s", number(l.Baseline), l.BaselineName), fmt.Sprintf("%.2f", l.Value/l.Baseline)
	}
	if l.Missed {
		aim += " (missed)"
	}
	var cpu []string
	for _, name := range slices.Sorted(maps.Keys(l.CPU)) {
		if us := l.CPU[name]; us >= 10_000 {
			cpu = append(cpu, fmt.Sprintf("%s %.0f ms", name, us/1000))
		} else {
			cpu = append(cpu, fmt.Sprintf("%s %.0f", name, us))
		}
	}
	return []string{l.Name, clients, number(l.Value) + " " + l.Unit, latency(l.P50), latency(l.P99), strings.Join(cpu, ", "), baseline, ratio, aim}
}

// title names the line where it stands alone.
func (l line) title() string {
	if l.Clients == 0 {
		return l.Name
	}
	return fmt.Sprintf("%s, clients: %d", l.Name, l.Clients)
}

func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

func latency(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f ms", d.Seconds()*1000)
}

var heads = []string{"what", "clients", "value", "p50", "p99", "CPU us/call", "baseline", "ratio", "aim"}

func (r *report) machine() string {
	return fmt.Sprintf("commit %s, %s, %d cores, %s, load before %s, after %s", r.Commit, r.Time.Format("2006-01-02 15:04 UTC"), r.Cores, r.Go, r.LoadBefore, r.LoadAfter)
}

// text is the table for a terminal.
func (r *report) text() string {
	var b bytes.Buffer
	fmt.Fprintln(&b, r.machine())
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(heads, "\t"))
	for _, l := range r.Lines {
		fmt.Fprintln(w, strings.Join(l.cells(), "\t"))
	}
	w.Flush()
	for _, l := range r.Lines {
		for _, n := range l.Notes {
			fmt.Fprintf(&b, "%s: %s\n", l.title(), n)
		}
	}
	return b.String()
}

// earlier marks the list of former runs in RESULTS.md.
const earlier = "## Earlier runs"

// updateResults writes the table to a file and moves the former one's summary
// to the list of earlier runs.
func (r *report) updateResults(path string) error {
	var b bytes.Buffer
	b.WriteString("# Results\n\nWritten by `go run ./internal/bench -update`. Both ends of every measurement share the cores named below; the column `bench` is what\n" +
		"measuring itself cost. Baselines are of the same run. Times are of the machine it ran on: compare ratios.\n\n")
	fmt.Fprintf(&b, "%s\n\n", r.machine())
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(heads, " | "), strings.Repeat("---|", len(heads)))
	for _, l := range r.Lines {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(l.cells(), " | "))
	}
	b.WriteString("\n")
	for _, l := range r.Lines {
		for _, n := range l.Notes {
			fmt.Fprintf(&b, "* %s: %s\n", l.title(), n)
		}
	}
	fmt.Fprintf(&b, "\n%s\n\n%s\n", earlier, r.summary())
	if old, err := os.ReadFile(path); err == nil {
		if _, list, ok := strings.Cut(string(old), earlier+"\n\n"); ok {
			b.WriteString(list)
		}
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// summary is the run in one line.
func (r *report) summary() string {
	var parts []string
	for _, l := range r.Lines {
		if l.Aim == "" {
			continue
		}
		p := fmt.Sprintf("%s %s %s", l.Name, number(l.Value), l.Unit)
		if l.Baseline > 0 {
			p += fmt.Sprintf(" (%.2f)", l.Value/l.Baseline)
		}
		parts = append(parts, p)
	}
	return fmt.Sprintf("* %s %s: %s", r.Time.Format("2006-01-02 15:04"), r.Commit, strings.Join(parts, "; "))
}

// median of values, not kept in order.
func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return v[len(v)/2]
}

func newUUID() string { return uuid.NewString() }
