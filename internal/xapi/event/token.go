package event

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// A position in the event log: everything after it is news. The zero position
// is the beginning.
type position struct {
	revision uint64 // of the database
	messages uint64 // generation of the message store
}

// A token names a position in a text that clients compare and send back. Its
// first number holds the incarnation of the database in the upper 24 bits
// (conventions 8.1), so that a token of another database is noticed; revisions
// stay far below 2^40.
const revisionBits = 40

// incarnation shortens the database's identity to the bits a token has for it;
// never 0, so that the beginning is no token of any database.
func incarnation(database string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(database)) //nolint:errcheck // a hash does not fail
	return h.Sum64()>>revisionBits | 1
}

// token gives the position's text: both numbers have 20 digits, so that tokens
// with the same second number order as texts.
func (e *Engine) token(p position) string {
	return fmt.Sprintf("%020d,%020d", e.incarnation<<revisionBits|p.revision, p.messages)
}

// position reads a token. The empty text is the beginning. Errors:
// EVENT_FROM_TOKEN_PARSE_FAILURE for what is no token, EVENTS_LOST for a token
// of another database or of a revision that is yet to come.
func (e *Engine) position(token string, newest uint64) (position, error) {
	if token == "" {
		return position{}, nil
	}
	first, second, ok := strings.Cut(token, ",")
	cursor, err1 := number(first)
	messages, err2 := number(second)
	if !ok || err1 != nil || err2 != nil {
		return position{}, xerr.New(codes.EVENT_FROM_TOKEN_PARSE_FAILURE, token)
	}
	p := position{revision: cursor & (1<<revisionBits - 1), messages: messages}
	if cursor != 0 && cursor>>revisionBits != e.incarnation || p.revision > newest {
		return position{}, xerr.New(codes.EVENTS_LOST)
	}
	return p, nil
}

// number reads up to 20 digits and nothing else: no sign, no space.
func number(s string) (uint64, error) {
	if len(s) > 20 || strings.Trim(s, "0123456789") != "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseUint(s, 10, 64)
}
