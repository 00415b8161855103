package daemon

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestConfigFile(t *testing.T) {
	tests := []struct {
		name, file, want string
		args             []string
		wantErr          string
	}{
		{name: "empty", want: "default"},
		{name: "file", file: "# a comment\n\n  size = 7 \n", want: "7"},
		{name: "quoted", file: "size = \" 7 \"\n", want: " 7 "},
		{name: "value with equals sign", file: "size = a=b\n", want: "a=b"},
		{name: "command line wins", file: "size = 7\n", args: []string{"-size", "9"}, want: "9"},
		{name: "unknown key", file: "size = 7\ncolour = red\n", wantErr: ":2: cannot set \"colour\": no such setting"},
		{name: "twice", file: "size = 7\nsize = 8\n", wantErr: ":2: cannot set \"size\": it is set in line 1 already"},
		{name: "no value", file: "size\n", wantErr: ":1: cannot read \"size\": want key = value"},
		{name: "bad value", file: "count = many\n", wantErr: ":1: cannot set \"count\""},
		{name: "bad level", file: "log-level = loud\n", wantErr: "cannot log at level \"loud\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "conf")
			if err := os.WriteFile(path, []byte(tt.file), 0o600); err != nil {
				t.Fatal(err)
			}
			var size string
			spec := &Spec{Name: "test", Flags: func(fs *flag.FlagSet) {
				fs.StringVar(&size, "size", "default", "")
				fs.Int("count", 1, "")
			}}
			_, err := parseSettings(spec, append(tt.args, "-config", path), &bytes.Buffer{}, &bytes.Buffer{})
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
					t.Fatalf("error %v, want one with %q", err, tt.wantErr)
				}
				return
			}
			if err != nil || size != tt.want {
				t.Fatalf("size %q, error %v; want %q", size, err, tt.want)
			}
		})
	}
}

func FuzzConfigFile(f *testing.F) {
	f.Add("size = 7\n")
	f.Add("# x\nsize=\"\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		fs := flag.NewFlagSet("fuzz", flag.ContinueOnError)
		fs.SetOutput(&bytes.Buffer{})
		fs.String("size", "", "")
		if err := applyConfig(fs, strings.NewReader(text)); err != nil && err.Error() == "" {
			t.Fatal("an error without a text")
		}
	})
}

func TestFieldName(t *testing.T) {
	for key, want := range map[string]string{"vm": "VM", "_x": "X", "a-b": "A_B", "9": "FIELD", "": "FIELD", "é": "FIELD"} {
		if got := fieldName(key); got != want {
			t.Errorf("fieldName(%q) = %q, want %q", key, got, want)
		}
	}
}
