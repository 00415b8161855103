// Package objects serves one bus object per XenAPI record, for people who
// browse: /org/xen/xcp/xapi/<Class>/<uuid> with the interface <Class>Object1,
// the record's fields as read-only properties and its messages with the
// reference bound. Nothing is exported: a path is looked up when it is asked
// for, and no signal tells of changes. Programs use the class objects of
// package dispatch.
package objects
