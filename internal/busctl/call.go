package busctl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/wiremap"
	"github.com/xcp-dbus/xcp/internal/schema"
)

// ErrUsage says that the command line was wrong, not the call.
var ErrUsage = errors.New("wrong command line")

func usage(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrUsage, fmt.Errorf(format, args...))
}

const (
	xapiName = "org.xen.xcp.xapi"
	xapiPath = "/org/xen/xcp/xapi"
)

// Call makes one call and prints its answer. words are either
//
//	CLASS.METHOD [ARGUMENT...]                               a XenAPI message
//	SERVICE PATH INTERFACE.METHOD [SIGNATURE [ARGUMENT...]]  any method
//
// For a XenAPI message a session is opened by LocalLogin1 and closed again.
func (s *Session) Call(ctx context.Context, words []string, timeout time.Duration) error {
	if len(words) == 0 {
		return usage("say what to call")
	}
	if timeout <= 0 {
		timeout = callTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if len(words) >= 2 && strings.HasPrefix(words[1], "/") {
		return s.callRaw(ctx, words)
	}
	return s.callMessage(ctx, words[0], words[1:])
}

func (s *Session) callRaw(ctx context.Context, words []string) error {
	if len(words) < 3 {
		return usage("want SERVICE PATH INTERFACE.METHOD [SIGNATURE [ARGUMENT...]]")
	}
	dot := strings.LastIndexByte(words[2], '.')
	if !dbus.ObjectPath(words[1]).IsValid() || dot <= 0 {
		return usage("want SERVICE PATH INTERFACE.METHOD, not %s %s", words[1], words[2])
	}
	r := &bus.Request{
		Dest: ServiceName(words[0]), Path: dbus.ObjectPath(words[1]),
		Interface: words[2][:dot], Member: words[2][dot+1:],
		Once: true, // nothing is known of what a second call would do
	}
	if len(words) > 3 {
		args, err := parseWords(words[3], words[4:])
		if err != nil {
			return usage("%w", err)
		}
		r.In, r.Args = words[3], args
	}
	out, err := s.Conn.Do(ctx, r)
	if err != nil {
		return err
	}
	return s.printAnswer(out)
}

// callMessage calls a XenAPI message as the local superuser.
func (s *Session) callMessage(ctx context.Context, name string, words []string) error {
	async := false
	if rest, ok := strings.CutPrefix(name, "Async."); ok {
		name, async = rest, true
	}
	m, ok := wiremap.Lookup(name)
	if !ok {
		return usage("there is no XenAPI message %q", name)
	}
	if async && !m.Async {
		return usage("%s has no Async. form", name)
	}
	args, sig, err := messageArgs(m, words)
	if err != nil {
		return usage("%w", err)
	}
	session := ""
	if !m.NoSession {
		if session, err = s.login(ctx); err != nil {
			return err
		}
		defer s.logout(session)
	}
	out, err := s.Conn.Do(bus.WithMeta(ctx, &bus.Meta{Session: session}), messageRequest(m, async, sig+"a{sv}", args))
	if err != nil {
		return err
	}
	return s.printAnswer(out)
}

func messageRequest(m *schema.Message, async bool, sig string, args []any) *bus.Request {
	form := "1"
	if async {
		form = "Async1"
	}
	r := &bus.Request{
		Dest: xapiName, Path: dbus.ObjectPath(xapiPath + "/" + m.Class.Name),
		Interface: xapiName + "." + m.Class.Name + form, Member: m.Name,
		In: sig, Args: args, Context: true, Retry: bus.Idempotent,
	}
	switch m.Idempotency {
	case schema.Keyed:
		r.Retry = bus.Keyed
	case schema.Never:
		r.Retry = bus.Never
	}
	return r
}

// messageArgs turns words into a message's arguments; optional ones may be
// left out and get their defaults.
func messageArgs(m *schema.Message, words []string) (args []any, sig string, err error) {
	if len(words) < m.Required || len(words) > len(m.Params) {
		var names []string
		for i, p := range m.Params {
			n := p.Name + ":" + p.Type.Text
			if i >= m.Required {
				n = "[" + n + "]"
			}
			names = append(names, n)
		}
		return nil, "", fmt.Errorf("%s takes (%s)", m.Wire(), strings.Join(names, ", "))
	}
	for i, p := range m.Params {
		sig += p.Type.Sig
		if i >= len(words) {
			args = append(args, p.Default) // nil is marshalled as the type's empty value
			continue
		}
		v, err := messageArg(p.Type, words[i])
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", p.Name, err)
		}
		args = append(args, v)
	}
	return args, sig, nil
}

// messageArg reads one argument. The members of a record have the types of its
// class's fields, not guessed ones.
func messageArg(t *schema.Type, word string) (any, error) {
	class := model.ClassByName(t.Name)
	if t.Kind != schema.Record || class == nil {
		return parseWord(t.Sig, word)
	}
	var members map[string]any
	dec := json.NewDecoder(strings.NewReader(word))
	dec.UseNumber()
	if err := dec.Decode(&members); err != nil || dec.More() {
		return nil, fmt.Errorf("want a JSON object of fields of %s", t.Name)
	}
	record := make(map[string]dbus.Variant, len(members))
	for name, v := range members {
		f := class.Field(name)
		if f == nil || f.Internal {
			return nil, fmt.Errorf("%s has no field %q", t.Name, name)
		}
		value, err := fromJSON(f.Type.Sig, v, 1)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		record[name] = dbus.MakeVariantWithSignature(value, dbus.ParseSignatureMust(f.Type.Sig))
	}
	return record, nil
}

// login asks xapi for a session, which it gives to root and the launcher's
// user.
func (s *Session) login(ctx context.Context) (string, error) {
	out, err := s.Conn.Do(ctx, &bus.Request{
		Dest: xapiName, Path: xapiPath, Interface: xapiName + ".LocalLogin1", Member: "Login",
		In: "a{sv}", Context: true, Retry: bus.Keyed,
	})
	if err != nil {
		return "", fmt.Errorf("cannot log in: %w", err)
	}
	session, _ := out[0].(string)
	return session, nil
}

// logout closes the session, also after the call's time is over.
func (s *Session) logout(session string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, _ = s.Conn.Do(bus.WithMeta(ctx, &bus.Meta{Session: session}), &bus.Request{
		Dest: xapiName, Path: xapiPath + "/session", Interface: xapiName + ".session1", Member: "logout",
		In: "a{sv}", Context: true, Retry: bus.Keyed,
	})
}

// printAnswer prints each result; a stream is copied to the end.
func (s *Session) printAnswer(out []any) error {
	defer bus.CloseFDs(out)
	for i, v := range out {
		var err error
		switch {
		case isStream(v):
			out[i] = nil
			err = s.copyStream(v)
		case s.JSON:
			err = s.printJSON(plain(v))
		default:
			_, err = fmt.Fprintln(s.Out, show(v))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func isStream(v any) bool {
	switch v.(type) {
	case dbus.UnixFD, *os.File:
		return true
	}
	return false
}

func (s *Session) copyStream(v any) error {
	f := bus.File(v, "stream")
	defer f.Close()
	if _, err := io.Copy(s.Out, f); err != nil {
		return fmt.Errorf("cannot read the stream: %w", err)
	}
	return nil
}
