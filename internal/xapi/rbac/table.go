// Package rbac knows which role may do what. Mine: the static table of
// permissions, the role objects of XenAPI class role, the check made for each
// call, and the rules for single keys of maps. Not mine: who a session is
// (xapi/session) and when a check is made (xapi/dispatch). I keep nothing on
// disk: the table is part of the contract.
package rbac

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xcp-dbus/xcp/internal/schema"
)

// A Permission is the right to do one thing.
type Permission struct {
	Name  string // as messages are spelled: VM.start, VM.add_to_other_config/key:pci
	Lower string // as errors and rbac_permissions spell it
	UUID  string // empty if no role has it: then it is no object either
	Ref   string // of its object
	Roles schema.RoleSet
}

// A Table is the set of all roles and permissions. It never changes, and is
// safe for concurrent use.
type Table struct {
	Roles       []schema.Role
	Permissions []Permission

	byName  map[string]int // by Permission.Lower
	byID    []int          // by Message.ID; -1 if the table lacks the message
	objects map[string]*object
	byUUID  map[string]*object
	ordered []*object // permissions, then roles
}

// Load reads the static table: a CSV with the columns permission, kind, roles
// (separated by blanks), uuid and name. It fails on a role it does not know
// and on a permission that comes twice. messages, in the order of their IDs,
// are the ones Check will be asked about.
func Load(r io.Reader, roles []schema.Role, messages []*schema.Message) (*Table, error) {
	rows := csv.NewReader(r)
	rows.FieldsPerRecord = 5
	rows.ReuseRecord = true
	if _, err := rows.Read(); err != nil {
		return nil, fmt.Errorf("cannot read the header of the permission table: %w", err)
	}
	bits := make(map[string]schema.RoleSet, len(roles))
	for i, role := range roles {
		bits[role.Name] = 1 << i
	}
	t := &Table{Roles: roles, byName: map[string]int{}}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read the permission table: %w", err)
		}
		p := Permission{Name: row[4], Lower: row[0], UUID: row[3], Ref: "OpaqueRef:" + row[3]}
		for _, name := range strings.Fields(row[2]) {
			bit, ok := bits[name]
			if !ok {
				return nil, fmt.Errorf("cannot use permission %s: no role %s", p.Lower, name)
			}
			p.Roles |= bit
		}
		if _, ok := t.byName[p.Lower]; ok {
			return nil, fmt.Errorf("cannot use permission %s twice", p.Lower)
		}
		t.byName[p.Lower] = len(t.Permissions)
		t.Permissions = append(t.Permissions, p)
	}
	t.byID = make([]int, len(messages))
	for i, m := range messages {
		t.byID[i] = -1
		if j, ok := t.byName[m.Permission()]; ok {
			t.byID[i] = j
		}
	}
	t.makeObjects()
	return t, nil
}

// Find returns the permission of this name, in any case.
func (t *Table) Find(name string) (*Permission, bool) {
	i, ok := t.byName[strings.ToLower(name)]
	if !ok {
		return nil, false
	}
	return &t.Permissions[i], true
}

// A Set is the permissions of one session, frozen when it was made.
type Set struct{ words []uint64 }

// Has tells whether the permission with this index is in the set.
func (s *Set) Has(i int) bool {
	return s != nil && i>>6 < len(s.words) && s.words[i>>6]&(1<<(i&63)) != 0
}

// NewSet makes a set of permission names. Names that the table does not have
// (it shrank since the session was made) grant nothing.
func (t *Table) NewSet(names []string) *Set {
	s := &Set{words: make([]uint64, (len(t.Permissions)+63)/64)}
	for _, name := range names {
		if i, ok := t.byName[name]; ok {
			s.words[i>>6] |= 1 << (i & 63)
		}
	}
	return s
}

// NamesOf lists the permissions that any of the roles has, as a session's
// rbac_permissions spells them.
func (t *Table) NamesOf(roles schema.RoleSet) []string {
	var names []string
	for i := range t.Permissions {
		if t.Permissions[i].Roles&roles != 0 {
			names = append(names, t.Permissions[i].Lower)
		}
	}
	return names
}

// RoleNames lists the names of the roles in the set, highest first.
func (t *Table) RoleNames(roles schema.RoleSet) []string {
	var names []string
	for i, role := range t.Roles {
		if roles.Has(i) {
			names = append(names, role.Name)
		}
	}
	return names
}
