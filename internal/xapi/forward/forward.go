package forward

import (
	"context"
	"errors"
	"fmt"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/request"
	"github.com/xcp-dbus/xcp/internal/xapi/safety"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// A Remote is a session on another host of the pool.
type Remote interface {
	xapibus.Transport
	// Close logs out and lets the connection go.
	Close(ctx context.Context)
}

// Config is what forwarding needs.
type Config struct {
	DB   *db.DB
	Here ref.Host // this host
	// Dial logs in to the host at an address of the pool, as the host Here. Its
	// error, unless it is an *xerr.Error, means that the host cannot be reached.
	Dial func(ctx context.Context, address string) (Remote, error)
	// Safety refuses what must not happen to this machine.
	Safety safety.Config
}

// A Forwarder takes messages to the hosts they belong on. It is an
// xapibus.Transport: the client made over it has every message's forward
// operation, found by the contract's Runs.
type Forwarder struct {
	cfg   Config
	local *xapibus.CustomActions
}

// New returns the forward operations over the local ones. A class that needs
// more than a choice of host replaces its member with a type that embeds it.
func New(cfg Config, local *xapibus.CustomActions) *xapibus.CustomActions {
	return xapibus.NewClient(&Forwarder{cfg: cfg, local: local})
}

// Call implements xapibus.Transport.
func (f *Forwarder) Call(ctx context.Context, m *schema.Message, args []any) (result any, err error) {
	host, err := place(f.cfg.DB.Snapshot(), f.cfg.Here, m, args)
	if err != nil {
		return nil, err
	}
	err = f.DoOpOn(ctx, host, func(ctx context.Context, on *xapibus.CustomActions) (err error) {
		if on == f.local {
			if err := f.cfg.Safety.Check(m); err != nil {
				return err
			}
		}
		result, err = xapibus.Invoke(ctx, on, m, args)
		return err
	})
	return result, err
}

// DoOpOn runs an operation on a host: here with the local actions if it is this
// one, or "" or no known host, else over a session on the other host and
// under the same task.
//
// Errors: HOST_OFFLINE if the host is known to be dead, CANNOT_CONTACT_HOST if
// it does not answer, else the operation's own.
func (f *Forwarder) DoOpOn(ctx context.Context, host ref.Host, op func(context.Context, *xapibus.CustomActions) error) error {
	snap := f.cfg.DB.Snapshot()
	row, err := snap.Find(model.Host, string(host))
	if host == f.cfg.Here || err != nil {
		return op(ctx, f.local)
	}
	if !live(snap, row) {
		return xerr.New(codes.HOST_OFFLINE, string(host))
	}
	if err := f.markForwarded(ctx, host); err != nil {
		return fmt.Errorf("cannot note that the task was forwarded: %w", err)
	}
	remote, err := f.cfg.Dial(ctx, row.Text(&model.Host.Fields[model.Host_Address]))
	if err != nil {
		return unreachable(host, err)
	}
	defer remote.Close(context.WithoutCancel(ctx))
	return unreachable(host, op(ctx, xapibus.NewClient(remote)))
}

// live tells whether a host's metrics say that it lives.
func live(snap db.Reader, host *db.Row) bool {
	metrics, ok := snap.Get(host.Text(&model.Host.Fields[model.Host_Metrics]))
	return ok && metrics.Class == model.HostMetrics && metrics.Bool(&model.HostMetrics.Fields[model.HostMetrics_Live])
}

// unreachable turns everything that is no answer of the host into
// CANNOT_CONTACT_HOST.
func unreachable(host ref.Host, err error) error {
	var answer *xerr.Error
	if err == nil || errors.As(err, &answer) {
		return err
	}
	return xerr.Wrap(err, codes.CANNOT_CONTACT_HOST, string(host))
}

// markForwarded notes on the call's task, if it has one, where it went.
func (f *Forwarder) markForwarded(ctx context.Context, host ref.Host) error {
	task := request.From(ctx).Task
	if task == "" {
		return nil
	}
	_, err := f.cfg.DB.Update(ctx, func(tx *db.Tx) error {
		if _, ok := tx.Get(task); !ok {
			return nil // destroyed meanwhile: nothing to note
		}
		fields := model.Task.Fields
		for i, v := range map[int]any{
			model.Task_Forwarded:   true,
			model.Task_ForwardedTo: string(host),
			model.Task_ResidentOn:  string(host),
		} {
			if err := tx.Set(task, &fields[i], v); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}
