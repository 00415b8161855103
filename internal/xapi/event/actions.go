package event

import (
	"context"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

var _ xapibus.EventActions = (*Engine)(nil)

// From is event.from as one value; see Collect.
func (e *Engine) From(ctx context.Context, classes []string, token string, timeout float64) (map[string]dbus.Variant, error) {
	b, err := e.Collect(ctx, classes, token, timeout)
	if err != nil {
		return nil, err
	}
	return b.Dict(), nil
}

// Inject makes a modification of an object that changes nothing, and returns a
// token from before it. class must be the object's own, to the letter; else
// HANDLE_INVALID.
func (e *Engine) Inject(ctx context.Context, class, ref string) (string, error) {
	rev, err := e.cfg.DB.Update(ctx, func(tx *db.Tx) error {
		row, ok := tx.Get(ref)
		if !ok || row.Class.Name != class {
			return xerr.New(codes.HANDLE_INVALID, class, ref)
		}
		return tx.Touch(ref)
	})
	if err != nil {
		return "", err
	}
	return e.token(position{revision: rev - 1}), nil
}
