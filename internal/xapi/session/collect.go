package session

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
)

// Limits of how many sessions of a kind may be open, and for how long an idle
// one may be. Logging in never fails because of them.
const (
	idleLimit       = 24 * time.Hour
	maxInternal     = 400 // pool sessions
	maxExternal     = 400 // root without originator
	maxByOriginator = 500
	maxByUser       = 500
)

// Collect ends sessions that are idle for too long or too many. Run it every
// 30 s or so.
func (m *Manager) Collect(ctx context.Context) error {
	snap := m.DB.Snapshot()
	m.forget(snap)
	groups := map[string][]*db.Row{}
	limits := map[string]int{}
	for row := range snap.Rows(model.Session) {
		name, limit := groupOf(row)
		limits[name] = limit
		groups[name] = append(groups[name], row)
	}
	var ended []string
	for name, rows := range groups {
		ended = append(ended, m.surplus(snap, rows, limits[name])...)
	}
	if len(ended) > 0 {
		m.Log.Info("ending idle sessions", "count", len(ended))
	}
	return m.Destroy(ctx, ended...)
}

// forget drops what was worked out for sessions that are gone.
func (m *Manager) forget(snap *db.Snapshot) {
	m.known.Range(func(ref, _ any) bool {
		if !snap.Exists(ref.(string)) {
			m.known.Delete(ref)
		}
		return true
	})
}

func groupOf(row *db.Row) (name string, limit int) {
	user, originator := row.Text(field.name), row.Text(field.originator)
	anonymous := user == "" || user == "root"
	switch {
	case row.Bool(field.pool):
		return "internal", maxInternal
	case anonymous && originator == "":
		return "external", maxExternal
	case anonymous:
		return "originator:" + originator, maxByOriginator
	}
	return "username:" + user, maxByUser
}

// surplus lists the sessions of one group that have to go: idle ones beyond
// their time, then the least recently active ones beyond the limit. A session
// with work in progress, its own or that of a session it was made under, stays.
func (m *Manager) surplus(snap *db.Snapshot, rows []*db.Row, limit int) []string {
	slices.SortFunc(rows, func(a, b *db.Row) int {
		return cmp.Compare(a.Text(field.lastActive), b.Text(field.lastActive))
	})
	oldest := formatTime(m.Now().Add(-idleLimit))
	over := len(rows) - limit
	var ended []string
	for _, row := range rows {
		if over <= len(ended) && row.Text(field.lastActive) >= oldest {
			break
		}
		if !m.working(snap, row) {
			ended = append(ended, row.Ref)
		}
	}
	return ended
}

var (
	sessionTasks = model.Session.Field("tasks")
	taskStatus   = model.Task.Field("status")
)

func (m *Manager) working(snap *db.Snapshot, row *db.Row) bool {
	const deepest = 16 // ancestors looked at; a longer chain is a loop or an attack
	for range deepest {
		for _, ref := range snap.Value(row, sessionTasks).([]string) {
			if t, ok := snap.Get(ref); ok && (t.Text(taskStatus) == "pending" || t.Text(taskStatus) == "cancelling") {
				return true
			}
		}
		parent, ok := snap.Get(row.Text(field.parent))
		if !ok || parent.Class != model.Session {
			return false
		}
		row = parent
	}
	return false
}

// ExternalSubjects is session.get_all_subject_identifiers: the identifiers of
// the external users that are logged in, each once, sorted.
func (m *Manager) ExternalSubjects() []string {
	sids := []string{}
	for row := range m.DB.Snapshot().Rows(model.Session) {
		if sid := row.Text(field.sid); sid != "" && !row.Bool(field.superuser) {
			sids = append(sids, sid)
		}
	}
	slices.Sort(sids)
	return slices.Compact(sids)
}

// LogoutSubject is session.logout_subject_identifier: it ends the external
// user's sessions, but never the caller's own nor a superuser's.
func (m *Manager) LogoutSubject(ctx context.Context, own, sid string) error {
	var ended []string
	for row := range m.DB.Snapshot().Rows(model.Session) {
		if sid != "" && row.Text(field.sid) == sid && !row.Bool(field.superuser) && row.Ref != own {
			ended = append(ended, row.Ref)
		}
	}
	return m.Destroy(ctx, ended...)
}
