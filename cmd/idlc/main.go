// Command idlc compiles the contract: introspect/idl in, everything generated
// out. Run it from the repository's root, or say where that is with -root.
//
//	idlc generate   writes all generated files and removes those that are no more
//	idlc check      compares them with the tree; exits 1 and shows what
//	                differs, or what others rely on and is no more
//	idlc lock       accepts the contract as it is now into introspect/contract.lock
//	idlc fmt        puts the IDL files into their one form
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/xcp-dbus/xcp/internal/idl"
)

func main() {
	root := flag.String("root", ".", "the repository's root")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: idlc [-root DIR] generate | check | lock | fmt")
		flag.PrintDefaults()
	}
	flag.Parse()
	tree := idl.Tree{Root: *root, Out: os.Stdout}
	commands := map[string]func() error{"generate": tree.Generate, "check": tree.Check, "fmt": tree.Format, "lock": tree.Lock}
	run, ok := commands[flag.Arg(0)]
	if !ok || flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
