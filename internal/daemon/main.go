package daemon

import "os"

// Main runs a service until it is told to stop or cannot go on, and exits:
// status 0 after an orderly stop, 1 after a failure, 2 for a wrong command
// line, 75 after the loss of the bus.
func Main(spec Spec) {
	os.Exit(run(&spec, os.Args[1:], os.Stdout, os.Stderr))
}
