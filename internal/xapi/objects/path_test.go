package objects

import (
	"testing"

	"github.com/godbus/dbus/v5"
	"pgregory.net/rapid"
)

func TestElement(t *testing.T) {
	for id, want := range map[string]string{
		"5b7f0c1e-93c4-4c1f-8d1e-0a2b3c4d5e6f": "5b7f0c1e_93c4_4c1f_8d1e_0a2b3c4d5e6f",
		"5B7F0C1E-93c4-4c1f-8d1e-0a2b3c4d5e6f": "5B7F0C1E_2d93c4_2d4c1f_2d8d1e_2d0a2b3c4d5e6f",
		"":                                     "_",
		"a/../":                                "a_2f_2e_2e_2f",
	} {
		if got := element(id); got != want {
			t.Errorf("element(%q) = %q, want %q", id, got, want)
		}
	}
	for _, bad := range []string{"a_", "a_2", "a_zz", "a_2F"} {
		if id, ok := uuid(bad); ok {
			t.Errorf("uuid(%q) = %q, want refusal", bad, id)
		}
	}
}

// Any identifier survives the way into a path and back, and the path is legal.
func TestElementInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := string(rapid.SliceOf(rapid.Byte()).Draw(t, "id"))
		el := element(id)
		if !dbus.ObjectPath(root + "VM/" + el).IsValid() {
			t.Fatalf("%q gives an illegal path element %q", id, el)
		}
		class, back, ok := split(dbus.ObjectPath(root + "VM/" + el))
		if !ok || class != "VM" || back != id {
			t.Fatalf("%q came back as %q (%v)", id, back, ok)
		}
	})
}
