// Package customactions collects the hand-written messages of all classes in
// the one xapibus.CustomActions dispatch runs. It holds no behaviour: a message
// nobody here names answers NOT_IMPLEMENTED.
package customactions

import (
	"time"

	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/xapi/action"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/host"
	"github.com/xcp-dbus/xcp/internal/xapi/hostinfo"
	"github.com/xcp-dbus/xcp/internal/xapi/message"
	"github.com/xcp-dbus/xcp/internal/xapi/network"
	"github.com/xcp-dbus/xcp/internal/xapi/pool"
	"github.com/xcp-dbus/xcp/internal/xapi/rbac"
	"github.com/xcp-dbus/xcp/internal/xapi/sr"
	"github.com/xcp-dbus/xcp/internal/xapi/vm"
)

// Params are what the actions run in. Session, Task, Event and Role are made
// elsewhere and put in as they are.
type Params struct {
	DB          *db.DB
	Host        string // reference of this host
	Now         func() time.Time
	Machine     func() hostinfo.Machine // nil: hostinfo.Read
	Permissions *rbac.Table
	Messages    *message.Store

	Session xapibus.SessionActions
	Task    xapibus.TaskActions
	Event   xapibus.EventActions
	Role    xapibus.RoleActions
}

// New collects the actions as this host runs them itself.
func New(p Params) *xapibus.CustomActions {
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Machine == nil {
		p.Machine = hostinfo.Read
	}
	env := &action.Env{DB: p.DB, Host: p.Host, Now: p.Now}
	a := xapibus.NewUnimplemented()
	a.Session, a.Task, a.Event, a.Role = p.Session, p.Task, p.Event, p.Role
	a.Message = &message.Actions{Env: env, Store: p.Messages}

	a.VM = &vm.Actions{Env: env, Permissions: p.Permissions}
	a.VBD = &vm.VBDActions{Env: env}
	a.VIF = &vm.VIFActions{Env: env}
	a.VGPU = &vm.VGPUActions{Env: env}
	a.VUSB = &vm.VUSBActions{Env: env}
	a.VTPM = &vm.VTPMActions{Env: env}
	a.Console = &vm.ConsoleActions{Env: env}
	a.VMAppliance = &vm.ApplianceActions{Env: env}
	a.VMGroup = &vm.GroupActions{Env: env}
	a.VMSS = &vm.ScheduleActions{Env: env}

	a.SR = &sr.Actions{Env: env}
	a.VDI = &sr.VDIActions{Env: env}
	a.PBD = &sr.PBDActions{Env: env}

	a.Network = &network.Actions{Env: env}
	a.PIF = &network.PIFActions{Env: env, Machine: p.Machine}
	a.VLAN = &network.VLANActions{Env: env}

	a.Host = &host.Actions{Env: env}
	a.PGPU = &host.PGPUActions{Env: env}
	a.GPUGroup = &host.GPUGroupActions{Env: env}
	a.USBGroup = &host.USBGroupActions{Env: env}

	a.Pool = &pool.Actions{Env: env}
	a.Secret = &pool.SecretActions{Env: env}
	a.Subject = &pool.SubjectActions{Env: env, Permissions: p.Permissions}
	a.User = &pool.UserActions{Env: env}
	a.Blob = &pool.BlobActions{Env: env}
	a.Repository = &pool.RepositoryActions{Env: env}
	a.Observer = &pool.ObserverActions{Env: env}
	a.Caller = &pool.CallerActions{Env: env}
	a.RateLimit = &pool.RateLimitActions{Env: env}
	a.PVSSite = &pool.PVSSiteActions{Env: env}
	a.PVSServer = &pool.PVSServerActions{Env: env}
	a.PVSProxy = &pool.PVSProxyActions{Env: env}
	a.PVSCacheStorage = &pool.PVSCacheStorageActions{Env: env}
	a.SDNController = &pool.SDNControllerActions{Env: env}
	return a
}
