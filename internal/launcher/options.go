package launcher

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Options are the settings of one instance.
type Options struct {
	StateDir     string // everything that survives a restart
	Listen       string // HOST:PORT of HTTP; port 0 picks a free one
	TLSListen    string // HOST:PORT of HTTPS
	Backend      string // auto, simulator, qemu or xen
	PasswordFile string // the first line is root's password; empty: a random one
	LeaveGuests  bool   // guests outlive the launcher and are adopted again
}

// DefaultStateDir is the state folder of an instance that names none.
func DefaultStateDir() string {
	base := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(base) {
		home, err := os.UserHomeDir()
		if err != nil {
			home = "/"
		}
		base = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(base, "xcp")
}

// ParseOptions reads the command line of `xcp run`. It returns flag.ErrHelp
// after printing the help that was asked for.
func ParseOptions(args []string, stderr io.Writer) (Options, error) {
	var o Options
	fs := flag.NewFlagSet("xcp run", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&o.StateDir, "state-dir", DefaultStateDir(), "`folder` of everything that survives a restart")
	fs.StringVar(&o.Listen, "listen", "127.0.0.1:8080", "`host:port` of HTTP; port 0 picks a free one")
	fs.StringVar(&o.TLSListen, "tls-listen", "127.0.0.1:8443", "`host:port` of HTTPS; port 0 picks a free one")
	fs.StringVar(&o.Backend, "backend", "auto", "what runs the VMs: auto, simulator, qemu or xen")
	fs.StringVar(&o.PasswordFile, "password-file", "", "`file` whose first line is root's password (default: a random one, kept in the state folder)")
	fs.BoolVar(&o.LeaveGuests, "leave-guests", false, "let guests go on when the toolstack stops, to be adopted again")
	fs.Usage = func() {
		fmt.Fprint(stderr, "Usage: xcp run [flags]\n\n"+
			"Starts a toolstack: a private bus and the front; services start when first called.\n"+
			"When ready it prints one line of JSON on stdout. Logs go to stderr. Stop it with Ctrl-C.\n\nFlags:\n")
		fs.PrintDefaults()
	}
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if fs.NArg() > 0 {
		return o, fmt.Errorf("cannot use argument %q: only flags are known", fs.Arg(0))
	}
	return o, o.check()
}

func (o *Options) check() error {
	for _, a := range []string{o.Listen, o.TLSListen} {
		if err := checkAddress(a); err != nil {
			return err
		}
	}
	abs, err := filepath.Abs(o.StateDir)
	if err != nil || o.StateDir == "" {
		return fmt.Errorf("cannot use state folder %q", o.StateDir)
	}
	o.StateDir = abs
	o.Backend, err = chooseBackend(o.Backend)
	return err
}

func checkAddress(a string) error {
	_, port, err := net.SplitHostPort(a)
	if err != nil {
		return fmt.Errorf("cannot listen on %q: want HOST:PORT", a)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n > 65535 {
		return fmt.Errorf("cannot listen on %q: the port is a number from 0 to 65535", a)
	}
	return nil
}

// chooseBackend resolves auto: xen on a Xen control domain, else qemu if it is
// installed, else the simulator.
func chooseBackend(want string) (string, error) {
	caps, _ := os.ReadFile("/proc/xen/capabilities")
	onXen := strings.Contains(string(caps), "control_d")
	_, qemuErr := exec.LookPath("qemu-system-x86_64")
	switch want {
	case "auto":
		switch {
		case onXen:
			return "xen", nil
		case qemuErr == nil:
			return "qemu", nil
		}
		return "simulator", nil
	case "simulator":
		return want, nil
	case "qemu":
		if qemuErr != nil {
			return "", errors.New("cannot use backend qemu: qemu-system-x86_64 is not installed")
		}
		return want, nil
	case "xen":
		if !onXen {
			return "", errors.New("cannot use backend xen: this is not a Xen control domain")
		}
		return want, nil
	}
	return "", fmt.Errorf("cannot use backend %q: auto, simulator, qemu and xen are known", want)
}
