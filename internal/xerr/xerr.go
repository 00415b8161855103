// Package xerr is the error every room speaks: a XenAPI code with its
// parameters for the client, an operation and a cause for the log. Three
// borders convert it, and nobody else does: the bus dispatcher (out), the bus
// client (back in), and the front (to a fault or a JSON-RPC error).
package xerr

import (
	"errors"
	"strings"
)

// An Error is a failure on its way to a client.
type Error struct {
	Code   string   // a XenAPI code, of internal/gen/codes
	Params []string // its parameters, in the contract's order
	Op     string   // what was being done; for the log only
	Err    error    // the cause; for the log only
}

// New makes an Error.
func New(code string, params ...string) *Error { return &Error{Code: code, Params: params} }

// Wrap makes an Error that keeps its cause.
func Wrap(err error, code string, params ...string) *Error {
	return &Error{Code: code, Params: params, Err: err}
}

// Error gives the long form for logs: operation, code, parameters, cause.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Op != "" {
		b.WriteString(e.Op + ": ")
	}
	b.WriteString(e.Code)
	if len(e.Params) > 0 {
		b.WriteString(" [" + strings.Join(e.Params, ", ") + "]")
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// From finds the Error in a chain. An error that holds none becomes
// INTERNAL_ERROR with its text; nil stays nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: "INTERNAL_ERROR", Params: []string{err.Error()}, Err: err}
}

// Is tells whether the chain holds an Error with this code.
func Is(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// Lost says that the peer went away, or the deadline passed, before it
// answered: not an answer that says no. Executed is "no", "yes" or "unknown".
type Lost struct {
	Op       string
	Executed string
	Err      error
}

func (l *Lost) Error() string {
	return l.Op + ": no answer (executed: " + l.Executed + "): " + l.Err.Error()
}

// Unwrap returns the cause.
func (l *Lost) Unwrap() error { return l.Err }
