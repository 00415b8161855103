package idl_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/xcp-dbus/xcp/internal/idl"
)

var update = flag.Bool("update", false, "write what the compiler says now into the golden files")

// TestGolden runs the compiler over testdata/*.txtar. In an archive *.hcl files
// are the input, added to testdata/prelude.hcl; "diagnostics" is what it must
// say; any other file is what it must generate at that path.
func TestGolden(t *testing.T) {
	prelude, err := os.ReadFile("testdata/prelude.hcl")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, path, archive, prelude)
		})
	}
}

func golden(t *testing.T, path string, archive *txtar.Archive, prelude []byte) {
	files := map[string][]byte{"xapi/prelude.hcl": prelude}
	for _, f := range archive.Files {
		if strings.HasSuffix(f.Name, ".hcl") {
			files[f.Name] = f.Data
		}
	}
	c, diags := idl.Parse(files)
	said := []byte(idl.Explain(diags, ""))
	var out idl.Output
	if c != nil {
		var err error
		if out, err = idl.Generate(c); err != nil {
			said = append(said, fmt.Sprintln(err)...)
		}
	}
	for i, f := range archive.Files {
		if strings.HasSuffix(f.Name, ".hcl") {
			continue
		}
		got := out[f.Name]
		if f.Name == "diagnostics" {
			got = said
			said = nil
		}
		if *update {
			archive.Files[i].Data = got
			continue
		}
		if diff := cmp.Diff(string(f.Data), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.Name, diff)
		}
	}
	if len(said) > 0 {
		t.Errorf("unexpected diagnostics:\n%s", said)
	}
	if *update {
		if err := os.WriteFile(path, bytes.TrimLeft(txtar.Format(archive), "\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
