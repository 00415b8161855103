package task

import (
	"context"
	"maps"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/wiremap"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/request"
)

// anyTask is the permission to change the tasks of others.
const anyTask = "task.destroy/any"

// Actions are the messages of class task. All that change a task are for those
// whose task it is, and for holders of task.destroy/any.
type Actions struct{ m *Manager }

var _ xapibus.TaskActions = Actions{}

// Actions returns the messages of class task.
func (m *Manager) Actions() Actions { return Actions{m} }

// own finds a task the caller may change.
func (m *Manager) own(r *request.Request, reader db.Reader, task string) (*db.Row, error) {
	row, err := reader.Find(model.Task, task)
	if err != nil {
		return nil, err
	}
	if r.Task == task || sameUser(r, reader, row.Text(field(model.Task_Session))) {
		return row, nil
	}
	return row, m.Permissions.Require(r.Subject(), anyTask)
}

// MayUse tells whether a call may run under a task that is there already:
// another host of the pool under any, others under their own.
func (m *Manager) MayUse(r *request.Request, task string) bool {
	snap := m.DB.Snapshot()
	row, ok := snap.Get(task)
	if !ok || row.Class != model.Task || Completed(row) {
		return false
	}
	return r.Identity != nil && r.Identity.Superuser || sameUser(r, snap, row.Text(field(model.Task_Session)))
}

// sameUser tells whether a session is the caller's or another one of the same
// external user.
func sameUser(r *request.Request, reader db.Reader, session string) bool {
	if r.Identity == nil || session == request.Null {
		return false
	}
	if session == r.Identity.Session {
		return true
	}
	row, ok := reader.Get(session)
	return ok && row.Class == model.Session && r.Identity.SID != "" &&
		row.Text(&model.Session.Fields[model.Session_AuthUserSid]) == r.Identity.SID
}

// change runs one change of a task the caller may change.
func (a Actions) change(ctx context.Context, task ref.Task, fn func(tx *db.Tx, row *db.Row) error) error {
	r := request.From(ctx)
	_, err := a.m.DB.Update(ctx, func(tx *db.Tx) error {
		row, err := a.m.own(r, tx, string(task))
		if err != nil {
			return err
		}
		return fn(tx, row)
	})
	return dbactions.Bounded(err, "task")
}

// Create is task.create: a task whose work and outcome are the client's.
func (a Actions) Create(ctx context.Context, label, description string) (ref.Task, error) {
	for f, text := range map[int]string{model.Task_NameLabel: label, model.Task_NameDescription: description} {
		if err := dbactions.CheckValue(field(f), text); err != nil {
			return "", err
		}
	}
	r := request.From(ctx)
	row := a.m.record(label, r.SessionRef())
	row.NameDescription = description
	maps.Copy(row.OtherConfig, r.Origin.OtherConfig)
	task := dbactions.NewRef()
	_, err := a.m.DB.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Create(model.Task, task, row.Row())
		return err
	})
	return ref.Task(task), dbactions.Bounded(err, "label")
}

// Destroy is task.destroy. A pending task goes when it is done.
func (a Actions) Destroy(ctx context.Context, self ref.Task) error {
	return a.change(ctx, self, func(tx *db.Tx, row *db.Row) error {
		if Completed(row) {
			return tx.Delete(row.Ref)
		}
		return operation(tx, row, "task", "destroy")
	})
}

// operation enters something that is being done to a task.
func operation(tx *db.Tx, row *db.Row, key, what string) error {
	current := row.Map(field(model.Task_CurrentOperations))
	return set(tx, row.Ref, change{model.Task_CurrentOperations, dbactions.WithKey(current, key, what)})
}

// Cancel is task.cancel on the host that does the work. Work that cannot be
// interrupted goes on: that is no error.
func (a Actions) Cancel(ctx context.Context, task ref.Task) error {
	r := request.From(ctx)
	err := a.change(ctx, task, func(tx *db.Tx, row *db.Row) error {
		if Completed(row) {
			return nil
		}
		return operation(tx, row, r.TaskRef(), "cancel")
	})
	if err == nil {
		a.m.abort(string(task))
	}
	return err
}

// SetStatus is task.set_status. A task has one outcome: what comes after the
// first is ignored.
func (a Actions) SetStatus(ctx context.Context, self ref.Task, value string) error {
	return a.change(ctx, self, func(tx *db.Tx, row *db.Row) error {
		if Completed(row) {
			return nil
		}
		if value != model.TaskStatusType_Pending && value != model.TaskStatusType_Cancelling {
			if err := set(tx, row.Ref, change{model.Task_Finished, a.m.now()}, change{model.Task_AllowedOperations, []string{}}); err != nil {
				return err
			}
		}
		return set(tx, row.Ref, change{model.Task_Status, value})
	})
}

// SetProgress is task.set_progress.
func (a Actions) SetProgress(ctx context.Context, self ref.Task, value float64) error {
	return a.set(ctx, self, change{model.Task_Progress, value})
}

// SetResult is task.set_result.
func (a Actions) SetResult(ctx context.Context, self ref.Task, value string) error {
	return a.set(ctx, self, change{model.Task_Result, value})
}

// SetErrorInfo is task.set_error_info.
func (a Actions) SetErrorInfo(ctx context.Context, self ref.Task, value []string) error {
	return a.set(ctx, self, change{model.Task_ErrorInfo, value})
}

func (a Actions) set(ctx context.Context, task ref.Task, c change) error {
	if err := dbactions.CheckValue(field(c.field), c.value); err != nil {
		return err
	}
	return a.change(ctx, task, func(tx *db.Tx, row *db.Row) error { return set(tx, row.Ref, c) })
}

// AddToOtherConfig is task.add_to_other_config.
func (a Actions) AddToOtherConfig(ctx context.Context, self ref.Task, key, value string) error {
	if err := dbactions.CheckKey(field(model.Task_OtherConfig), key); err != nil {
		return err
	}
	return a.change(ctx, self, func(tx *db.Tx, row *db.Row) error {
		return dbactions.AddToMap(tx, row, field(model.Task_OtherConfig), key, value)
	})
}

// RemoveFromOtherConfig is task.remove_from_other_config.
func (a Actions) RemoveFromOtherConfig(ctx context.Context, self ref.Task, key string) error {
	return a.change(ctx, self, func(tx *db.Tx, row *db.Row) error {
		return dbactions.RemoveFromMap(tx, row, field(model.Task_OtherConfig), key)
	})
}

// SetOtherConfig is task.set_other_config. Keys that have rules of their own are
// checked one by one.
func (a Actions) SetOtherConfig(ctx context.Context, self ref.Task, value map[string]string) error {
	f := field(model.Task_OtherConfig)
	if err := dbactions.CheckValue(f, value); err != nil {
		return err
	}
	subject := request.From(ctx).Subject()
	return a.change(ctx, self, func(tx *db.Tx, row *db.Row) error {
		if err := a.m.Permissions.CheckMapChange(subject, addToOtherConfig, row.Map(f), value); err != nil {
			return err
		}
		return tx.Set(row.Ref, f, value)
	})
}

// addToOtherConfig has the rules for single keys.
var addToOtherConfig = func() *schema.Message {
	m, _ := wiremap.Lookup("task.add_to_other_config")
	return m
}()
