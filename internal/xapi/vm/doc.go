// Package vm answers the hand-written messages of virtual machines and of what
// is attached to or groups them: VM, VBD, VIF, VGPU, VUSB, VTPM, console,
// VM_appliance, VM_group, VMSS.
//
// Mine, as long as no service runs guests: what can be done with records alone.
// Messages that start, stop, move or copy something real answer
// NOT_IMPLEMENTED. What may be done when is the business of operations.
// Callers are dispatch, through customactions.
package vm

import (
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/xapi/action"
	"github.com/xcp-dbus/xcp/internal/xapi/rbac"
)

// Actions answers the messages of class VM.
type Actions struct {
	xapibus.UnimplementedVM
	*action.Env
	Permissions *rbac.Table // for set_other_config, whose keys have roles of their own
}
