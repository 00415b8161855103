package dispatch

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/wire"
	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/rbac"
	"github.com/xcp-dbus/xcp/internal/xapi/request"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// call serves a message somebody waits for.
func (d *Dispatcher) call(ctx context.Context, c *bus.Call, e *entry, args []any) (any, error) {
	r, err := d.admit(ctx, c, e, args)
	if err != nil {
		return nil, err
	}
	return d.withTask(ctx, c, r, e, args, func(ctx context.Context) (any, error) { return d.operate(ctx, e, args) })
}

// admit is what happens before a call has a task: its result is the request,
// with who calls.
func (d *Dispatcher) admit(ctx context.Context, c *bus.Call, e *entry, args []any) (*request.Request, error) {
	if err := d.Emergency(); err != nil && !e.msg.Emergency {
		return nil, err
	}
	if err := checkArgs(e.msg, args); err != nil {
		return nil, err
	}
	r := &request.Request{Message: e.msg, Name: e.name, Origin: d.origin(ctx, c)}
	if !e.msg.NoSession {
		id, err := d.Sessions.Check(d.DB.Snapshot(), e.msg, c.Meta.Session)
		if err != nil {
			return nil, err
		}
		r.Identity = id
	}
	if e.msg.State == schema.Removed {
		return nil, xerr.New(codes.MESSAGE_REMOVED)
	}
	return r, nil
}

// origin is where a call comes from: what the front says of its client, if it
// is the front that says it.
func (d *Dispatcher) origin(ctx context.Context, c *bus.Call) *request.Origin {
	o := c.Meta.Origin
	if o == nil {
		return &request.Origin{Transport: request.TransportBus, Peer: c.Sender}
	}
	cred, err := c.Conn.Credentials(ctx, c.Sender)
	if err != nil || cred.UID != d.FrontUID {
		d.strangers.Do(func() {
			d.Log.Warn("ignoring what a stranger says of a client", "sender", c.Sender, "uid", cred.UID, "err", err)
		})
		return &request.Origin{Transport: request.TransportBus, Peer: c.Sender}
	}
	return &request.Origin{
		Transport:   o.Transport,
		Peer:        host(o.Peer),
		UID:         uint32(max(o.UID, 0)),
		HasUID:      o.UID >= 0,
		UserAgent:   o.UserAgent,
		Internal:    o.Internal,
		Task:        o.Task,
		SubtaskOf:   o.SubtaskOf,
		OtherConfig: o.TaskOtherConfig,
	}
}

// withTask runs the operation of a call under its task: one that another host
// made, one of its own, or none.
func (d *Dispatcher) withTask(ctx context.Context, c *bus.Call, r *request.Request, e *entry, args []any,
	op func(context.Context) (any, error),
) (result any, err error) {
	ctx = request.With(ctx, r)
	r.Task = d.givenTask(r)
	if !e.tasks || r.Task != "" {
		return d.permitted(ctx, c, r, e, args, op)
	}
	ctx, task, err := d.Tasks.Begin(ctx, r, false)
	if err != nil {
		return nil, d.shown(e.name, err)
	}
	r.Task = task
	defer func() { err = d.Tasks.Drop(ctx, task, err) }()
	return d.protect(e, func() (any, error) { return d.permitted(ctx, c, r, e, args, op) })
}

// givenTask is the task a forwarded call runs under. Another host of the pool
// may name any, others their own.
func (d *Dispatcher) givenTask(r *request.Request) string {
	if r.Origin.Task == "" || r.Identity == nil || !d.Tasks.MayUse(r, r.Origin.Task) {
		return ""
	}
	return r.Origin.Task
}

// permitted checks the permission and runs the operation.
func (d *Dispatcher) permitted(ctx context.Context, c *bus.Call, r *request.Request, e *entry, args []any,
	op func(context.Context) (any, error),
) (any, error) {
	if !e.msg.NoSession {
		if err := d.Permissions.Check(r.Subject(), e.msg, args); err != nil {
			return nil, err
		}
	}
	if e.msg.Impl == schema.ImplDB {
		result, err := op(ctx)
		return result, d.shown(e.name, err)
	}
	ctx = bus.WithMeta(ctx, onward(c.Meta, r, args))
	if e.msg.Idempotency == schema.Reads && !r.Async {
		return d.interruptible(ctx, e, op)
	}
	result, err := op(ctx)
	return result, d.shown(e.name, err)
}

// interruptible runs a hand-written read, which may wait for long, until the
// dispatcher drains.
func (d *Dispatcher) interruptible(ctx context.Context, e *entry, op func(context.Context) (any, error)) (any, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(d.open, func() { cancel(errStopping) })()
	result, err := op(ctx)
	if err != nil && errors.Is(context.Cause(ctx), errStopping) && errors.Is(err, context.Canceled) {
		return nil, bus.Errorf(bus.Draining, "%s", errStopping)
	}
	return result, d.shown(e.name, err)
}

// onward is what the services below learn of a call. What the caller said of
// subject and roles is not among it.
func onward(m *bus.Meta, r *request.Request, args []any) *bus.Meta {
	next := *m
	next.Task = r.Task
	next.Permission = rbac.PermissionFor(r.Message, args)
	next.Subject, next.Roles = "", nil
	if r.Identity != nil {
		next.Subject = r.Identity.UserName
	}
	return &next
}

// operate runs the operation of a message.
func (d *Dispatcher) operate(ctx context.Context, e *entry, args []any) (any, error) {
	switch e.msg.Impl {
	case schema.ImplDB:
		switch e.msg.Kind {
		case schema.GetRecord:
			return d.record(e.msg.Class, args[0].(string))
		case schema.GetAllRecords, schema.GetAllRecordsWhere:
			if err := d.checkSize(e.msg, args); err != nil {
				return nil, err
			}
		}
		return d.Database(ctx, e.msg, args)
	case schema.ImplCustom:
		return xapibus.Invoke(ctx, d.Actions(), e.msg, args)
	}
	return nil, xerr.New(codes.NOT_IMPLEMENTED, e.name)
}

// record answers get_record with the bytes kept with the row.
func (d *Dispatcher) record(c *schema.Class, ref string) (any, error) {
	snap := d.DB.Snapshot()
	row, err := snap.Find(c, ref)
	if err != nil {
		return nil, err
	}
	return wire.Entries(snap.Encoded(row)), nil
}

// protect turns a panic of an operation into its error, so that its task ends.
func (d *Dispatcher) protect(e *entry, op func() (any, error)) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			d.Log.Error("an operation panicked", "op", e.name, "panic", p, "stack", string(debug.Stack()))
			result, err = nil, xerr.New(codes.INTERNAL_ERROR, fmt.Sprintf("%s failed, see the log", e.name))
		}
	}()
	return op()
}

// callAsync starts a message and returns its task. Whether the caller may do it
// is the task's outcome, not the call's.
func (d *Dispatcher) callAsync(ctx context.Context, c *bus.Call, e *entry, args []any) (string, error) {
	r, err := d.admit(ctx, c, e, args)
	if err != nil {
		return "", err
	}
	r.Name, r.Async = "Async."+e.name, true
	if r.Origin.Internal {
		r.Name = "Internal" + r.Name
	}
	select {
	case d.async <- struct{}{}:
	default:
		return "", xerr.New(codes.TOO_MANY_PENDING_TASKS)
	}
	work, stop := context.WithCancelCause(context.WithoutCancel(request.With(ctx, r)))
	unhook := context.AfterFunc(d.base, func() { stop(errStopping) })
	end := func() {
		unhook()
		stop(nil)
		<-d.async
	}
	work, task, err := d.Tasks.Begin(work, r, true)
	if err != nil {
		end()
		return "", d.shown(e.name, err)
	}
	r.Task = task
	started := d.start(func() {
		defer end()
		result, err := d.protect(e, func() (any, error) {
			return d.permitted(work, c, r, e, args, func(ctx context.Context) (any, error) { return d.operate(ctx, e, args) })
		})
		if errors.Is(err, context.Canceled) && errors.Is(context.Cause(work), errStopping) {
			err = d.shown(e.name, errStopping)
		}
		d.Tasks.Finish(work, task, e.msg, result, err)
	})
	if !started {
		end()
		d.Tasks.Finish(work, task, e.msg, nil, d.shown(e.name, errStopping))
	}
	return task, nil
}
