package daemon

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// DefaultBusAddress is where an installed bus listens.
const DefaultBusAddress = "unix:path=/run/xcp/bus"

// maxConfigBytes bounds a settings file; ours have a few hundred bytes.
const maxConfigBytes = 1 << 20

// BusAddress is the address every bus client uses unless told otherwise:
// $XCP_BUS_ADDRESS, else the installed bus.
func BusAddress() string {
	if a := os.Getenv("XCP_BUS_ADDRESS"); a != "" {
		return a
	}
	return DefaultBusAddress
}

// settings are the flags every service has.
type settings struct {
	config      string
	checkConfig bool
	version     bool
	bus         string
	logLevel    string
	logTarget   string
}

// errDone says that the command line asked for something else than a service,
// and got it.
var errDone = errors.New("nothing left to do")

// parseSettings reads the command line, then the settings file for every flag
// the command line did not give.
func parseSettings(spec *Spec, args []string, stdout, stderr io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet("xcp-"+spec.Name, flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&s.config, "config", "", "settings `file`: lines of \"key = value\", keys as the flags here")
	fs.BoolVar(&s.checkConfig, "check-config", false, "read the settings, say what is wrong with them, and exit")
	fs.BoolVar(&s.version, "version", false, "print the version and exit")
	fs.StringVar(&s.bus, "bus", BusAddress(), "`address` of the bus (environment: XCP_BUS_ADDRESS)")
	fs.StringVar(&s.logLevel, "log-level", "info", "debug, info, warn or error")
	fs.StringVar(&s.logTarget, "log-target", "auto", "auto, console or journal")
	if spec.Flags != nil {
		spec.Flags(fs)
	}
	fs.Usage = func() {
		fmt.Fprintf(stderr, "xcp-%s: %s\n\nFlags:\n", spec.Name, spec.Summary)
		fs.PrintDefaults()
	}
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, errDone
		}
		return nil, err
	}
	if fs.NArg() > 0 {
		return nil, fmt.Errorf("cannot use argument %q: only flags are known", fs.Arg(0))
	}
	if s.version {
		fmt.Fprintf(stdout, "xcp-%s %s (%s)\n", spec.Name, Version(), Build())
		return nil, errDone
	}
	if s.config != "" {
		if err := readConfig(fs, s.config); err != nil {
			return nil, err
		}
	}
	if _, err := parseLevel(s.logLevel); err != nil {
		return nil, err
	}
	if !knownTarget(s.logTarget) {
		return nil, fmt.Errorf("cannot log to %q: auto, console and journal are known", s.logTarget)
	}
	return &s, nil
}

func readConfig(fs *flag.FlagSet, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cannot read the settings: %w", err)
	}
	defer f.Close()
	if err := applyConfig(fs, io.LimitReader(f, maxConfigBytes)); err != nil {
		return fmt.Errorf("%s:%w", path, err)
	}
	return nil
}

// applyConfig sets the flags that r names and the command line did not give. A
// line is empty, a comment that starts with '#', or "key = value"; a value may
// stand in double quotes. Errors start with the line number.
func applyConfig(fs *flag.FlagSet, r io.Reader) error {
	given := map[string]bool{"config": true, "check-config": true, "version": true}
	seen := map[string]int{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	sc := bufio.NewScanner(r)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return fmt.Errorf("%d: cannot read %q: want key = value", n, line)
		}
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
			value = value[1 : len(value)-1]
		}
		if fs.Lookup(key) == nil {
			return fmt.Errorf("%d: cannot set %q: no such setting", n, key)
		}
		if seen[key] > 0 {
			return fmt.Errorf("%d: cannot set %q: it is set in line %d already", n, key, seen[key])
		}
		seen[key] = n
		if given[key] {
			continue
		}
		if err := fs.Set(key, value); err != nil {
			return fmt.Errorf("%d: cannot set %q: %w", n, key, err)
		}
	}
	return sc.Err()
}
