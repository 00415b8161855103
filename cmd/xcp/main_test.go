package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestCommandLine: exit status 0 for help, 1 for what fails, 2 for a wrong
// command line, and words that help.
func TestCommandLine(t *testing.T) {
	t.Setenv("XCP_BUS_ADDRESS", "unix:path=/nonexistent/bus")
	tests := []struct {
		args, says string
		status     int
	}{
		{"", "Usage: xcp COMMAND", 2},
		{"help", "doctor", 0},
		{"version", "xcp ", 0},
		{"fly", `no command "fly"`, 2},
		{"run --help", "state-dir", 0},
		{"run --backend vmware", `cannot use backend "vmware"`, 2},
		{"run --listen here", `cannot listen on "here"`, 2},
		{"run --listen 127.0.0.1:70000", "from 0 to 65535", 2},
		{"run now", `cannot use argument "now"`, 2},
		{"bus", "Usage: xcp bus tree", 2},
		{"bus --help", "Usage: xcp bus tree", 0},
		{"bus call --help", "CLASS.METHOD", 0},
		{"bus fly", `there is no "fly"`, 2},
		{"bus tree a b", "at most one service", 2},
		{"bus tree", "cannot connect to the bus", 1},
		{"bus watch", "cannot connect to the bus", 1},
		{"bus call VM.get_all", "cannot connect to the bus", 1},
		{"doctor", "cannot connect to the bus", 1},
		{"doctor now", "no arguments", 2},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			var out bytes.Buffer
			status := dispatch(t.Context(), strings.Fields(tt.args), &out, &out)
			if status != tt.status || !strings.Contains(out.String(), tt.says) {
				t.Errorf("status %d, want %d; it says:\n%s", status, tt.status, out.String())
			}
		})
	}
}
