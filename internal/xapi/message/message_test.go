package message_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/store/sqlite"
	"github.com/xcp-dbus/xcp/internal/xapi/action"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/message"
	"github.com/xcp-dbus/xcp/internal/xapi/xapitest"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

func open(t *testing.T, path string) (*message.Store, func()) {
	t.Helper()
	st, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := message.Open(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	return s, func() { _ = st.Close() }
}

func changes(s *message.Store, since uint64) (added, deleted []string, gen uint64) {
	list, gen := s.Since(since)
	for _, c := range list {
		if c.Deleted {
			deleted = append(deleted, c.Ref)
		} else {
			added = append(added, c.Ref)
		}
	}
	return added, deleted, gen
}

// TestGenerations follows messages through creation, deletion and a restart.
func TestGenerations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "messages.db")
	s, done := open(t, path)
	ctx := context.Background()
	a, err := s.Post(ctx, message.Message{Name: "A"})
	if err != nil {
		t.Fatal(err)
	}
	_, _, afterA := changes(s, 0)
	changed := s.Changed()
	b, err := s.Post(ctx, message.Message{Name: "B"})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-changed:
	case <-time.After(time.Second):
		t.Error("nobody was woken")
	}
	if err := s.Destroy(ctx, a); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		if added, deleted, _ := changes(s, afterA); !cmp.Equal(added, []string{b}) || !cmp.Equal(deleted, []string{a}) {
			t.Error(added, deleted)
		}
		if added, deleted, _ := changes(s, 0); !cmp.Equal(added, []string{b}) || deleted != nil {
			t.Error(added, deleted)
		}
	}
	check()
	_, _, newest := changes(s, 0)
	done()
	s, done = open(t, path)
	defer done()
	check()
	if list, gen := s.Since(newest); len(list) > 0 || gen < newest {
		t.Error(list, gen)
	}
	if err := s.Destroy(ctx, b, "OpaqueRef:none"); !xerr.Is(err, "HANDLE_INVALID") {
		t.Error(err)
	}
	if _, err := s.Find(b); err != nil {
		t.Error("a refused call destroyed a message")
	}
}

func TestActions(t *testing.T) {
	d := xapitest.Open(t)
	vm := dbactions.NewDraft(model.VM)
	if _, err := d.Update(t.Context(), vm.Create); err != nil {
		t.Fatal(err)
	}
	s, done := open(t, filepath.Join(t.TempDir(), "messages.db"))
	defer done()
	a := &message.Actions{Env: &action.Env{DB: d, Now: time.Now}, Store: s}
	ctx := t.Context()
	uuid := vm.Text("uuid")
	m, err := a.Create(ctx, "ALARM", 1, "VM", uuid, "text")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []struct{ cls, uuid, body, code string }{
		{"Host", uuid, "", "UUID_INVALID"}, {"VM", "none", "", "UUID_INVALID"}, {"VM", uuid, "\x01", "INVALID_VALUE"}, {"Planet", uuid, "", "INVALID_VALUE"},
	} {
		if _, err := a.Create(ctx, "X", 1, bad.cls, bad.uuid, bad.body); !xerr.Is(err, bad.code) {
			t.Error(bad, err)
		}
	}
	rec, err := a.GetRecord(ctx, m)
	if err != nil || rec["body"].Value() != "text" || rec["priority"].Value() != int64(1) {
		t.Error(rec, err)
	}
	found, err := a.GetAllRecordsWhere(ctx, `field "name" = "ALARM" and field "priority" = "1"`)
	if err != nil || len(found) != 1 {
		t.Error(found, err)
	}
	if got, err := a.Get(ctx, "VM", uuid, "19700101T00:00:00Z"); err != nil || len(got) != 1 {
		t.Error(got, err)
	}
	if _, err := a.GetSince(ctx, "yesterday"); !xerr.Is(err, "INVALID_VALUE") {
		t.Error(err)
	}
	if err := a.DestroyAll(ctx, map[string]string{"priority": "2"}); err != nil {
		t.Error(err)
	}
	if all, _ := a.GetAll(ctx); !cmp.Equal(all, []ref.Message{m}) {
		t.Error(all)
	}
	if err := a.DestroyAll(ctx, map[string]string{"after": "2000-01-01T00:00:00Z"}); err != nil {
		t.Error(err)
	}
	if all, _ := a.GetAll(ctx); len(all) != 0 {
		t.Error(all)
	}
}
