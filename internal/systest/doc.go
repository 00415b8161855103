// Package systest tests the whole toolstack from outside: it builds the
// programs, runs `xcp run` on a state folder of its own, and looks at it with
// the clients of others: Python's xmlrpc.client, the npm client xen-api,
// busctl, gdbus, C proxies of gdbus-codegen, d-feet. It holds tests only;
// stack/ starts and stops a toolstack, for these tests and for internal/bench.
//
// A test that needs a program or a right this machine does not have skips and
// says which. Nothing is called but addresses of the loopback.
package systest
