package session

import (
	"context"

	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/xapi/request"
)

// Actions are the hand-written messages of class session.
type Actions struct {
	xapibus.UnimplementedSession
	m *Manager
}

var _ xapibus.SessionActions = Actions{}

// Actions returns the messages of class session.
func (m *Manager) Actions() Actions { return Actions{m: m} }

// LoginWithPassword is session.login_with_password. The version is ignored.
func (a Actions) LoginWithPassword(ctx context.Context, uname, pwd, _, originator string) (ref.Session, error) {
	s, err := a.m.LoginWithPassword(ctx, uname, pwd, originator)
	return ref.Session(s), err
}

// Logout is session.logout.
func (a Actions) Logout(ctx context.Context) error {
	return a.m.Destroy(ctx, request.From(ctx).SessionRef())
}

// LocalLogout is session.local_logout.
func (a Actions) LocalLogout(ctx context.Context) error { return a.Logout(ctx) }

// ChangePassword is session.change_password. The old password is not checked:
// the session is proof enough.
func (a Actions) ChangePassword(ctx context.Context, _, newPwd string) error {
	return a.m.ChangePassword(ctx, newPwd)
}

// SlaveLogin is session.slave_login.
func (a Actions) SlaveLogin(ctx context.Context, host ref.Host, psecret string) (ref.Session, error) {
	s, err := a.m.SlaveLogin(ctx, string(host), psecret)
	return ref.Session(s), err
}

// SlaveLocalLogin is session.slave_local_login.
func (a Actions) SlaveLocalLogin(ctx context.Context, psecret string) (ref.Session, error) {
	s, err := a.m.SlaveLocalLogin(ctx, psecret)
	return ref.Session(s), err
}

// SlaveLocalLoginWithPassword is session.slave_local_login_with_password.
func (a Actions) SlaveLocalLoginWithPassword(ctx context.Context, uname, pwd string) (ref.Session, error) {
	s, err := a.m.SlaveLocalLoginWithPassword(ctx, uname, pwd)
	return ref.Session(s), err
}

// GetAllSubjectIdentifiers is session.get_all_subject_identifiers.
func (a Actions) GetAllSubjectIdentifiers(context.Context) ([]string, error) {
	return a.m.ExternalSubjects(), nil
}

// LogoutSubjectIdentifier is session.logout_subject_identifier.
func (a Actions) LogoutSubjectIdentifier(ctx context.Context, subjectIdentifier string) error {
	return a.m.LogoutSubject(ctx, request.From(ctx).SessionRef(), subjectIdentifier)
}
