package systest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/internal/gen/wiremap"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/systest/stack"
)

// TestEveryMessage calls all messages of the contract three times: with the
// emptiest arguments of the right types, with arguments of wrong types, and
// with hostile text. Each must be answered, by a value or by a refusal that is
// one of the contract's, and nothing may die of it.
func TestEveryMessage(t *testing.T) {
	s := start(t, stack.Options{})
	c := login(t, s, s.URL)
	xapi, _ := s.Find("xcp-xapi")
	front, _ := s.Find("xcp-front")
	hostile := strings.Repeat("'\"\\\x7f\u202e<]]>&$(){}%s", 50)
	tally := map[string]int{}
	for _, m := range wiremap.Messages {
		if m.Class.Name == "session" && strings.Contains(m.Name, "logout") || m.Wire() == "event.next" {
			continue // ends this test's session; waits for ever
		}
		for kind, args := range map[string][]any{
			"empty":   dummies(m, func(p *schema.Type) any { return emptyJSON(p, "") }),
			"hostile": dummies(m, func(p *schema.Type) any { return emptyJSON(p, hostile) }),
			"wrong":   dummies(m, wrongJSON),
		} {
			tally[everyCall(t, c, m, kind, args)]++
		}
		if t.Failed() && !xapi.Alive() {
			t.Fatalf("xapi died of %s", m.Wire())
		}
	}
	t.Logf("answers: %v", tally)
	if now, _ := s.Find("xcp-xapi"); now != xapi {
		t.Error("xapi died")
	}
	if now, _ := s.Find("xcp-front"); now != front {
		t.Error("the front died")
	}
	if strings.Contains(s.Log(), "panic") {
		t.Error("something panicked, see the log")
	}
}

// everyCall makes one call, judges the answer, and returns its code.
func everyCall(t *testing.T, c *stack.Client, m *schema.Message, kind string, args []any) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	call := c.Do
	if m.NoSession {
		call = c.Call
	}
	_, err := call(ctx, m.Wire(), args...)
	var f *stack.Failure
	switch {
	case err == nil && kind == "wrong" && len(args) > 0:
		t.Errorf("%s takes arguments of wrong types", m.Wire())
	case err == nil:
	case !errors.As(err, &f):
		t.Errorf("%s (%s): %v", m.Wire(), kind, err)
	case f.Code == "INTERNAL_ERROR" && !m.PoolInternal:
		t.Errorf("%s (%s) answers %v", m.Wire(), kind, f)
	}
	if f != nil {
		return f.Code
	}
	return "success"
}

func dummies(m *schema.Message, make func(*schema.Type) any) []any {
	args := []any{}
	for _, p := range m.Params[:m.Required] {
		args = append(args, make(p.Type))
	}
	return args
}

// emptyJSON is a value of a type as a JSON client sends it: text where the
// type takes any, else as empty as it can be.
func emptyJSON(p *schema.Type, text string) any {
	switch p.Kind {
	case schema.Int:
		return 0
	case schema.Float:
		return 0.5
	case schema.Bool:
		return false
	case schema.DateTime:
		return "20260101T00:00:00Z"
	case schema.Enum:
		return p.Enum.Values[0]
	case schema.Ref:
		return "OpaqueRef:NULL" + text
	case schema.Set:
		return []any{}
	case schema.Map:
		if text != "" && p.Key.IsText() && p.Key.Kind != schema.Enum && p.Elem.Kind == schema.String {
			return map[string]any{text: text}
		}
		return map[string]any{}
	case schema.Record:
		return map[string]any{}
	}
	return text
}

// wrongJSON is a value that is none of the type.
func wrongJSON(p *schema.Type) any {
	switch p.Kind {
	case schema.Set, schema.Map, schema.Record:
		return 7
	}
	return []any{map[string]any{}}
}
