package idl

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const lockPath = "introspect/contract.lock"

const lockHead = `# What users of the contract rely on. Written by "idlc lock"; "idlc check" refuses
# a contract in which anything here is missing or different.
`

// lockLines says everything others rely on, a line each: "interface member
// signature", "enum value", "error code and number of parameters".
func lockLines(c *Contract) []string {
	var lines []string
	iface := func(i *Interface) {
		for _, m := range i.Methods {
			lines = append(lines, fmt.Sprintf("%s.%s (%s) -> (%s)", i.Name, m.Name, sigOf(m.inArgs(i)), sigOf(m.Out)))
		}
		for _, p := range i.Properties {
			access := "read"
			if p.Writable {
				access = "readwrite"
			}
			lines = append(lines, fmt.Sprintf("%s.%s property %s %s", i.Name, p.Name, p.Sig, access))
		}
		for _, s := range i.Signals {
			lines = append(lines, fmt.Sprintf("%s.%s signal (%s)", i.Name, s.Name, sigOf(s.Args)))
		}
	}
	for _, i := range c.Interfaces {
		iface(i)
	}
	for _, class := range c.Classes {
		for _, i := range classInterfaces(class) {
			iface(&i.Interface)
		}
	}
	for _, e := range c.Enums {
		for _, v := range e.Values {
			lines = append(lines, fmt.Sprintf("enum %s %s", e.Name, v))
		}
	}
	for _, e := range c.Errors {
		lines = append(lines, fmt.Sprintf("error %s %d", e.Code, len(e.Params)))
	}
	slices.Sort(lines)
	return lines
}

// subject is what a lock line is about, without how it is.
func subject(line string) string {
	words := strings.SplitN(line, " ", 3)
	switch words[0] {
	case "enum":
		return line
	case "error":
		return strings.Join(words[:2], " ")
	}
	return words[0]
}

// compareLock lists what is not as it was locked, and what is new.
func compareLock(locked, now []string) (broken, added []string) {
	present := map[string]string{}
	for _, l := range now {
		present[subject(l)] = l
	}
	known := map[string]bool{}
	for _, l := range locked {
		s := subject(l)
		known[s] = true
		switch is, ok := present[s]; {
		case !ok:
			broken = append(broken, l+": removed or renamed")
		case is != l:
			broken = append(broken, fmt.Sprintf("%s: now %s", l, strings.TrimSpace(strings.TrimPrefix(is, s))))
		}
	}
	for _, l := range now {
		if !known[subject(l)] {
			added = append(added, l)
		}
	}
	return broken, added
}

// Lock writes the lock as the contract is now.
func (t Tree) Lock() error {
	c, err := t.Load()
	if err != nil {
		return err
	}
	return t.write(lockPath, []byte(lockHead+strings.Join(lockLines(c), "\n")+"\n"))
}

// checkLock refuses incompatible and silent changes.
func (t Tree) checkLock(c *Contract) error {
	data, err := os.ReadFile(filepath.Join(t.Root, lockPath))
	if err != nil {
		return fmt.Errorf("cannot read the lock of the contract; write it with: go run ./cmd/idlc lock: %w", err)
	}
	var locked []string
	for _, l := range strings.Split(string(data), "\n") {
		if l != "" && !strings.HasPrefix(l, "#") {
			locked = append(locked, l)
		}
	}
	broken, added := compareLock(locked, lockLines(c))
	for _, l := range broken {
		fmt.Fprintf(t.Out, "%s: %s\n", lockPath, l)
	}
	if len(broken) > 0 {
		return fmt.Errorf("%d incompatible changes of the contract: give the interface a new number and keep the old one, "+
			"or, if it was never released, run: go run ./cmd/idlc lock, and say so in introspect/CHANGES.md", len(broken))
	}
	for _, l := range added {
		fmt.Fprintf(t.Out, "%s: not locked yet: %s\n", lockPath, l)
	}
	if len(added) > 0 {
		return fmt.Errorf("%d additions to the contract: give them a paragraph in introspect/CHANGES.md and run: go run ./cmd/idlc lock", len(added))
	}
	return nil
}
