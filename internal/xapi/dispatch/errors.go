package dispatch

import (
	"context"
	"errors"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/store"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// told are failures of our own that a client is told in their own words.
var told = []error{store.ErrReadOnly, store.ErrNoSpace, store.ErrTooBig, db.ErrClosed, errStopping}

// shown is an operation's error as a client may see it, in an answer or in a
// task. What is neither an answer nor one of ours stays in the log.
func (d *Dispatcher) shown(op string, err error) error {
	var answer *xerr.Error
	var refusal *bus.Error
	var lost *xerr.Lost
	switch {
	case err == nil, errors.As(err, &answer), errors.As(err, &refusal), errors.As(err, &lost),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	for _, known := range told {
		if errors.Is(err, known) {
			return xerr.Wrap(err, codes.INTERNAL_ERROR, known.Error())
		}
	}
	d.Log.Error("an operation failed", "op", op, "err", err)
	return xerr.Wrap(err, codes.INTERNAL_ERROR, op+" failed, see the log")
}
