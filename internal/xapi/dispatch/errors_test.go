package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/store"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

func TestShown(t *testing.T) {
	d := &Dispatcher{Options: Options{Log: slog.New(slog.DiscardHandler)}}
	for _, same := range []error{
		nil, xerr.New("HANDLE_INVALID", "VM", "x"), bus.Errorf(bus.Busy, "later"), &xerr.Lost{Op: "x", Err: errors.New("y")},
		fmt.Errorf("cannot wait: %w", context.Canceled),
	} {
		if got := d.shown("VM.start", same); got != same {
			t.Errorf("%v became %v", same, got)
		}
	}
	for err, text := range map[error]string{
		fmt.Errorf("cannot write: %w", store.ErrNoSpace):  "no space left for the database",
		fmt.Errorf("cannot write: %w", store.ErrReadOnly): store.ErrReadOnly.Error(),
		errors.New("password=secret"):                     "VM.start failed, see the log",
	} {
		e := xerr.From(d.shown("VM.start", err))
		if e.Code != "INTERNAL_ERROR" || len(e.Params) != 1 || e.Params[0] != text {
			t.Errorf("%v is shown as %v", err, e)
		}
	}
}
