package front

import (
	"strconv"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/rpc"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// fault is the code of the failure for a call that exists, but not in the
// form it was called. It is no code of the contract: the reference answers so.
const fault = "Fault"

// sessionParam is what the contract calls the first parameter of most calls.
const sessionParam = "session_id"

var sessionType = &schema.Type{Kind: schema.Ref, Name: "session", Sig: "s", Text: "session ref"}

// arguments checks the parameters of a call in the reference's order: their
// number, then all their types, the session's first. The result is in the bus's
// order. name is the method without its prefix.
func (r *routes) arguments(rt *route, name string, m mode, params []rpc.Value) (session string, args []any, err error) {
	msg := rt.msg
	if m != modeSync && !msg.Async {
		return "", nil, xerr.New(fault, "No async mode for this operation (rpc: "+name+")")
	}
	given := len(params)
	if !msg.NoSession {
		given--
	}
	surplus := given > len(msg.Params) && msg.Required == len(msg.Params)
	if given < msg.Required || surplus {
		return "", nil, xerr.New(codes.MESSAGE_PARAMETER_COUNT_MISMATCH,
			name, strconv.Itoa(msg.Required), strconv.Itoa(given))
	}
	if !msg.NoSession {
		v, err := r.Classes.Decode(sessionParam, sessionType, params[0])
		if err != nil {
			return "", nil, err
		}
		session, params = v.(string), params[1:]
	}
	args = make([]any, len(msg.Params))
	for i := range args {
		p := &msg.Params[i]
		if i >= len(params) {
			args[i] = defaultOf(p)
			continue
		}
		if args[i], err = r.Classes.Decode(p.Name, p.Type, params[i]); err != nil {
			return "", nil, masked(p, err)
		}
	}
	return session, args, nil
}

// masked keeps a secret value out of the failure that refuses it.
func masked(p *schema.Param, err error) error {
	if e := xerr.From(err); p.Sensitive && len(e.Params) == 2 {
		return xerr.New(e.Code, e.Params[0], "***")
	}
	return err
}
