package dispatch_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"go.uber.org/goleak"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/bustest"
	"github.com/xcp-dbus/xcp/internal/bus/wire"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	genrbac "github.com/xcp-dbus/xcp/internal/gen/rbac"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/wiremap"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/dispatch"
	"github.com/xcp-dbus/xcp/internal/xapi/objects"
	"github.com/xcp-dbus/xcp/internal/xapi/rbac"
	"github.com/xcp-dbus/xcp/internal/xapi/request"
	"github.com/xcp-dbus/xcp/internal/xapi/session"
	"github.com/xcp-dbus/xcp/internal/xapi/session/passwd"
	"github.com/xcp-dbus/xcp/internal/xapi/task"
	"github.com/xcp-dbus/xcp/internal/xapi/xapitest"
	"github.com/xcp-dbus/xcp/internal/xerr"
	"github.com/xcp-dbus/xcp/introspect"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const name = "org.xen.xcp.xapi"

// A world is xapi's core on a bus of its own, with a client.
type world struct {
	t        testing.TB
	db       *db.DB
	sessions *session.Manager
	tasks    *task.Manager
	dispatch *dispatch.Dispatcher
	vm       *vmActions
	client   *bus.Conn
	session  string                     // root's
	reason   atomic.Pointer[xerr.Error] // emergency
}

// vmActions are the hand-written messages of the test.
type vmActions struct {
	xapibus.UnimplementedVM
	started chan *request.Request
	release chan struct{}
}

func (v *vmActions) Start(ctx context.Context, vm ref.VM, _, _ bool) error {
	switch vm {
	case "panic":
		panic("as asked")
	case "wait":
		v.started <- request.From(ctx)
		select {
		case <-v.release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	v.started <- request.From(ctx)
	return nil
}

func (v *vmActions) GetPossibleHosts(ctx context.Context, _ ref.VM) ([]ref.Host, error) {
	v.started <- request.From(ctx)
	<-ctx.Done()
	return nil, ctx.Err()
}

func (v *vmActions) Clone(context.Context, ref.VM, string) (ref.VM, error) {
	return "OpaqueRef:clone", nil
}

func newWorld(t testing.TB, change ...func(*dispatch.Options)) *world {
	t.Helper()
	b := bustest.New(t)
	w := &world{t: t, db: xapitest.Open(t), vm: &vmActions{started: make(chan *request.Request, 8), release: make(chan struct{})}}
	table, err := rbac.Load(strings.NewReader(genrbac.CSV), model.Roles, wiremap.Messages)
	if err != nil {
		t.Fatal(err)
	}
	host := func() string { return request.Null }
	users := passwd.Open(filepath.Join(t.TempDir(), "passwd"))
	uid := uint32(os.Getuid())
	w.sessions = session.New(session.Options{DB: w.db, Permissions: table, Users: users, Passwords: users, Host: host, OwnUID: uid})
	w.tasks = task.New(task.Options{DB: w.db, Permissions: table, Host: host})
	actions := xapibus.NewUnimplemented()
	actions.Session, actions.Task, actions.Role, actions.VM = w.sessions.Actions(), w.tasks.Actions(), table.Actions(), w.vm
	opts := dispatch.Options{
		DB: w.db, Classes: model.Classes, Sessions: w.sessions, Tasks: w.tasks, Permissions: table,
		Database: func(ctx context.Context, m *schema.Message, args []any) (any, error) {
			return dbactions.Do(ctx, w.db, m, args)
		},
		Actions: func() *xapibus.CustomActions { return actions },
		XML:     introspect.Interface,
		Emergency: func() error {
			if e := w.reason.Load(); e != nil {
				return e
			}
			return nil
		},
		OwnUID: uid, FrontUID: uid,
	}
	for _, f := range change {
		f(&opts)
	}
	w.dispatch, err = dispatch.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.dispatch.Close)
	objs, err := objects.New(objects.Config{
		DB: w.db, Classes: model.Classes, XML: introspect.Interface, Invoke: w.dispatch.Invoke, MayRead: w.dispatch.MayRead,
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := bus.NewMux()
	w.dispatch.Mount(mux, objs)
	mux.Handle(dispatch.Root, bus.Objects{dispatch.Root: {Interfaces: w.dispatch.Interfaces()}})
	b.Own(t, name, bus.Options{Tree: mux})
	w.client = b.Conn(t)
	w.session = w.login(session.Spec{UserName: "root", Superuser: true})
	return w
}

func (w *world) login(s session.Spec) string {
	w.t.Helper()
	ref, err := w.sessions.Create(context.Background(), s)
	if err != nil {
		w.t.Fatal(err)
	}
	return ref
}

// as makes a session with one role.
func (w *world) as(role string) string {
	for i := range model.Roles {
		if model.Roles[i].Name == role {
			return w.login(session.Spec{SID: role, UserName: role, Permissions: w.sessions.Permissions.NamesOf(1 << i)})
		}
	}
	w.t.Fatal(role)
	return ""
}

// do calls VM.start as VM1.start, Async.VM.start as VMAsync1.start and
// Stream.VM.get_all_records as VMStream1.get_all_records.
func (w *world) do(session, method string, args ...any) ([]any, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return w.doWith(ctx, &bus.Meta{Session: session}, method, args...)
}

func (w *world) doWith(ctx context.Context, meta *bus.Meta, method string, args ...any) ([]any, error) {
	w.t.Helper()
	suffix := "1"
	for prefix, s := range map[string]string{"Async.": "Async1", "Stream.": "Stream1"} {
		if rest, ok := strings.CutPrefix(method, prefix); ok {
			method, suffix = rest, s
		}
	}
	m, ok := wiremap.Lookup(method)
	if !ok {
		w.t.Fatal(method)
	}
	in := ""
	for _, p := range m.Params {
		in += p.Type.Sig
	}
	return w.client.Do(bus.WithMeta(ctx, meta), &bus.Request{
		Dest: name, Path: dispatch.Root + dbus.ObjectPath("/"+m.Class.Name), Interface: name + "." + m.Class.Name + suffix,
		Member: m.Name, In: in + "a{sv}", Args: args, Context: true, Once: true,
	})
}

func (w *world) must(out []any, err error) any {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	if len(out) == 0 {
		return nil
	}
	return out[0]
}

func (w *world) fails(code string, params []string, out []any, err error) {
	w.t.Helper()
	bus.CloseFDs(out)
	var e *xerr.Error
	if !errors.As(err, &e) || e.Code != code {
		w.t.Errorf("got %v, %v; want %s", out, err, code)
		return
	}
	if params != nil && strings.Join(e.Params, "|") != strings.Join(params, "|") {
		w.t.Errorf("%s has %q, want %q", code, e.Params, params)
	}
}

func (w *world) refused(busError string, out []any, err error) {
	w.t.Helper()
	if !bus.IsError(err, busError) {
		w.t.Errorf("got %v, %v; want %s", out, err, busError)
	}
}

func (w *world) network(label string) string {
	w.t.Helper()
	r := model.NewNetworkRecord()
	r.UUID, r.NameLabel = dbactions.NewUUID(), label
	ref := dbactions.NewRef()
	_, err := w.db.Update(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Create(model.Network, ref, r.Row())
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return ref
}

func TestDatabaseMessages(t *testing.T) {
	w := newWorld(t)
	net := w.network("lan")
	if got := w.must(w.do(w.session, "network.get_name_label", net)); got != "lan" {
		t.Errorf("name %v", got)
	}
	w.must(w.do(w.session, "network.set_name_label", net, "wan"))
	rec := w.must(w.do(w.session, "network.get_record", net)).(map[string]dbus.Variant)
	if rec["name_label"].Value() != "wan" {
		t.Errorf("record %v", rec)
	}
	all := w.must(w.do(w.session, "network.get_all_records")).(map[string]map[string]dbus.Variant)
	if len(all) != 1 || all[net]["name_label"].Value() != "wan" {
		t.Errorf("records %v", all)
	}
	out, err := w.do(w.session, "network.get_record", "OpaqueRef:x")
	w.fails("HANDLE_INVALID", []string{"network", "OpaqueRef:x"}, out, err)
	out, err = w.do(w.session, "network.set_default_locking_mode", net, "odd")
	w.fails("INVALID_VALUE", nil, out, err)
}

func TestSessionComesBeforeEverything(t *testing.T) {
	w := newWorld(t)
	for _, method := range []string{"network.get_all", "Async.VM.start", "Stream.network.get_all_records", "VM.start"} {
		var args []any
		if strings.Contains(method, "start") {
			args = []any{"", false, false}
		}
		for _, s := range []string{"", "OpaqueRef:odd"} {
			out, err := w.do(s, method, args...)
			w.fails("SESSION_INVALID", []string{s}, out, err)
		}
	}
	out, err := w.do("", "session.login_with_password", "root", "guess", "1.1", "")
	w.fails("SESSION_AUTHENTICATION_FAILED", []string{"root", "Authentication failure"}, out, err)
}

func TestSignaturesAreStrict(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for sig, args := range map[string][]any{"a{sv}": nil, "ssa{sv}": {"x", "y"}, "xa{sv}": {int64(1)}} {
		out, err := w.client.Do(bus.WithMeta(ctx, &bus.Meta{Session: w.session}), &bus.Request{
			Dest: name, Path: dispatch.Root + "/VM", Interface: name + ".VM1", Member: "get_by_uuid", In: sig, Args: args, Context: true,
		})
		w.refused(bus.InvalidArgs, out, err)
	}
}

func TestRemovedAndUnimplemented(t *testing.T) {
	w := newWorld(t)
	removed := 0
	for _, m := range wiremap.Messages {
		if m.State != schema.Removed || len(m.Params) != 1 || m.Params[0].Type.Sig != "s" || m.NoSession {
			continue
		}
		removed++
		out, err := w.do(w.session, m.Wire(), "")
		w.fails("MESSAGE_REMOVED", []string{}, out, err)
		out, err = w.do("", m.Wire(), "")
		w.fails("SESSION_INVALID", nil, out, err)
	}
	if removed == 0 {
		t.Error("no removed message was tried")
	}
	out, err := w.do(w.session, "VM.pause", "OpaqueRef:x")
	w.fails("NOT_IMPLEMENTED", []string{"VM.pause"}, out, err)
	out, err = w.do(w.as("read-only"), "VM.pause", "OpaqueRef:x")
	w.fails("RBAC_PERMISSION_DENIED", nil, out, err)
}

func TestSynchronousCallHasATask(t *testing.T) {
	w := newWorld(t)
	before := w.db.Snapshot().Rev()
	w.must(w.do(w.session, "VM.start", "x", false, false))
	r := <-w.vm.started
	if r.Task == "" || r.Name != "VM.start" || r.Identity.Session != w.session {
		t.Errorf("request %+v", r)
	}
	if w.db.Snapshot().Exists(r.Task) {
		t.Error("the task stayed")
	}
	if w.db.Snapshot().Rev() != before+2 {
		t.Error("the task was not made and removed in the database")
	}
	w.network("lan")
	before = w.db.Snapshot().Rev()
	w.must(w.do(w.session, "network.get_all"))
	if w.db.Snapshot().Rev() != before {
		t.Error("a getter wrote")
	}
}

func (w *world) task(ref any) map[string]dbus.Variant {
	w.t.Helper()
	return w.must(w.do(w.session, "task.get_record", ref)).(map[string]dbus.Variant)
}

func (w *world) finished(ref any) map[string]dbus.Variant {
	w.t.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if rec := w.task(ref); rec["status"].Value() != "pending" {
			return rec
		}
	}
	w.t.Fatal("the task does not end")
	return nil
}

func TestAsynchronousCalls(t *testing.T) {
	w := newWorld(t)
	ref := w.must(w.do(w.session, "Async.VM.clone", "x", "name"))
	if rec := w.finished(ref); rec["status"].Value() != "success" || rec["result"].Value() != "<value>OpaqueRef:clone</value>" || rec["name_label"].Value() != "Async.VM.clone" {
		t.Errorf("task %v", rec)
	}
	ref = w.must(w.do(w.session, "Async.VM.start", "panic", false, false))
	if rec := w.finished(ref); rec["status"].Value() != "failure" {
		t.Errorf("a panic: %v", rec)
	}
	ref = w.must(w.do(w.as("read-only"), "Async.VM.start", "x", false, false))
	if info := w.finished(ref)["error_info"].Value().([]string); info[0] != "RBAC_PERMISSION_DENIED" || info[1] != "vm.start" {
		t.Errorf("a denied call: %q", info)
	}
	ref = w.must(w.do(w.session, "Async.VM.start", "wait", false, false))
	r := <-w.vm.started
	if r.Task != ref || w.task(ref)["status"].Value() != "pending" {
		t.Errorf("request %+v", r)
	}
	w.must(w.do(w.session, "task.cancel", ref))
	if rec := w.finished(ref); rec["status"].Value() != "cancelled" {
		t.Errorf("a cancelled call: %v", rec)
	}
	out, err := w.do(w.session, "VM.start", "panic", false, false)
	w.fails("INTERNAL_ERROR", nil, out, err)
}

func TestMapKeysHaveRulesOfTheirOwn(t *testing.T) {
	w := newWorld(t)
	task := w.must(w.do(w.as("vm-operator"), "task.create", "label", "text")).(string)
	reader := w.as("read-only")
	out, err := w.do(reader, "task.add_to_other_config", task, "applies_to", "b")
	w.fails("RBAC_PERMISSION_DENIED", []string{
		"task.add_to_other_config/key:applies_to",
		"No permission in user session. (Roles with this permission: pool-admin, pool-operator, vm-power-admin, vm-admin, vm-operator)",
	}, out, err)
	// Without a rule for the key, whose task it is decides.
	out, err = w.do(reader, "task.add_to_other_config", task, "a", "b")
	w.fails("RBAC_PERMISSION_DENIED", nil, out, err)
	own := w.must(w.do(reader, "task.create", "label", "text")).(string)
	w.must(w.do(reader, "task.set_other_config", own, map[string]string{"a": "b"}))
	out, err = w.do(reader, "task.set_other_config", own, map[string]string{"a": "b", "applies_to": "c"})
	w.fails("RBAC_PERMISSION_DENIED", nil, out, err)
}

func TestEmergency(t *testing.T) {
	w := newWorld(t)
	w.reason.Store(xerr.New("HOST_STILL_BOOTING"))
	out, err := w.do(w.session, "network.get_all")
	w.fails("HOST_STILL_BOOTING", nil, out, err)
	out, err = w.do("", "session.slave_local_login", "guess")
	w.fails("SESSION_AUTHENTICATION_FAILED", nil, out, err)
}

// readStream reads a stream to its end.
func readStream(t testing.TB, v any) (frames int, err error) {
	t.Helper()
	f := bus.File(v, "stream")
	if f == nil {
		t.Fatalf("%T is no descriptor", v)
	}
	defer f.Close()
	r := wire.NewFrameReader(f)
	for {
		if _, err := r.Next(); err != nil {
			if err == io.EOF {
				err = nil
			}
			return frames, err
		}
		frames++
	}
}

func TestStreams(t *testing.T) {
	w := newWorld(t)
	for range 300 {
		w.network("lan")
	}
	for _, c := range []struct {
		method string
		args   []any
		frames int
	}{
		{"Stream.network.get_all_records", nil, 300},
		{"Stream.network.get_all_records_where", []any{`field "name__label" = "lan"`}, 300},
		{"Stream.network.get_all_records_where", []any{`field "name__label" = "wan"`}, 0},
		{"Stream.SR.get_all_records", nil, 0},
		{"Stream.role.get_all_records_where", []any{"subroles<>[]"}, 7},
	} {
		if n, err := readStream(t, w.must(w.do(w.session, c.method, c.args...))); n != c.frames || err != nil {
			t.Errorf("%s %v: %d frames, %v", c.method, c.args, n, err)
		}
	}
	out, err := w.do(w.session, "Stream.network.get_all_records_where", `field "odd" = "lan"`)
	w.fails("INVALID_VALUE", nil, out, err)
	out, err = w.do(w.session, "Stream.network.get_all_records_where", `odd`)
	w.fails("INVALID_VALUE", nil, out, err)
}

func TestPlainRepliesAreBounded(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		w.network(strings.Repeat("x", 900_000))
	}
	out, err := w.do(w.session, "network.get_all_records")
	w.refused(bus.TooBig, out, err)
	if n, err := readStream(t, w.must(w.do(w.session, "Stream.network.get_all_records"))); n != 5 || err != nil {
		t.Errorf("%d frames, %v", n, err)
	}
}

func TestDeadReaderHoldsNothing(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		w.network(strings.Repeat("x", 900_000))
	}
	for range 20 {
		bus.CloseFDs(w.must2(w.do(w.session, "Stream.network.get_all_records")))
	}
	done := make(chan struct{})
	go func() { w.dispatch.Close(); close(done) }()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Error("streams nobody reads do not end")
	}
}

func (w *world) must2(out []any, err error) []any { w.must(out, err); return out }

// TestDrainSendsWaitingReadsAway: their callers come again; work goes on.
func TestDrainSendsWaitingReadsAway(t *testing.T) {
	w := newWorld(t)
	answer := make(chan error, 2)
	go func() {
		_, err := w.do(w.session, "VM.get_possible_hosts", "x")
		answer <- err
	}()
	<-w.vm.started
	work := w.must(w.do(w.session, "Async.VM.start", "wait", false, false))
	<-w.vm.started
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	w.dispatch.Drain(ctx)
	if err := <-answer; !bus.IsError(err, bus.Draining) {
		t.Errorf("the read ends in %v", err)
	}
	if w.task(work)["status"].Value() != "pending" {
		t.Error("the work did not go on")
	}
	out, err := w.do(w.session, "Stream.network.get_all_records")
	w.refused(bus.Draining, out, err)
	close(w.vm.release)
	if w.finished(work)["status"].Value() != "success" {
		t.Error("the work did not end well")
	}
}

func TestOriginIsTheFronts(t *testing.T) {
	w := newWorld(t)
	meta := &bus.Meta{Session: w.session, Origin: &bus.Origin{
		Transport: "tcp", Peer: "192.0.2.1:4242", UID: -1, TaskOtherConfig: map[string]string{"http:a": "b"},
	}}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	w.must(w.doWith(ctx, meta, "VM.start", "x", false, false))
	if o := (<-w.vm.started).Origin; o.Transport != "tcp" || o.Peer != "192.0.2.1" || o.HasUID || o.OtherConfig["http:a"] != "b" {
		t.Errorf("origin %+v", o)
	}
	w = newWorld(t, func(o *dispatch.Options) { o.FrontUID = 4242 })
	meta.Session = w.session
	meta.Origin.Transport, meta.Origin.UID = "local", 0
	w.must(w.doWith(ctx, meta, "VM.start", "x", false, false))
	if o := (<-w.vm.started).Origin; o.Transport != "bus" || o.HasUID {
		t.Errorf("a stranger was believed: %+v", o)
	}
}

func TestForwardedCallUsesItsTask(t *testing.T) {
	w := newWorld(t)
	given := w.must(w.do(w.session, "task.create", "label", "text")).(string)
	meta := &bus.Meta{Session: w.session, Origin: &bus.Origin{Transport: "tcp", UID: -1, Task: given}}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	w.must(w.doWith(ctx, meta, "VM.start", "x", false, false))
	if r := <-w.vm.started; r.Task != given {
		t.Errorf("the call ran under %s", r.Task)
	}
	if w.task(given)["status"].Value() != "pending" {
		t.Error("the callee finished the task")
	}
}

func TestPeopleOnTheBus(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s, err := xapibus.LocalLogin1Client{Bus: w.client, Dest: name, Path: dispatch.Root}.Login(ctx)
	if err != nil {
		t.Fatal(err)
	}
	w.must(w.do(s, "network.get_all"))
	call := func(session string) error {
		_, err := xapibus.Extension1Client{Bus: w.client, Dest: name, Path: dispatch.Root}.Call(bus.WithMeta(ctx, &bus.Meta{Session: session}), "odd.method")
		return err
	}
	w.fails("MESSAGE_METHOD_UNKNOWN", []string{"odd.method"}, nil, call(s))
	w.fails("SESSION_INVALID", []string{"x"}, nil, call("x"))
	w.fails("RBAC_PERMISSION_DENIED", nil, nil, call(w.as("read-only")))
}

// TestEveryMessage calls each message without a session: each is there, with
// the signature of the contract, and refuses.
func TestEveryMessage(t *testing.T) {
	w := newWorld(t)
	for _, m := range wiremap.Messages {
		if m.NoSession {
			continue
		}
		args := make([]any, len(m.Params))
		for i := range args {
			args[i] = db.Empty(m.Params[i].Type)
		}
		out, err := w.do("x", m.Wire(), args...)
		w.fails("SESSION_INVALID", []string{"x"}, out, err)
		if m.Async {
			out, err = w.do("x", "Async."+m.Wire(), args...)
			w.fails("SESSION_INVALID", []string{"x"}, out, err)
		}
	}
	t.Logf("%d messages", len(wiremap.Messages))
}

func TestIntrospection(t *testing.T) {
	w := newWorld(t)
	net := w.network("lan")
	row, _ := w.db.Snapshot().Get(net)
	uuid := strings.ReplaceAll(row.Text(model.Network.Field("uuid")), "-", "_")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for path, want := range map[dbus.ObjectPath]string{
		dispatch.Root:              `<node name="VM"/>`,
		dispatch.Root + "/network": `<node name="` + uuid + `"/>`,
		dispatch.Root + "/network/" + dbus.ObjectPath(uuid): "networkObject1",
		dispatch.Root + "/event":                            "eventStream1",
	} {
		out, err := w.client.Do(ctx, &bus.Request{Dest: name, Path: path, Interface: "org.freedesktop.DBus.Introspectable", Member: "Introspect"})
		if xml, _ := w.must(out, err).(string); !strings.Contains(xml, want) {
			t.Errorf("%s: no %s", path, want)
		}
	}
}

func BenchmarkGetRecord(b *testing.B) {
	w := newWorld(b)
	net := w.network("lan")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := w.do(w.session, "network.get_record", net); err != nil {
				b.Fatal(err)
			}
		}
	})
}
