// Package daemon is what every main of the toolstack shares: settings from
// flags and a file, the log, the connection to the bus, the four interfaces
// every service answers (Service1, Health1, Diagnostics1, LogControl1), the
// bus name, and the conversation with systemd.
//
// Mine: the order in which a service comes up and goes down. State is opened
// and handlers are ready before the name is taken, because calls that wait for
// the name arrive the moment it is owned; READY=1 comes last. On SIGTERM and
// SIGINT the service drains: new calls are refused with Draining, those in
// flight are waited for, then everything is closed. Without a bus there is no
// service: the process ends with status 75, and whoever supervises starts it
// again; only the front stays and dials again.
//
// Not mine: what a service does. A main describes it with a Spec and calls
// Main, once. Nothing is kept on disk here.
package daemon
