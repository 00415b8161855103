// Package operations says what may be done to an object now. For each class
// with allowed_operations one function checks an operation and gives the error
// the call would fail with; the same function fills allowed_operations, so what
// is offered and what is accepted cannot differ.
//
// Mine: the state tables and the order of checks. Not mine: marking
// current_operations and waiting for others (the calls themselves). Nothing is
// kept. Callers are the class family packages and, when the database is loaded,
// db (Recompute).
package operations

import (
	"math/bits"
	"slices"
	"strings"
	"sync"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// allowedOf computes allowed_operations of a row, by class.
var allowedOf = map[*schema.Class]func(db.Reader, *db.Row) []string{
	model.VM:          AllowedVM,
	model.VBD:         AllowedVBD,
	model.VIF:         AllowedVIF,
	model.VDI:         AllowedVDI,
	model.SR:          AllowedSR,
	model.Host:        AllowedHost,
	model.Pool:        AllowedPool,
	model.VMAppliance: AllowedAppliance,
}

// Allowed computes what may be done to a row now; nothing, for classes without
// operations.
func Allowed(r db.Reader, row *db.Row) []string {
	if f := allowedOf[row.Class]; f != nil {
		return f(r, row)
	}
	return []string{}
}

// Refresh writes allowed_operations of the named rows anew; references that
// name nothing are passed over. Call it last in a transaction that changed what
// the tables look at.
func Refresh(tx *db.Tx, refs ...string) error {
	for _, ref := range refs {
		row, ok := tx.Get(ref)
		if !ok || allowedOf[row.Class] == nil {
			continue
		}
		if err := tx.Set(ref, row.Class.Field("allowed_operations"), Allowed(tx, row)); err != nil {
			return err
		}
	}
	return nil
}

// Recompute is db.Options.Recompute: it fills allowed_operations of the rows a
// start has loaded, since the field is not kept on disk.
func Recompute(r db.Reader, row *db.Row, set func(f *schema.Field, v any)) {
	if f := allowedOf[row.Class]; f != nil {
		set(row.Class.Field("allowed_operations"), f(r, row))
	}
}

// inProgress is the error of an operation that another one excludes.
func inProgress(row *db.Row, current map[string]string) error {
	ops, tasks := make([]string, 0, len(current)), make([]string, 0, len(current))
	for _, task := range sortedKeys(current) {
		ops, tasks = append(ops, current[task]), append(tasks, task)
	}
	return xerr.New(codes.OTHER_OPERATION_IN_PROGRESS, row.Class.Name, row.Ref, braced(ops), braced(tasks))
}

// braced is one word, or several as {a,b}.
func braced(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return "{" + strings.Join(words, ",") + "}"
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// onlyRunning tells whether every current operation is one of these.
func onlyRunning(current map[string]string, ops ...string) bool {
	for _, op := range current {
		if !slices.Contains(ops, op) {
			return false
		}
	}
	return true
}

// A menu is the operations a class may offer. Most objects offer one of a few
// choices of them: each is made once and shared, read only.
type menu struct {
	ops []string // at most 64

	mu      sync.Mutex // guards choices
	choices map[uint64][]string
}

// maxChoices bounds what a client can make us keep by blocking operations one by
// one.
const maxChoices = 4096

func newMenu(ops []string) *menu { return &menu{ops: ops, choices: map[uint64][]string{}} }

// allowed gives the operations that a check lets pass.
func (m *menu) allowed(check func(op string) error) []string {
	var choice uint64
	for i, op := range m.ops {
		if check(op) == nil {
			choice |= 1 << i
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if list, ok := m.choices[choice]; ok {
		return list
	}
	list := make([]string, 0, bits.OnesCount64(choice))
	for i, op := range m.ops {
		if choice&(1<<i) != 0 {
			list = append(list, op)
		}
	}
	if len(m.choices) == maxChoices {
		clear(m.choices)
	}
	m.choices[choice] = list
	return list
}
