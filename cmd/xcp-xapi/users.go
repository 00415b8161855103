//go:build !pam

package main

import (
	"flag"

	"github.com/xcp-dbus/xcp/internal/xapi/session"
)

func (s *settings) userFlags(*flag.FlagSet) {}

// users knows the passwords: the toolstack's own file.
func (s *settings) users(st *state) (session.Authenticator, session.PasswordSetter) {
	return st.passwords, st.passwords
}
