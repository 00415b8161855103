package event

import (
	"slices"
	"strings"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/schema"
)

// messageClass is the one class with events but without rows.
const messageClass = "message"

// A subscription is what a client wants to hear of, made of texts such as "*",
// "vm" and "VM/OpaqueRef:...". Class names match in any case; one that does
// not exist matches nothing.
type subscription struct {
	all     bool
	classes []bool            // by schema.Class.Index
	objects map[string]string // reference to lower-case class
}

func newSubscription(texts []string) *subscription {
	s := &subscription{classes: make([]bool, len(model.Classes))}
	for _, text := range texts {
		name, _, isObject := strings.Cut(strings.ToLower(text), "/")
		switch {
		case name == "*" && !isObject:
			s.all = true
		case isObject:
			_, object, _ := strings.Cut(text, "/") // references keep their case
			if s.objects == nil {
				s.objects = make(map[string]string)
			}
			s.objects[object] = name
		default:
			if c := model.ClassByLower(name); c != nil {
				s.classes[c.Index] = true
			}
		}
	}
	return s
}

// wants tells whether a change of an object is news for the client.
func (s *subscription) wants(c *schema.Class, ref string) bool {
	return c.Events && (s.all || s.classes[c.Index] || s.objects != nil && s.objects[ref] == c.Lower())
}

// wantsMessages tells whether class message is subscribed.
func (s *subscription) wantsMessages() bool {
	return s.all || s.classes[model.Message.Index] || slices.Contains(s.objectClasses(), messageClass)
}

func (s *subscription) objectClasses() []string {
	var names []string
	for _, name := range s.objects {
		names = append(names, name)
	}
	return names
}

// onlyTasks tells whether the client waits for tasks and nothing else: they are
// answered without gathering.
func (s *subscription) onlyTasks() bool {
	if s.all {
		return false
	}
	for i, on := range s.classes {
		if on && i != model.Task.Index {
			return false
		}
	}
	for _, name := range s.objects {
		if name != model.Task.Lower() {
			return false
		}
	}
	return true
}
