// Package client carries XenAPI calls to another toolstack: transports for the
// generated xapibus.Client. Hosts of a pool speak XenAPI over TLS to each
// other, never D-Bus.
package client
