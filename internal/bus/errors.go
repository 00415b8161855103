package bus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/xerr"
)

const (
	ownPrefix    = "org.xen.xcp.Error."
	xenAPIPrefix = ownPrefix + "XenAPI."
	busPrefix    = "org.freedesktop.DBus.Error."
)

// Names of the toolstack's own errors.
const (
	InvalidArgs         = ownPrefix + "InvalidArgs"
	UnknownOption       = ownPrefix + "UnknownOption"
	NotFound            = ownPrefix + "NotFound"
	BadState            = ownPrefix + "BadState"
	Conflict            = ownPrefix + "Conflict"
	NotSupported        = ownPrefix + "NotSupported"
	AccessDenied        = ownPrefix + "AccessDenied"
	Busy                = ownPrefix + "Busy"
	DeadlineExceeded    = ownPrefix + "DeadlineExceeded"
	Cancelled           = ownPrefix + "Cancelled"
	Draining            = ownPrefix + "Draining"
	HandedOver          = ownPrefix + "HandedOver"
	TooBig              = ownPrefix + "TooBig"
	IdempotencyMismatch = ownPrefix + "IdempotencyMismatch"
	OutcomeUnknown      = ownPrefix + "OutcomeUnknown"
	NoSpace             = ownPrefix + "NoSpace"
	Backend             = ownPrefix + "Backend"
	Internal            = ownPrefix + "Internal"
)

// Standard errors that stay standard.
const (
	UnknownObject    = busPrefix + "UnknownObject"
	UnknownInterface = busPrefix + "UnknownInterface"
	UnknownMethod    = busPrefix + "UnknownMethod"
	UnknownProperty  = busPrefix + "UnknownProperty"
	PropertyReadOnly = busPrefix + "PropertyReadOnly"
)

// ErrLost says that the connection to the bus is gone. A service that meets it
// exits with ExitLost and is started again.
var ErrLost = errors.New("the connection to the bus is lost")

// ExitLost is the exit status of a service that lost its bus (EX_TEMPFAIL).
const ExitLost = 75

// An Error is an answer that says no, under a name of the toolstack or a
// standard one. XenAPI failures travel as *xerr.Error instead.
type Error struct {
	Name    string // in full: bus.NotFound
	Message string
	Params  []string
	Details map[string]dbus.Variant // retry-after-ms t, job o, where s, trace-id s, executed s
}

// Errorf makes an Error.
func Errorf(name, format string, args ...any) *Error {
	return &Error{Name: name, Message: fmt.Sprintf(format, args...)}
}

func (e *Error) Error() string {
	short := strings.TrimPrefix(strings.TrimPrefix(e.Name, ownPrefix), busPrefix)
	if e.Message == "" {
		return short
	}
	return short + ": " + e.Message
}

// IsError tells whether the chain holds an Error of this name.
func IsError(err error, name string) bool {
	var e *Error
	return errors.As(err, &e) && e.Name == name
}

// RetryAfter is the pause a Busy answer asks for, 0 if it names none.
func (e *Error) RetryAfter() time.Duration {
	ms, _ := e.Details["retry-after-ms"].Value().(uint64)
	return time.Duration(min(ms, uint64(time.Hour/time.Millisecond))) * time.Millisecond
}

// errorSignature is the body of every error.
const errorSignature = "sasa{sv}"

// wireError is an error as a message carries it. masked tells that the text
// was kept from the peer and belongs in the log.
func wireError(err error) (name string, body []any, masked bool) {
	var x *xerr.Error
	var e *Error
	var lost *xerr.Lost
	switch {
	case errors.As(err, &x) && validCode(x.Code):
		return xenAPIPrefix + x.Code, errorBody(x.Code, x.Params, nil), false
	case errors.As(err, &e):
		return e.Name, errorBody(e.Message, e.Params, e.Details), false
	case errors.As(err, &lost):
		details := map[string]dbus.Variant{"executed": dbus.MakeVariant(lost.Executed)}
		return OutcomeUnknown, errorBody("a service went away before it answered", nil, details), true
	case errors.Is(err, context.DeadlineExceeded):
		return DeadlineExceeded, errorBody("the deadline has passed", nil, nil), false
	case errors.Is(err, context.Canceled):
		return Cancelled, errorBody("the call was cancelled", nil, nil), false
	}
	return Internal, internalBody(), true
}

// internalText is all a peer learns of an error that is not for it.
const internalText = "internal error, see the service's log"

func internalBody() []any { return errorBody(internalText, nil, nil) }

func errorBody(msg string, params []string, details map[string]dbus.Variant) []any {
	return []any{strings.ToValidUTF8(strings.ReplaceAll(msg, "\x00", ""), "\uFFFD"), params, details}
}

// validCode tells whether a XenAPI code can be an element of an error name;
// all of the contract can.
func validCode(code string) bool {
	for i := range len(code) {
		c := code[i]
		letter := c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return code != "" && len(code) <= 200
}

// fromWire is wireError's inverse, for an error message received.
func fromWire(name string, body []any) error {
	msg, params, details := splitBody(body)
	if code, ok := strings.CutPrefix(name, xenAPIPrefix); ok {
		return &xerr.Error{Code: code, Params: params}
	}
	return &Error{Name: name, Message: msg, Params: params, Details: details}
}

func splitBody(body []any) (msg string, params []string, details map[string]dbus.Variant) {
	if len(body) > 0 {
		msg, _ = body[0].(string)
	}
	if len(body) > 1 {
		params, _ = body[1].([]string)
	}
	if len(body) > 2 {
		details, _ = body[2].(map[string]dbus.Variant)
	}
	return msg, params, details
}

// class is what an error says about the execution of the call.
type class uint8

const (
	refused     class = iota // executed and refused, or an answer we cannot read
	notExecuted              // surely not executed
	unknown                  // nobody knows
	handedOver               // repeat at once with the same key
)

// notDelivered are the bus's own errors for a call it did not pass on.
var notDelivered = map[string]bool{
	busPrefix + "ServiceUnknown": true,
	busPrefix + "NameHasNoOwner": true,
	busPrefix + "LimitsExceeded": true,
	busPrefix + "TimedOut":       true, // the service did not start in time
	Draining:                     true,
	Busy:                         true,
}

// maybeDelivered are those for a call whose fate it does not know.
var maybeDelivered = map[string]bool{
	busPrefix + "NoReply":      true,
	busPrefix + "Disconnected": true,
	busPrefix + "Timeout":      true,
}

// classify sorts an error of one attempt (conventions, section 6).
func classify(err error) class {
	var e *Error
	var x *xerr.Error
	var send *sendError
	switch {
	case errors.As(err, &x):
		return refused
	case errors.As(err, &send):
		if send.untouched {
			return notExecuted
		}
		return unknown
	case errors.As(err, &e):
		return e.class()
	case errors.Is(err, ErrLost), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, context.Canceled), errors.Is(err, io.EOF):
		return unknown
	}
	return refused
}

func (e *Error) class() class {
	switch {
	case e.Name == HandedOver:
		return handedOver
	case notDelivered[e.Name] || strings.HasPrefix(e.Name, busPrefix+"Spawn."):
		return notExecuted
	case maybeDelivered[e.Name]:
		return unknown
	}
	return refused
}

// executed is the word for a class in xerr.Lost.
func (c class) executed() string {
	if c == notExecuted {
		return "no"
	}
	return "unknown"
}

// A sendError is a message that could not be written. untouched: not a byte of
// it left.
type sendError struct {
	untouched bool
	err       error
}

func (s *sendError) Error() string { return "cannot send to the bus: " + s.err.Error() }
func (s *sendError) Unwrap() error { return s.err }
