// Package event tells clients what changed: event.from, the legacy
// register, next and unregister, and inject.
//
// There is no event queue behind event.from. The database is the log: a row
// knows the revision that last changed it, a deleted one leaves a deletion, and
// a token is a revision. So an event is never lost while its deletion is kept
// (a week, or 200 000 of them; an older token is answered with EVENTS_LOST), a
// restart changes nothing, many changes of one row between two calls are one
// event, and a slow reader costs nobody anything: it holds no buffer, only the
// number where it stopped. Nobody waits for a reader. The order in one answer
// is messages, additions, modifications, deletions; between two answers it is
// that of the revisions.
//
// The legacy calls promise every change in its order, with the record as it was
// then. For them, and only while a session is registered, one follower per
// session copies changes into a bounded queue (about 10 MB for all); who falls
// behind gets EVENTS_LOST and starts again.
package event
