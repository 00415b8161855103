// Package bus is the toolstack's way onto its D-Bus: one connection that
// serves, calls, signals and notices when a peer or the bus goes away.
//
// Mine: dialling and authentication, messages and their descriptors, the
// context dictionary ([Meta]), lazy object trees ([Tree], [Mux]) and the
// standard interfaces on them, strict signatures, bounded concurrency,
// deadlines on every wait, errors translated both ways, retries by the class
// of the error, ordered signals, peer credentials, reconnection.
//
// Not mine: which interfaces exist (the contract, internal/gen), who may call
// them (bus policy, then the rooms), what a session is (xapi). Marshalling of
// single values lies in bus/wire, a bus for tests in bus/bustest.
//
// Callers: the generated clients and dispatchers, the front, daemon, the
// launcher and the bus tools. godbus gives the value types; its connection is
// not used, for the reasons in internal/design/0003-bus.md.
//
// One goroutine reads and never waits for anybody; each call served has one of
// its own, and so has each subscription. Nothing is kept on disk. [Conn.Close]
// ends everything a connection started.
package bus
