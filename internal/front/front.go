// Package front serves XenAPI over HTTP: XML-RPC and JSON-RPC in, one D-Bus
// call to xapi each, and back.
//
// Mine: connections and their limits, bodies, the two codecs' envelopes, which
// message a method's name means, the types of its parameters, streamed results,
// the few answers that need nobody else (system.listMethods, pre-flights,
// pages). Not mine: who the client is and what it may do (xapi), what classes
// and messages there are (the contract, given as a value), names and signals on
// the bus (daemon). It has no privilege, reads no database and knows no VM by
// itself.
//
// cmd/xcp-front calls it. Nothing is kept on disk. Shutdown ends it; answers
// under way are waited for.
package front

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/rpc/typed"
	"github.com/xcp-dbus/xcp/internal/schema"
)

// A Contract is what the front knows of XenAPI. Shared, read only.
type Contract struct {
	Messages  []*schema.Message // by ID
	Lookup    func(name string) (*schema.Message, bool)
	SyncNames func() []string // for system.listMethods
	Classes   typed.Classes
}

// Options of a Front.
type Options struct {
	Log      *slog.Logger
	Bus      bus.Caller
	Contract Contract
	TLS      *tls.Config // certificates; nil if there is no TLS listener
}

// A Front is one HTTP server on any number of listeners.
type Front struct {
	log    *slog.Logger
	bus    bus.Caller
	routes *routes
	limits *limits
	tls    *tls.Config
	server *http.Server
	stats  stats
}

// stats are counts since the start.
type stats struct {
	requests atomic.Int64 // RPC calls read
	failures atomic.Int64 // answers that said no
	shed     atomic.Int64 // refused for want of room
	broken   atomic.Int64 // streams that could not be finished
}

// Time limits of one connection.
const (
	headerTimeout   = 10 * time.Second
	idleTimeout     = 5 * time.Minute
	progressTimeout = 60 * time.Second // a body or an answer without progress
)

// New makes a Front that listens nowhere yet.
func New(o Options) *Front {
	f := &Front{
		log: o.Log, bus: o.Bus, limits: newLimits(),
		routes: newRoutes(o.Contract),
	}
	if o.TLS != nil {
		f.tls = o.TLS.Clone()
		f.tls.MinVersion = max(f.tls.MinVersion, tls.VersionTLS12)
		f.tls.NextProtos = []string{"http/1.1"}
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	f.server = &http.Server{
		Handler:           f,
		Protocols:         protocols,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ConnContext:       withClient,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	return f
}

// ServeTCP answers clear-text clients until Shutdown.
func (f *Front) ServeTCP(l net.Listener) error {
	return f.serve(&listener{Listener: l, room: f.limits.tcp, refusal: refusal})
}

// ServeTLS answers TLS clients until Shutdown.
func (f *Front) ServeTLS(l net.Listener) error {
	return f.serve(tls.NewListener(&listener{Listener: l, room: f.limits.tcp}, f.tls))
}

// ServeUnix answers clients of the local socket until Shutdown.
func (f *Front) ServeUnix(l net.Listener) error {
	return f.serve(&listener{Listener: l, room: f.limits.local, refusal: refusal})
}

func (f *Front) serve(l net.Listener) error {
	if err := f.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// shutdownTimeout is how long answers under way are waited for. Calls that may
// last are not: their clients ask again.
const shutdownTimeout = 2 * time.Second

// Shutdown closes the listeners, waits a little for the answers under way, and
// then closes every connection.
func (f *Front) Shutdown(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, shutdownTimeout)
	defer cancel()
	if err := f.server.Shutdown(ctx); err != nil {
		f.server.Close()
	}
}

// Stats reports counts for Diagnostics1.
func (f *Front) Stats(add func(name string, value any)) {
	add("requests", f.stats.requests.Load())
	add("failures", f.stats.failures.Load())
	add("shed", f.stats.shed.Load())
	add("broken-streams", f.stats.broken.Load())
	add("tcp-connections", int64(len(f.limits.tcp)))
	add("local-connections", int64(len(f.limits.local)))
}
