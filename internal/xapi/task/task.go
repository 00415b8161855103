// Package task keeps the rows of class task and the work behind them. Mine:
// making, finishing, cancelling and collecting tasks, and the messages of the
// class. Not mine: which calls have a task, and what they do (dispatch).
//
// The task of a call that somebody waits for is a row in memory, gone when the
// call returns; that of an asynchronous call is durable. Work ends with its
// task, and a task with its process: what a dead process left pending ends as a
// failure when the next one starts.
package task

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"sync"
	"time"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/rpc/typed"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/store"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/rbac"
	"github.com/xcp-dbus/xcp/internal/xapi/request"
	"github.com/xcp-dbus/xcp/internal/xerr"
	"github.com/xcp-dbus/xcp/internal/xmlrpc"
)

// Options are what a Manager works with; Log and Now may be nil.
type Options struct {
	DB          *db.DB
	Permissions *rbac.Table
	Host        func() string // reference of this host
	Log         *slog.Logger
	Now         func() time.Time
}

// A Manager is safe for concurrent use.
type Manager struct {
	Options

	mu      sync.Mutex // guards running
	running map[string]context.CancelCauseFunc
	pending map[string]float64 // progress of pending tasks at the last collection; the collector's own
}

// New makes a Manager.
func New(o Options) *Manager {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Manager{Options: o, running: map[string]context.CancelCauseFunc{}, pending: map[string]float64{}}
}

func field(i int) *schema.Field { return &model.Task.Fields[i] }

// errCancelled is why the context of a cancelled task ended.
var errCancelled = errors.New("the task was cancelled")

// Begin makes the task of a call and returns the context its work runs under,
// which ends when the task is cancelled, and the task's reference. durable says
// that nobody waits for the call: then the task outlives it.
func (m *Manager) Begin(ctx context.Context, r *request.Request, durable bool) (context.Context, string, error) {
	row := m.record(r.Name, r.SessionRef())
	row.Externalpid = int64(os.Getpid())
	maps.Copy(row.OtherConfig, r.Origin.OtherConfig)
	task := dbactions.NewRef()
	work, cancel := context.WithCancelCause(ctx)
	m.mu.Lock()
	m.running[task] = cancel
	m.mu.Unlock()
	_, err := m.DB.Update(ctx, func(tx *db.Tx) error {
		if parent, ok := tx.Get(r.Origin.SubtaskOf); ok && parent.Class == model.Task {
			row.SubtaskOf = ref.Task(parent.Ref)
		}
		make := tx.CreateMemory
		if durable {
			make = tx.Create
		}
		_, err := make(model.Task, task, row.Row())
		return err
	})
	if err != nil {
		_ = m.stop(work, task, nil)
		return nil, "", err
	}
	return work, task, nil
}

func (m *Manager) record(name, session string) model.TaskRecord {
	row := model.NewTaskRecord()
	row.UUID = dbactions.NewUUID()
	row.NameLabel = name
	row.Created = m.now()
	row.Session = ref.Session(session)
	row.ResidentOn = ref.Host(m.Host())
	row.Externalpid, row.Stunnelpid = -1, -1
	row.Type = "<none/>"
	row.SubtaskOf = ref.Null
	return row
}

func (m *Manager) now() string { return m.Now().UTC().Format("20060102T15:04:05Z") }

// Drop ends the task of a call somebody waited for. It says what the call's
// error is: TASK_CANCELLED if that is why the work ended.
func (m *Manager) Drop(ctx context.Context, task string, err error) error {
	err = m.stop(ctx, task, err)
	_, dropErr := m.DB.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		if !tx.Exists(task) {
			return nil
		}
		return tx.Delete(task)
	})
	if dropErr != nil {
		m.Log.Warn("cannot remove the task of a finished call", "task", task, "err", dropErr)
	}
	return err
}

// stop forgets the work of a task and names its error.
func (m *Manager) stop(ctx context.Context, task string, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errCancelled) && !isAnswer(err) {
		err = xerr.Wrap(err, codes.TASK_CANCELLED, task)
	}
	m.mu.Lock()
	cancel := m.running[task]
	delete(m.running, task)
	m.mu.Unlock()
	if cancel != nil {
		cancel(nil)
	}
	return err
}

func isAnswer(err error) bool {
	var e *xerr.Error
	return errors.As(err, &e)
}

// Finish ends the task of an asynchronous call with its result, which is of the
// message's type, or its error.
func (m *Manager) Finish(ctx context.Context, task string, msg *schema.Message, result any, err error) {
	err = m.stop(ctx, task, err)
	text := ""
	if err == nil {
		text, err = render(msg, result)
	}
	ctx = context.WithoutCancel(ctx)
	writeErr := m.complete(ctx, task, text, err)
	if errors.Is(writeErr, store.ErrTooBig) {
		writeErr = m.complete(ctx, task, "", xerr.New(codes.INTERNAL_ERROR, "the result is larger than the database stores"))
	}
	if writeErr != nil {
		m.Log.Error("cannot write the outcome of a task", "task", task, "err", writeErr)
	}
}

// render writes a result as XML-RPC, which tasks hold whatever the client
// speaks.
func render(msg *schema.Message, result any) (string, error) {
	var e xmlrpc.Encoder
	if err := typed.Classes(model.ClassByName).Encode(&e, msg.Result, result); err != nil {
		return "", err
	}
	return string(e.Buffer()), nil
}

func (m *Manager) complete(ctx context.Context, task, result string, err error) error {
	_, updateErr := m.DB.Update(ctx, func(tx *db.Tx) error {
		row, ok := tx.Get(task)
		if !ok || row.Class != model.Task || Completed(row) {
			return nil
		}
		return m.outcome(tx, task, result, err)
	})
	return updateErr
}

// A change is one field of a task and its new value.
type change struct {
	field int
	value any
}

// outcome writes the end of a task, in the order the reference does.
func (m *Manager) outcome(tx *db.Tx, task, result string, err error) error {
	none := []string{}
	var changes []change
	switch e := xerr.From(err); {
	case err == nil:
		changes = []change{
			{model.Task_AllowedOperations, none},
			{model.Task_Finished, m.now()},
			{model.Task_Progress, 1.0},
			{model.Task_Result, result},
			{model.Task_Status, model.TaskStatusType_Success},
		}
	case e.Code == codes.TASK_CANCELLED:
		changes = []change{
			{model.Task_Progress, 1.0},
			{model.Task_Finished, m.now()},
			{model.Task_Status, model.TaskStatusType_Cancelled},
			{model.Task_AllowedOperations, none},
			{model.Task_ErrorInfo, errorInfo(e)},
		}
	default:
		changes = []change{
			{model.Task_Progress, 1.0},
			{model.Task_ErrorInfo, errorInfo(e)},
			{model.Task_Finished, m.now()},
			{model.Task_AllowedOperations, none},
			{model.Task_Status, model.TaskStatusType_Failure},
		}
	}
	return set(tx, task, changes...)
}

func set(tx *db.Tx, task string, changes ...change) error {
	for _, c := range changes {
		if err := tx.Set(task, field(c.field), c.value); err != nil {
			return err
		}
	}
	return nil
}

func errorInfo(e *xerr.Error) []string { return append([]string{e.Code}, e.Params...) }

// Completed tells whether a task's row has its outcome.
func Completed(row *db.Row) bool {
	switch row.Text(field(model.Task_Status)) {
	case model.TaskStatusType_Pending, model.TaskStatusType_Cancelling:
		return false
	}
	return true
}

// Progress notes how far the work of ctx's task is, from 0 to 1. Calls without
// a task note nothing.
func (m *Manager) Progress(ctx context.Context, fraction float64) error {
	task := request.From(ctx).Task
	if task == "" {
		return nil
	}
	_, err := m.DB.Update(ctx, func(tx *db.Tx) error {
		row, ok := tx.Get(task)
		if !ok || Completed(row) {
			return nil
		}
		return tx.Set(task, field(model.Task_Progress), min(max(fraction, 0), 1))
	})
	return err
}

// abort ends the work of a task, if it has any here.
func (m *Manager) abort(task string) {
	m.mu.Lock()
	cancel := m.running[task]
	m.mu.Unlock()
	if cancel != nil {
		cancel(errCancelled)
	}
}

// Recover ends the tasks whose work died with the last process.
func (m *Manager) Recover(ctx context.Context) error {
	lost := xerr.New(codes.INTERNAL_ERROR, "the toolstack ended before this task did; whether it was done is not known")
	for _, task := range m.orphans() {
		if err := m.complete(ctx, task, "", lost); err != nil {
			return err
		}
		m.Log.Warn("a task was lost with the last process", "task", task)
	}
	return nil
}

// orphans are pending tasks with work: those of clients have none.
func (m *Manager) orphans() []string {
	var refs []string
	for row := range m.DB.Snapshot().Rows(model.Task) {
		if !Completed(row) && row.Int(field(model.Task_Externalpid)) > 0 && !m.isRunning(row.Ref) {
			refs = append(refs, row.Ref)
		}
	}
	return refs
}
