package systest

import (
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// picture is the committed screenshot; XCP_UPDATE_PICTURES=1 replaces it.
const picture = "../../.github/images/d-feet.png"

// TestDFeet has d-feet, under Xvfb, show the tree of the API service.
func TestDFeet(t *testing.T) {
	xvfb := program(t, "xvfb-run", "xvfb")
	program(t, "d-feet", "d-feet")
	program(t, "xauth", "xauth")
	s := sharedStack(t)
	c := login(t, s, s.URL)
	do(t, c, "host.get_all")

	shot := filepath.Join(t.TempDir(), "d-feet.png")
	env := []string{
		"HOME=" + t.TempDir(), "GSETTINGS_BACKEND=memory", "NO_AT_BRIDGE=1", "GTK_THEME=Adwaita", "LC_ALL=C.UTF-8",
		"DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent", "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent",
		"PYTHONDONTWRITEBYTECODE=1",
	}
	out := run(t, 3*time.Minute, env, xvfb, "-a", "-s", "-screen 0 1400x1000x24",
		"/usr/bin/python3", "testdata/python/browse.py", s.Bus, shot)
	t.Log(out)
	raw, err := os.ReadFile(shot)
	if err != nil {
		t.Fatalf("no picture was taken: %v", err)
	}
	f, err := os.Open(shot)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if config, err := png.DecodeConfig(f); err != nil || config.Width < 800 {
		t.Errorf("the picture is not one: %+v %v", config, err)
	}
	if os.Getenv("XCP_UPDATE_PICTURES") != "" {
		if err := os.WriteFile(picture, raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
