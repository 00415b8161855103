package operations_test

import (
	"testing"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/xapi/operations"
	"github.com/xcp-dbus/xcp/internal/xapi/xapitest"
)

func BenchmarkAllowedVM(b *testing.B) {
	d := xapitest.Open(b)
	ref := create(b, d, model.VM, nil)
	s := d.Snapshot()
	row, _ := s.Get(ref)
	for b.Loop() {
		operations.AllowedVM(s, row)
	}
}
