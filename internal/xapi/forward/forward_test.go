package forward_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/forward"
	"github.com/xcp-dbus/xcp/internal/xapi/request"
	"github.com/xcp-dbus/xcp/internal/xapi/xapitest"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// A recorder answers every message and remembers it.
type recorder struct {
	calls  []string
	err    error
	closed int
}

func (r *recorder) Call(_ context.Context, m *schema.Message, _ []any) (any, error) {
	r.calls = append(r.calls, m.Wire())
	return nil, r.err
}

func (r *recorder) Close(context.Context) { r.closed++ }

type pool struct {
	t                *testing.T
	db               *db.DB
	local, remote    *recorder
	dialled          []string
	dialErr          error
	here, there      string
	actions          *xapibus.CustomActions
	liveRow, taskRow string
}

func newRef() string { return "OpaqueRef:" + uuid.NewString() }

// newPool has two hosts, this one and another at 192.0.2.2, and a task.
func newPool(t *testing.T) *pool {
	t.Helper()
	p := &pool{t: t, db: xapitest.Open(t), local: &recorder{}, remote: &recorder{}, here: newRef(), there: newRef(), liveRow: newRef(), taskRow: newRef()}
	p.create(model.Host, p.here, hostRow("192.0.2.1", newRef()))
	p.create(model.Host, p.there, hostRow("192.0.2.2", p.liveRow))
	metrics := model.NewHostMetricsRecord()
	metrics.UUID, metrics.Live = uuid.NewString(), true
	p.create(model.HostMetrics, p.liveRow, metrics.Row())
	task := model.NewTaskRecord()
	task.UUID = uuid.NewString()
	p.create(model.Task, p.taskRow, task.Row())
	p.actions = forward.New(forward.Config{DB: p.db, Here: ref.Host(p.here), Dial: func(_ context.Context, address string) (forward.Remote, error) {
		p.dialled = append(p.dialled, address)
		return p.remote, p.dialErr
	}}, xapibus.NewClient(p.local))
	return p
}

func hostRow(address, metrics string) []any {
	r := model.NewHostRecord()
	r.UUID, r.Address, r.Metrics = uuid.NewString(), address, ref.HostMetrics(metrics)
	return r.Row()
}

func (p *pool) create(c *schema.Class, ref string, row []any) {
	p.t.Helper()
	p.update(func(tx *db.Tx) error {
		_, err := tx.Create(c, ref, row)
		return err
	})
}

func (p *pool) update(fn func(tx *db.Tx) error) {
	p.t.Helper()
	if _, err := p.db.Update(context.Background(), fn); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pool) ctx() context.Context {
	return request.With(p.t.Context(), &request.Request{Task: p.taskRow})
}

func TestRunsHere(t *testing.T) {
	p := newPool(t)
	for _, host := range []string{p.here, "OpaqueRef:unknown", ""} {
		if err := p.actions.Host.Enable(p.ctx(), ref.Host(host)); err != nil {
			t.Error(err)
		}
	}
	if len(p.local.calls) != 3 || len(p.dialled) != 0 {
		t.Errorf("local %v, dialled %v", p.local.calls, p.dialled)
	}
}

func TestGoesToTheHost(t *testing.T) {
	p := newPool(t)
	if err := p.actions.Host.Enable(p.ctx(), ref.Host(p.there)); err != nil {
		t.Fatal(err)
	}
	if len(p.local.calls) != 0 || len(p.remote.calls) != 1 || p.dialled[0] != "192.0.2.2" || p.remote.closed != 1 {
		t.Errorf("local %v, remote %v, dialled %v, closed %d", p.local.calls, p.remote.calls, p.dialled, p.remote.closed)
	}
	row, err := p.db.Snapshot().Find(model.Task, p.taskRow)
	if err != nil {
		t.Fatal(err)
	}
	f := model.Task.Fields
	if to, on := row.Text(&f[model.Task_ForwardedTo]), row.Text(&f[model.Task_ResidentOn]); !row.Bool(&f[model.Task_Forwarded]) || to != p.there || on != p.there {
		t.Errorf("the task went to %s and is on %s", to, on)
	}
}

func TestFailures(t *testing.T) {
	t.Run("a dead host is not asked", func(t *testing.T) {
		p := newPool(t)
		p.update(func(tx *db.Tx) error { return tx.Set(p.liveRow, model.HostMetrics.Field("live"), false) })
		if err := p.actions.Host.Enable(p.ctx(), ref.Host(p.there)); !xerr.Is(err, "HOST_OFFLINE") || len(p.dialled) != 0 {
			t.Error(err, p.dialled)
		}
	})
	t.Run("one that does not answer", func(t *testing.T) {
		p := newPool(t)
		p.dialErr = errors.New("no route")
		if err := p.actions.Host.Enable(p.ctx(), ref.Host(p.there)); !xerr.Is(err, "CANNOT_CONTACT_HOST") {
			t.Error(err)
		}
	})
	t.Run("an answer that says no comes through", func(t *testing.T) {
		p := newPool(t)
		p.remote.err = xerr.New("HOST_STILL_BOOTING")
		if err := p.actions.Host.Enable(p.ctx(), ref.Host(p.there)); !xerr.Is(err, "HOST_STILL_BOOTING") {
			t.Error(err)
		}
	})
	t.Run("this machine is left alone, another decides for itself", func(t *testing.T) {
		p := newPool(t)
		if err := p.actions.Host.Reboot(p.ctx(), ref.Host(p.here)); !xerr.Is(err, "OPERATION_NOT_ALLOWED") || len(p.local.calls) != 0 {
			t.Error(err, p.local.calls)
		}
		if err := p.actions.Host.Reboot(p.ctx(), ref.Host(p.there)); err != nil || len(p.remote.calls) != 1 {
			t.Error(err, p.remote.calls)
		}
	})
}

func TestStorageIsWhereItIsPlugged(t *testing.T) {
	p := newPool(t)
	sr, vdi := newRef(), newRef()
	s := model.NewSRRecord()
	s.UUID = uuid.NewString()
	p.create(model.SR, sr, s.Row())
	v := model.NewVDIRecord()
	v.UUID, v.SR = uuid.NewString(), ref.SR(sr)
	p.create(model.VDI, vdi, v.Row())
	if err := p.actions.SR.Scan(p.ctx(), ref.SR(sr)); !xerr.Is(err, "SR_HAS_NO_PBDS") {
		t.Error(err)
	}
	plug := func(host string) {
		r := model.NewPBDRecord()
		r.UUID, r.SR, r.Host, r.CurrentlyAttached = uuid.NewString(), ref.SR(sr), ref.Host(host), true
		p.create(model.PBD, newRef(), r.Row())
	}
	plug(p.there)
	if err := p.actions.VDI.Resize(p.ctx(), ref.VDI(vdi), 1); err != nil || len(p.remote.calls) != 1 {
		t.Error(err, p.remote.calls)
	}
	plug(p.here)
	if err := p.actions.SR.Scan(p.ctx(), ref.SR(sr)); err != nil || len(p.local.calls) != 1 {
		t.Error(err, p.local.calls)
	}
}

func TestVMsAreWhereTheyRun(t *testing.T) {
	p := newPool(t)
	vm, vif := newRef(), newRef()
	v := model.NewVMRecord()
	v.UUID = uuid.NewString()
	p.create(model.VM, vm, v.Row())
	i := model.NewVIFRecord()
	i.UUID, i.VM = uuid.NewString(), ref.VM(vm)
	p.create(model.VIF, vif, i.Row())
	if err := p.actions.VIF.Unplug(p.ctx(), ref.VIF(vif)); err != nil || len(p.local.calls) != 1 {
		t.Error(err, p.local.calls)
	}
	p.update(func(tx *db.Tx) error { return tx.Set(vm, model.VM.Field("resident_on"), p.there) })
	if err := p.actions.VIF.Unplug(p.ctx(), ref.VIF(vif)); err != nil || len(p.remote.calls) != 1 {
		t.Error(err, p.remote.calls)
	}
	if err := p.actions.VM.Pause(p.ctx(), ref.VM(vm)); err != nil || len(p.remote.calls) != 2 {
		t.Error(err, p.remote.calls)
	}
}
