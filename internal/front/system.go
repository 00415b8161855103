package front

import (
	"strings"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/rpc"
)

// special answers the calls that concern the protocol itself and need neither
// a session nor xapi. It is nil for all others.
func (f *Front) special(call rpc.Call) func(rpc.Answer) {
	switch {
	case call.Method == "system.listMethods":
		return func(a rpc.Answer) {
			a.Bare()
			a.BeginArray()
			for _, name := range f.routes.SyncNames() {
				a.Text(name)
			}
			a.EndArray()
			a.End()
		}
	case strings.HasPrefix(call.Method, "system.isAlive:"):
		return func(a rpc.Answer) {
			if len(call.Params) == 0 {
				a.Failure(rpc.Failure{Code: codes.MESSAGE_PARAMETER_COUNT_MISMATCH, Params: []string{call.Method, "1", "0"}})
				return
			}
			a.Success()
			echo(a, call.Params[0])
			a.End()
		}
	}
	return nil
}

// echo writes a value as it came.
func echo(a rpc.Answer, v rpc.Value) {
	switch v.Kind {
	case rpc.Nil:
		a.Void()
	case rpc.Text:
		a.Text(v.Text)
	case rpc.DateTime:
		a.DateTime(v.Text)
	case rpc.Int:
		a.Int(v.Int)
	case rpc.Float:
		a.Float(v.Float)
	case rpc.Bool:
		a.Bool(v.Bool)
	case rpc.Array:
		a.BeginArray()
		for _, item := range v.Items {
			echo(a, item)
		}
		a.EndArray()
	case rpc.Struct:
		a.BeginStruct()
		for _, m := range v.Members {
			a.Member(m.Name)
			echo(a, m.Value)
		}
		a.EndStruct()
	}
}
