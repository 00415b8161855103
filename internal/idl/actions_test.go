package idl_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// empty is an empty value in plain form.
func empty(t *schema.Type) any {
	switch t.Kind {
	case schema.Int:
		return int64(0)
	case schema.Float:
		return float64(0)
	case schema.Bool:
		return false
	case schema.Record:
		return map[string]dbus.Variant{}
	case schema.Option:
		return empty(t.Elem)
	case schema.Set:
		return reflect.MakeSlice(reflect.SliceOf(reflect.TypeOf(empty(t.Elem))), 0, 0).Interface()
	case schema.Map:
		return reflect.MakeMap(reflect.MapOf(reflect.TypeOf(empty(t.Key)), reflect.TypeOf(empty(t.Elem)))).Interface()
	}
	return ""
}

// loop is a Transport that dispatches to other actions, and counts.
type loop struct {
	to    *xapibus.CustomActions
	calls map[string]int
}

func (l loop) Call(ctx context.Context, m *schema.Message, args []any) (any, error) {
	l.calls[m.Wire()]++
	return xapibus.Invoke(ctx, l.to, m, args)
}

// TestInvoke sends every hand-written message through the client and the
// dispatcher to an implementation that has none of them.
func TestInvoke(t *testing.T) {
	l := loop{xapibus.NewUnimplemented(), map[string]int{}}
	client := xapibus.NewClient(l)
	n := 0
	for _, m := range model.Messages {
		if m.Impl == schema.ImplDB {
			continue
		}
		n++
		args := make([]any, len(m.Params))
		for i, p := range m.Params {
			args[i] = empty(p.Type)
			if got := dbus.SignatureOf(args[i]).String(); got != p.Type.Sig {
				t.Errorf("%s: %s has signature %s, its values %s", m.Wire(), p.Name, p.Type.Sig, got)
			}
		}
		_, err := xapibus.Invoke(context.Background(), client, m, args)
		if e := xerr.From(err); err == nil || e.Code != codes.NOT_IMPLEMENTED || e.Params[0] != m.Wire() {
			t.Errorf("%s answers %v", m.Wire(), err)
		}
		if l.calls[m.Wire()] != 1 {
			t.Errorf("%s went through the client %d times", m.Wire(), l.calls[m.Wire()])
		}
		refused(t, m, args)
	}
	if n != 728 {
		t.Errorf("have %d hand-written messages, want 728", n)
	}
}

// refused sees that wrong arguments are an error and no panic.
func refused(t *testing.T, m *schema.Message, args []any) {
	t.Helper()
	bad := [][]any{append(args[:len(args):len(args)], "one too many")}
	for i := range args {
		wrong := append([]any{}, args...)
		wrong[i] = struct{}{}
		bad = append(bad, wrong)
	}
	for _, args := range bad {
		_, err := xapibus.Invoke(context.Background(), xapibus.NewUnimplemented(), m, args)
		if !xerr.Is(err, codes.INTERNAL_ERROR) {
			t.Errorf("%s with %v answers %v", m.Wire(), args, err)
		}
	}
}

type cloner struct{ xapibus.UnimplementedVM }

func (cloner) Clone(_ context.Context, vm ref.VM, name string) (ref.VM, error) {
	return vm + ref.VM("/"+name), nil
}

func (cloner) GetPossibleHosts(context.Context, ref.VM) ([]ref.Host, error) {
	return []ref.Host{"a", "b"}, nil
}

// TestResults follows typed results through dispatcher and client.
func TestResults(t *testing.T) {
	a := xapibus.NewUnimplemented()
	a.VM = cloner{}
	client := xapibus.NewClient(loop{a, map[string]int{}})
	got, err := client.VM.Clone(context.Background(), "vm", "copy")
	if err != nil || got != "vm/copy" {
		t.Errorf("clone answers %q, %v", got, err)
	}
	hosts, err := client.VM.GetPossibleHosts(context.Background(), "vm")
	if err != nil || !reflect.DeepEqual(hosts, []ref.Host{"a", "b"}) {
		t.Errorf("get_possible_hosts answers %v, %v", hosts, err)
	}
}

// TestRecordRows takes records to rows and back.
func TestRecordRows(t *testing.T) {
	vm := model.NewVMRecord()
	vm.UUID, vm.VBDs, vm.OtherConfig = "u", []ref.VBD{"x"}, map[string]string{"a": "b"}
	row := vm.Row()
	if len(row) != len(model.VM.Fields) || row[model.VM_UUID] != "u" {
		t.Errorf("row has %d cells: %v", len(row), row[model.VM_UUID])
	}
	for i, f := range model.VM.Fields {
		if got := dbus.SignatureOf(row[i]).String(); got != f.Type.Sig {
			t.Errorf("%s has signature %s, want %s", f.Name, got, f.Type.Sig)
		}
	}
	if back := model.VMRecordFrom(row); !reflect.DeepEqual(back, vm) {
		t.Errorf("have %+v, want %+v", back, vm)
	}
	for _, want := range []model.ProbeResultRecord{{}, {SR: map[string]dbus.Variant{"a": dbus.MakeVariant("b")}}} {
		if back := model.ProbeResultRecordFrom(want.Row()); len(back.SR) != len(want.SR) {
			t.Errorf("have %+v, want %+v", back, want)
		}
	}
}
