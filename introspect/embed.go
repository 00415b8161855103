// Package introspect holds the contract's introspection XML: what services
// answer to Introspect, and what C and Python users generate their code from.
// README.md tells how to change the contract.
package introspect

import (
	"embed"
	"strings"
)

//go:embed xml/*.xml
var files embed.FS

// Interface gives the <interface> element of an interface by its full name, as
// it goes into a node's introspection.
func Interface(name string) (xml string, ok bool) {
	data, err := files.ReadFile("xml/" + name + ".xml")
	if err != nil {
		return "", false
	}
	_, body, ok := strings.Cut(string(data), "<node>\n")
	if !ok {
		return "", false
	}
	return strings.TrimSuffix(body, "</node>\n"), true
}
