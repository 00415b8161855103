package stack

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A Process is one program of a toolstack, as /proc shows it.
type Process struct {
	PID  int
	Name string // of the executable: xcp, xcp-front, xcp-xapi, dbus-daemon
}

// Processes lists the launcher and everything below it.
func (s *Stack) Processes() ([]Process, error) { return Tree(s.PID) }

// Find returns the toolstack's process of this name.
func (s *Stack) Find(name string) (Process, bool) {
	all, err := s.Processes()
	if err != nil {
		return Process{}, false
	}
	for _, p := range all {
		if p.Name == name {
			return p, true
		}
	}
	return Process{}, false
}

// Tree lists a process and its descendants. One that ends meanwhile is left
// out.
func Tree(root int) ([]Process, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for _, path := range stats {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		f, err := statFields(pid)
		if err != nil || f[0] == "Z" {
			continue
		}
		parent, _ := strconv.Atoi(f[1])
		children[parent] = append(children[parent], pid)
	}
	var out []Process
	queue := []int{root}
	for len(queue) > 0 {
		pid := queue[0]
		queue = append(queue[1:], children[pid]...)
		exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		if err != nil {
			continue
		}
		out = append(out, Process{PID: pid, Name: strings.TrimSuffix(filepath.Base(exe), " (deleted)")})
	}
	return out, nil
}

// statFields returns the fields of /proc/PID/stat after the name: state,
// parent, ...
func statFields(pid int) ([]string, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	_, rest, ok := bytes.Cut(raw[bytes.LastIndexByte(raw, ')'):], []byte(") "))
	f := strings.Fields(string(rest))
	if !ok || len(f) < 20 {
		return nil, fmt.Errorf("cannot read the state of process %d", pid)
	}
	return f, nil
}

// Alive tells whether the process still runs; one that only waits to be
// collected does not.
func (p Process) Alive() bool {
	f, err := statFields(p.PID)
	return err == nil && f[0] != "Z"
}

// clockTick is the unit of /proc's times. Linux reports them in hundredths of
// a second on every architecture Go runs on.
const clockTick = 10 * time.Millisecond

// CPU returns the time the process has used, user and system.
func (p Process) CPU() (time.Duration, error) {
	f, err := statFields(p.PID)
	if err != nil {
		return 0, err
	}
	user, err1 := strconv.ParseInt(f[11], 10, 64)
	system, err2 := strconv.ParseInt(f[12], 10, 64)
	return time.Duration(user+system) * clockTick, errors.Join(err1, err2)
}

// PSS returns the process's share of memory in bytes: pages it alone has, and
// its part of shared ones.
func (p Process) PSS() (int64, error) { return p.kilobytes("smaps_rollup", "Pss:") }

// RSS returns the process's resident memory in bytes.
func (p Process) RSS() (int64, error) { return p.kilobytes("status", "VmRSS:") }

func (p Process) kilobytes(file, key string) (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.PID, file))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == key {
			n, err := strconv.ParseInt(f[1], 10, 64)
			return n << 10, err
		}
	}
	return 0, fmt.Errorf("%s of process %d has no %s", file, p.PID, key)
}

// FDs returns what the process has open, by descriptor.
func (p Process) FDs() (map[string]string, error) {
	dir := fmt.Sprintf("/proc/%d/fd", p.PID)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, e := range entries {
		target, err := os.Readlink(filepath.Join(dir, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[e.Name()] = target
	}
	return out, nil
}
