package storetest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xcp-dbus/xcp/internal/store"
)

// childEnv names the folder in which the process is the child that writes
// until it is killed.
const childEnv = "XCP_STORETEST_CHILD"

func childDir() string { return os.Getenv(childEnv) }

// The child's writers, how many rounds of kill and open there are, and how many
// answers to await before the kill.
const (
	killWriters = 8
	killRounds  = 3
	killAfter   = 200
)

// write commits for ever from several goroutines and prints each answer as
// "answered <writer> <number> <revision>". Each commit writes two keys, so that
// half a commit shows.
func write(t testing.TB, st store.Store) {
	var mu sync.Mutex // one line at a time
	have := Load(t, st).Entries
	var wg sync.WaitGroup
	for w := range killWriters {
		n := 0
		for ; have[killKey("left", w, n)].Key != ""; n++ {
		}
		wg.Go(func() {
			for ; ; n++ {
				rev, err := st.Commit(context.Background(), store.Batch{Puts: []store.Put{
					{Key: killKey("left", w, n), Value: fmt.Append(nil, n)},
					{Key: killKey("right", w, n), Value: fmt.Append(nil, n)},
				}})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				fmt.Printf("answered %d %d %d\n", w, n, rev)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func killKey(side string, writer, n int) string { return fmt.Sprintf("%s/%d-%08d", side, writer, n) }

// testKill kills a writing process again and again: all that was answered is
// there afterwards, no commit is there by half, and of each writer there is a
// beginning without gaps.
func testKill(t *testing.T, open Open) {
	if testing.Short() {
		t.Skip("short: not starting processes to kill")
	}
	dir := t.TempDir()
	answered := map[string]uint64{}
	for range killRounds {
		writeAndKill(t, dir, answered)
		st := open(t, dir)
		checkAnswered(t, Load(t, st), answered)
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// writeAndKill starts a child, collects its answers, and kills it.
func writeAndKill(t *testing.T, dir string, answered map[string]uint64) {
	t.Helper()
	self, _, _ := strings.Cut(t.Name(), "/")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^"+self+"$", "-test.count=1")
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines, n := bufio.NewScanner(out), 0
	for lines.Scan() {
		var writer, number int
		var rev uint64
		if _, err := fmt.Sscanf(lines.Text(), "answered %d %d %d", &writer, &number, &rev); err != nil {
			continue // a torn last line, or the test framework's
		}
		answered[killKey("left", writer, number)] = rev
		answered[killKey("right", writer, number)] = rev
		if n++; n == killAfter {
			_ = cmd.Process.Kill() // and read what it had printed before it died
		}
	}
	_ = cmd.Wait() // killed
	if n < killAfter {
		t.Fatalf("the child answered %d times only", n)
	}
}

func checkAnswered(t *testing.T, im Image, answered map[string]uint64) {
	t.Helper()
	for key, rev := range answered {
		if im.Entries[key].Modified != rev {
			t.Errorf("%s was answered at revision %d and is at %d", key, rev, im.Entries[key].Modified)
		}
		if rev > im.Revision {
			t.Errorf("revision %d was answered, the store is at %d", rev, im.Revision)
		}
	}
	for w := range killWriters {
		n := 0
		for ; im.Entries[killKey("left", w, n)].Key != ""; n++ {
			left, right := im.Entries[killKey("left", w, n)], im.Entries[killKey("right", w, n)]
			if left.Modified != right.Modified {
				t.Errorf("half a commit: %v, %v", left, right)
			}
		}
		for key := range im.Entries {
			if key > killKey("left", w, n) && key <= killKey("left", w, 99999999) {
				t.Errorf("%s is there, %s is not", key, killKey("left", w, n))
			}
		}
	}
}
