// Package bus is the toolstack's way onto its D-Bus: one connection that
// serves, calls, signals and notices when a peer or the bus goes away.
//
// Mine: dialling and authentication, the context dictionary ([Meta]), lazy
// object trees ([Tree], [Mux]) and the standard interfaces on them, strict
// signatures, bounded concurrency, deadlines on every wait, descriptors closed
// on every path, errors translated both ways, retries by the class of the
// error, ordered signals, peer credentials, reconnection.
//
// Not mine: which interfaces exist (the contract, internal/gen), who may call
// them (bus policy, then the rooms), what a session is (xapi). Marshalling of
// single values lies in bus/wire, a bus for tests in bus/bustest.
//
// Callers: the generated clients and dispatchers, the front, daemon, the
// launcher and the bus tools. godbus gives authentication, reading and the
// value types; its own object export, its call bookkeeping and its signal
// handler are not used, for the reasons in internal/design/0003-bus.md.
//
// Nothing is kept on disk. [Conn.Close] ends everything a connection started.
package bus
