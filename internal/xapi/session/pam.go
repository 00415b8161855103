//go:build pam

package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/msteinert/pam/v2"
)

// PAM authenticates local users of the machine by a PAM service.
type PAM struct{ Service string }

// Verify asks the service's stack for the user's password and account. PAM
// cannot be interrupted: ctx is looked at before.
func (p PAM) Verify(ctx context.Context, user, password string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t, err := pam.StartFunc(p.Service, user, func(s pam.Style, _ string) (string, error) {
		switch s {
		case pam.PromptEchoOff, pam.PromptEchoOn:
			return password, nil
		case pam.ErrorMsg, pam.TextInfo:
			return "", nil
		}
		return "", errors.New("unexpected question")
	})
	if err != nil {
		return fmt.Errorf("cannot start PAM: %w", err)
	}
	defer t.End()
	if err := t.Authenticate(pam.Silent | pam.DisallowNullAuthtok); err != nil {
		return err
	}
	return t.AcctMgmt(pam.Silent)
}
