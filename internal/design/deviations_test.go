// Package design_test keeps the pages of this folder true where a machine can.
package design_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	folder   = regexp.MustCompile("`(internal/[a-z/]+)`")
	testName = regexp.MustCompile(`\bTest\w+`)
)

// Every deviation names tests that exist.
func TestDeviationsAreTested(t *testing.T) {
	page, err := os.ReadFile("deviations.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| what |") {
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		named := 0
		for part := range strings.SplitSeq(cells[len(cells)-1], ";") {
			dir := folder.FindStringSubmatch(part)
			for _, name := range testName.FindAllString(part, -1) {
				named++
				if dir == nil || !hasTest(t, dir[1], name) {
					t.Errorf("%s: there is no %s in %v", strings.TrimSpace(cells[0]), name, dir)
				}
			}
		}
		if named == 0 {
			t.Errorf("%s: no test is named", strings.TrimSpace(cells[0]))
		}
	}
	if rows == 0 {
		t.Error("the table has no rows")
	}
}

func hasTest(t *testing.T, dir, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(src), "func "+name+"(") {
			return true
		}
	}
	return false
}
