package busctl

import (
	"context"
	"encoding/xml"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
)

// Bounds of a walk: a tree is as deep and wide as a service says.
const (
	maxDepth = 16
	maxNodes = 20000
)

// A service on the bus, as tree prints it.
type service struct {
	Name    string   `json:"name"`
	Running bool     `json:"running"`
	Objects []object `json:"objects,omitempty"`
}

// An object and its own interfaces, without the standard ones.
type object struct {
	Path       string   `json:"path"`
	Interfaces []string `json:"interfaces,omitempty"`
}

// Tree prints the services of the bus and the objects of those that run. A
// service named by the user is started for that; looking at all starts none.
func (s *Session) Tree(ctx context.Context, name string) error {
	services, err := s.services(ctx)
	if err != nil {
		return err
	}
	if name != "" {
		name = ServiceName(name)
		services = []service{{Name: name, Running: true}}
	}
	for i := range services {
		v := &services[i]
		if v.Running {
			if v.Objects, err = s.walk(ctx, v.Name, name == ""); err != nil {
				return fmt.Errorf("cannot walk %s: %w", v.Name, err)
			}
		}
		if err := s.printService(v); err != nil {
			return err
		}
	}
	return nil
}

// services lists the toolstack's names, those that run and those that could be
// started.
func (s *Session) services(ctx context.Context) ([]service, error) {
	owned, err := s.names(ctx, "ListNames")
	if err != nil {
		return nil, err
	}
	startable, err := s.names(ctx, "ListActivatableNames")
	if err != nil {
		return nil, err
	}
	all := slices.Concat(owned, startable)
	slices.Sort(all)
	var list []service
	for _, n := range slices.Compact(all) {
		if strings.HasPrefix(n, servicePart) {
			list = append(list, service{Name: n, Running: slices.Contains(owned, n)})
		}
	}
	return list, nil
}

func (s *Session) names(ctx context.Context, member string) ([]string, error) {
	out, err := s.ask(ctx, busName, member, "")
	if err != nil {
		return nil, fmt.Errorf("cannot list the names on the bus: %w", err)
	}
	names, _ := out[0].([]string)
	return names, nil
}

// A node is a document of introspection.
type node struct {
	Interfaces []struct {
		Name    string `xml:"name,attr"`
		Methods []struct {
			Name string `xml:"name,attr"`
			Args []arg  `xml:"arg"`
		} `xml:"method"`
	} `xml:"interface"`
	Nodes []struct {
		Name string `xml:"name,attr"`
	} `xml:"node"`
}

type arg struct {
	Name        string `xml:"name,attr"`
	Type        string `xml:"type,attr"`
	Direction   string `xml:"direction,attr"`
	Annotations []struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	} `xml:"annotation"`
}

// walk visits the objects of a service breadth first.
func (s *Session) walk(ctx context.Context, name string, noAutoStart bool) ([]object, error) {
	var objects []object
	level := []string{"/"}
	for depth := 0; depth < maxDepth && len(level) > 0; depth++ {
		var below []string
		for _, p := range level {
			n, err := s.introspect(ctx, name, p, noAutoStart)
			if err != nil {
				return nil, err
			}
			objects = append(objects, object{Path: p, Interfaces: n.own()})
			for _, c := range n.Nodes {
				if c.Name != "" {
					below = append(below, path.Join(p, c.Name))
				}
			}
			if len(objects)+len(below) > maxNodes {
				return nil, fmt.Errorf("it has more than %d objects", maxNodes)
			}
		}
		level = below
	}
	slices.SortFunc(objects, func(a, b object) int { return strings.Compare(a.Path, b.Path) })
	return objects, nil
}

func (s *Session) introspect(ctx context.Context, name, objectPath string, noAutoStart bool) (*node, error) {
	if !dbus.ObjectPath(objectPath).IsValid() {
		return nil, fmt.Errorf("it has a child whose path %q is none", objectPath)
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	out, err := s.Conn.Do(ctx, &bus.Request{
		Dest: name, Path: dbus.ObjectPath(objectPath), Interface: "org.freedesktop.DBus.Introspectable", Member: "Introspect",
		Once: true, NoAutoStart: noAutoStart,
	})
	if err != nil {
		return nil, err
	}
	text, _ := out[0].(string)
	var n node
	if err := xml.Unmarshal([]byte(text), &n); err != nil {
		return nil, fmt.Errorf("cannot read the introspection of %s: %w", objectPath, err)
	}
	return &n, nil
}

// own lists the interfaces that are not D-Bus's own.
func (n *node) own() []string {
	var list []string
	for _, i := range n.Interfaces {
		if !strings.HasPrefix(i.Name, "org.freedesktop.DBus.") {
			list = append(list, i.Name)
		}
	}
	return list
}

func (s *Session) printService(v *service) error {
	if s.JSON {
		return s.printJSON(v)
	}
	state := ""
	if !v.Running {
		state = "  (not running; starts when called)"
	}
	if _, err := fmt.Fprintf(s.Out, "%s%s\n", v.Name, state); err != nil {
		return err
	}
	for _, o := range v.Objects {
		line := "  " + o.Path
		if len(o.Interfaces) > 0 {
			line += "  " + strings.Join(o.Interfaces, " ")
		}
		if _, err := fmt.Fprintln(s.Out, line); err != nil {
			return err
		}
	}
	return nil
}
