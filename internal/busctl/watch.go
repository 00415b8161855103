package busctl

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
)

const (
	maxShown   = 200   // bytes of arguments in a line
	maxOpen    = 65536 // calls whose answer is waited for; as many as the bus lets one peer have
	watchQueue = 8192  // messages read and not yet printed; beyond, some are missed
)

// Watch prints every call on the bus and its answer, a line each, until ctx
// ends. With a service only what it is asked and answers. Only root, or the
// launcher's user on a private bus, may do that.
func Watch(ctx context.Context, address, service string, out io.Writer, asJSON bool) error {
	conn, err := dbus.Connect(address, dbus.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("cannot connect to the bus: %w", err)
	}
	defer conn.Close()
	messages := make(chan *dbus.Message, watchQueue)
	conn.Eavesdrop(messages)
	if err := becomeMonitor(ctx, conn, messages, service); err != nil {
		return fmt.Errorf("cannot watch the bus: %w", err)
	}
	w := &watcher{out: out, json: asJSON, mask: newMasker(), open: make(map[callKey]*openCall)}
	for {
		select {
		case m, ok := <-messages:
			if !ok {
				return bus.ErrLost
			}
			if err := w.message(m, time.Now()); err != nil {
				return err
			}
			bus.CloseFDs(m.Body)
		case <-ctx.Done():
			return nil
		case <-conn.Context().Done():
			return bus.ErrLost
		}
	}
}

// becomeMonitor has the bus copy all messages to conn, which can do nothing
// else from then on, not even answer. So messages are diverted before, and the
// answer is looked for among them.
func becomeMonitor(ctx context.Context, conn *dbus.Conn, messages <-chan *dbus.Message, service string) error {
	rules := []string{}
	if service != "" {
		name := ServiceName(service)
		rules = []string{
			"type='method_call',destination='" + name + "'",
			"type='method_return',sender='" + name + "'",
			"type='error',sender='" + name + "'",
			"type='error',sender='" + busName + "'", // the bus answers for a service it cannot start
		}
	}
	ask := &dbus.Message{
		Type: dbus.TypeMethodCall,
		Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldDestination: dbus.MakeVariant(busName),
			dbus.FieldPath:        dbus.MakeVariant(dbus.ObjectPath(busPath)),
			dbus.FieldInterface:   dbus.MakeVariant("org.freedesktop.DBus.Monitoring"),
			dbus.FieldMember:      dbus.MakeVariant("BecomeMonitor"),
			dbus.FieldSignature:   dbus.MakeVariant(dbus.ParseSignatureMust("asu")),
		},
		Body: []any{rules, uint32(0)},
	}
	if call := conn.Send(ask, make(chan *dbus.Call, 1)); call.Err != nil {
		return call.Err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	for {
		select {
		case m := <-messages:
			serial, _ := m.Headers[dbus.FieldReplySerial].Value().(uint32)
			if serial != ask.Serial() {
				continue
			}
			if m.Type == dbus.TypeError {
				return dbus.Error{Name: headerText(m, dbus.FieldErrorName), Body: m.Body}
			}
			return nil
		case <-conn.Context().Done():
			return bus.ErrLost
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func headerText(m *dbus.Message, f dbus.HeaderField) string {
	s, _ := m.Headers[f].Value().(string)
	return s
}

// A callKey finds the call an answer belongs to.
type callKey struct {
	sender string
	serial uint32
}

type openCall struct {
	iface, member string
	since         time.Time
}

type watcher struct {
	out  io.Writer
	json bool
	mask *masker
	open map[callKey]*openCall
}

// A line is one message as Watch prints it.
type line struct {
	Time     time.Time `json:"time"`
	Kind     string    `json:"kind"` // call, reply or error
	Sender   string    `json:"sender"`
	Dest     string    `json:"destination"`
	Path     string    `json:"path,omitempty"`
	Method   string    `json:"method"`
	Args     []any     `json:"args"`
	Error    string    `json:"error,omitempty"`
	TookUS   int64     `json:"took_us,omitempty"`
	Trace    string    `json:"trace,omitempty"`
	Deadline int64     `json:"deadline_ms,omitempty"`
}

// message prints one message, if it is a call or an answer to one seen.
func (w *watcher) message(m *dbus.Message, now time.Time) error {
	text := func(f dbus.HeaderField) string { return headerText(m, f) }
	l := line{Time: now, Sender: text(dbus.FieldSender), Dest: text(dbus.FieldDestination)}
	switch m.Type {
	case dbus.TypeMethodCall:
		path, _ := m.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
		c := &openCall{text(dbus.FieldInterface), text(dbus.FieldMember), now}
		l.Kind, l.Path, l.Method = "call", string(path), c.iface+"."+c.member
		var meta map[string]dbus.Variant
		l.Args, meta = w.mask.call(c.iface, c.member, m.Body)
		l.Trace, _ = meta["traceparent"].Value().(string)
		if ms, ok := meta["deadline-ms"].Value().(uint64); ok {
			l.Deadline = int64(ms) - now.UnixMilli()
		}
		if m.Flags&dbus.FlagNoReplyExpected == 0 && len(w.open) < maxOpen {
			w.open[callKey{l.Sender, m.Serial()}] = c
		}
	case dbus.TypeMethodReply, dbus.TypeError:
		serial, _ := m.Headers[dbus.FieldReplySerial].Value().(uint32)
		key := callKey{l.Dest, serial}
		c := w.open[key]
		if c == nil {
			return nil
		}
		delete(w.open, key)
		l.Kind, l.Method, l.TookUS = "reply", c.iface+"."+c.member, now.Sub(c.since).Microseconds()
		if m.Type == dbus.TypeError {
			l.Kind, l.Error = "error", text(dbus.FieldErrorName)
			l.Args = w.mask.failure(c.iface, c.member, m.Body)
		} else {
			l.Args = w.mask.reply(c.iface, c.member, m.Body)
		}
	default:
		return nil
	}
	return w.print(&l)
}

func (w *watcher) print(l *line) error {
	if w.json {
		text, err := json.Marshal(l)
		if err != nil {
			return fmt.Errorf("cannot write a message as JSON: %w", err)
		}
		_, err = fmt.Fprintf(w.out, "%s\n", text)
		return err
	}
	short := strings.TrimPrefix(l.Method, servicePart)
	args := make([]string, len(l.Args))
	for i, a := range l.Args {
		text, _ := json.Marshal(a)
		args[i] = string(text)
	}
	shown := strings.Join(args, ", ")
	if len(shown) > maxShown {
		shown = strings.ToValidUTF8(shown[:maxShown], "") + "…"
	}
	at := l.Time.Format("15:04:05.000000")
	var err error
	switch l.Kind {
	case "call":
		_, err = fmt.Fprintf(w.out, "%s call  %s -> %s %s %s(%s)\n", at, l.Sender, l.Dest, l.Path, short, shown)
	case "reply":
		_, err = fmt.Fprintf(w.out, "%s reply %s <- %s %s %s (%s)\n", at, l.Dest, l.Sender, took(l.TookUS), short, shown)
	default:
		_, err = fmt.Fprintf(w.out, "%s error %s <- %s %s %s %s (%s)\n", at, l.Dest, l.Sender, took(l.TookUS), short,
			strings.TrimPrefix(l.Error, servicePart), shown)
	}
	return err
}

func took(us int64) string { return (time.Duration(us) * time.Microsecond).String() }
