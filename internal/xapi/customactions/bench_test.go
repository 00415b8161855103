package customactions_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/operations"
)

// BenchmarkIntroduceVDI makes disks in a repository that has 16 000 already.
func BenchmarkIntroduceVDI(b *testing.B) {
	h := boot(b)
	sr := h.first(model.SR, "true")
	for i := 0; i < 16_000; i += 80 {
		_, err := h.db.Update(context.Background(), func(tx *db.Tx) error {
			for j := range 80 {
				d := dbactions.NewDraft(model.VDI).Set("SR", sr).Set("type", "user").Set("location", fmt.Sprint("old", i+j))
				if err := d.Create(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	n := 0
	for b.Loop() {
		n++
		h.must("VDI.db_introduce", "", "d", "", sr, "user", false, false, map[string]string{}, fmt.Sprint("new", n))
	}
}

// BenchmarkAllowedVM computes what may be done to one VM.
func BenchmarkAllowedVM(b *testing.B) {
	h := boot(b)
	vm := h.newVM(nil)
	s := h.db.Snapshot()
	row, _ := s.Get(vm)
	for b.Loop() {
		operations.AllowedVM(s, row)
	}
}
