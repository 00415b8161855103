//go:build pam

package main

import (
	"errors"
	"flag"

	"github.com/xcp-dbus/xcp/internal/xapi/session"
)

// pamService is a flag of this build only.
var pamService string

func (s *settings) userFlags(fs *flag.FlagSet) {
	fs.StringVar(&pamService, "pam-service", "", "authenticate the machine's users by this PAM `service` (default: the toolstack's own passwords)")
}

// users knows the passwords: PAM if a service was named, else the toolstack's
// own file.
func (s *settings) users(st *state) (session.Authenticator, session.PasswordSetter) {
	if pamService == "" {
		return st.passwords, st.passwords
	}
	return session.PAM{Service: pamService}, managed{}
}

// managed passwords are not ours to change.
type managed struct{}

// Set implements session.PasswordSetter.
func (managed) Set(string, string) error {
	return errors.New("passwords are those of the machine: change them there")
}
