package firstboot_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/action"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/firstboot"
	hostactions "github.com/xcp-dbus/xcp/internal/xapi/host"
	"github.com/xcp-dbus/xcp/internal/xapi/hostinfo"
	"github.com/xcp-dbus/xcp/internal/xapi/xapitest"
)

var update = flag.Bool("update", false, "write the golden file anew")

func options() firstboot.Options {
	return firstboot.Options{
		Machine: hostinfo.Machine{
			Hostname: "node1", Kernel: "6.12.0", Architecture: "x86_64", Boot: time.Unix(1_700_000_000, 0),
			Memory: hostinfo.Memory{Total: 16 << 30, Free: 8 << 30},
			CPUs: []hostinfo.CPU{
				{Number: 0, Vendor: "Maker", Name: "A CPU", SpeedMHz: 2000, Family: 6, Model: 85, Stepping: "4", Flags: "fpu vmx"},
				{Number: 1, Vendor: "Maker", Name: "A CPU", SpeedMHz: 2000, Family: 6, Model: 85, Stepping: "4", Flags: "fpu vmx"},
			},
			Sockets: 1, ThreadsPerCore: 1, Nodes: 1, Virtualisation: true,
			NICs: []hostinfo.NIC{
				{Name: "enp1s0", MAC: "00:16:3e:00:00:01", MTU: 1500},
				{
					Name: "eth0", MAC: "00:16:3e:00:00:02", MTU: 9000, Carrier: true, SpeedMbps: 1000, Duplex: true, PCI: "0000:01:00.0",
					Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.10/24"), netip.MustParsePrefix("2001:db8::1/64")},
				},
			},
			Gateway: "192.0.2.1", DNS: []string{"192.0.2.53"}, Firmware: map[string]string{"bios-vendor": "Maker"}, Timezone: "UTC",
		},
		Version: "0.1.0", Build: "abc",
		Storage: firstboot.Storage{Path: "/state/sr", Size: 100 << 30, Used: 1 << 30},
		Now:     func() time.Time { return time.Unix(1_800_000_000, 0) },
	}
}

// dump lists all records as text, the same for every run: references and uuids
// are replaced by the class and number of their record, records are numbered in
// the order of their text.
func dump(s *db.Snapshot) string {
	names := map[string]string{}
	rows := map[*schema.Class][]*db.Row{}
	for _, c := range model.Classes {
		for row := range s.Rows(c) {
			rows[c] = append(rows[c], row)
		}
		slices.SortFunc(rows[c], func(a, b *db.Row) int { return strings.Compare(text(s, a, nil), text(s, b, nil)) })
		for i, row := range rows[c] {
			names[strings.TrimPrefix(row.Ref, "OpaqueRef:")] = fmt.Sprintf("%s/%d", c.Name, i+1)
			names[row.Text(c.Field("uuid"))] = fmt.Sprintf("uuid of %s/%d", c.Name, i+1)
		}
	}
	var b strings.Builder
	for _, c := range model.Classes {
		for i, row := range rows[c] {
			fmt.Fprintf(&b, "%s/%d %s\n", c.Name, i+1, text(s, row, names))
		}
	}
	return b.String()
}

var random = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|xcp:[0-9a-f]{8}`)

// text shows a record; what is random in it and has no name becomes "random".
func text(s *db.Snapshot, row *db.Row, names map[string]string) string {
	rename := func(v string) string {
		return random.ReplaceAllStringFunc(v, func(id string) string { return cmp.Or(names[id], "random") })
	}
	plain := map[string]any{}
	for name, v := range s.Record(row) {
		plain[name] = v.Value()
		if set, ok := v.Value().([]string); ok {
			set = slices.Clone(set)
			for i := range set {
				set[i] = rename(set[i])
			}
			slices.Sort(set)
			plain[name] = set
		}
	}
	b, err := json.MarshalIndent(plain, "", "  ")
	if err != nil {
		panic(err)
	}
	return rename(string(b))
}

func start(t *testing.T, d *db.DB, o firstboot.Options) string {
	t.Helper()
	host, err := firstboot.Start(context.Background(), d, o)
	if err != nil {
		t.Fatal(err)
	}
	return host
}

func TestGolden(t *testing.T) {
	d := xapitest.Open(t)
	start(t, d, options())
	got := dump(d.Snapshot())
	const golden = "testdata/records.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

// TestKilled stops a first boot after each of its commits and starts again: the
// records must be those of an undisturbed one.
func TestKilled(t *testing.T) {
	whole := xapitest.Open(t)
	start(t, whole, options())
	want := dump(whole.Snapshot())
	for commits := 1; ; commits++ {
		path := filepath.Join(t.TempDir(), "state.db")
		d, closeDB := xapitest.OpenAt(t, path)
		ctx := &countdown{Context: context.Background(), left: commits}
		_, err := firstboot.Start(ctx, d, options())
		closeDB()
		if err == nil {
			t.Logf("%d commits", commits)
			return
		}
		d, closeDB = xapitest.OpenAt(t, path)
		start(t, d, options())
		if diff := gocmp.Diff(want, dump(d.Snapshot())); diff != "" {
			t.Errorf("killed after %d commits: %s", commits, diff)
		}
		closeDB()
	}
}

// A countdown ends after it was asked for its Done channel some times, which
// each Update does once.
type countdown struct {
	context.Context
	left int
}

var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

func (c *countdown) Done() <-chan struct{} {
	if c.left--; c.left < 0 {
		return closed
	}
	return nil
}

func (c *countdown) Err() error { return context.Canceled }

// TestLaterStart checks that another start keeps the records and follows the
// machine.
func TestLaterStart(t *testing.T) {
	d := xapitest.Open(t)
	host := start(t, d, options())
	before := dump(d.Snapshot())
	if start(t, d, options()) != host || dump(d.Snapshot()) != before {
		t.Error("a second start changed the records")
	}
	o := options()
	o.Machine.CPUs = append(o.Machine.CPUs[:1], hostinfo.CPU{Number: 7, Name: "new"})
	o.Machine.NICs = []hostinfo.NIC{{Name: "eth0", MAC: "00:16:3e:00:00:09", MTU: 1400}, {Name: "eth5"}}
	start(t, d, o)
	s := d.Snapshot()
	if n := s.Count(model.HostCPU); n != 2 {
		t.Errorf("%d processors", n)
	}
	attached := map[string]bool{}
	for row := range s.Rows(model.PIF) {
		attached[row.Text(model.PIF.Field("device"))] = row.Bool(model.PIF.Field("currently_attached"))
	}
	if diff := gocmp.Diff(map[string]bool{"enp1s0": false, "eth0": true, "eth5": true}, attached); diff != "" {
		t.Error(diff)
	}
}

// TestEnabledAgain checks that a start enables the host, unless it was told to
// stay disabled.
func TestEnabledAgain(t *testing.T) {
	d := xapitest.Open(t)
	host := start(t, d, options())
	actions := &hostactions.Actions{Env: &action.Env{DB: d, Host: host, Now: time.Now}}
	for _, auto := range []bool{true, false} {
		if err := actions.Disable(t.Context(), ref.Host(host), auto); err != nil {
			t.Fatal(err)
		}
		start(t, d, options())
		row, _ := d.Snapshot().Get(host)
		if got := row.Bool(model.Host.Field("enabled")); got != auto {
			t.Errorf("enabled %v after a start, auto_enable was %v", got, auto)
		}
	}
}

// TestNoPool checks that a database that lost its pool is left alone.
func TestNoPool(t *testing.T) {
	d := xapitest.Open(t)
	start(t, d, options())
	for row := range d.Snapshot().Rows(model.Pool) {
		if _, err := d.Update(context.Background(), func(tx *db.Tx) error { return tx.Delete(row.Ref) }); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := firstboot.Start(context.Background(), d, options()); !errors.Is(err, firstboot.ErrNoPool) {
		t.Error(err)
	}
	if d.Snapshot().Count(model.VM) == 0 {
		t.Error("the records are gone")
	}
}

// TestBareMachine starts on a machine that tells nothing of itself.
func TestBareMachine(t *testing.T) {
	d := xapitest.Open(t)
	o := options()
	o.Machine = hostinfo.Machine{CPUs: []hostinfo.CPU{{}}, Sockets: 1, ThreadsPerCore: 1, Nodes: 1}
	start(t, d, o)
	if n := d.Snapshot().Count(model.Network); n != 2 {
		t.Errorf("%d networks", n)
	}
}
