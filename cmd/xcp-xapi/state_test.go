package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/xcp-dbus/xcp/internal/gen/model"
)

func openTestState(t *testing.T, dir string) *state {
	t.Helper()
	s, err := openState(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPasswordFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "password")
	ctx := context.Background()
	s := openTestState(t, filepath.Join(dir, "state"))
	defer s.close()
	apply := func(password string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(password+"\nignored\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.applyPassword(ctx, file); err != nil {
			t.Fatal(err)
		}
	}
	is := func(password string) {
		t.Helper()
		if err := s.passwords.Verify(ctx, "root", password); err != nil {
			t.Errorf("%q: %v", password, err)
		}
	}
	apply("first")
	is("first")
	if err := s.passwords.Set("root", "over the API"); err != nil {
		t.Fatal(err)
	}
	apply("first")
	is("over the API")
	apply("second")
	is("second")
	if err := s.applyPassword(ctx, filepath.Join(dir, "absent")); err == nil {
		t.Error("an absent file was accepted")
	}
}

func TestStateFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	s := openTestState(t, dir)
	secret := string(s.secret)
	if len(secret) < 32 {
		t.Errorf("the pool's secret has %d bytes", len(secret))
	}
	host, err := (&settings{}).firstBoot(context.Background(), s)
	if err != nil || s.db.Snapshot().Count(model.Pool) != 1 {
		t.Fatalf("first boot: %v", err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"": 0o700, "pool-secret": 0o600, "storage": 0o700} {
		if st, err := os.Stat(filepath.Join(dir, name)); err != nil || st.Mode().Perm() != mode {
			t.Errorf("%q has mode %v, %v", name, st.Mode(), err)
		}
	}
	s = openTestState(t, dir)
	defer s.close()
	if again, err := (&settings{}).firstBoot(context.Background(), s); err != nil || again != host || string(s.secret) != secret {
		t.Errorf("after a restart: host %s, %v", again, err)
	}
	if err := s.turn(context.Background()); err != nil {
		t.Error(err)
	}
}
