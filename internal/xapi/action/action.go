// Package action holds what the custom actions of all classes share: the
// environment they run in, and changes of one object's fields with the checks
// the plain messages have. The class family packages embed Env in their
// actions.
package action

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/store"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xapi/operations"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// Env is what actions run in. It is made once and shared.
type Env struct {
	DB   *db.DB
	Host string // reference of this host
	Now  func() time.Time
}

// Stamp is the present as XenAPI writes it.
func (e *Env) Stamp() string { return Stamp(e.Now()) }

// Stamp is a point in time as XenAPI writes it.
func Stamp(t time.Time) string { return t.UTC().Format("20060102T15:04:05Z") }

// Read is the newest published state.
func (e *Env) Read() *db.Snapshot { return e.DB.Snapshot() }

// Transact runs one transaction. A record that has grown too large for the store
// is INVALID_VALUE.
func (e *Env) Transact(ctx context.Context, fn func(tx *db.Tx) error) error {
	_, err := e.DB.Update(ctx, fn)
	if errors.Is(err, store.ErrTooBig) {
		return xerr.Wrap(err, codes.INVALID_VALUE, "record", "the change is larger than the database stores at once")
	}
	return err
}

// Change runs one transaction on one object and computes its allowed operations
// anew; an unknown reference is HANDLE_INVALID.
func (e *Env) Change(ctx context.Context, c *schema.Class, ref string, fn func(tx *db.Tx, row *db.Row) error) error {
	return e.Transact(ctx, func(tx *db.Tx) error {
		row, err := tx.Find(c, ref)
		if err != nil {
			return err
		}
		if err := fn(tx, row); err != nil {
			return err
		}
		return operations.Refresh(tx, ref)
	})
}

// Set gives one field of an object a value, checked as the plain setters do.
func (e *Env) Set(ctx context.Context, c *schema.Class, ref string, i int, v any) error {
	if err := dbactions.CheckValue(&c.Fields[i], v); err != nil {
		return err
	}
	return e.Change(ctx, c, ref, func(tx *db.Tx, row *db.Row) error { return SetChecked(tx, row, i, v) })
}

// SetChecked is Set inside a transaction, for a value whose text was checked.
func SetChecked(tx *db.Tx, row *db.Row, i int, v any) error {
	if err := dbactions.CheckRefs(tx, field.Of(row, i), v); err != nil {
		return err
	}
	return tx.Set(row.Ref, field.Of(row, i), v)
}

// AddTo adds an entry to a map of texts; a key that is there is
// MAP_DUPLICATE_KEY.
func (e *Env) AddTo(ctx context.Context, c *schema.Class, ref string, i int, key, value string) error {
	f := &c.Fields[i]
	if err := dbactions.CheckValue(f, map[string]string{key: value}); err != nil {
		return err
	}
	return e.Change(ctx, c, ref, func(tx *db.Tx, row *db.Row) error { return dbactions.AddToMap(tx, row, f, key, value) })
}

// RemoveFrom removes an entry from a map of texts, if it is there.
func (e *Env) RemoveFrom(ctx context.Context, c *schema.Class, ref string, i int, key string) error {
	return e.Change(ctx, c, ref, func(tx *db.Tx, row *db.Row) error { return dbactions.RemoveFromMap(tx, row, &c.Fields[i], key) })
}

// AddMember adds a member to a set, if it is not there.
func (e *Env) AddMember(ctx context.Context, c *schema.Class, ref string, i int, member any) error {
	return e.Change(ctx, c, ref, func(tx *db.Tx, row *db.Row) error { return dbactions.AddToSet(tx, row, &c.Fields[i], member) })
}

// RemoveMember removes a member from a set, if it is there.
func (e *Env) RemoveMember(ctx context.Context, c *schema.Class, ref string, i int, member any) error {
	return e.Change(ctx, c, ref, func(tx *db.Tx, row *db.Row) error { return dbactions.RemoveFromSet(tx, row, &c.Fields[i], member) })
}

// Add writes a draft after checking its references, and computes the allowed
// operations of it and of the rows named in also.
func (e *Env) Add(ctx context.Context, d *dbactions.Draft, also ...string) (string, error) {
	err := e.Transact(ctx, func(tx *db.Tx) error {
		if err := d.CheckRefs(tx); err != nil {
			return err
		}
		if err := d.Create(tx); err != nil {
			return err
		}
		return operations.Refresh(tx, append(also, d.Ref)...)
	})
	return d.Ref, err
}

// Delete removes an object after a check.
func (e *Env) Delete(ctx context.Context, c *schema.Class, ref string, check func(tx *db.Tx, row *db.Row) error) error {
	return e.Transact(ctx, func(tx *db.Tx) error {
		row, err := tx.Find(c, ref)
		if err != nil {
			return err
		}
		if check != nil {
			if err := check(tx, row); err != nil {
				return err
			}
		}
		return tx.Delete(ref)
	})
}

// DeleteIfThere removes a row that others own parts of; null and dangling
// references are passed over.
func DeleteIfThere(tx *db.Tx, refs ...string) error {
	for _, ref := range refs {
		if !tx.Exists(ref) {
			continue
		}
		if err := tx.Delete(ref); err != nil {
			return err
		}
	}
	return nil
}

// deleteChunk is how many rows DeleteAll removes at once: each may change two
// others, and a commit takes a hundred.
const deleteChunk = 30

// DeleteAll removes rows in as many transactions as it takes; those that are
// gone already are passed over.
func (e *Env) DeleteAll(ctx context.Context, refs []string) error {
	for chunk := range slices.Chunk(refs, deleteChunk) {
		if err := e.Transact(ctx, func(tx *db.Tx) error { return DeleteIfThere(tx, chunk...) }); err != nil {
			return err
		}
	}
	return nil
}

// NewBlob makes a blob and names it in the blobs of an object, whose field has
// index i.
func (e *Env) NewBlob(ctx context.Context, c *schema.Class, ref string, i int, name, mime string, public bool) (string, error) {
	d := e.blob(mime, public).Set("name_label", name)
	f := &c.Fields[i]
	if err := dbactions.CheckValue(d.Class.Field("name_label"), name); err != nil {
		return "", err
	}
	if err := dbactions.CheckKey(f, name); err != nil {
		return "", err
	}
	err := e.Change(ctx, c, ref, func(tx *db.Tx, row *db.Row) error {
		if err := d.Create(tx); err != nil {
			return err
		}
		return dbactions.AddToMap(tx, row, f, name, d.Ref)
	})
	return d.Ref, err
}

// CreateBlob makes a blob that belongs to no object.
func (e *Env) CreateBlob(ctx context.Context, mime string, public bool) (string, error) {
	return e.Add(ctx, e.blob(mime, public))
}

func (e *Env) blob(mime string, public bool) *dbactions.Draft {
	if mime == "" {
		mime = "application/octet-stream"
	}
	return dbactions.NewDraft(model.Blob).Set("mime_type", mime).Set("public", public).Set("last_updated", e.Stamp())
}

// Pool is the pool's row.
func Pool(r db.Reader) (*db.Row, error) {
	for row := range r.Rows(model.Pool) {
		return row, nil
	}
	return nil, errors.New("the database has no pool")
}
