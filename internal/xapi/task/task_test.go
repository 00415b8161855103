package task

import (
	"context"
	"errors"
	"fmt"
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
	c := &clock{time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	return New(Options{DB: d, Permissions: table, Host: func() string { return "OpaqueRef:host" }, Now: c.Now}), c
}

// as makes the request of a user's session; an empty sid is root's.
func as(session, sid, name string) *request.Request {
	id := &request.Identity{Session: session, SID: sid}
	id.Superuser = sid == ""
	return &request.Request{Name: name, Identity: id, Origin: &request.Origin{OtherConfig: map[string]string{"http:a": "b"}}}
}

func message(t *testing.T, name string) *schema.Message {
	m, ok := wiremap.Lookup(name)
	if !ok {
		t.Fatal(name)
	}
	return m
}

func get(t *testing.T, d *db.DB, task string) model.TaskRecord {
	t.Helper()
	row, err := d.Snapshot().Find(model.Task, task)
	if err != nil {
		t.Fatal(err)
	}
	values := make([]any, len(model.Task.Fields))
	for i := range values {
		values[i] = d.Snapshot().Value(row, field(i))
	}
	return model.TaskRecordFrom(values)
}

func TestOutcomes(t *testing.T) {
	d := xapitest.Open(t)
	m, _ := newManager(t, d)
	for _, c := range []struct {
		name, message string
		result        any
		err           error
		status        string
		text          string
		info          []string
	}{
		{"reference", "VM.clone", "OpaqueRef:x", nil, "success", "<value>OpaqueRef:x</value>", []string{}},
		{"nothing", "VM.start", nil, nil, "success", "<value></value>", []string{}},
		{"set", "VM.get_possible_hosts", []string{"a", "b"}, nil, "success", "<value><array><data><value>a</value><value>b</value></data></array></value>", []string{}},
		{"error", "VM.start", nil, xerr.New("VM_BAD_POWER_STATE", "r", "halted", "running"), "failure", "", []string{"VM_BAD_POWER_STATE", "r", "halted", "running"}},
		{"odd error", "VM.start", nil, errors.New("oops"), "failure", "", []string{"INTERNAL_ERROR", "oops"}},
		{"cancelled", "VM.start", nil, xerr.New("TASK_CANCELLED", "t"), "cancelled", "", []string{"TASK_CANCELLED", "t"}},
		{"odd result", "VM.clone", 7, nil, "failure", "", nil},
	} {
		ctx, task, err := m.Begin(context.Background(), as(request.Null, "", "Async."+c.message), true)
		if err != nil {
			t.Fatal(err)
		}
		if r := get(t, d, task); r.Status != "pending" || r.Type != "<none/>" || r.NameLabel != "Async."+c.message ||
			r.ResidentOn != "OpaqueRef:host" || r.SubtaskOf != ref.Null || r.OtherConfig["http:a"] != "b" || r.Finished != "19700101T00:00:00Z" {
			t.Errorf("%s: begins as %+v", c.name, r)
		}
		m.Finish(ctx, task, message(t, c.message), c.result, c.err)
		r := get(t, d, task)
		if r.Status != c.status || r.Result != c.text || r.Progress != 1 || r.Finished != "20261122T12:00:00Z" {
			t.Errorf("%s: ends as %+v", c.name, r)
		}
		if c.info != nil && !slices.Equal(r.ErrorInfo, c.info) {
			t.Errorf("%s: error_info %q", c.name, r.ErrorInfo)
		}
		m.Finish(ctx, task, message(t, c.message), nil, errors.New("again"))
		if again := get(t, d, task); again.Status != c.status || again.Result != c.text {
			t.Errorf("%s: a second outcome was taken", c.name)
		}
	}
}

func TestCancelEndsTheWork(t *testing.T) {
	d := xapitest.Open(t)
	m, _ := newManager(t, d)
	r := as(request.Null, "", "Async.VM.start")
	ctx, task, err := m.Begin(context.Background(), r, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Actions().Cancel(request.With(context.Background(), r), ref.Task(task)); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	m.Finish(ctx, task, message(t, "VM.start"), nil, fmt.Errorf("cannot wait: %w", ctx.Err()))
	if r := get(t, d, task); r.Status != "cancelled" || !slices.Equal(r.ErrorInfo, []string{"TASK_CANCELLED", task}) || len(r.CurrentOperations) != 1 {
		t.Errorf("ends as %+v", r)
	}
	if len(m.running) != 0 {
		t.Error("finished work is remembered")
	}
}

func TestSynchronousTaskIsVisibleAndGoes(t *testing.T) {
	d := xapitest.Open(t)
	m, _ := newManager(t, d)
	ctx, task, err := m.Begin(context.Background(), as(request.Null, "", "VM.start"), false)
	if err != nil {
		t.Fatal(err)
	}
	row, ok := d.Snapshot().Get(task)
	if !ok || !row.InMemory() {
		t.Error("the task is no row in memory")
	}
	if err := m.Drop(ctx, task, errors.New("oops")); err == nil || err.Error() != "oops" {
		t.Errorf("the error became %v", err)
	}
	if d.Snapshot().Exists(task) {
		t.Error("the task stayed")
	}
}

func TestOwnTaskRule(t *testing.T) {
	d := xapitest.Open(t)
	m, _ := newManager(t, d)
	session := func(ref, uuid, sid string) {
		r := model.NewSessionRecord()
		r.UUID, r.AuthUserSid = uuid, sid
		if _, err := d.Update(context.Background(), func(tx *db.Tx) error {
			_, err := tx.Create(model.Session, ref, r.Row())
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	session("OpaqueRef:ann1", "1", "ann")
	session("OpaqueRef:ann2", "2", "ann")
	session("OpaqueRef:bob", "3", "bob")
	session("OpaqueRef:root", "4", "")
	operator := as("OpaqueRef:op", "op", "task.set_progress")
	operator.Identity.Permissions = m.Permissions.NewSet([]string{"task.destroy/any"})
	for _, c := range []struct {
		name  string
		owner *request.Request
		other *request.Request
		ok    bool
	}{
		{"same session", as("OpaqueRef:ann1", "ann", ""), as("OpaqueRef:ann1", "ann", ""), true},
		{"same user", as("OpaqueRef:ann1", "ann", ""), as("OpaqueRef:ann2", "ann", ""), true},
		{"other user", as("OpaqueRef:ann1", "ann", ""), as("OpaqueRef:bob", "bob", ""), false},
		{"root's", as("OpaqueRef:root", "", ""), as("OpaqueRef:bob", "bob", ""), false},
		{"root", as("OpaqueRef:ann1", "ann", ""), as("OpaqueRef:root", "", ""), true},
		{"operator", as("OpaqueRef:ann1", "ann", ""), operator, true},
	} {
		task, err := m.Actions().Create(request.With(context.Background(), c.owner), "label", "text")
		if err != nil {
			t.Fatal(err)
		}
		err = m.Actions().SetProgress(request.With(context.Background(), c.other), task, 0.5)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
		if e := xerr.From(err); !c.ok && (e.Code != "RBAC_PERMISSION_DENIED" || e.Params[0] != "task.destroy/any") {
			t.Errorf("%s: %v", c.name, err)
		}
		asTask := *c.other
		asTask.Task = string(task)
		if err := m.Actions().SetProgress(request.With(context.Background(), &asTask), task, 0.6); err != nil {
			t.Errorf("%s: as the task itself: %v", c.name, err)
		}
	}
}

func TestClientsTask(t *testing.T) {
	d := xapitest.Open(t)
	m, _ := newManager(t, d)
	a := m.Actions()
	ctx := request.With(context.Background(), as("OpaqueRef:root", "", ""))
	task, err := a.Create(ctx, "label", "text")
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	must(a.AddToOtherConfig(ctx, task, "k", "v"))
	if err := a.AddToOtherConfig(ctx, task, "k", "v"); !xerr.Is(err, "MAP_DUPLICATE_KEY") {
		t.Errorf("a key twice: %v", err)
	}
	must(a.RemoveFromOtherConfig(ctx, task, "k"))
	must(a.SetOtherConfig(ctx, task, map[string]string{"x": "y"}))
	must(a.SetResult(ctx, task, "<value>1</value>"))
	must(a.SetErrorInfo(ctx, task, []string{"A"}))
	must(a.SetStatus(ctx, task, "success"))
	must(a.SetStatus(ctx, task, "failure"))
	if r := get(t, d, string(task)); r.Status != "success" || r.Finished == "19700101T00:00:00Z" || r.OtherConfig["x"] != "y" {
		t.Errorf("got %+v", r)
	}
	must(a.Destroy(ctx, task))
	if err := a.Destroy(ctx, task); !xerr.Is(err, "HANDLE_INVALID") {
		t.Errorf("twice: %v", err)
	}
}

func TestRecover(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	d, closeDB := xapitest.OpenAt(t, path)
	m, _ := newManager(t, d)
	_, lost, err := m.Begin(context.Background(), as(request.Null, "", "Async.VM.start"), true)
	if err != nil {
		t.Fatal(err)
	}
	_, sync, err := m.Begin(context.Background(), as(request.Null, "", "VM.start"), false)
	if err != nil {
		t.Fatal(err)
	}
	clients, err := m.Actions().Create(request.With(context.Background(), as(request.Null, "", "")), "mine", "")
	if err != nil {
		t.Fatal(err)
	}
	closeDB()
	d, closeDB = xapitest.OpenAt(t, path)
	defer closeDB()
	m, _ = newManager(t, d)
	if err := m.Recover(context.Background()); err != nil {
		t.Fatal(err)
	}
	if r := get(t, d, lost); r.Status != "failure" || r.ErrorInfo[0] != "INTERNAL_ERROR" {
		t.Errorf("the lost task is %+v", r)
	}
	if r := get(t, d, string(clients)); r.Status != "pending" {
		t.Errorf("the client's task is %s", r.Status)
	}
	if d.Snapshot().Exists(sync) {
		t.Error("a task in memory survived")
	}
}

func TestCollect(t *testing.T) {
	d := xapitest.Open(t)
	m, c := newManager(t, d)
	ctx := request.With(context.Background(), as("OpaqueRef:root", "", ""))
	create := func(status string) ref.Task {
		task, err := m.Actions().Create(ctx, "", "")
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Actions().SetStatus(ctx, task, status); err != nil {
			t.Fatal(err)
		}
		return task
	}
	collect := func() {
		t.Helper()
		if err := m.Collect(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	exists := func(task ref.Task) bool { return d.Snapshot().Exists(string(task)) }

	stuck, old := create("pending"), create("success")
	wanted := create("pending")
	if err := m.Actions().Destroy(ctx, wanted); err != nil {
		t.Fatal(err)
	}
	collect()
	if !exists(stuck) || !exists(old) || !exists(wanted) {
		t.Fatal("a task went too early")
	}
	if err := m.Actions().SetStatus(ctx, wanted, "failure"); err != nil {
		t.Fatal(err)
	}
	collect()
	if exists(wanted) {
		t.Error("a task that is to be destroyed stayed")
	}
	c.now = c.now.Add(completedFor + time.Second)
	collect()
	if exists(old) || !exists(stuck) {
		t.Error("65 minutes later the wrong tasks are there")
	}
	c.now = c.now.Add(pendingFor)
	collect()
	if exists(stuck) {
		t.Error("a stuck task stayed")
	}
	pending := create("pending")
	var many []ref.Task
	for range maxTasks + 20 {
		many = append(many, create("success"))
		c.now = c.now.Add(time.Second)
	}
	collect()
	if n := d.Snapshot().Count(model.Task); n != maxTasks || exists(many[0]) || !exists(many[len(many)-1]) || !exists(pending) {
		t.Errorf("%d tasks are left", n)
	}
}
