package bustest_test

import (
	"context"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/internal/bus/bustest"
)

func TestBusesAreSeparate(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	a, b := bustest.New(t), bustest.New(t)
	for _, x := range []*bustest.Bus{a, b} {
		if err := x.Conn(t).RequestName(ctx, "org.xen.xcp.test", false); err != nil {
			t.Fatal(err)
		}
	}
	if a.Address == b.Address {
		t.Fatalf("both listen at %s", a.Address)
	}
}

func TestRestartKeepsTheAddress(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	old := b.Conn(t)
	b.Restart(t)
	select {
	case <-old.Done():
	case <-time.After(5 * time.Second):
		t.Fatal("the old connection did not end")
	}
	if b.Conn(t).UniqueName() == "" {
		t.Fatal("no name on the new bus")
	}
}
