package bus

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

// maxAuthLine is more than any answer in the handshake has.
const maxAuthLine = 4096

// authenticate runs the client's half of the handshake: EXTERNAL as the
// process's uid, and the right to pass descriptors. The socket carries the
// deadline.
func authenticate(sock *net.UnixConn) error {
	in := bufio.NewReaderSize(sock, maxAuthLine)
	ask := func(line, want string) error {
		if _, err := sock.Write([]byte(line + "\r\n")); err != nil {
			return err
		}
		answer, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if word, _, _ := strings.Cut(strings.TrimRight(string(answer), "\r\n"), " "); word != want {
			return fmt.Errorf("the bus answers %q, not %s", word, want)
		}
		return nil
	}
	uid := hex.EncodeToString([]byte(strconv.Itoa(os.Geteuid())))
	if err := ask("\x00AUTH EXTERNAL "+uid, "OK"); err != nil {
		return err
	}
	if err := ask("NEGOTIATE_UNIX_FD", "AGREE_UNIX_FD"); err != nil {
		return err
	}
	if in.Buffered() > 0 {
		return errors.New("the bus speaks unasked")
	}
	_, err := sock.Write([]byte("BEGIN\r\n"))
	return err
}
