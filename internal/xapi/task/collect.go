package task

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
)

// Limits of how long tasks stay.
const (
	completedFor = 65 * time.Minute // after their end
	pendingFor   = 24 * time.Hour   // without progress
	maxTasks     = 200              // completed ones beyond go, the oldest first
	perCommit    = 50               // a commit may touch 100 keys
)

// Collect removes tasks nobody needs any more. Run it every 30 s, never twice
// at once.
func (m *Manager) Collect(ctx context.Context) error {
	var gone []string
	var completed []*db.Row
	now := m.Now()
	left := 0
	progress := map[string]float64{}
	for row := range m.DB.Snapshot().Rows(model.Task) {
		switch done := Completed(row); {
		case done && wantsDestroy(row), done && now.Sub(when(row, model.Task_Finished)) > completedFor:
			gone = append(gone, row.Ref)
			continue
		case done:
			completed = append(completed, row)
		default:
			progress[row.Ref] = row.Float(field(model.Task_Progress))
			was, seen := m.pending[row.Ref]
			if seen && was == progress[row.Ref] && !m.isRunning(row.Ref) && now.Sub(when(row, model.Task_Created)) > pendingFor {
				m.Log.Warn("removing a task that never ended", "task", row.Ref, "name", row.Text(field(model.Task_NameLabel)))
				gone = append(gone, row.Ref)
				continue
			}
		}
		left++
	}
	m.pending = progress
	slices.SortFunc(completed, func(a, b *db.Row) int {
		return cmp.Compare(a.Text(field(model.Task_Finished)), b.Text(field(model.Task_Finished)))
	})
	for _, row := range completed[:min(max(left-maxTasks, 0), len(completed))] {
		gone = append(gone, row.Ref)
	}
	return m.remove(ctx, gone)
}

func (m *Manager) isRunning(task string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.running[task]
	return ok
}

func (m *Manager) remove(ctx context.Context, refs []string) error {
	for part := range slices.Chunk(refs, perCommit) {
		_, err := m.DB.Update(ctx, func(tx *db.Tx) error {
			for _, ref := range part {
				if row, ok := tx.Get(ref); ok && row.Class == model.Task {
					if err := tx.Delete(ref); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func wantsDestroy(row *db.Row) bool {
	for _, what := range row.Map(field(model.Task_CurrentOperations)) {
		if what == "destroy" {
			return true
		}
	}
	return false
}

// when reads a time of a task; one that cannot be read is long ago.
func when(row *db.Row, i int) time.Time {
	t, _ := time.Parse("20060102T15:04:05Z", row.Text(field(i)))
	return t
}
