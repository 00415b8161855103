package systest

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

// pythonEnv keeps compiled scripts out of testdata.
var pythonEnv = []string{"PYTHONDONTWRITEBYTECODE=1"}

// TestPython runs each script of testdata/python over each way in. A script
// prints what failed, and a last line of counts.
func TestPython(t *testing.T) {
	python := program(t, "python3", "python3")
	s := sharedStack(t)
	for way, url := range ways(s) {
		for _, script := range []string{"reading", "writing", "events", "errors", "jsonrpc"} {
			t.Run(way+"/"+script, func(t *testing.T) {
				out := run(t, 3*time.Minute, pythonEnv, python, "testdata/python/"+script+".py", url, s.User, s.Password)
				t.Log(out)
			})
		}
	}
}

// TestPythonJoins shows a program in Python on the dedicated bus, with
// Debian's python3-dbus.
func TestPythonJoins(t *testing.T) {
	const python = "/usr/bin/python3" // the one Debian's modules belong to
	if _, err := os.Stat(python); err != nil {
		absent(t, "no python3 of Debian's on this machine")
	}
	s := sharedStack(t)
	out, err := try(t, time.Minute, pythonEnv, python, "testdata/python/join.py", s.Bus)
	if exit, ok := err.(*exec.ExitError); ok && exit.ExitCode() == 77 {
		absent(t, out)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Log(out)
}
