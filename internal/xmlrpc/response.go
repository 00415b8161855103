package xmlrpc

import (
	"errors"

	"github.com/xcp-dbus/xcp/internal/rpc"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// DecodeResponse reads the answer to a call and takes it out of its wrapper.
// The error is the *xerr.Error the peer answered with, a *rpc.MalformedError,
// or says that the peer answered with a fault, which no XenAPI server does.
// Strings of the result share the memory of body.
func DecodeResponse(body string, lim rpc.Limits) (rpc.Value, error) {
	d := newDecoder(body, lim)
	defer d.release()
	v, isFault, err := d.response()
	switch {
	case err != nil:
		return rpc.Value{}, err
	case d.isInvalid:
		return rpc.Value{}, &rpc.MalformedError{Offset: len(body), Reason: "text that is not UTF-8"}
	case isFault:
		return rpc.Value{}, errors.New("the peer answered with a fault: " + faultText(v))
	}
	return unwrap(v)
}

func (d *decoder) response() (v rpc.Value, isFault bool, err error) {
	if err := d.prolog(); err != nil {
		return v, false, err
	}
	if empty, err := d.open("methodResponse"); err != nil || empty {
		return v, false, d.or(err, "an empty response")
	}
	if err := d.misc(); err != nil {
		return v, false, err
	}
	t, err := d.tag()
	if err != nil {
		return v, false, err
	}
	switch {
	case t == tag{name: "fault"}:
		isFault = true
		v, err = d.element()
	case t == tag{name: "params"}:
		v, err = d.param()
	default:
		err = d.fail("neither params nor fault in a response")
	}
	if err != nil {
		return v, false, err
	}
	if err := d.close(t.name); err != nil {
		return v, false, err
	}
	if err := d.close("methodResponse"); err != nil {
		return v, false, err
	}
	return v, isFault, d.epilog()
}

// param reads one param element.
func (d *decoder) param() (rpc.Value, error) {
	if empty, err := d.open("param"); err != nil || empty {
		return rpc.Value{}, d.or(err, "a parameter without a value")
	}
	v, err := d.element()
	if err != nil {
		return v, err
	}
	return v, d.close("param")
}

// unwrap takes a value out of the Status struct; one without stands for itself.
func unwrap(v rpc.Value) (rpc.Value, error) {
	switch member(v, "Status").Text {
	case "Success":
		return member(v, "Value"), nil
	case "Failure":
		return rpc.Value{}, failure(member(v, "ErrorDescription"))
	}
	return v, nil
}

func failure(description rpc.Value) error {
	words := make([]string, len(description.Items))
	for i, item := range description.Items {
		words[i] = item.Text
	}
	if len(words) == 0 {
		return errors.New("the peer answered with a failure without a code")
	}
	return xerr.New(words[0], words[1:]...)
}

func faultText(v rpc.Value) string { return member(v, "faultString").Text }

func member(v rpc.Value, name string) rpc.Value {
	for i := range v.Members {
		if v.Members[i].Name == name {
			return v.Members[i].Value
		}
	}
	return rpc.Value{}
}
