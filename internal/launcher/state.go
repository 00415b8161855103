package launcher

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/google/renameio/v2"
)

// lockWait is how long a start waits for the services of an instance that was
// killed to let go of the state folder.
const lockWait = 5 * time.Second

// maxPasswordBytes is the longest password taken from a file.
const maxPasswordBytes = 1024

// openState makes the state folder if need be and locks it. The lock is held
// by every process that has the returned file open: it is handed to the
// services too, so that two generations never write the same databases.
func openState(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the state folder: %w", err)
	}
	if err := checkOwner(dir); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot lock the state folder: %w", err)
	}
	for end := time.Now().Add(lockWait); ; time.Sleep(50 * time.Millisecond) {
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			break
		}
		pid, _ := io.ReadAll(io.LimitReader(io.NewSectionReader(f, 0, 20), 20))
		owner, _ := strconv.Atoi(strings.TrimSpace(string(pid)))
		alive := owner > 0 && syscall.Kill(owner, 0) == nil
		if alive || time.Now().After(end) {
			f.Close()
			return nil, fmt.Errorf("cannot use state folder %s: the toolstack of process %d uses it", dir, owner)
		}
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("cannot write the state folder's lock: %w", err)
	}
	return f, nil
}

// checkOwner refuses a folder that others own or may write: who can write it
// can choose root's password.
func checkOwner(dir string) error {
	st, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("cannot use the state folder: %w", err)
	}
	if sys, ok := st.Sys().(*syscall.Stat_t); ok && int(sys.Uid) != os.Geteuid() {
		return fmt.Errorf("cannot use state folder %s: user %d owns it", dir, sys.Uid)
	}
	if st.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("cannot use state folder %s: its mode %#o lets others write to it", dir, st.Mode().Perm())
	}
	return nil
}

// password gives root's password: the first line of the file given, else the
// one kept in the state folder, else a new random one. It is kept there, for
// xapi, which starts later, may outlive a file given only for the start.
func password(stateDir, given string) (string, error) {
	kept := filepath.Join(stateDir, "password")
	if given == "" {
		pw, err := readPassword(kept)
		if err == nil || !errors.Is(err, os.ErrNotExist) {
			return pw, err
		}
		pw = rand.Text()
		return pw, writeSecret(kept, pw+"\n")
	}
	pw, err := readPassword(given)
	if err != nil {
		return "", err
	}
	if old, err := readPassword(kept); err == nil && old == pw {
		return pw, nil
	}
	return pw, writeSecret(kept, pw+"\n")
}

func readPassword(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("cannot read the password: %w", err)
	}
	defer f.Close()
	line, err := bufio.NewReader(io.LimitReader(f, maxPasswordBytes+2)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("cannot read the password: %w", err)
	}
	pw := strings.TrimRight(line, "\r\n")
	if pw == "" || len(pw) > maxPasswordBytes {
		return "", fmt.Errorf("cannot use %s: its first line must be a password of 1 to %d bytes", path, maxPasswordBytes)
	}
	return pw, nil
}

// writeSecret puts a file in place that only this user can read; it is there
// whole or not at all.
func writeSecret(path, content string) error {
	if err := renameio.WriteFile(path, []byte(content), 0o600, renameio.IgnoreUmask()); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	return nil
}
