package dispatch

import (
	"context"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// Interfaces are those of xapi's root object: the way in for people on the bus,
// and the place where calls go that are no message.
func (d *Dispatcher) Interfaces() []*bus.Interface {
	return []*bus.Interface{xapibus.NewLocalLogin1(localLogin{d}), xapibus.NewExtension1(extension{d})}
}

// MayRead tells whether a peer is one that policy lets see without a session:
// root, or this service's own uid.
func (d *Dispatcher) MayRead(ctx context.Context, c *bus.Call) error {
	cred, err := c.Conn.Credentials(ctx, c.Sender)
	if err != nil {
		return err
	}
	if cred.UID != 0 && cred.UID != d.OwnUID {
		return bus.Errorf(bus.AccessDenied, "only root and the toolstack's own user may do this without a session")
	}
	return nil
}

type localLogin struct{ d *Dispatcher }

// Login implements LocalLogin1.
func (l localLogin) Login(ctx context.Context, c *bus.Call) (string, error) {
	if err := l.d.MayRead(ctx, c); err != nil {
		return "", err
	}
	ref, err := l.d.Sessions.LocalLogin(ctx)
	return ref, l.d.shown("LocalLogin1.Login", err)
}

type extension struct{ d *Dispatcher }

// extensionPermission is what calling an extension needs.
const extensionPermission = "host.call_extension"

// Call implements Extension1: there are no extensions.
func (x extension) Call(ctx context.Context, c *bus.Call, method string) (string, error) {
	if err := x.d.Emergency(); err != nil {
		return "", err
	}
	id, err := x.d.Sessions.Check(x.d.DB.Snapshot(), nil, c.Meta.Session)
	if err != nil {
		return "", err
	}
	if err := x.d.Permissions.Require(id.Subject, extensionPermission); err != nil {
		return "", err
	}
	return "", xerr.New(codes.MESSAGE_METHOD_UNKNOWN, method)
}
