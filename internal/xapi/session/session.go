// Package session knows who is logged in. Mine: the session calls of XenAPI,
// the check of a session reference at the start of every call, the identity
// dispatch puts into the request, limits and collection of idle sessions, the
// back-off after failed logins. Not mine: permissions (rbac), tasks, the
// passwords' file (passwd) and PAM, which are Authenticators.
//
// Sessions are rows of the database and survive a restart. Local sessions,
// made with the pool secret or in an emergency, live in memory and end with the
// process. A session reference is a secret: logs show its MD5, the track id.
package session

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/rbac"
	"github.com/xcp-dbus/xcp/internal/xapi/request"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// touchEvery is how often a session's last_active is written at most.
const touchEvery = 600 * time.Second

// An Authenticator knows the passwords of local users. Its error text is shown
// to the client.
type Authenticator interface {
	Verify(ctx context.Context, user, password string) error
}

// A PasswordSetter changes the password of a local user.
type PasswordSetter interface {
	Set(user, password string) error
}

// Options are what a Manager works with. All but Member and Log are required.
type Options struct {
	DB          *db.DB
	Permissions *rbac.Table
	Users       Authenticator
	Passwords   PasswordSetter
	PoolSecret  []byte
	// OwnUID is the uid this service runs as: with root, the one whose local
	// logins need no password.
	OwnUID uint32
	// Host gives the reference of this host, request.Null while there is none.
	Host func() string
	// Member gives the coordinator's address if this host is a member of a
	// pool; nil: it never is.
	Member func() (coordinator string, member bool)
	Log    *slog.Logger
	Now    func() time.Time // nil: time.Now
}

// A Manager is safe for concurrent use.
type Manager struct {
	Options
	backoff *backoff

	known sync.Map // reference of a session row to *entry

	mu    sync.RWMutex // guards local
	local map[string]*localSession
}

// An entry is what was worked out for a session row, whose relevant fields
// never change: it holds as long as the row's creation revision is the same.
type entry struct {
	created  uint64
	identity *request.Identity

	mu     sync.Mutex // guards active
	active time.Time
}

type localSession struct {
	identity *request.Identity
	ended    chan struct{}
}

// New makes a Manager.
func New(o Options) *Manager {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Member == nil {
		o.Member = func() (string, bool) { return "", false }
	}
	return &Manager{Options: o, backoff: newBackoff(), local: map[string]*localSession{}}
}

// The fields of class session this package reads and writes.
var field = struct {
	lastActive, pool, superuser, subject, sid, name,
	permissions, parent, originator, certificate *schema.Field
}{
	lastActive:  model.Session.Field("last_active"),
	pool:        model.Session.Field("pool"),
	superuser:   model.Session.Field("is_local_superuser"),
	subject:     model.Session.Field("subject"),
	sid:         model.Session.Field("auth_user_sid"),
	name:        model.Session.Field("auth_user_name"),
	permissions: model.Session.Field("rbac_permissions"),
	parent:      model.Session.Field("parent"),
	originator:  model.Session.Field("originator"),
	certificate: model.Session.Field("client_certificate"),
}

// Check finds the identity behind a session reference for one call, of a message
// or, nil, of something that is none. Errors:
// SESSION_INVALID; INTERNAL_ERROR if the message is for other hosts of the
// pool only; HOST_IS_SLAVE on a member.
func (m *Manager) Check(snap *db.Snapshot, msg *schema.Message, ref string) (*request.Identity, error) {
	if id := m.findLocal(ref); id != nil {
		return id, nil
	}
	row, ok := snap.Get(ref)
	if !ok || row.Class != model.Session {
		return nil, xerr.New(codes.SESSION_INVALID, ref)
	}
	e := m.entry(row)
	if !e.identity.Pool {
		if msg != nil && msg.PoolInternal {
			return nil, xerr.New(codes.INTERNAL_ERROR, `Internal API "`+msg.Wire()+`" call attempted with non-pool (external) session`)
		}
		if coordinator, member := m.Member(); member {
			return nil, xerr.New(codes.HOST_IS_SLAVE, coordinator)
		}
	}
	m.touch(ref, e)
	return e.identity, nil
}

// Alive tells whether a session still exists.
func (m *Manager) Alive(snap *db.Snapshot, ref string) bool {
	if row, ok := snap.Get(ref); ok {
		return row.Class == model.Session
	}
	return m.findLocal(ref) != nil
}

// Ended is closed when a local session ends; nil for other sessions, whose end
// is a change of the database.
func (m *Manager) Ended(ref string) <-chan struct{} {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if s, ok := m.local[ref]; ok {
		return s.ended
	}
	return nil
}

func (m *Manager) findLocal(ref string) *request.Identity {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if s, ok := m.local[ref]; ok {
		return s.identity
	}
	return nil
}

// entry returns what is known about a session row.
func (m *Manager) entry(row *db.Row) *entry {
	if v, ok := m.known.Load(row.Ref); ok && v.(*entry).created == row.Created {
		return v.(*entry)
	}
	id := &request.Identity{
		Session:    row.Ref,
		TrackID:    TrackID(row.Ref),
		Pool:       row.Bool(field.pool),
		SID:        row.Text(field.sid),
		UserName:   row.Text(field.name),
		SubjectRef: row.Text(field.subject),
		Originator: row.Text(field.originator),
		ClientCert: row.Bool(field.certificate),
	}
	id.Superuser = row.Bool(field.superuser)
	if !id.Superuser {
		id.Permissions = m.Permissions.NewSet(row.Strings(field.permissions))
	}
	e := &entry{created: row.Created, identity: id, active: parseTime(row.Text(field.lastActive))}
	m.known.Store(row.Ref, e)
	return e
}

// touch writes last_active, at most once in touchEvery and behind the caller's
// back: the call does not wait for it.
func (m *Manager) touch(ref string, e *entry) {
	now := m.Now()
	e.mu.Lock()
	due := now.Sub(e.active) >= touchEvery
	if due {
		e.active = now
	}
	e.mu.Unlock()
	if !due {
		return
	}
	go func() {
		_, err := m.DB.Update(context.Background(), func(tx *db.Tx) error {
			if !tx.Exists(ref) {
				return nil
			}
			return tx.Set(ref, field.lastActive, formatTime(now))
		})
		if err != nil {
			m.Log.Warn("cannot note a session's activity", "session", e.identity.TrackID, "err", err)
		}
	}()
}

// A Spec says what a new session is like.
type Spec struct {
	UserName    string
	SID         string
	Subject     string // reference; empty: none
	Originator  string
	Superuser   bool
	Pool        bool
	ClientCert  bool
	Parent      string   // reference; empty: none
	Permissions []string // frozen for the session's life
}

// Create makes a durable session and returns its reference. It asks for no
// password: callers have.
func (m *Manager) Create(ctx context.Context, s Spec) (string, error) {
	now := formatTime(m.Now())
	r := model.NewSessionRecord()
	r.UUID = uuid.NewString()
	r.ThisHost = ref.Host(m.Host())
	r.LastActive, r.ValidationTime = now, now
	r.Pool, r.IsLocalSuperuser = s.Pool, s.Superuser
	r.AuthUserSid, r.AuthUserName, r.Originator = s.SID, s.UserName, s.Originator
	r.RBACPermissions = append([]string{}, s.Permissions...)
	r.ClientCertificate = s.ClientCert
	if s.Subject != "" {
		r.Subject = ref.Subject(s.Subject)
	}
	if s.Parent != "" {
		r.Parent = ref.Session(s.Parent)
	}
	session := newRef()
	_, err := m.DB.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Create(model.Session, session, r.Row())
		return err
	})
	if err != nil {
		return "", err
	}
	m.Log.Debug("session made", "session", TrackID(session), "user", s.UserName, "originator", s.Originator, "pool", s.Pool)
	return session, nil
}

// Destroy ends sessions, durable or local; references that are none are
// ignored. Event calls that wait on them notice.
func (m *Manager) Destroy(ctx context.Context, refs ...string) error {
	const perCommit = 50 // a commit may touch 100 keys
	m.mu.Lock()
	for _, ref := range refs {
		if s, ok := m.local[ref]; ok {
			close(s.ended)
			delete(m.local, ref)
		}
	}
	m.mu.Unlock()
	for len(refs) > 0 {
		part := refs[:min(len(refs), perCommit)]
		refs = refs[len(part):]
		_, err := m.DB.Update(ctx, func(tx *db.Tx) error {
			for _, ref := range part {
				if row, ok := tx.Get(ref); ok && row.Class == model.Session {
					if err := tx.Delete(ref); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, ref := range part {
			m.known.Delete(ref)
			m.Log.Debug("session ended", "session", TrackID(ref))
		}
	}
	return nil
}

// TrackID is what logs show instead of a session reference.
func TrackID(ref string) string {
	sum := md5.Sum([]byte(ref))
	return hex.EncodeToString(sum[:])
}

// newRef makes a reference from a random uuid: 122 bits nobody can guess.
func newRef() string { return "OpaqueRef:" + uuid.NewString() }

// timeForm is how XenAPI writes a date.
const timeForm = "20060102T15:04:05Z"

func formatTime(t time.Time) string { return t.UTC().Format(timeForm) }

// parseTime reads what formatTime wrote; anything else is long ago.
func parseTime(s string) time.Time {
	t, _ := time.Parse(timeForm, s)
	return t
}
