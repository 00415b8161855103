// Package message keeps the messages (alerts) of XenAPI and answers their
// calls. Messages are not rows of the database: they never change, have events
// with a generation of their own, and the oldest go when there are too many.
//
// Mine: one store.Store key per message, an index in memory. Not mine: which
// store that is; it should be one of its own, so that a restart does not read
// the database twice. Callers are dispatch (through the actions), event (Since)
// and every package that has something to tell (Post).
package message

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/store"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/event"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// limit is how many messages are kept; the reference has the same.
const limit = 10_000

const keyPrefix = "message/"

// A Message is one message, as it is stored.
type Message struct {
	UUID      string `json:"uuid"`
	Name      string `json:"name"`
	Priority  int64  `json:"priority"`
	Class     string `json:"cls"`
	Object    string `json:"obj_uuid"` // uuid of what it is about
	Timestamp string `json:"timestamp"`
	Body      string `json:"body"`

	ref        string
	generation uint64
}

// Record is the message as the API shows it; the caller owns it.
func (m *Message) Record() map[string]dbus.Variant {
	return map[string]dbus.Variant{
		"uuid": dbus.MakeVariant(m.UUID), "name": dbus.MakeVariant(m.Name), "priority": dbus.MakeVariant(m.Priority),
		"cls": dbus.MakeVariant(m.Class), "obj_uuid": dbus.MakeVariant(m.Object),
		"timestamp": dbus.MakeVariant(m.Timestamp), "body": dbus.MakeVariant(m.Body),
	}
}

// Value and Reference make a message a source for queries.
func (m *Message) Value(f *schema.Field) any { return m.Record()[f.Name].Value() }

// Reference is the message's reference.
func (m *Message) Reference() string { return m.ref }

// A Store holds all messages. It is safe for concurrent use.
type Store struct {
	st  store.Store
	now func() time.Time

	write sync.Mutex // held over a commit, so that generations appear in order

	mu         sync.RWMutex // guards what follows
	byRef      map[string]*Message
	byUUID     map[string]*Message
	list       []*Message // oldest first
	dead       []grave    // oldest first
	generation uint64
	changed    chan struct{}
}

// A grave remembers a message that was destroyed.
type grave struct {
	ref              string
	created, deleted uint64
}

var _ event.Messages = (*Store)(nil)

// Open reads the messages of a store, which the caller closes after use.
func Open(ctx context.Context, st store.Store) (*Store, error) {
	s := &Store{st: st, now: time.Now, byRef: map[string]*Message{}, byUUID: map[string]*Message{}, changed: make(chan struct{})}
	tombs, revision, err := st.Load(ctx, s.load)
	if err != nil {
		return nil, fmt.Errorf("cannot read the messages: %w", err)
	}
	for _, t := range tombs {
		if ref, ok := strings.CutPrefix(t.Key, keyPrefix); ok {
			s.dead = append(s.dead, grave{ref, t.Created, t.Deleted})
		}
	}
	slices.SortFunc(s.list, func(a, b *Message) int { return int(int64(a.generation) - int64(b.generation)) })
	slices.SortFunc(s.dead, func(a, b grave) int { return int(int64(a.deleted) - int64(b.deleted)) })
	s.generation = revision
	return s, nil
}

func (s *Store) load(e store.Entry) error {
	ref, ok := strings.CutPrefix(e.Key, keyPrefix)
	if !ok {
		return nil
	}
	m := &Message{ref: ref, generation: e.Created}
	if err := json.Unmarshal(e.Value, m); err != nil {
		return fmt.Errorf("message %s is damaged: %w", ref, err)
	}
	s.enter(m)
	return nil
}

func (s *Store) enter(m *Message) {
	s.byRef[m.ref], s.byUUID[m.UUID] = m, m
	s.list = append(s.list, m)
}

// Post stores a message and returns its reference. What cannot be stored fails:
// the message is on disk when Post returns.
func (s *Store) Post(ctx context.Context, m Message) (string, error) {
	m.UUID, m.ref, m.Timestamp = dbactions.NewUUID(), dbactions.NewRef(), s.now().UTC().Format(timeLayout)
	value, err := json.Marshal(&m)
	if err != nil {
		return "", err
	}
	s.write.Lock()
	defer s.write.Unlock()
	surplus := s.surplus()
	return m.ref, s.commit(ctx, store.Batch{Puts: []store.Put{{Key: keyPrefix + m.ref, Value: value}}}, &m, surplus)
}

// surplus lists the oldest messages that have to make room for one more.
func (s *Store) surplus() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var refs []string
	for _, m := range s.list[:min(max(0, len(s.list)+1-limit), store.MaxKeys-1)] {
		refs = append(refs, m.ref)
	}
	return refs
}

// Destroy removes messages, in commits of as many as the store takes at once. A
// reference that is unknown is HANDLE_INVALID, before any is removed.
func (s *Store) Destroy(ctx context.Context, refs ...string) error {
	s.write.Lock()
	defer s.write.Unlock()
	slices.Sort(refs)
	refs = slices.Compact(refs)
	for _, ref := range refs {
		if _, err := s.Find(ref); err != nil {
			return err
		}
	}
	for chunk := range slices.Chunk(refs, store.MaxKeys) {
		if err := s.commit(ctx, store.Batch{}, nil, chunk); err != nil {
			return err
		}
	}
	return nil
}

// commit writes a batch that adds one message (nil: none) and removes others,
// then shows it to readers. The caller holds write.
func (s *Store) commit(ctx context.Context, b store.Batch, added *Message, removed []string) error {
	for _, ref := range removed {
		b.Delete = append(b.Delete, keyPrefix+ref)
	}
	revision, err := s.st.Commit(ctx, b)
	if err != nil {
		return fmt.Errorf("cannot write the messages: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation = revision
	for _, ref := range removed {
		m := s.byRef[ref]
		delete(s.byRef, ref)
		delete(s.byUUID, m.UUID)
		s.dead = append(s.dead, grave{ref, m.generation, revision})
	}
	if len(removed) > 0 {
		s.list = slices.DeleteFunc(s.list, func(m *Message) bool { return s.byRef[m.ref] == nil })
		s.dead = s.dead[max(0, len(s.dead)-limit):]
	}
	if added != nil {
		added.generation = revision
		s.enter(added)
	}
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

// Find finds a message, or fails with HANDLE_INVALID.
func (s *Store) Find(ref string) (*Message, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if m := s.byRef[ref]; m != nil {
		return m, nil
	}
	return nil, xerr.New(codes.HANDLE_INVALID, model.Message.Name, ref)
}

// ByUUID finds a message, or fails with UUID_INVALID.
func (s *Store) ByUUID(uuid string) (*Message, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if m := s.byUUID[uuid]; m != nil {
		return m, nil
	}
	return nil, xerr.New(codes.UUID_INVALID, model.Message.Name, uuid)
}

// All lists the messages, newest first; the caller owns the slice and changes
// nothing in it.
func (s *Store) All() []*Message {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := slices.Clone(s.list)
	slices.Reverse(all)
	return all
}

// Since implements event.Messages.
func (s *Store) Since(generation uint64) ([]event.MessageChange, uint64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var changes []event.MessageChange
	first, _ := slices.BinarySearchFunc(s.list, generation+1, func(m *Message, g uint64) int { return int(int64(m.generation) - int64(g)) })
	for _, m := range s.list[first:] {
		changes = append(changes, event.MessageChange{Ref: m.ref, Record: m.Record()})
	}
	for _, d := range s.dead {
		if d.deleted > generation && d.created <= generation {
			changes = append(changes, event.MessageChange{Ref: d.ref, Deleted: true})
		}
	}
	return changes, s.generation
}

// Changed implements event.Messages.
func (s *Store) Changed() <-chan struct{} {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.changed
}
