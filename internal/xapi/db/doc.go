// Package db is the XenAPI database in memory: one table per class of the
// contract, with its indexes and relations, on top of a store.Store.
//
// # Reading
//
// DB.Snapshot gives the newest published state. A snapshot never changes, is
// read by any number of goroutines without waiting, and holds only what is on
// disk (or was never meant to be there). Rows and the values in them are shared
// between snapshots: read only, always.
//
// # Writing
//
// DB.Update runs a function over a Tx. One goroutine runs all waiting functions
// one after the other, each on the state its predecessor left, so transactions
// never conflict; it writes what they changed with one commit, publishes the
// new snapshot and answers them. A function that returns an error leaves
// nothing behind. If the commit fails, all transactions in it fail with the
// store's error and the state is again the last published one. Functions must
// not wait for anything (no I/O, no bus, no Update inside Update).
//
// # Revisions
//
// Each transaction that changes something has a revision, larger than all
// before it, also across restarts. A row knows the revision it was created at
// and the one that last changed it; a deleted row leaves a deletion. This is
// the event log: Snapshot.Changes and Snapshot.Deletions.
//
// # Relations
//
// Of a one-to-many relation only the reference is stored; the set at its other
// end is derived from an index. Changing one end gives both rows the new
// revision. Both ends of a many-to-many relation are stored and kept in step.
// Deleting a row does not clear references to it: dangling references are
// normal in XenAPI.
//
// # Durability
//
// Fields say how durable they are (schema.Durability). A transaction that
// changed only memory and lazy fields, or rows made by Tx.CreateMemory, is
// published at once; lazy fields reach the disk with the next commit or within
// a second. Memory fields have their defaults again after a restart.
//
// This package does not know sessions, roles, messages or the bus. Its callers
// are the packages under xapi.
package db
