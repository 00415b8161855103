package launcher

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// maxRunDir is the longest folder whose sockets' paths stay within the 108
// bytes a socket address has.
const maxRunDir = 80

// makeRunDir makes the folder of the sockets and removes the one an instance
// that was killed left behind, which the state folder remembers. Under
// XDG_RUNTIME_DIR, where nobody else can write, the name follows from the state
// folder, so that the bus keeps its address over restarts.
func makeRunDir(stateDir string) (string, error) {
	memo := filepath.Join(stateDir, "run-dir")
	if old, err := os.ReadFile(memo); err == nil && ours(string(old)) {
		if err := os.RemoveAll(string(old)); err != nil {
			return "", fmt.Errorf("cannot clear the old folder of sockets: %w", err)
		}
	}
	dir, err := newRunDir(stateDir)
	if err != nil {
		return "", fmt.Errorf("cannot make the folder of sockets: %w", err)
	}
	if err := writeSecret(memo, dir); err != nil {
		os.RemoveAll(dir)
		return "", err
	}
	return dir, nil
}

func newRunDir(stateDir string) (string, error) {
	if base := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(base) {
		sum := sha256.Sum256([]byte(stateDir))
		dir := filepath.Join(base, "xcp-"+hex.EncodeToString(sum[:4]))
		if len(dir) <= maxRunDir {
			err := os.Mkdir(dir, 0o700)
			if err == nil || !errors.Is(err, os.ErrExist) && !errors.Is(err, os.ErrNotExist) {
				return dir, err
			}
		}
	}
	base := os.TempDir()
	if len(base) > maxRunDir-len("/xcp-0123456789") {
		base = "/tmp"
	}
	return os.MkdirTemp(base, "xcp-")
}

// ours tells whether a folder is one that newRunDir made: the memory of it is
// only a file, and what it names is about to be removed.
func ours(dir string) bool {
	st, err := os.Lstat(dir)
	return err == nil && st.IsDir() && filepath.IsAbs(dir) &&
		strings.HasPrefix(filepath.Base(dir), "xcp-") && checkOwner(dir) == nil
}
