package pool

import (
	"context"
	"slices"

	"github.com/godbus/dbus/v5"
	"github.com/google/uuid"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/xapi/action"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xapi/rbac"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// SecretActions answers the messages of class secret.
type SecretActions struct {
	xapibus.UnimplementedSecret
	*action.Env
}

// Create is secret.create.
func (a *SecretActions) Create(ctx context.Context, args map[string]dbus.Variant) (ref.Secret, error) {
	d, err := dbactions.FromRecord(model.Secret, args)
	if err != nil {
		return "", err
	}
	r, err := a.Add(ctx, d)
	return ref.Secret(r), err
}

// Introduce is secret.introduce: a secret with a uuid others know already.
func (a *SecretActions) Introduce(ctx context.Context, id, value string, otherConfig map[string]string) (ref.Secret, error) {
	d := dbactions.NewDraft(model.Secret).Set("uuid", id).Set("value", value).Set("other_config", otherConfig)
	for _, i := range []int{model.Secret_Value, model.Secret_OtherConfig} {
		if err := dbactions.CheckValue(&model.Secret.Fields[i], d.Values[i]); err != nil {
			return "", err
		}
	}
	if uuid.Validate(id) != nil {
		return "", xerr.New(codes.UUID_INVALID, model.Secret.Name, id)
	}
	r, err := a.Add(ctx, d)
	return ref.Secret(r), err
}

// Destroy is secret.destroy.
func (a *SecretActions) Destroy(ctx context.Context, self ref.Secret) error {
	return a.Delete(ctx, model.Secret, string(self), nil)
}

// UserActions answers the messages of class user, which nothing uses.
type UserActions struct {
	xapibus.UnimplementedUser
	*action.Env
}

// Create is user.create.
func (a *UserActions) Create(ctx context.Context, args map[string]dbus.Variant) (ref.User, error) {
	d, err := dbactions.FromRecord(model.User, args)
	if err != nil {
		return "", err
	}
	r, err := a.Add(ctx, d)
	return ref.User(r), err
}

// Destroy is user.destroy.
func (a *UserActions) Destroy(ctx context.Context, self ref.User) error {
	return a.Delete(ctx, model.User, string(self), nil)
}

// BlobActions answers the messages of class blob.
type BlobActions struct {
	xapibus.UnimplementedBlob
	*action.Env
}

// Create is blob.create.
func (a *BlobActions) Create(ctx context.Context, mimeType string, public bool) (ref.Blob, error) {
	if err := dbactions.CheckValue(&model.Blob.Fields[model.Blob_MimeType], mimeType); err != nil {
		return "", err
	}
	r, err := a.CreateBlob(ctx, mimeType, public)
	return ref.Blob(r), err
}

// Destroy is blob.destroy.
func (a *BlobActions) Destroy(ctx context.Context, self ref.Blob) error {
	return a.Delete(ctx, model.Blob, string(self), nil)
}

// SubjectActions answers the messages of class subject: people and groups of an
// external directory that may log in.
type SubjectActions struct {
	xapibus.UnimplementedSubject
	*action.Env
	Permissions *rbac.Table
}

// Create is subject.create; there is one subject for an identifier.
func (a *SubjectActions) Create(ctx context.Context, args map[string]dbus.Variant) (ref.Subject, error) {
	d, err := dbactions.FromRecord(model.Subject, args)
	if err != nil {
		return "", err
	}
	err = a.Transact(ctx, func(tx *db.Tx) error {
		for row := range tx.Rows(model.Subject) {
			if field.Text(row, model.Subject_SubjectIdentifier) == d.Text("subject_identifier") {
				return xerr.New(codes.SUBJECT_ALREADY_EXISTS)
			}
		}
		return d.Create(tx)
	})
	return ref.Subject(d.Ref), err
}

// Destroy is subject.destroy. The sessions of the subject end.
func (a *SubjectActions) Destroy(ctx context.Context, self ref.Subject) error {
	if err := a.Delete(ctx, model.Subject, string(self), nil); err != nil {
		return err
	}
	var sessions []string
	for session := range a.Read().Rows(model.Session) {
		if field.Text(session, model.Session_Subject) == string(self) {
			sessions = append(sessions, session.Ref)
		}
	}
	return a.DeleteAll(ctx, sessions)
}

// AddToRoles is subject.add_to_roles.
func (a *SubjectActions) AddToRoles(ctx context.Context, self ref.Subject, role ref.Role) error {
	return a.Change(ctx, model.Subject, string(self), func(tx *db.Tx, row *db.Row) error {
		if _, ok := a.Permissions.IsRole(string(role)); !ok {
			return xerr.New(codes.ROLE_NOT_FOUND)
		}
		f := field.Of(row, model.Subject_Roles)
		old := row.Strings(f)
		if slices.Contains(old, string(role)) {
			return xerr.New(codes.ROLE_ALREADY_EXISTS)
		}
		return tx.Set(row.Ref, f, append(slices.Clone(old), string(role)))
	})
}

// RemoveFromRoles is subject.remove_from_roles.
func (a *SubjectActions) RemoveFromRoles(ctx context.Context, self ref.Subject, role ref.Role) error {
	return a.Change(ctx, model.Subject, string(self), func(tx *db.Tx, row *db.Row) error {
		if !slices.Contains(field.Set(tx, row, model.Subject_Roles), string(role)) {
			return xerr.New(codes.ROLE_NOT_FOUND)
		}
		return dbactions.RemoveFromSet(tx, row, field.Of(row, model.Subject_Roles), string(role))
	})
}

// GetPermissionsNameLabel is subject.get_permissions_name_label.
func (a *SubjectActions) GetPermissionsNameLabel(ctx context.Context, self ref.Subject) ([]string, error) {
	row, err := a.Read().Find(model.Subject, string(self))
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, role := range row.Strings(field.Of(row, model.Subject_Roles)) {
		permissions, err := a.Permissions.Actions().GetPermissionsNameLabel(ctx, ref.Role(role))
		if err != nil {
			return nil, err
		}
		names = append(names, permissions...)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
