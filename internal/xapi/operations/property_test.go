package operations_test

import (
	"context"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/operations"
	"github.com/xcp-dbus/xcp/internal/xapi/xapitest"
)

// TestOffersMatchChecks makes objects in any state and checks, for every
// operation of their class, that it is offered exactly if it is accepted, but
// for the few that are never offered.
func TestOffersMatchChecks(t *testing.T) {
	d := xapitest.Open(t)
	host := create(t, d, model.Host, nil)
	sr := create(t, d, model.SR, map[string]any{"type": "ext"})
	create(t, d, model.SM, map[string]any{"type": "ext", "features": map[string]int64{"VDI_SNAPSHOT": 1, "VDI_CONFIG_CBT": 1, "VDI_RESIZE": 1}})
	create(t, d, model.PBD, map[string]any{"SR": sr, "host": host, "currently_attached": true})
	metrics := create(t, d, model.VMMetrics, map[string]any{"hvm": true})
	never := neverOffered()
	rapid.Check(t, func(rt *rapid.T) {
		vm := anything(rt, model.VM, "power_state", "is_a_template", "is_a_snapshot", "is_default_template", "is_control_domain", "current_operations", "blocked_operations")
		vm.Set("metrics", rapid.SampledFrom([]string{metrics, db.NullRef}).Draw(rt, "metrics"))
		vdi := anything(rt, model.VDI, "type", "sharable", "read_only", "managed", "is_a_snapshot", "on_boot", "cbt_enabled", "current_operations").Set("SR", sr)
		vbd := anything(rt, model.VBD, "type", "mode", "empty", "currently_attached", "unpluggable", "current_operations").Set("VM", vm.Ref).Set("VDI", vdi.Ref)
		vif := anything(rt, model.VIF, "currently_attached", "current_operations").Set("VM", vm.Ref)
		_, err := d.Update(context.Background(), func(tx *db.Tx) error {
			for _, draft := range []*dbactions.Draft{vm, vdi, vbd, vif} {
				if err := draft.Create(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
		s := d.Snapshot()
		for _, c := range []struct {
			ref   string
			check func(db.Reader, *db.Row, string) error
		}{
			{vm.Ref, func(r db.Reader, row *db.Row, op string) error { return operations.CheckVM(r, row, op, false) }},
			{vdi.Ref, operations.CheckVDI},
			{vbd.Ref, operations.CheckVBD},
			{vif.Ref, operations.CheckVIF},
		} {
			row, _ := s.Get(c.ref)
			offered := operations.Allowed(s, row)
			for _, op := range row.Class.Field("allowed_operations").Type.Elem.Enum.Values {
				err := c.check(s, row, op)
				if want := err == nil && !never[row.Class.Name+"."+op]; slices.Contains(offered, op) != want {
					rt.Fatalf("%s %s: offered %v, check says %v", row.Class.Name, op, !want, err)
				}
			}
		}
	})
}

// neverOffered lists what the contract keeps out of allowed_operations.
func neverOffered() map[string]bool {
	never := map[string]bool{
		"VBD.pause": true, "VBD.unpause": true, "VDI.blocked": true, "VDI.revert_from": true,
	}
	for _, op := range []string{
		"create_template", "power_state_reset", "csvm", "get_boot_record", "send_sysrq", "send_trigger", "query_services", "shutdown", "call_plugin",
		"changing_memory_live", "awaiting_memory_live", "changing_memory_limits", "changing_shadow_memory_live", "changing_VCPUs",
		"assert_operation_valid", "data_source_op", "update_allowed_operations", "import", "reverting",
	} {
		never["VM."+op] = true
	}
	return never
}

// anything begins a row with any values of some fields.
func anything(rt *rapid.T, c *schema.Class, names ...string) *dbactions.Draft {
	d := dbactions.NewDraft(c)
	for _, name := range names {
		f := c.Field(name)
		switch f.Type.Kind {
		case schema.Bool:
			d.Set(name, rapid.Bool().Draw(rt, name))
		case schema.Enum:
			d.Set(name, rapid.SampledFrom(f.Type.Enum.Values).Draw(rt, name))
		case schema.Map:
			d.Set(name, anyOperations(rt, c, name))
		}
	}
	return d
}

// anyOperations draws current_operations (by task) or blocked_operations (by
// operation): mostly none.
func anyOperations(rt *rapid.T, c *schema.Class, name string) map[string]string {
	out := map[string]string{}
	op := rapid.SampledFrom(c.Field("allowed_operations").Type.Elem.Enum.Values)
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(rt, "how many") {
		if name == "current_operations" {
			out["OpaqueRef:"+rapid.StringMatching(`[a-f]{8}`).Draw(rt, "task")] = op.Draw(rt, name)
		} else {
			out[op.Draw(rt, name)] = "a reason"
		}
	}
	return out
}
