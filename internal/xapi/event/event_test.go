package event_test

import (
	"context"
	"errors"
	"io"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/xcp-dbus/xcp/internal/bus/wire"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/event"
	"github.com/xcp-dbus/xcp/internal/xapi/request"
	"github.com/xcp-dbus/xcp/internal/xapi/xapitest"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

const session = "OpaqueRef:session"

// sessions has one session, until it is ended.
type sessions struct{ ended chan struct{} }

func (s sessions) Alive(*db.Snapshot, string) bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

func (s sessions) Ended(string) <-chan struct{} { return s.ended }

// messages is a message store with what a test puts into it.
type messages struct {
	mu      sync.Mutex
	list    []event.MessageChange
	changed chan struct{}
}

func (m *messages) Since(generation uint64) ([]event.MessageChange, uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.list[min(generation, uint64(len(m.list))):], uint64(len(m.list))
}

func (m *messages) Changed() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changed
}

func (m *messages) put(c event.MessageChange) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = append(m.list, c)
	close(m.changed)
	m.changed = make(chan struct{})
}

type world struct {
	t        testing.TB
	db       *db.DB
	engine   *event.Engine
	messages *messages
	ended    chan struct{}
	ctx      context.Context
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, db: xapitest.Open(t), messages: &messages{changed: make(chan struct{})}, ended: make(chan struct{})}
	w.engine = event.New(event.Config{DB: w.db, Sessions: sessions{w.ended}, Messages: w.messages})
	w.ctx = request.With(t.Context(), &request.Request{Identity: &request.Identity{Session: session}})
	return w
}

func (w *world) update(fn func(tx *db.Tx) error) {
	w.t.Helper()
	if _, err := w.db.Update(context.Background(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) network(name string) string {
	w.t.Helper()
	r := model.NewNetworkRecord()
	r.UUID, r.NameLabel = uuid.NewString(), name
	ref := "OpaqueRef:" + uuid.NewString()
	w.update(func(tx *db.Tx) error {
		_, err := tx.Create(model.Network, ref, r.Row())
		return err
	})
	return ref
}

func (w *world) rename(ref, name string) {
	w.t.Helper()
	w.update(func(tx *db.Tx) error { return tx.Set(ref, model.Network.Field("name_label"), name) })
}

func (w *world) destroy(ref string) {
	w.t.Helper()
	w.update(func(tx *db.Tx) error { return tx.Delete(ref) })
}

// from calls event.from and gives its events as "operation class name".
func (w *world) from(token string, timeout float64, classes ...string) (events []string, next string) {
	w.t.Helper()
	answer, err := w.engine.From(w.ctx, classes, token, timeout)
	if err != nil {
		w.t.Error(err)
		return nil, ""
	}
	for _, ev := range answer["events"].Value().([]map[string]dbus.Variant) {
		events = append(events, describe(ev))
	}
	return events, answer["token"].Value().(string)
}

func describe(ev map[string]dbus.Variant) string {
	text := ev["operation"].Value().(string) + " " + ev["class"].Value().(string)
	if snapshot, ok := ev["snapshot"].Value().(map[string]dbus.Variant); ok {
		text += " " + snapshot["name_label"].Value().(string)
	}
	return text
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFromTellsWhatChanged(t *testing.T) {
	w := newWorld(t)
	w.network("first")
	_, token := w.from("", 0, "*")
	a := w.network("a")
	events, t1 := w.from(token, 0, "network")
	expect(t, events, "add network a")
	w.rename(a, "b")
	w.rename(a, "c")
	events, t2 := w.from(t1, 0, "NetWork")
	expect(t, events, "mod network c")
	events, _ = w.from(token, 0, "*")
	expect(t, events, "add network c")
	short := w.network("short lived")
	w.destroy(short)
	events, _ = w.from(t2, 0, "*")
	expect(t, events)
	w.destroy(a)
	events, t3 := w.from(t2, 0, "network/"+a)
	expect(t, events, "del network")
	if t3 <= t2 || t2 <= t1 {
		t.Errorf("tokens do not grow: %s %s %s", t1, t2, t3)
	}
	events, _ = w.from(token, 0, "vm", "no such class", "*/"+a, "")
	expect(t, events)
}

// Messages come first, then additions, modifications and deletions.
func TestOrder(t *testing.T) {
	w := newWorld(t)
	a, b := w.network("a"), w.network("b")
	_, token := w.from("", 0, "*")
	w.destroy(a)
	w.rename(b, "b2")
	w.network("c")
	w.messages.put(event.MessageChange{Ref: "OpaqueRef:m", Record: map[string]dbus.Variant{"name_label": dbus.MakeVariant("m")}})
	events, _ := w.from(token, 0, "*")
	expect(t, events, "add message m", "add network c", "mod network b2", "del network")
}

func TestWaiting(t *testing.T) {
	w := newWorld(t)
	_, token := w.from("", 0, "*")
	t.Run("times out empty", func(t *testing.T) {
		begin := time.Now()
		events, _ := w.from(token, 0.05, "vm")
		expect(t, events)
		if d := time.Since(begin); d < 50*time.Millisecond {
			t.Errorf("it took %s", d)
		}
	})
	t.Run("wakes on a change it wants and on nothing else", func(t *testing.T) {
		answered := make(chan []string, 1)
		go func() {
			events, _ := w.from(token, 60, "network")
			answered <- events
		}()
		w.messages.put(event.MessageChange{Ref: "OpaqueRef:m", Deleted: true})
		select {
		case events := <-answered:
			t.Fatalf("answered %q", events)
		case <-time.After(50 * time.Millisecond):
		}
		w.network("late")
		expect(t, <-answered, "add network late")
	})
	t.Run("strange timeouts", func(t *testing.T) {
		for _, timeout := range []float64{-1, math.Inf(-1)} {
			events, _ := w.from(token, timeout, "vm")
			expect(t, events)
		}
		ctx, cancel := context.WithTimeout(w.ctx, 20*time.Millisecond)
		defer cancel()
		for _, timeout := range []float64{math.NaN(), math.Inf(1), 1e300} {
			if _, err := w.engine.From(ctx, []string{"vm"}, token, timeout); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("timeout %g: %v", timeout, err)
			}
		}
	})
	t.Run("ends with its session", func(t *testing.T) {
		failed := make(chan error, 1)
		go func() {
			_, err := w.engine.From(w.ctx, []string{"vm"}, token, 60)
			failed <- err
		}()
		time.Sleep(10 * time.Millisecond)
		close(w.ended)
		if err := <-failed; !xerr.Is(err, "SESSION_INVALID") {
			t.Error(err)
		}
	})
}

func TestTokens(t *testing.T) {
	w := newWorld(t)
	w.network("a")
	_, token := w.from("", 0, "*")
	if len(token) != 41 || token[20] != ',' {
		t.Errorf("token %q has not the form of two numbers of 20 digits", token)
	}
	other := newWorld(t)
	other.network("a")
	_, foreign := other.from("", 0, "*")
	for text, code := range map[string]string{
		"1":                      "EVENT_FROM_TOKEN_PARSE_FAILURE",
		"1,":                     "EVENT_FROM_TOKEN_PARSE_FAILURE",
		"+1,1":                   "EVENT_FROM_TOKEN_PARSE_FAILURE",
		" 1,1":                   "EVENT_FROM_TOKEN_PARSE_FAILURE",
		"1,1,1":                  "EVENT_FROM_TOKEN_PARSE_FAILURE",
		"99999999999999999999,0": "EVENT_FROM_TOKEN_PARSE_FAILURE",
		foreign:                  "EVENTS_LOST",
		token[:20] + "9," + "0":  "EVENT_FROM_TOKEN_PARSE_FAILURE",
	} {
		if _, err := w.engine.From(w.ctx, []string{"*"}, text, 0); !xerr.Is(err, code) {
			t.Errorf("token %q: %v, want %s", text, err, code)
		}
	}
	events, _ := w.from("00000000000000000000,00000000000000000000", 0, "*")
	expect(t, events, "add network a")
}

func FuzzToken(f *testing.F) {
	for _, s := range []string{"", "0,0", "00000000000000000001,00000000000000000000", "a,b", ",", "1,-1"} {
		f.Add(s)
	}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, s string) {
		_, err := w.engine.From(w.ctx, []string{s}, s, 0)
		if err != nil && !xerr.Is(err, "EVENT_FROM_TOKEN_PARSE_FAILURE") && !xerr.Is(err, "EVENTS_LOST") {
			t.Error(err)
		}
	})
}

func TestInject(t *testing.T) {
	w := newWorld(t)
	a := w.network("a")
	_, before := w.from("", 0, "*")
	token, err := w.engine.Inject(w.ctx, "network", a)
	if err != nil {
		t.Fatal(err)
	}
	events, after := w.from(before, 0, "network")
	expect(t, events, "mod network a")
	if token >= after {
		t.Errorf("token %s is not before %s", token, after)
	}
	events, _ = w.from(token, 0, "network")
	expect(t, events, "mod network a")
	for _, class := range []string{"Network", "VM", ""} {
		if _, err := w.engine.Inject(w.ctx, class, a); !xerr.Is(err, "HANDLE_INVALID") {
			t.Errorf("class %q: %v", class, err)
		}
	}
}

// What the stream says is what the plain answer says.
func TestFrames(t *testing.T) {
	w := newWorld(t)
	w.network("a")
	_, token := w.from("", 0, "*")
	gone := w.network("b")
	_, token2 := w.from(token, 0, "*")
	w.destroy(gone)
	for _, tok := range []string{"", token, token2} {
		b, err := w.engine.Collect(w.ctx, []string{"*"}, tok, 0)
		if err != nil {
			t.Fatal(err)
		}
		var buf strings.Builder
		fw := wire.NewFrameWriter(&buf)
		if err := errors.Join(b.WriteFrames(fw), fw.Close("")); err != nil {
			t.Fatal(err)
		}
		fr := wire.NewFrameReader(strings.NewReader(buf.String()))
		var got []string
		for {
			frame, err := fr.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			ref, rec := unmarshal(t, frame)
			if ref != "" {
				got = append(got, describe(rec))
			} else if rec["token"].Value() != b.Dict()["token"].Value() || rec["valid_ref_counts"].Value().(map[string]int64)["network"] < 1 {
				t.Errorf("header is %v", rec)
			}
		}
		var want []string
		for _, ev := range b.Dict()["events"].Value().([]map[string]dbus.Variant) {
			want = append(want, describe(ev))
		}
		expect(t, got, want...)
	}
}

// unmarshal reads a frame (sa{sv}).
func unmarshal(t *testing.T, frame []byte) (ref string, record map[string]dbus.Variant) {
	t.Helper()
	var r wire.Reader
	r.Reset(frame)
	values, err := r.Values("sa{sv}")
	if err != nil || r.Rest() != 0 {
		t.Fatalf("bad frame: %v, %d bytes left", err, r.Rest())
	}
	return values[0].(string), values[1].(map[string]dbus.Variant)
}

func TestLegacy(t *testing.T) {
	w := newWorld(t)
	if _, err := w.engine.Next(w.ctx); !xerr.Is(err, "SESSION_NOT_REGISTERED") {
		t.Fatal(err)
	}
	register := func() {
		t.Helper()
		if err := w.engine.Register(w.ctx, []string{"network"}); err != nil {
			t.Fatal(err)
		}
	}
	next := func() (list []string) {
		t.Helper()
		events, err := w.engine.Next(w.ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, ev := range events {
			list = append(list, describe(ev))
		}
		return list
	}
	register()
	a := w.network("a")
	expect(t, next(), "add network a")
	w.rename(a, "b")
	expect(t, next(), "mod network b")
	w.destroy(a)
	expect(t, next(), "del network")

	for range 50 { // more than a queue holds, and nobody takes it
		w.update(func(tx *db.Tx) error {
			for range 90 {
				r := model.NewNetworkRecord()
				r.UUID = uuid.NewString()
				if _, err := tx.Create(model.Network, "OpaqueRef:"+uuid.NewString(), r.Row()); err != nil {
					return err
				}
			}
			return nil
		})
	}
	time.Sleep(50 * time.Millisecond) // the follower comes after the writer
	if _, err := w.engine.Next(w.ctx); !xerr.Is(err, "EVENTS_LOST") {
		t.Error(err)
	}
	if _, err := w.engine.Next(w.ctx); !xerr.Is(err, "SESSION_NOT_REGISTERED") {
		t.Error(err)
	}

	register()
	waiting := make(chan error, 1)
	go func() {
		_, err := w.engine.Next(w.ctx)
		waiting <- err
	}()
	time.Sleep(10 * time.Millisecond)
	close(w.ended)
	if err := <-waiting; !xerr.Is(err, "SESSION_INVALID") {
		t.Error(err)
	}
}
