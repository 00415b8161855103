package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/store"
	"github.com/xcp-dbus/xcp/internal/xapi/request"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

func TestShown(t *testing.T) {
	d := &Dispatcher{Options: Options{Log: slog.New(slog.DiscardHandler)}}
	for _, same := range []error{
		nil, xerr.New("HANDLE_INVALID", "VM", "x"), bus.Errorf(bus.Busy, "later"), &xerr.Lost{Op: "x", Err: errors.New("y")},
		fmt.Errorf("cannot wait: %w", context.Canceled),
	} {
		if got := d.shown("VM.start", same); got != same {
			t.Errorf("%v became %v", same, got)
		}
	}
	for err, text := range map[error]string{
		fmt.Errorf("cannot write: %w", store.ErrNoSpace):  "no space left for the database",
		fmt.Errorf("cannot write: %w", store.ErrReadOnly): store.ErrReadOnly.Error(),
		errors.New("password=secret"):                     "VM.start failed, see the log",
	} {
		e := xerr.From(d.shown("VM.start", err))
		if e.Code != "INTERNAL_ERROR" || len(e.Params) != 1 || e.Params[0] != text {
			t.Errorf("%v is shown as %v", err, e)
		}
	}
}

// TestWords: words in any case come out as the contract spells them, at any
// depth, and what is no word is refused.
func TestWords(t *testing.T) {
	enum := &schema.Type{Kind: schema.Enum, Enum: &schema.EnumType{Values: []string{"Halted", "Running"}}}
	text := &schema.Type{Kind: schema.String}
	for _, c := range []struct {
		name string
		t    *schema.Type
		in   any
		want any
	}{
		{"word", enum, "hALTED", "Halted"},
		{"no word", enum, "halt", nil},
		{"set", &schema.Type{Kind: schema.Set, Elem: enum}, []string{"running", "Halted"}, []string{"Running", "Halted"}},
		{"odd set", &schema.Type{Kind: schema.Set, Elem: enum}, []string{"running", ""}, nil},
		{"keys", &schema.Type{Kind: schema.Map, Key: enum, Elem: text}, map[string]string{"RUNNING": "x"}, map[string]string{"Running": "x"}},
		{"values", &schema.Type{Kind: schema.Map, Key: text, Elem: enum}, map[string]string{"x": "RUNNING"}, map[string]string{"x": "Running"}},
		{"odd key", &schema.Type{Kind: schema.Map, Key: enum, Elem: text}, map[string]string{"x": "x"}, nil},
	} {
		m := &schema.Message{Class: &schema.Class{Name: "C"}, Name: "m", Params: []schema.Param{{Name: "p", Type: c.t}}}
		args := []any{c.in}
		err := checkArgs(m, args)
		if c.want == nil {
			if !xerr.Is(err, "INVALID_VALUE") {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(args[0], c.want) {
			t.Errorf("%s: %v, %v", c.name, args[0], err)
		}
	}
}

func TestArgumentsAreBounded(t *testing.T) {
	m := &schema.Message{Class: &schema.Class{Name: "C"}, Name: "m", Params: []schema.Param{{Name: "p", Type: &schema.Type{Kind: schema.String}}}}
	long := strings.Repeat("x", maxArgs/2)
	for name, v := range map[string]any{
		"text":    long + long + "x",
		"set":     []string{long, long},
		"map":     map[string]string{"a": long, "b": long},
		"record":  map[string]dbus.Variant{"a": dbus.MakeVariant(long), "b": dbus.MakeVariant([]string{long})},
		"records": []map[string]dbus.Variant{{"a": dbus.MakeVariant(long)}, {"a": dbus.MakeVariant(map[string]string{"b": long})}},
		"many":    make([]string, maxArgs/8+1),
	} {
		if err := checkArgs(m, []any{v}); !bus.IsError(err, bus.TooBig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := checkArgs(m, nil); !bus.IsError(err, bus.InvalidArgs) {
		t.Errorf("too few: %v", err)
	}
}

func TestOnwardForgetsWhatCallersClaim(t *testing.T) {
	m := &bus.Meta{Subject: "root", Roles: []string{"pool-admin"}, Permission: "vm.destroy", Task: "mine", TraceParent: "kept"}
	r := &request.Request{Message: &schema.Message{Class: &schema.Class{Name: "VM"}, Name: "start"}, Task: "task"}
	for user, identity := range map[string]*request.Identity{"": nil, "ann": {UserName: "ann"}} {
		r.Identity = identity
		next := onward(m, r, nil)
		if next.Subject != user || next.Roles != nil || next.Permission != "vm.start" || next.Task != "task" || next.TraceParent != "kept" {
			t.Errorf("%+v", next)
		}
	}
}
