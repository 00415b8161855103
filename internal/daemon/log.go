package daemon

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/coreos/go-systemd/v22/journal"
)

// logControl is the log of a process, whose level and target may be changed
// while it runs (LogControl1).
type logControl struct {
	level   slog.LevelVar
	console slog.Handler
	journal slog.Handler
	toJrnl  atomic.Bool
}

// newLog makes the log of the room called name. Target "auto" is the journal
// if stderr is connected to it, else stderr.
func newLog(name, level, target string, stderr io.Writer) (*logControl, *slog.Logger) {
	c := &logControl{}
	c.console = slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: &c.level})
	c.journal = &journalHandler{level: &c.level, identifier: "xcp-" + name}
	if l, err := parseLevel(level); err == nil {
		c.level.Set(l)
	}
	connected, _ := journal.StderrIsJournalStream()
	c.toJrnl.Store(target == "journal" || target == "auto" && connected)
	return c, slog.New(&switchHandler{c: c, console: c.console, journal: c.journal}).With("room", name)
}

// target is LogControl1's word for where the log goes.
func (c *logControl) target() string {
	if c.toJrnl.Load() {
		return "journal"
	}
	return "console"
}

func (c *logControl) setTarget(t string) error {
	if !knownTarget(t) {
		return fmt.Errorf("cannot log to %q: auto, console and journal are known", t)
	}
	connected, _ := journal.StderrIsJournalStream()
	c.toJrnl.Store(t == "journal" || t == "auto" && connected)
	return nil
}

func knownTarget(t string) bool { return t == "auto" || t == "console" || t == "journal" }

// parseLevel knows the words of slog and those of syslog, which LogControl1's
// tools use.
func parseLevel(s string) (slog.Level, error) {
	switch strings.ToLower(s) {
	case "debug":
		return slog.LevelDebug, nil
	case "info", "notice":
		return slog.LevelInfo, nil
	case "warn", "warning":
		return slog.LevelWarn, nil
	case "error", "err", "crit", "alert", "emerg":
		return slog.LevelError, nil
	}
	return 0, fmt.Errorf("cannot log at level %q: debug, info, warn and error are known", s)
}

// syslogLevel is the level in LogControl1's words.
func (c *logControl) syslogLevel() string {
	switch l := c.level.Level(); {
	case l <= slog.LevelDebug:
		return "debug"
	case l <= slog.LevelInfo:
		return "info"
	case l <= slog.LevelWarn:
		return "warning"
	}
	return "err"
}

// switchHandler sends each record to the target of the moment; both handlers
// carry the same attributes.
type switchHandler struct {
	c       *logControl
	console slog.Handler
	journal slog.Handler
}

func (h *switchHandler) now() slog.Handler {
	if h.c.toJrnl.Load() {
		return h.journal
	}
	return h.console
}

func (h *switchHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return h.now().Enabled(ctx, l)
}

func (h *switchHandler) Handle(ctx context.Context, r slog.Record) error {
	return h.now().Handle(ctx, r)
}

func (h *switchHandler) WithAttrs(as []slog.Attr) slog.Handler {
	return &switchHandler{h.c, h.console.WithAttrs(as), h.journal.WithAttrs(as)}
}

func (h *switchHandler) WithGroup(name string) slog.Handler {
	return &switchHandler{h.c, h.console.WithGroup(name), h.journal.WithGroup(name)}
}

// journalHandler writes records to the journal: the message as its message,
// each attribute as a field of its own (VM=..., TASK=...).
type journalHandler struct {
	level      slog.Leveler
	identifier string
	prefix     string
	attrs      []slog.Attr
}

func (h *journalHandler) Enabled(_ context.Context, l slog.Level) bool {
	return l >= h.level.Level()
}

func (h *journalHandler) Handle(_ context.Context, r slog.Record) error {
	fields := map[string]string{"SYSLOG_IDENTIFIER": h.identifier}
	text := r.Message
	add := func(key string, v slog.Value) {
		fields[fieldName(key)] = v.String()
		if key != "room" {
			text += fmt.Sprintf(" %s=%v", key, v)
		}
	}
	for _, a := range h.attrs {
		add(a.Key, a.Value.Resolve())
	}
	r.Attrs(func(a slog.Attr) bool {
		add(h.prefix+a.Key, a.Value.Resolve())
		return true
	})
	return journal.Send(text, priority(r.Level), fields)
}

func (h *journalHandler) WithAttrs(as []slog.Attr) slog.Handler {
	n := *h
	n.attrs = append([]slog.Attr(nil), h.attrs...)
	for _, a := range as {
		n.attrs = append(n.attrs, slog.Attr{Key: h.prefix + a.Key, Value: a.Value})
	}
	return &n
}

func (h *journalHandler) WithGroup(name string) slog.Handler {
	n := *h
	n.prefix = h.prefix + name + "_"
	return &n
}

// fieldName turns an attribute's key into a journal field: upper-case letters,
// digits and underscores, and no leading underscore, which the journal
// reserves.
func fieldName(key string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, key)
	name = strings.TrimLeft(name, "_0123456789")
	if name == "" {
		return "FIELD"
	}
	return name
}

func priority(l slog.Level) journal.Priority {
	switch {
	case l < slog.LevelInfo:
		return journal.PriDebug
	case l < slog.LevelWarn:
		return journal.PriInfo
	case l < slog.LevelError:
		return journal.PriWarning
	}
	return journal.PriErr
}
