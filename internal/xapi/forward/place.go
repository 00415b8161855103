package forward

import (
	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// Where a message runs, as the contract says it (Message.Runs) for those whose
// host follows from the records. The others (placed-host, mixed, all-hosts,
// ...) choose for themselves in an override.
const (
	runsParam = "param:" // and the parameter that holds the host
	runsVM    = "vm-host"
	runsOwner = "owner-host"
	runsSR    = "sr-host"
	runsTask  = "task-host"
)

// toHost names, for each class, the field that leads one step nearer to the
// host an object belongs to.
var toHost = map[string]int{
	"PIF":               model.PIF_Host,
	"PBD":               model.PBD_Host,
	"VLAN":              model.VLAN_TaggedPIF,
	"Bond":              model.Bond_Master,
	"tunnel":            model.Tunnel_AccessPIF,
	"network_sriov":     model.NetworkSriov_PhysicalPIF,
	"PCI":               model.PCI_Host,
	"PGPU":              model.PGPU_Host,
	"PVS_cache_storage": model.PVSCacheStorage_Host,
	"Cluster_host":      model.ClusterHost_Host,
	"Host_driver":       model.HostDriver_Host,
	"Driver_variant":    model.DriverVariant_Driver,
	"host_crashdump":    model.HostCrashdump_Host,
	"host_patch":        model.HostPatch_Host,
	"VM":                model.VM_ResidentOn,
	"VBD":               model.VBD_VM,
	"VIF":               model.VIF_VM,
	"VUSB":              model.VUSB_VM,
	"PVS_proxy":         model.PVSProxy_VIF,
}

// toSR is the same on the way to the SR an object lives in.
var toSR = map[string]int{
	"VDI":         model.VDI_SR,
	"crashdump":   model.Crashdump_VDI,
	"pool_update": model.PoolUpdate_VDI,
}

// maxSteps bounds the walk to a host; the longest real one has four.
const maxSteps = 8

// place returns the host a call belongs on, or "" if any will do: then it runs
// here. A reference that leads nowhere is not an error of placement; the
// operation itself reports it.
func place(snap db.Reader, here ref.Host, m *schema.Message, args []any) (ref.Host, error) {
	if name, ok := cutParam(m.Runs); ok {
		return hostParam(m, args, name), nil
	}
	switch m.Runs {
	case runsVM, runsOwner:
		return ownerHost(snap, m, args), nil
	case runsSR:
		return srHost(snap, here, m, args)
	case runsTask:
		return taskHost(snap, args), nil
	}
	return "", nil
}

func cutParam(runs string) (string, bool) {
	if len(runs) <= len(runsParam) || runs[:len(runsParam)] != runsParam {
		return "", false
	}
	return runs[len(runsParam):], true
}

func hostParam(m *schema.Message, args []any, name string) ref.Host {
	for i, p := range m.Params {
		if p.Name == name {
			host, _ := args[i].(string)
			return ref.Host(host)
		}
	}
	return ""
}

// ownerHost follows the first argument that leads to a host.
func ownerHost(snap db.Reader, m *schema.Message, args []any) ref.Host {
	for i := range args {
		for _, r := range refsOf(m.Params[i].Type, args[i]) {
			if row := follow(snap, r, toHost, "host"); row != nil {
				return ref.Host(row.Ref)
			}
			if host := attachedTo(snap, r); host != "" {
				return host
			}
		}
	}
	return ""
}

// attachedTo finds the host of the running VM that has a disk attached.
func attachedTo(snap db.Reader, vdi string) ref.Host {
	row, ok := snap.Get(vdi)
	if !ok || row.Class.Name != "VDI" {
		return ""
	}
	for _, vbd := range snap.Referrers(&model.VBD.Fields[model.VBD_VDI], vdi) {
		if host := follow(snap, vbd, toHost, "host"); host != nil {
			return ref.Host(host.Ref)
		}
	}
	return ""
}

// refsOf lists the references in an argument.
func refsOf(t *schema.Type, v any) []string {
	switch v := v.(type) {
	case string:
		if t.Kind == schema.Ref {
			return []string{v}
		}
	case []string:
		if t.Elem != nil && t.Elem.Kind == schema.Ref {
			return v
		}
	case map[string]dbus.Variant:
		if sr, ok := v["SR"].Value().(string); ok {
			return []string{sr}
		}
	}
	return nil
}

// follow walks from a row along the fields of a table until it reaches one of
// the wanted class; nil if it does not get there.
func follow(snap db.Reader, from string, along map[string]int, class string) *db.Row {
	for range maxSteps {
		row, ok := snap.Get(from)
		if !ok {
			return nil
		}
		if row.Class.Name == class {
			return row
		}
		next, ok := along[row.Class.Name]
		if !ok {
			return nil
		}
		from, _ = row.Value(&row.Class.Fields[next]).(string)
	}
	return nil
}

// srHost picks a host that has the SR of a call plugged: this one if it can be,
// so that the coordinator serves shared storage itself.
func srHost(snap db.Reader, here ref.Host, m *schema.Message, args []any) (ref.Host, error) {
	var sr *db.Row
	for i := range args {
		for _, r := range refsOf(m.Params[i].Type, args[i]) {
			if sr == nil {
				sr = follow(snap, r, toSR, "SR")
			}
		}
	}
	if sr == nil {
		return "", nil
	}
	var first ref.Host
	for _, pbd := range snap.Referrers(&model.PBD.Fields[model.PBD_SR], sr.Ref) {
		row, ok := snap.Get(pbd)
		if !ok || !row.Bool(&model.PBD.Fields[model.PBD_CurrentlyAttached]) && m.Name != "destroy" {
			continue
		}
		host := ref.Host(row.Text(&model.PBD.Fields[model.PBD_Host]))
		if host == here {
			return here, nil
		}
		if first == "" {
			first = host
		}
	}
	if first == "" {
		return "", xerr.New(codes.SR_HAS_NO_PBDS, sr.Ref)
	}
	return first, nil
}

func taskHost(snap db.Reader, args []any) ref.Host {
	task, _ := args[0].(string)
	row, ok := snap.Get(task)
	if !ok || row.Class != model.Task || !row.Bool(&model.Task.Fields[model.Task_Forwarded]) {
		return ""
	}
	return ref.Host(row.Text(&model.Task.Fields[model.Task_ForwardedTo]))
}
