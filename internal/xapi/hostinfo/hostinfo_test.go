package hostinfo

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestFrom reads each root directory in testdata and compares what was found
// with the golden file beside it.
func TestFrom(t *testing.T) {
	roots, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(roots) == 0 {
		t.Fatal(roots, err)
	}
	for _, root := range roots {
		t.Run(filepath.Base(root), func(t *testing.T) {
			archive, err := txtar.ParseFile(root)
			if err != nil {
				t.Fatal(err)
			}
			fsys := fstest.MapFS{}
			for _, f := range archive.Files {
				fsys[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			m := From(fsys)
			m.Architecture = "x86_64"
			if strings.HasPrefix(filepath.Base(root), "container") {
				if len(m.CPUs) != runtime.NumCPU() {
					t.Errorf("%d processors", len(m.CPUs))
				}
				m.CPUs = nil // as many as the machine the test runs on has
			}
			got, err := json.MarshalIndent(m, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(root, ".txtar") + ".golden"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRead reads the machine the test runs on, whatever it is.
func TestRead(t *testing.T) {
	m := Read()
	if m.Hostname == "" || len(m.CPUs) == 0 || m.Sockets == 0 || m.Nodes == 0 {
		t.Errorf("%+v", m)
	}
	t.Logf("%d processors, %d MiB, %d interfaces, management %d", len(m.CPUs), m.Memory.Total>>20, len(m.NICs), m.Management())
}

func FuzzParseCPUs(f *testing.F) {
	f.Add([]byte("processor : 0\nmodel name : x\n"))
	f.Fuzz(func(t *testing.T, b []byte) { parseCPUs(b) })
}
