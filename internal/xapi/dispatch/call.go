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

// A call is one message on its way: admitted, then run.
type call struct {
	*Dispatcher
	bus  *bus.Call
	e    *entry
	args []any
	r    request.Request
}

// admit is what happens before a call has a task: emergency, arguments,
// session, life cycle.
func (d *Dispatcher) admit(ctx context.Context, b *bus.Call, e *entry, args []any) (*call, error) {
	if err := d.Emergency(); err != nil && !e.msg.Emergency {
		return nil, err
	}
	if err := checkArgs(e.msg, args); err != nil {
		return nil, err
	}
	c := &call{Dispatcher: d, bus: b, e: e, args: args}
	c.r = request.Request{Message: e.msg, Name: e.name, Origin: d.origin(ctx, b)}
	if !e.msg.NoSession {
		id, err := d.Sessions.Check(d.DB.Snapshot(), e.msg, b.Meta.Session)
		if err != nil {
			return nil, err
		}
		c.r.Identity = id
	}
	if e.msg.State == schema.Removed {
		return nil, xerr.New(codes.MESSAGE_REMOVED)
	}
	return c, nil
}

// origin is where a call comes from: what the front says of its client, if it
// is the front that says it.
func (d *Dispatcher) origin(ctx context.Context, b *bus.Call) *request.Origin {
	o := b.Meta.Origin
	if o == nil {
		return &request.Origin{Transport: request.TransportBus, Peer: b.Sender}
	}
	cred, err := b.Conn.Credentials(ctx, b.Sender)
	if err != nil || cred.UID != d.FrontUID {
		d.strangers.Do(func() {
			d.Log.Warn("ignoring what a stranger says of a client", "sender", b.Sender, "uid", cred.UID, "err", err)
		})
		return &request.Origin{Transport: request.TransportBus, Peer: b.Sender}
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

// An operation is what a message does, once it may.
type operation func(ctx context.Context) (any, error)

// run runs the operation of a call somebody waits for under its task: one that
// another host made, one of its own, or none.
func (c *call) run(ctx context.Context, op operation) (result any, err error) {
	ctx = request.With(ctx, &c.r)
	c.r.Task = c.givenTask()
	if !c.e.tasks || c.r.Task != "" {
		return c.permitted(ctx, op)
	}
	ctx, task, err := c.Tasks.Begin(ctx, &c.r, false)
	if err != nil {
		return nil, c.shown(c.e.name, err)
	}
	c.r.Task = task
	defer func() { err = c.Tasks.Drop(ctx, task, err) }()
	return c.protect(c.e, func() (any, error) { return c.permitted(ctx, op) })
}

// givenTask is the task a forwarded call runs under. Another host of the pool
// may name any, others their own.
func (c *call) givenTask() string {
	if c.r.Origin.Task == "" || c.r.Identity == nil || !c.Tasks.MayUse(&c.r, c.r.Origin.Task) {
		return ""
	}
	return c.r.Origin.Task
}

// permitted checks the permission and runs the operation.
func (c *call) permitted(ctx context.Context, op operation) (any, error) {
	if !c.e.msg.NoSession {
		if err := c.Permissions.Check(c.r.Subject(), c.e.msg, c.args); err != nil {
			return nil, err
		}
	}
	if c.e.msg.Impl != schema.ImplDB {
		ctx = bus.WithMeta(ctx, onward(c.bus.Meta, &c.r, c.args))
		if c.e.msg.Idempotency == schema.Reads && !c.r.Async {
			return c.interruptible(ctx, op)
		}
	}
	result, err := op(ctx)
	return result, c.shown(c.e.name, err)
}

// interruptible runs a hand-written read, which may wait for long, until the
// dispatcher drains.
func (c *call) interruptible(ctx context.Context, op operation) (any, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(c.open, func() { cancel(errStopping) })()
	result, err := op(ctx)
	if stopped(ctx, err) {
		return nil, bus.Errorf(bus.Draining, "%s", errStopping)
	}
	return result, c.shown(c.e.name, err)
}

// stopped tells whether an operation ended because the toolstack does.
func stopped(ctx context.Context, err error) bool {
	return errors.Is(err, context.Canceled) && errors.Is(context.Cause(ctx), errStopping)
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

// start begins an asynchronous call and returns its task. Whether the caller
// may do it is the task's outcome, not the call's.
func (c *call) start(ctx context.Context) (task string, err error) {
	c.r.Name, c.r.Async = "Async."+c.e.name, true
	if c.r.Origin.Internal {
		c.r.Name = "Internal" + c.r.Name
	}
	select {
	case c.async <- struct{}{}:
	default:
		return "", xerr.New(codes.TOO_MANY_PENDING_TASKS)
	}
	ctx, stop := context.WithCancelCause(context.WithoutCancel(request.With(ctx, &c.r)))
	unhook := context.AfterFunc(c.base, func() { stop(errStopping) })
	end := func() {
		unhook()
		stop(nil)
		<-c.async
	}
	ctx, task, err = c.Tasks.Begin(ctx, &c.r, true)
	if err != nil {
		end()
		return "", c.shown(c.e.name, err)
	}
	c.r.Task = task
	work := func() {
		defer end()
		c.finish(ctx, task)
	}
	if !c.outlive(work) {
		end()
		c.Tasks.Finish(ctx, task, c.e.msg, nil, c.shown(c.e.name, errStopping))
	}
	return task, nil
}

// finish runs an asynchronous call's operation to the end of its task.
func (c *call) finish(ctx context.Context, task string) {
	result, err := c.protect(c.e, func() (any, error) {
		return c.permitted(ctx, func(ctx context.Context) (any, error) { return c.operate(ctx, c.e, c.args) })
	})
	if stopped(ctx, err) {
		err = c.shown(c.e.name, errStopping)
	}
	c.Tasks.Finish(ctx, task, c.e.msg, result, err)
}

// operate runs the operation of a message.
func (d *Dispatcher) operate(ctx context.Context, e *entry, args []any) (any, error) {
	if e.msg.Impl != schema.ImplDB {
		return xapibus.Invoke(ctx, d.Actions(), e.msg, args)
	}
	switch e.msg.Kind {
	case schema.GetRecord:
		return d.record(e.msg.Class, args[0].(string))
	case schema.GetAllRecords, schema.GetAllRecordsWhere:
		if err := d.checkSize(e.msg, args); err != nil {
			return nil, err
		}
	}
	return d.Database(ctx, e.msg, args)
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
