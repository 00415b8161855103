// Package archtest holds the tests that keep the shape of the tree: imports
// point one way, every package says what it is, internal/README.md names every
// folder, files stay short, the top level stays small, and one word goes
// through cmd, dbus and systemd for each service. It has tests only.
package archtest
