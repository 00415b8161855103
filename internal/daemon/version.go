package daemon

import (
	"runtime/debug"
	"sync"
)

// version is set by the linker in releases (-X).
var version = "0.1.0"

// Version is the toolstack's version.
func Version() string { return version }

// Build tells what the binary was made from: the commit, with a "+" if the
// tree had changes, or "unknown" where the build kept no record.
var Build = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	commit, dirty := "unknown", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			commit = s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+"
		}
	}
	return commit + dirty
})
