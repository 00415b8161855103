package session

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	genrbac "github.com/xcp-dbus/xcp/internal/gen/rbac"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/wiremap"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/rbac"
	"github.com/xcp-dbus/xcp/internal/xapi/request"
	"github.com/xcp-dbus/xcp/internal/xapi/session/passwd"
	"github.com/xcp-dbus/xcp/internal/xapi/xapitest"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newManager(t *testing.T, d *db.DB) (*Manager, *clock) {
	t.Helper()
	table, err := rbac.Load(strings.NewReader(genrbac.CSV), model.Roles, wiremap.Messages)
	if err != nil {
		t.Fatal(err)
	}
	users := passwd.Open(filepath.Join(t.TempDir(), "passwd"))
	if err := users.Set("root", "s3cret"); err != nil {
		t.Fatal(err)
	}
	c := &clock{time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	return New(Options{
		DB: d, Permissions: table, Users: users, Passwords: users, PoolSecret: []byte("pool"),
		OwnUID: 1000, Host: func() string { return "OpaqueRef:host" }, Now: c.Now,
	}), c
}

func from(o request.Origin) context.Context {
	return request.With(context.Background(), &request.Request{Origin: &o})
}

var (
	tcp      = request.Origin{Transport: request.TransportTCP, Peer: "192.0.2.1"}
	anyCall  = lookup("VM.get_record")
	poolCall = lookup("host.commit_new_master")
)

func lookup(name string) func() *schema.Message {
	return func() *schema.Message {
		m, ok := wiremap.Lookup(name)
		if !ok {
			panic(name)
		}
		return m
	}
}

func TestLogin(t *testing.T) {
	d := xapitest.Open(t)
	m, _ := newManager(t, d)
	a := m.Actions()
	for _, c := range []struct {
		name           string
		origin         request.Origin
		user, password string
		code           string
	}{
		{"right", tcp, "root", "s3cret", ""},
		{"wrong", tcp, "root", "guess", "SESSION_AUTHENTICATION_FAILED"},
		{"nobody", tcp, "nobody", "s3cret", "SESSION_AUTHENTICATION_FAILED"},
		{"local root", request.Origin{Transport: "local", HasUID: true}, "root", "", ""},
		{"local own uid", request.Origin{Transport: "local", UID: 1000, HasUID: true}, "root", "", ""},
		{"local other", request.Origin{Transport: "local", UID: 1001, HasUID: true}, "root", "", "SESSION_AUTHENTICATION_FAILED"},
		{"local unknown", request.Origin{Transport: "local"}, "root", "", "SESSION_AUTHENTICATION_FAILED"},
		{"tcp root", request.Origin{Transport: "tcp", HasUID: true}, "root", "", "SESSION_AUTHENTICATION_FAILED"},
	} {
		ref, err := a.LoginWithPassword(from(c.origin), c.user, c.password, "1.1", "")
		if c.code != "" {
			e := xerr.From(err)
			if e == nil || e.Code != c.code || len(e.Params) != 2 || e.Params[0] != c.user || e.Params[1] != "Authentication failure" {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		id, err := m.Check(d.Snapshot(), anyCall(), string(ref))
		if err != nil || !id.Superuser || id.UserName != c.user || id.Session != string(ref) {
			t.Errorf("%s: identity %+v, %v", c.name, id, err)
		}
	}
}

func TestOddNames(t *testing.T) {
	m, _ := newManager(t, xapitest.Open(t))
	long := strings.Repeat("x", maxName+1)
	for _, c := range [][2]string{{long, ""}, {"root", long}, {"ro\x01ot", ""}, {"root", "\uffff"}} {
		if _, err := m.LoginWithPassword(from(tcp), c[0], "s3cret", c[1]); !xerr.Is(err, "INVALID_VALUE") {
			t.Errorf("user %.9q, originator %.9q: %v", c[0], c[1], err)
		}
	}
	if len(m.backoff.places) != 0 {
		t.Error("odd names are remembered")
	}
}

func TestCheck(t *testing.T) {
	d := xapitest.Open(t)
	m, _ := newManager(t, d)
	ctx := context.Background()
	admin, err := m.Create(ctx, Spec{UserName: "root", Superuser: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Check(d.Snapshot(), poolCall(), admin); !xerr.Is(err, "INTERNAL_ERROR") {
		t.Errorf("a pool-internal call on a person's session: %v", err)
	}
	pool, err := m.SlaveLogin(ctx, "OpaqueRef:host", "pool")
	if err != nil {
		t.Fatal(err)
	}
	if id, err := m.Check(d.Snapshot(), poolCall(), pool); err != nil || !id.Pool {
		t.Errorf("a pool-internal call on a pool session: %v", err)
	}
	for _, ref := range []string{"", "x", "OpaqueRef:NULL", "OpaqueRef:host"} {
		if e := xerr.From(func() error { _, err := m.Check(d.Snapshot(), anyCall(), ref); return err }()); e.Code != "SESSION_INVALID" || e.Params[0] != ref {
			t.Errorf("session %q: %v", ref, e)
		}
	}
	if err := m.Destroy(ctx, admin); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Check(d.Snapshot(), anyCall(), admin); !xerr.Is(err, "SESSION_INVALID") {
		t.Errorf("after logout: %v", err)
	}
	if _, err := m.SlaveLogin(ctx, "OpaqueRef:host", "guess"); !xerr.Is(err, "SESSION_AUTHENTICATION_FAILED") {
		t.Errorf("a wrong pool secret: %v", err)
	}
	m.Member = func() (string, bool) { return "192.0.2.7", true }
	if _, err := m.Check(d.Snapshot(), anyCall(), pool); err != nil {
		t.Errorf("a pool session on a member: %v", err)
	}
	if _, err := m.LoginWithPassword(from(tcp), "root", "s3cret", ""); !xerr.Is(err, "HOST_IS_SLAVE") {
		t.Errorf("a login on a member: %v", err)
	}
}

func TestLocalSessions(t *testing.T) {
	d := xapitest.Open(t)
	m, _ := newManager(t, d)
	ctx := context.Background()
	ref, err := m.SlaveLocalLogin(ctx, "pool")
	if err != nil {
		t.Fatal(err)
	}
	if id, err := m.Check(d.Snapshot(), poolCall(), ref); err != nil || !id.Local || !id.Superuser {
		t.Errorf("%+v, %v", id, err)
	}
	ended := m.Ended(ref)
	if err := m.Destroy(ctx, ref); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	default:
		t.Error("nobody was told that the session ended")
	}
	if m.Alive(d.Snapshot(), ref) {
		t.Error("the session is alive after logout")
	}
	_, err = m.SlaveLocalLogin(ctx, "guess")
	if e := xerr.From(err); e.Code != "SESSION_AUTHENTICATION_FAILED" || e.Params[0] != "localhost" {
		t.Errorf("a wrong pool secret: %v", err)
	}
}

func TestSessionsAreDurable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	d, closeDB := xapitest.OpenAt(t, path)
	m, _ := newManager(t, d)
	ref, err := m.Create(context.Background(), Spec{UserName: "root", Superuser: true})
	if err != nil {
		t.Fatal(err)
	}
	closeDB()
	d, closeDB = xapitest.OpenAt(t, path)
	defer closeDB()
	m, _ = newManager(t, d)
	if _, err := m.Check(d.Snapshot(), anyCall(), ref); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

func TestLastActive(t *testing.T) {
	d := xapitest.Open(t)
	m, c := newManager(t, d)
	ref, err := m.Create(context.Background(), Spec{UserName: "root", Superuser: true})
	if err != nil {
		t.Fatal(err)
	}
	active := func() string {
		row, _ := d.Snapshot().Get(ref)
		return row.Text(field.lastActive)
	}
	first := active()
	c.now = c.now.Add(599 * time.Second)
	rev := d.Snapshot().Rev()
	if _, err := m.Check(d.Snapshot(), anyCall(), ref); err != nil {
		t.Fatal(err)
	}
	c.now = c.now.Add(time.Second)
	for range 100 {
		if _, err := m.Check(d.Snapshot(), anyCall(), ref); err != nil {
			t.Fatal(err)
		}
	}
	snap, err := d.Wait(context.Background(), rev)
	if err != nil {
		t.Fatal(err)
	}
	if got := active(); got == first || snap.Rev() != rev+1 {
		t.Errorf("last_active %s, after %d writes", got, snap.Rev()-rev)
	}
}

func TestPermissionsAreFrozen(t *testing.T) {
	d := xapitest.Open(t)
	m, _ := newManager(t, d)
	ref, err := m.LoginWithPassword(from(request.Origin{Transport: request.TransportCert}), "peer", "", "")
	if err != nil {
		t.Fatal(err)
	}
	id, err := m.Check(d.Snapshot(), anyCall(), ref)
	if err != nil || id.Superuser || !id.ClientCert {
		t.Fatalf("%+v, %v", id, err)
	}
	if err := m.Permissions.Require(id.Subject, "vm.get_record"); err != nil {
		t.Error(err)
	}
	if m.Permissions.Require(id.Subject, "subject.destroy") == nil {
		t.Error("a client certificate may remove subjects")
	}
}

func TestChangePassword(t *testing.T) {
	d := xapitest.Open(t)
	m, _ := newManager(t, d)
	as := func(superuser bool) context.Context {
		id := &request.Identity{}
		id.Superuser = superuser
		return request.With(context.Background(), &request.Request{Origin: &tcp, Identity: id})
	}
	if err := m.ChangePassword(as(false), "new"); !xerr.Is(err, "USER_IS_NOT_LOCAL_SUPERUSER") {
		t.Errorf("anybody: %v", err)
	}
	if err := m.ChangePassword(as(true), ""); !xerr.Is(err, "CHANGE_PASSWORD_REJECTED") {
		t.Errorf("an empty one: %v", err)
	}
	if err := m.ChangePassword(as(true), "new"); err != nil {
		t.Fatal(err)
	}
	if _, err := m.LoginWithPassword(from(tcp), "root", "new", ""); err != nil {
		t.Errorf("with the new one: %v", err)
	}
}

func TestBackoff(t *testing.T) {
	b := newBackoff()
	now := time.Now()
	a := attempt{"root", "192.0.2.1"}
	for range freeFailures {
		if wait, ok := b.turn(a, now); wait != 0 || !ok {
			t.Errorf("a free try waits %v", wait)
		}
		b.failed(a, now)
	}
	// Tries at once take their turns one after the other.
	for i, want := range []time.Duration{1, 2, 3, 4, 5} {
		if wait, ok := b.turn(a, now); wait != want*time.Second || !ok {
			t.Errorf("try %d waits %v, %t", i, wait, ok)
		}
	}
	if _, ok := b.turn(a, now); ok {
		t.Error("a turn too far away was given")
	}
	for range 20 {
		b.failed(a, now)
	}
	if wait, ok := b.turn(a, now); ok || wait != longestPause {
		t.Errorf("after many failures: %v, %t", wait, ok)
	}
	if wait, _ := b.turn(attempt{"root", "192.0.2.2"}, now); wait != 0 {
		t.Error("another place has to wait too")
	}
	if wait, ok := b.turn(a, now.Add(longestPause)); wait != 0 || !ok {
		t.Error("the wait does not end")
	}
	for i := range maxAttempts + 200 {
		b.failed(attempt{"root", string(rune(i + 0x100))}, now)
	}
	if len(b.places) > maxAttempts {
		t.Errorf("%d places are remembered", len(b.places))
	}
	if _, ok := b.turn(a, now); ok {
		t.Error("the worst place was forgotten")
	}
	b.succeeded(a)
	if wait, _ := b.turn(a, now); wait != 0 {
		t.Error("a success does not end the wait")
	}
}

func TestCollect(t *testing.T) {
	d := xapitest.Open(t)
	m, c := newManager(t, d)
	ctx := context.Background()
	create := func(s Spec) string {
		ref, err := m.Create(ctx, s)
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	idle := create(Spec{UserName: "root", Superuser: true})
	busy := create(Spec{UserName: "root", Superuser: true})
	also := create(Spec{UserName: "root", Superuser: true})
	parent := create(Spec{UserName: "root", Superuser: true, Parent: busy})
	task := model.NewTaskRecord()
	task.UUID, task.Status = "5b7f0c1e-93c4-4c1f-8d1e-0a2b3c4d5e6f", "pending"
	task.Session = ref.Session(busy)
	if _, err := d.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Create(model.Task, "OpaqueRef:task", task.Row())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	c.now = c.now.Add(idleLimit + time.Second)
	fresh := make([]string, maxExternal+10)
	for i := range fresh {
		fresh[i] = newRef()
	}
	for part := range slices.Chunk(fresh, 50) {
		if _, err := d.Update(ctx, func(tx *db.Tx) error {
			for _, session := range part {
				r := model.NewSessionRecord()
				r.UUID, r.AuthUserName, r.IsLocalSuperuser, r.LastActive = session, "root", true, formatTime(c.now)
				if _, err := tx.Create(model.Session, session, r.Row()); err != nil {
					return err
				}
				c.now = c.now.Add(time.Second)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Collect(ctx); err != nil {
		t.Fatal(err)
	}
	alive := func(ref string) bool { return m.Alive(d.Snapshot(), ref) }
	if alive(idle) || alive(also) {
		t.Error("an idle session stayed")
	}
	if !alive(busy) || !alive(parent) {
		t.Error("a session with work was ended")
	}
	if alive(fresh[0]) || !alive(fresh[len(fresh)-1]) {
		t.Error("the limit ended the wrong sessions")
	}
	if n := d.Snapshot().Count(model.Session); n != maxExternal {
		t.Errorf("%d sessions are left", n)
	}
}

func TestSubjects(t *testing.T) {
	d := xapitest.Open(t)
	m, _ := newManager(t, d)
	ctx := context.Background()
	var refs []string
	for _, s := range []Spec{{SID: "b"}, {SID: "a"}, {SID: "a"}, {SID: "c", Superuser: true}} {
		ref, err := m.Create(ctx, s)
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, ref)
	}
	if got := m.ExternalSubjects(); len(got) != 2 || got[0] != "a" || got[1] != "b" {
		t.Errorf("subjects %v", got)
	}
	if err := m.LogoutSubject(ctx, refs[1], "a"); err != nil {
		t.Fatal(err)
	}
	if snap := d.Snapshot(); !m.Alive(snap, refs[1]) || m.Alive(snap, refs[2]) || !m.Alive(snap, refs[0]) {
		t.Error("the wrong sessions were ended")
	}
}

func BenchmarkCheckSession(b *testing.B) {
	d := xapitest.Open(b)
	m := New(Options{DB: d, Permissions: &rbac.Table{}, Host: func() string { return request.Null }})
	ref, err := m.Create(context.Background(), Spec{UserName: "root", Superuser: true})
	if err != nil {
		b.Fatal(err)
	}
	msg := anyCall()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Check(d.Snapshot(), msg, ref); err != nil {
			b.Fatal(err)
		}
	}
}
