package systest

import (
	"encoding/xml"
	"slices"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/systest/stack"
)

// internalFields is the number of fields that exist inside only.
const internalFields = 29

// TestInternalFields walks everything a client can see, looking for fields
// that exist inside only: method names, records, events, introspection of
// class objects and single objects, and their properties.
func TestInternalFields(t *testing.T) {
	hidden := map[string][]string{} // by class
	count := 0
	for _, class := range model.Classes {
		for _, f := range class.Fields {
			if f.Internal {
				hidden[class.Name] = append(hidden[class.Name], f.Name)
				count++
			}
		}
	}
	if count != internalFields {
		t.Errorf("the contract has %d internal fields, want %d", count, internalFields)
	}
	s := sharedStack(t)
	c := login(t, s, s.URL)
	made := rowsOfHiddenClasses(t, c)
	conn := busConn(t, s)

	for _, m := range mustCall(t, c, "system.listMethods").([]any) {
		class, name, _ := strings.Cut(m.(string), ".")
		for _, field := range hidden[class] {
			if isOfField(name, field) && !byHand(class, name) {
				t.Errorf("%s is a method", m)
			}
		}
	}
	for class, fields := range hidden {
		checkClass(t, c, conn, class, fields)
	}
	for _, e := range do(t, c, "event.from", []string{"*"}, "", 1.5).(map[string]any)["events"].([]any) {
		event := e.(map[string]any)
		snapshot, _ := event["snapshot"].(map[string]any)
		for class, fields := range hidden {
			if strings.ToLower(class) == event["class"] {
				none(t, "an event of "+class, snapshot, fields)
			}
		}
	}
	for _, undo := range made {
		do(t, c, undo[0], undo[1])
	}
}

// isOfField tells whether a name is that of a message made from a field.
func isOfField(name, field string) bool {
	for _, prefix := range []string{"get_", "set_", "add_to_", "remove_from_", "add_", "remove_"} {
		if name == prefix+field {
			return true
		}
	}
	return false
}

// byHand tells whether the contract declares the message itself: VTPM's
// contents are internal, its hidden get_contents, for hosts only, is not.
func byHand(class, name string) bool {
	return slices.ContainsFunc(model.ClassByName(class).Messages, func(m *schema.Message) bool {
		return m.Name == name && m.Kind == schema.Custom
	})
}

// rowsOfHiddenClasses makes rows of classes with internal fields that a fresh
// pool has none of, and returns the calls that remove them.
func rowsOfHiddenClasses(t *testing.T, c *stack.Client) [][2]string {
	vm := do(t, c, "VM.create", stack.VMRecord("internal")).(string)
	task := do(t, c, "task.create", "internal", "").(string)
	vbd := do(t, c, "VBD.create", map[string]any{
		"VM": vm, "VDI": "OpaqueRef:NULL", "userdevice": "3", "bootable": false, "mode": "RO", "type": "CD", "unpluggable": true,
		"empty": true, "other_config": map[string]string{}, "qos_algorithm_type": "", "qos_algorithm_params": map[string]string{},
	}).(string)
	return [][2]string{{"VBD.destroy", vbd}, {"VM.destroy", vm}, {"task.destroy", task}}
}

// checkClass looks at the records, objects and introspection of one class.
func checkClass(t *testing.T, c *stack.Client, conn *dbus.Conn, class string, fields []string) {
	t.Helper()
	path := dbus.ObjectPath(xapiRoot + "/" + class)
	introspected(t, conn, path, class, fields)
	records, err := c.Do(t.Context(), class+".get_all_records")
	if f, ok := err.(*stack.Failure); ok && f.Code == "MESSAGE_REMOVED" {
		return
	}
	if err != nil {
		t.Errorf("%s.get_all_records: %v", class, err)
		return
	}
	looked := 0
	for ref, r := range records.(map[string]any) {
		record := r.(map[string]any)
		none(t, class+".get_all_records", record, fields)
		if looked++; looked > 3 {
			continue
		}
		one, err := c.Do(t.Context(), class+".get_record", ref)
		if err != nil {
			continue // gone meanwhile: a task
		}
		none(t, class+".get_record", one.(map[string]any), fields)
		object := path + dbus.ObjectPath("/"+strings.ReplaceAll(record["uuid"].(string), "-", "_"))
		introspected(t, conn, object, class, fields)
		var properties map[string]dbus.Variant
		call := conn.Object(xapiName, object).Call("org.freedesktop.DBus.Properties.GetAll", 0, xapiName+"."+class+"Object1")
		if err := call.Store(&properties); err != nil {
			t.Errorf("properties of %s: %v", object, err)
		}
		none(t, "properties of "+string(object), properties, fields)
	}
}

func none[V any](t *testing.T, what string, record map[string]V, fields []string) {
	t.Helper()
	for _, f := range fields {
		if _, ok := record[f]; ok {
			t.Errorf("%s shows %s", what, f)
		}
	}
}

// introspected checks the live introspection of one object.
func introspected(t *testing.T, conn *dbus.Conn, path dbus.ObjectPath, class string, fields []string) {
	t.Helper()
	var document string
	if err := conn.Object(xapiName, path).Call("org.freedesktop.DBus.Introspectable.Introspect", 0).Store(&document); err != nil {
		t.Errorf("introspection of %s: %v", path, err)
		return
	}
	type named struct {
		Name string `xml:"name,attr"`
	}
	var node struct {
		Methods    []named `xml:"interface>method"`
		Properties []named `xml:"interface>property"`
	}
	if err := xml.Unmarshal([]byte(document), &node); err != nil {
		t.Errorf("introspection of %s: %v", path, err)
	}
	for _, n := range append(node.Methods, node.Properties...) {
		for _, f := range fields {
			if (n.Name == f || isOfField(n.Name, f)) && !byHand(class, n.Name) {
				t.Errorf("introspection of %s shows %s", path, n.Name)
			}
		}
	}
}

// busConn connects to a toolstack's bus.
func busConn(t *testing.T, s *stack.Stack) *dbus.Conn {
	conn, err := dbus.Connect(s.Bus)
	if err != nil {
		t.Fatalf("cannot connect to the bus: %v", err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// mustCall calls a method that needs no session.
func mustCall(t *testing.T, c *stack.Client, method string, args ...any) any {
	t.Helper()
	v, err := c.Call(t.Context(), method, args...)
	if err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	return v
}
