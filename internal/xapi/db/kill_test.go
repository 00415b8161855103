package db

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/internal/gen/model"
)

// TestKill kills a process that makes disks, and memory-only tasks between
// them: every answered disk is there afterwards and in its repository, and no
// revision that was answered comes again.
func TestKill(t *testing.T) {
	const env = "XCP_DB_CHILD"
	if dir := os.Getenv(env); dir != "" {
		writeForEver(t, openDB(t, openStore(t, dir), Options{}))
		return
	}
	if testing.Short() {
		t.Skip("short: not starting processes to kill")
	}
	dir := t.TempDir()
	st := openStore(t, dir)
	d := openDB(t, st, Options{})
	create(t, d, model.SR, "sr")
	_, _ = d.Close(), st.Close()

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKill$")
	cmd.Env = append(os.Environ(), env+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var answered []string
	last := uint64(0)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var ref string
		var rev uint64
		if _, err := fmt.Sscanf(lines.Text(), "answered %s %d", &ref, &rev); err != nil {
			continue // a torn last line
		}
		answered, last = append(answered, ref), max(last, rev)
		if len(answered) == 200 {
			_ = cmd.Process.Kill() // and read what it had printed before it died
		}
	}
	_ = cmd.Wait() // killed
	if len(answered) < 200 {
		t.Fatalf("the child answered %d times only", len(answered))
	}

	d = openDB(t, openStore(t, dir), Options{})
	s := d.Snapshot()
	if s.Rev() <= last {
		t.Errorf("revision %d comes again after %d", s.Rev(), last)
	}
	disks := map[string]bool{}
	for _, ref := range s.Value(get(t, d, "sr"), field(model.SR, "VDIs")).([]string) {
		disks[ref] = true
	}
	for _, ref := range answered {
		if !disks[ref] || !s.Exists(ref) {
			t.Errorf("%s was answered and is lost", ref)
		}
	}
	if len(disks) != s.Count(model.VDI) || s.Count(model.Task) != 0 {
		t.Errorf("%d disks in the repository, %d in the table, %d tasks", len(disks), s.Count(model.VDI), s.Count(model.Task))
	}
}

func writeForEver(t *testing.T, d *DB) {
	var mu sync.Mutex // one line at a time
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				ref := fmt.Sprintf("%d-%d", w, i)
				update(t, d, func(tx *Tx) error {
					_, err := tx.CreateMemory(model.Task, "task-"+ref, values(model.Task))
					return err
				})
				rev := update(t, d, func(tx *Tx) error {
					_, err := tx.Create(model.VDI, ref, values(model.VDI, "SR", "sr"))
					return err
				})
				mu.Lock()
				fmt.Printf("answered %s %d\n", ref, rev)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}
