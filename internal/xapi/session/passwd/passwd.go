// Package passwd keeps the toolstack's own passwords: a file with one line per
// user, "name:$argon2id$v=19$m=19456,t=2,p=1$salt$hash". Mine: the file and the
// arithmetic. Not mine: back-off, sessions, PAM. The file has mode 0600, is
// replaced as a whole and read anew for each check, so that a password changed
// by another process holds at once.
package passwd

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/renameio/v2"
	"golang.org/x/crypto/argon2"
)

// ErrWrong says that the user is not known or the password is another. Which
// of the two is not told, neither in words nor in time.
//
//lint:ignore ST1005 clients see it, spelled as PAM does
var ErrWrong = errors.New("Authentication failure")

// Limits of what is accepted as a name, a password and a file.
const (
	maxName     = 256
	maxPassword = 1024
	maxFile     = 1 << 20
)

// cost of one hash: the numbers OWASP gives for argon2id on machines that have
// other things to do, 19 MiB and about 20 ms.
var cost = params{memory: 19 << 10, time: 2, threads: 1}

// Bounds of what a file may ask for, so that a damaged one cannot stop us.
const (
	maxMemory = 1 << 20 // KiB
	maxTime   = 64
)

// A File is a password file. It is safe for concurrent use by one process.
type File struct {
	path  string
	slots chan struct{} // one hash per core bounds the memory
	write sync.Mutex    // one Set at a time
	tidy  *time.Timer   // gives the memory back when nobody logs in any more
}

// quiet is how long after the last hash its memory, 19 MiB of garbage that the
// collector has no reason to hurry for, goes back to the system.
const quiet = 5 * time.Second

// Open names the file; it need not exist yet.
func Open(path string) *File {
	f := &File{path: path, slots: make(chan struct{}, runtime.GOMAXPROCS(0)), tidy: time.AfterFunc(quiet, debug.FreeOSMemory)}
	f.tidy.Stop()
	return f
}

// Verify returns nil if this is the user's password, ErrWrong if it is not,
// ctx's error if its turn did not come, and other errors if the file cannot be
// read. It takes the time of one hash also for users that do not exist.
func (f *File) Verify(ctx context.Context, user, password string) error {
	lines, err := f.read()
	if err != nil {
		return err
	}
	stored, known := lines[user]
	if !known {
		stored = decoy
	}
	h, err := parse(stored)
	if err != nil {
		return fmt.Errorf("cannot use the password of %q: %w", user, err)
	}
	select {
	case f.slots <- struct{}{}:
		defer func() {
			<-f.slots
			f.tidy.Reset(quiet)
		}()
	case <-ctx.Done():
		return ctx.Err()
	}
	clipped := password[:min(len(password), maxPassword)]
	sum := h.params.hash([]byte(clipped), h.salt, len(h.sum))
	if subtle.ConstantTimeCompare(sum, h.sum) != 1 || !known || len(password) > maxPassword {
		return ErrWrong
	}
	return nil
}

// Set gives the user a new password, and makes the user if need be.
func (f *File) Set(user, password string) error {
	switch {
	case user == "" || len(user) > maxName || strings.ContainsAny(user, ":\n\r\x00"):
		return errors.New("cannot use that user name")
	case password == "" || len(password) > maxPassword || strings.ContainsRune(password, 0):
		return errors.New("cannot use that password: it is empty, too long or has a NUL in it")
	}
	f.write.Lock()
	defer f.write.Unlock()
	lines, err := f.read()
	if err != nil {
		return err
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	lines[user] = hash{params: cost, salt: salt, sum: cost.hash([]byte(password), salt, 32)}.String()

	var out bytes.Buffer
	for name, line := range lines {
		fmt.Fprintf(&out, "%s:%s\n", name, line)
	}
	if err := renameio.WriteFile(f.path, out.Bytes(), 0o600); err != nil {
		return fmt.Errorf("cannot write the password file: %w", err)
	}
	return nil
}

// Users lists who has a password here, sorted.
func (f *File) Users() ([]string, error) {
	lines, err := f.read()
	names := make([]string, 0, len(lines))
	for name := range lines {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, err
}

// read returns hashes by user; a file that is not there has none.
func (f *File) read() (map[string]string, error) {
	file, err := os.Open(f.path)
	if errors.Is(err, os.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot open the password file: %w", err)
	}
	defer file.Close()
	lines := map[string]string{}
	scan := bufio.NewScanner(io.LimitReader(file, maxFile))
	for scan.Scan() {
		if user, line, ok := strings.Cut(scan.Text(), ":"); ok {
			lines[user] = line
		}
	}
	if err := scan.Err(); err != nil {
		return nil, fmt.Errorf("cannot read the password file: %w", err)
	}
	return lines, nil
}

type params struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

func (p params) hash(password, salt []byte, length int) []byte {
	return argon2.IDKey(password, salt, p.time, p.memory, p.threads, uint32(length))
}

type hash struct {
	params
	salt, sum []byte
}

func (h hash) String() string {
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.memory, h.time, h.threads, enc.EncodeToString(h.salt), enc.EncodeToString(h.sum))
}

// decoy stands in for users that do not exist, so that they cost as much time.
var decoy = hash{params: cost, salt: make([]byte, 16), sum: make([]byte, 32)}.String()

func parse(s string) (hash, error) {
	var h hash
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, errors.New("not an argon2id hash of this version")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.threads); err != nil {
		return h, errors.New("its cost cannot be read")
	}
	if h.memory > maxMemory || h.time == 0 || h.time > maxTime || h.threads == 0 {
		return h, errors.New("its cost is out of bounds")
	}
	var err1, err2 error
	h.salt, err1 = base64.RawStdEncoding.DecodeString(parts[4])
	h.sum, err2 = base64.RawStdEncoding.DecodeString(parts[5])
	if err := errors.Join(err1, err2); err != nil {
		return h, err
	}
	if len(h.salt) < 8 || len(h.sum) < 16 || len(h.sum) > 64 {
		return h, errors.New("its salt or sum has an odd length")
	}
	return h, nil
}
