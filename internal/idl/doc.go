// Package idl reads the contract (introspect/idl/<room>/*.hcl), checks it, and
// writes everything that follows from it: introspection XML, Go, bus policies,
// documents. cmd/idlc is its only caller.
//
// The way through it: Parse makes a Contract of the files (parse.go, whose
// block structs are the grammar), check.go refuses what does not fit together,
// derive.go adds the messages nobody writes down (getters, setters,
// get_all_records...), and each emit_*.go turns the Contract into files. An
// emitter never touches the disk: Generate returns paths and bytes.
//
// Every diagnostic names file, line and column, says what is wrong and what to
// do. The package imports nothing of the toolstack but schema.
package idl
