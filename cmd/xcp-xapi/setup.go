package main

import (
	"context"
	"crypto/tls"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/xcp-dbus/xcp/internal/bus/wire"
	"github.com/xcp-dbus/xcp/internal/daemon"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	staticrbac "github.com/xcp-dbus/xcp/internal/gen/rbac"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/sharedbus"
	"github.com/xcp-dbus/xcp/internal/gen/wiremap"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/client"
	"github.com/xcp-dbus/xcp/internal/xapi/customactions"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/dispatch"
	"github.com/xcp-dbus/xcp/internal/xapi/event"
	"github.com/xcp-dbus/xcp/internal/xapi/firstboot"
	"github.com/xcp-dbus/xcp/internal/xapi/forward"
	"github.com/xcp-dbus/xcp/internal/xapi/hostinfo"
	"github.com/xcp-dbus/xcp/internal/xapi/objects"
	"github.com/xcp-dbus/xcp/internal/xapi/rbac"
	"github.com/xcp-dbus/xcp/internal/xapi/safety"
	"github.com/xcp-dbus/xcp/internal/xapi/session"
	"github.com/xcp-dbus/xcp/internal/xapi/task"
	"github.com/xcp-dbus/xcp/introspect"
)

const (
	// housekeepingEvery is how often idle sessions and old tasks are looked for.
	housekeepingEvery = 30 * time.Second
	// tickEvery is how often the housekeeper shows that it lives while it waits.
	tickEvery = 5 * time.Second
)

// setup reads the state, makes the records of this host, and mounts everything
// on the bus's tree.
func (s *settings) setup(ctx context.Context, env *daemon.Env) (_ *daemon.Service, err error) {
	st, err := openState(ctx, s.stateDir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = st.close()
		}
	}()
	if s.passwordFile != "" {
		if err := st.applyPassword(ctx, s.passwordFile); err != nil {
			return nil, err
		}
	}
	host, err := s.firstBoot(ctx, st)
	settled := err == nil
	if err != nil {
		// Reads are worth more than nothing: a disk that takes no writes may
		// take them later.
		env.Log.Error("cannot bring the records up to date, will try again", "err", err)
		if host = thisHost(st.db.Snapshot()); host == "" {
			return nil, err
		}
	}
	x, err := s.assemble(env, st, host)
	if err != nil {
		return nil, err
	}
	x.settle = func(ctx context.Context) error {
		if _, err := s.firstBoot(ctx, st); err != nil {
			return err
		}
		return x.tasks.Recover(ctx)
	}
	if settled && st.db.ReadOnly() == nil {
		settled = x.tasks.Recover(ctx) == nil
	}
	if settled {
		x.settle = nil
	}
	debug.FreeOSMemory() // what hashing passwords took, above all
	return x.service(env, st), nil
}

func (s *settings) firstBoot(ctx context.Context, st *state) (host string, err error) {
	storage, err := st.storage()
	if err != nil {
		return "", err
	}
	return firstboot.Start(ctx, st.db, firstboot.Options{
		Machine: hostinfo.Read(), Version: daemon.Version(), Build: daemon.Build(), ConsoleHost: s.consoleHost, Storage: storage,
	})
}

// thisHost is the master of the pool, "" if there is no pool.
func thisHost(snap *db.Snapshot) string {
	for pool := range snap.Rows(model.Pool) {
		return pool.Text(&model.Pool.Fields[model.Pool_Master])
	}
	return ""
}

// An xapi is the service's parts.
type xapi struct {
	// settle does what the start could not, nil if nothing is left; the
	// housekeeper's own.
	settle func(ctx context.Context) error

	sessions *session.Manager
	tasks    *task.Manager
	events   *event.Engine
	dispatch *dispatch.Dispatcher
}

func (s *settings) assemble(env *daemon.Env, st *state, host string) (*xapi, error) {
	permissions, err := rbac.Load(strings.NewReader(staticrbac.CSV), model.Roles, wiremap.Messages)
	if err != nil {
		return nil, err
	}
	own := uint32(os.Geteuid())
	users, passwords := s.users(st)
	here := func() string { return host }
	x := &xapi{
		sessions: session.New(session.Options{
			DB: st.db, Permissions: permissions, Users: users, Passwords: passwords, PoolSecret: st.secret,
			OwnUID: own, Host: here, Log: env.Log,
		}),
		tasks: task.New(task.Options{DB: st.db, Permissions: permissions, Host: here, Log: env.Log}),
	}
	x.events = event.New(event.Config{DB: st.db, Sessions: x.sessions, Messages: st.messages, Log: env.Log})

	local := customactions.New(customactions.Params{
		DB: st.db, Host: host, Permissions: permissions, Messages: st.messages,
		Session: x.sessions.Actions(), Task: x.tasks.Actions(), Event: x.events, Role: permissions.Actions(),
	})
	forwarded := forward.New(forward.Config{DB: st.db, Here: ref.Host(host), Dial: dial(ref.Host(host), st.secret), Safety: safety.Config{ManageHost: s.manageHost}}, local)

	front := own
	if s.frontUID >= 0 {
		front = uint32(s.frontUID)
	}
	x.dispatch, err = dispatch.New(dispatch.Options{
		DB: st.db, Classes: model.Classes, Sessions: x.sessions, Tasks: x.tasks, Permissions: permissions,
		Database: func(ctx context.Context, m *schema.Message, args []any) (any, error) {
			return dbactions.Do(ctx, st.db, m, args)
		},
		Actions: func() *xapibus.CustomActions { return forwarded },
		Streams: map[string]func(context.Context, []any) (dispatch.Streamer, error){"event.from": x.eventStream},
		XML:     introspect.Interface,
		OwnUID:  own, FrontUID: front, Log: env.Log,
	})
	if err != nil {
		return nil, err
	}
	objs, err := objects.New(objects.Config{
		DB: st.db, Classes: model.Classes, XML: introspect.Interface, Invoke: x.dispatch.Invoke, MayRead: x.dispatch.MayRead,
	})
	if err != nil {
		return nil, err
	}
	x.dispatch.Mount(env.Tree, objs)
	return x, nil
}

// dial logs in to another host of the pool.
func dial(here ref.Host, secret []byte) func(context.Context, string) (forward.Remote, error) {
	return func(ctx context.Context, address string) (forward.Remote, error) {
		return client.HTTPS(address, &tls.Config{MinVersion: tls.VersionTLS12}).Login(ctx, here, string(secret))
	}
}

// A frames is an answer of event.from on its way into a stream.
type frames struct{ *event.Batch }

// Frames implements dispatch.Streamer.
func (f frames) Frames(w *wire.FrameWriter) error { return f.WriteFrames(w) }

func (x *xapi) eventStream(ctx context.Context, args []any) (dispatch.Streamer, error) {
	b, err := x.events.Collect(ctx, args[0].([]string), args[1].(string), args[2].(float64))
	if err != nil {
		return nil, err
	}
	return frames{b}, nil
}

func (x *xapi) service(env *daemon.Env, st *state) *daemon.Service {
	progress := env.Progress("housekeeping")
	root := append(x.dispatch.Interfaces(), sharedbus.NewEvents1(x.events.Log(dispatch.Root)))
	return &daemon.Service{
		Root:       root,
		Interfaces: x.dispatch.InterfaceNames(),
		Stats:      func(add func(string, any)) { x.stats(add, st) },
		Run: func(ctx context.Context) error {
			idle, due := time.NewTicker(tickEvery), time.NewTicker(housekeepingEvery)
			defer idle.Stop()
			defer due.Stop()
			for {
				progress.Tick()
				select {
				case <-ctx.Done():
					return nil
				case <-idle.C:
				case <-due.C:
					x.housekeep(ctx, env, st)
				}
			}
		},
		Check: func(ctx context.Context, _ []string) []daemon.Check { return []daemon.Check{check(ctx, st)} },
		Drain: x.dispatch.Drain,
		Close: func() error {
			x.dispatch.Close()
			return st.close()
		},
	}
}

func (x *xapi) stats(add func(string, any), st *state) {
	snap := st.db.Snapshot()
	add("revision", snap.Rev())
	add("sessions", snap.Count(model.Session))
	add("tasks", snap.Count(model.Task))
	x.dispatch.Stats(add)
}

// housekeep ends what nobody needs any more.
func (x *xapi) housekeep(ctx context.Context, env *daemon.Env, st *state) {
	if st.db.ReadOnly() != nil {
		return
	}
	if x.settle != nil {
		if err := x.settle(ctx); err != nil {
			env.Log.Error("cannot bring the records up to date, will try again", "err", err)
			return
		}
		x.settle = nil
	}
	if err := x.tasks.Collect(ctx); err != nil {
		env.Log.Error("cannot remove old tasks", "err", err)
	}
	if err := x.sessions.Collect(ctx); err != nil {
		env.Log.Error("cannot end idle sessions", "err", err)
	}
	x.events.Heartbeat()
}

// check asks the database's writer for a turn.
func check(ctx context.Context, st *state) daemon.Check {
	c := daemon.Check{Name: "database", Status: daemon.OK}
	if err := st.db.ReadOnly(); err != nil {
		return daemon.Check{Name: c.Name, Status: daemon.Warn, Detail: err.Error()}
	}
	if err := st.turn(ctx); err != nil {
		return daemon.Check{Name: c.Name, Status: daemon.Fail, Detail: err.Error()}
	}
	return c
}
