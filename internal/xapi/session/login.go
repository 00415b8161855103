package session

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/request"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// maxName bounds the names a login brings, in bytes; they are kept with the
// session, and by the back-off even if the login fails.
const maxName = 1024

// clientCertRole is what peers get who proved themselves with a certificate.
const clientCertRole = "client-cert"

// LoginWithPassword is session.login_with_password. Local users that come in
// by the local socket as root, or as this service's own uid, need no password.
func (m *Manager) LoginWithPassword(ctx context.Context, user, password, originator string) (string, error) {
	r := request.From(ctx)
	for f, text := range map[*schema.Field]string{field.name: user, field.originator: originator} {
		if len(text) > maxName {
			return "", xerr.New(codes.INVALID_VALUE, f.Name, strings.ToValidUTF8(text[:maxName], ""))
		}
		if err := dbactions.CheckValue(f, text); err != nil {
			return "", err
		}
	}
	spec := Spec{UserName: user, Originator: originator, Superuser: true}
	switch {
	case m.trusted(r.Origin):
	case r.Origin.Transport == request.TransportCert:
		spec.Superuser, spec.ClientCert = false, true
		spec.Permissions = m.rolePermissions(clientCertRole)
	default:
		if coordinator, member := m.Member(); member {
			return "", xerr.New(codes.HOST_IS_SLAVE, coordinator)
		}
		if err := m.authenticate(ctx, user, password); err != nil {
			return "", err
		}
	}
	return m.Create(ctx, spec)
}

// trusted tells whether the client's uid is proof enough.
func (m *Manager) trusted(o *request.Origin) bool {
	return o.Transport == request.TransportLocal && o.HasUID && (o.UID == 0 || o.UID == m.OwnUID)
}

// authenticate checks a password. After a few failures of one user from one
// place the next try has to wait for its turn; one whose turn is too far away
// fails unlooked at.
func (m *Manager) authenticate(ctx context.Context, user, password string) error {
	key := attempt{user, request.From(ctx).Origin.Peer}
	wait, ok := m.backoff.turn(key, m.Now())
	if !ok {
		seconds := int(wait/time.Second) + 1
		return xerr.New(codes.SESSION_AUTHENTICATION_FAILED, user,
			fmt.Sprintf("Authentication failure: too many failed attempts, try again in %d s", seconds))
	}
	if err := sleep(ctx, wait); err != nil {
		return err
	}
	err := m.Users.Verify(ctx, user, password)
	if err == nil {
		m.backoff.succeeded(key)
		return nil
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	m.backoff.failed(key, m.Now())
	m.Log.Warn("login failed", "user", user, "peer", key.peer, "err", err)
	return xerr.Wrap(err, codes.SESSION_AUTHENTICATION_FAILED, user, err.Error())
}

func (m *Manager) rolePermissions(name string) []string {
	for i := range m.Permissions.Roles {
		if m.Permissions.Roles[i].Name == name {
			return m.Permissions.NamesOf(1 << i)
		}
	}
	return nil
}

// LocalLogin makes a superuser's session for somebody on the bus whose uid
// the caller has checked.
func (m *Manager) LocalLogin(ctx context.Context) (string, error) {
	return m.Create(ctx, Spec{UserName: "root", Originator: "bus", Superuser: true})
}

// SlaveLogin is session.slave_login: another host of the pool proves itself
// with the pool secret.
func (m *Manager) SlaveLogin(ctx context.Context, host, secret string) (string, error) {
	if !m.isPoolSecret(secret) {
		return "", xerr.New(codes.SESSION_AUTHENTICATION_FAILED, host, "Pool credentials invalid")
	}
	return m.Create(ctx, Spec{Originator: "xapi", Superuser: true, Pool: true})
}

// SlaveLocalLogin is session.slave_local_login: a session in memory, for hosts
// that cannot reach their database.
func (m *Manager) SlaveLocalLogin(_ context.Context, secret string) (string, error) {
	if !m.isPoolSecret(secret) {
		return "", xerr.New(codes.SESSION_AUTHENTICATION_FAILED, "localhost", "Pool credentials invalid")
	}
	return m.createLocal("")
}

// SlaveLocalLoginWithPassword is the same for a person.
func (m *Manager) SlaveLocalLoginWithPassword(ctx context.Context, user, password string) (string, error) {
	if len(user) > maxName {
		return "", xerr.New(codes.INVALID_VALUE, "uname", strings.ToValidUTF8(user[:maxName], ""))
	}
	if !m.trusted(request.From(ctx).Origin) {
		if err := m.authenticate(ctx, user, password); err != nil {
			return "", err
		}
	}
	return m.createLocal(user)
}

func (m *Manager) isPoolSecret(secret string) bool {
	return len(m.PoolSecret) > 0 && subtle.ConstantTimeCompare([]byte(secret), m.PoolSecret) == 1
}

// maxLocal bounds the sessions in memory; whoever makes them knows a secret,
// but nothing collects them.
const maxLocal = 1000

func (m *Manager) createLocal(user string) (string, error) {
	ref := newRef()
	id := &request.Identity{Session: ref, TrackID: TrackID(ref), Local: true, UserName: user, SubjectRef: request.Null}
	id.Superuser = true
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.local) >= maxLocal {
		return "", xerr.New(codes.INTERNAL_ERROR, "too many local sessions are open")
	}
	m.local[ref] = &localSession{identity: id, ended: make(chan struct{})}
	return ref, nil
}

// ChangePassword is session.change_password: a local superuser gives root
// another password; the old one is not asked for.
func (m *Manager) ChangePassword(ctx context.Context, password string) error {
	id := request.From(ctx).Identity
	if id == nil || !id.Superuser {
		return xerr.New(codes.USER_IS_NOT_LOCAL_SUPERUSER, "only local superusers may change the password")
	}
	if err := m.Passwords.Set("root", password); err != nil {
		return xerr.Wrap(err, codes.CHANGE_PASSWORD_REJECTED, err.Error())
	}
	m.Log.Info("password changed", "user", "root", "session", id.TrackID)
	return nil
}
