// Package sqlite is the store.Store of a single host: one SQLite file in
// write-ahead mode with full synchronisation. Records are JSON text in the
// table objects, so the sqlite3 tool shows them; schema.sql is the shape.
//
// One goroutine writes. All batches that wait for it share one SQLite
// transaction, and so one disk flush; each is checked by itself and has its own
// revision. Reads have connections of their own and wait for nobody.
//
// When the transaction fails, the writer's connection is closed, opened again
// and asked for its revision: that, not the error, tells whether the
// transaction is in the database. The next Commit starts from there.
//
// On disk: the file, and beside it "-wal" and "-shm" while it is open.
package sqlite
