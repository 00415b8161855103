package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
	"golang.org/x/sys/unix"

	"github.com/xcp-dbus/xcp/internal/store"
	"github.com/xcp-dbus/xcp/internal/store/sqlite"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/firstboot"
	"github.com/xcp-dbus/xcp/internal/xapi/message"
	"github.com/xcp-dbus/xcp/internal/xapi/operations"
	"github.com/xcp-dbus/xcp/internal/xapi/session/passwd"

	"github.com/xcp-dbus/xcp/internal/gen/model"
)

// A state is what lies in the state folder.
type state struct {
	dir       string
	db        *db.DB
	messages  *message.Store
	passwords *passwd.File
	secret    []byte // of the pool
	stores    []store.Store
}

func openState(ctx context.Context, dir string) (_ *state, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the state folder: %w", err)
	}
	s := &state{dir: dir, passwords: passwd.Open(filepath.Join(dir, "passwords"))}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.secret, err = poolSecret(filepath.Join(dir, "pool-secret")); err != nil {
		return nil, err
	}
	main, err := s.open(ctx, "state.db")
	if err != nil {
		return nil, err
	}
	if s.db, err = db.Open(ctx, main, model.Classes, db.Options{Recompute: operations.Recompute}); err != nil {
		return nil, err
	}
	alerts, err := s.open(ctx, "messages.db")
	if err != nil {
		return nil, err
	}
	s.messages, err = message.Open(ctx, alerts)
	return s, err
}

func (s *state) open(ctx context.Context, name string) (store.Store, error) {
	st, err := sqlite.Open(ctx, filepath.Join(s.dir, name), sqlite.Options{})
	if err == nil {
		s.stores = append(s.stores, st)
	}
	return st, err
}

func (s *state) close() error {
	var errs []error
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	for _, st := range s.stores {
		errs = append(errs, st.Close())
	}
	return errors.Join(errs...)
}

// storage describes the folder of the local storage repository.
func (s *state) storage() (firstboot.Storage, error) {
	path := filepath.Join(s.dir, "storage")
	if err := os.MkdirAll(path, 0o700); err != nil {
		return firstboot.Storage{}, fmt.Errorf("cannot make the storage folder: %w", err)
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(path, &fs); err != nil {
		return firstboot.Storage{}, fmt.Errorf("cannot look at the storage folder: %w", err)
	}
	block := int64(fs.Bsize)
	return firstboot.Storage{Path: path, Size: int64(fs.Blocks) * block, Used: int64(fs.Blocks-fs.Bfree) * block}, nil
}

// poolSecret reads the pool's secret, or makes one.
func poolSecret(path string) ([]byte, error) {
	secret, err := readLine(path)
	if errors.Is(err, os.ErrNotExist) {
		secret = rand.Text() + rand.Text()
		err = renameio.WriteFile(path, []byte(secret+"\n"), 0o600)
	}
	if err == nil && secret == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("cannot use the pool's secret: %w", err)
	}
	return []byte(secret), nil
}

// applyPassword gives root the password in a file, if the file has changed
// since that was done last: a password that was changed over the API since then
// stays.
func (s *state) applyPassword(ctx context.Context, path string) error {
	password, err := readLine(path)
	if err != nil {
		return fmt.Errorf("cannot read the password: %w", err)
	}
	applied := passwd.Open(filepath.Join(s.dir, "password-applied"))
	switch err := applied.Verify(ctx, "root", password); {
	case err == nil:
		return nil
	case !errors.Is(err, passwd.ErrWrong):
		return err
	}
	if err := s.passwords.Set("root", password); err != nil {
		return err
	}
	return applied.Set("root", password)
}

// readLine returns the first line of a small file.
func readLine(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	line := bufio.NewScanner(io.LimitReader(f, 4096))
	line.Scan()
	return line.Text(), line.Err()
}

// turn waits until the database's writer has served everything before it.
func (s *state) turn(ctx context.Context) error {
	_, err := s.db.Update(ctx, func(*db.Tx) error { return nil })
	return err
}
