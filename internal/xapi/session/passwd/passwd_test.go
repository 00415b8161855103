package passwd

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSetAndVerify(t *testing.T) {
	f := Open(filepath.Join(t.TempDir(), "passwd"))
	ctx := context.Background()
	if err := f.Verify(ctx, "root", "x"); !errors.Is(err, ErrWrong) {
		t.Fatalf("without a file: %v", err)
	}
	for user, password := range map[string]string{"root": "s3cret", "eve": "other"} {
		if err := f.Set(user, password); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		user, password string
		want           error
	}{
		{"root", "s3cret", nil},
		{"eve", "other", nil},
		{"root", "other", ErrWrong},
		{"root", "", ErrWrong},
		{"", "", ErrWrong},
		{"root", strings.Repeat("x", 1<<20), ErrWrong},
		{"nobody", "s3cret", ErrWrong},
	} {
		if err := f.Verify(ctx, c.user, c.password); !errors.Is(err, c.want) {
			t.Errorf("Verify(%q, %.9q) = %v, want %v", c.user, c.password, err, c.want)
		}
	}
	if users, err := f.Users(); err != nil || !slices.Equal(users, []string{"eve", "root"}) {
		t.Errorf("Users() = %v, %v", users, err)
	}
	if st, err := os.Stat(f.path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	if data, _ := os.ReadFile(f.path); strings.Contains(string(data), "s3cret") {
		t.Error("the file holds a password in clear")
	}
}

func TestSetRefuses(t *testing.T) {
	f := Open(filepath.Join(t.TempDir(), "passwd"))
	for _, c := range [][2]string{
		{"", "x"}, {"a:b", "x"}, {"a\nb", "x"}, {"a", ""}, {"a", "x\x00"}, {"a", strings.Repeat("x", 2000)},
	} {
		if f.Set(c[0], c[1]) == nil {
			t.Errorf("Set(%.9q, %.9q) was accepted", c[0], c[1])
		}
	}
}

func TestVerifyWaitsItsTurn(t *testing.T) {
	f := Open(filepath.Join(t.TempDir(), "passwd"))
	for range cap(f.slots) {
		f.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := f.Verify(ctx, "root", "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(decoy)
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$AAAAAAAAAAAAAAAA$AAAA")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parse(s)
		if err == nil && (h.memory > maxMemory || h.time > maxTime || len(h.sum) > 64) {
			t.Errorf("accepted %q", s)
		}
	})
}
