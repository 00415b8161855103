// Command xcp-front serves XenAPI over HTTP, HTTPS and a local socket, and
// makes one call on the dedicated bus of each request.
package main

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"net"

	"golang.org/x/sync/errgroup"

	"github.com/xcp-dbus/xcp/internal/daemon"
	"github.com/xcp-dbus/xcp/internal/front"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/wiremap"
	"github.com/xcp-dbus/xcp/internal/schema"
)

// settings are the front's own. Sockets that were handed down under the names
// http, https and unix take the place of the addresses.
type settings struct {
	listen, tlsListen, unix string
	cert, key               string
}

func main() {
	var s settings
	daemon.Main(daemon.Spec{
		Name:    "front",
		Summary: "serves XenAPI over HTTP",
		Flags: func(fs *flag.FlagSet) {
			fs.StringVar(&s.listen, "listen", "127.0.0.1:8080", "address for HTTP; empty: none")
			fs.StringVar(&s.tlsListen, "tls-listen", "127.0.0.1:8443", "address for HTTPS, with -tls-cert and -tls-key; empty: none")
			fs.StringVar(&s.unix, "unix", "", "path of the local socket; empty: none")
			fs.StringVar(&s.cert, "tls-cert", "", "file of the certificate, PEM")
			fs.StringVar(&s.key, "tls-key", "", "file of its key, PEM")
		},
		Setup:     s.setup,
		Reconnect: true,
	})
}

func (s *settings) setup(_ context.Context, env *daemon.Env) (*daemon.Service, error) {
	front.TuneMemory()
	o := front.Options{
		Log: env.Log, Bus: env.Bus,
		Contract: front.Contract{
			Messages: wiremap.Messages, Lookup: wiremap.Lookup, SyncNames: wiremap.SyncNames, Classes: class,
		},
	}
	if s.cert != "" {
		pair, err := tls.LoadX509KeyPair(s.cert, s.key)
		if err != nil {
			return nil, fmt.Errorf("cannot use the certificate: %w", err)
		}
		o.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	f := front.New(o)
	var serve []func() error
	for _, l := range []struct {
		name, network, address string
		serve                  func(net.Listener) error
	}{
		{"http", "tcp", s.listen, f.ServeTCP},
		{"https", "tcp", s.tlsListen, f.ServeTLS},
		{"unix", "unix", s.unix, f.ServeUnix},
	} {
		if l.name == "https" && o.TLS == nil {
			continue
		}
		socket, err := daemon.Listen(l.name, l.network, l.address)
		if err != nil {
			return nil, fmt.Errorf("cannot listen for %s: %w", l.name, err)
		}
		if socket == nil {
			continue
		}
		env.Log.Info("listening", "on", l.name, "address", socket.Addr().String())
		serve = append(serve, func() error { return l.serve(socket) })
	}
	return &daemon.Service{
		Run:   func(ctx context.Context) error { return run(ctx, serve) },
		Stats: f.Stats,
		Drain: f.Shutdown,
	}, nil
}

// run serves all listeners until ctx ends, or one of them fails.
func run(ctx context.Context, serve []func() error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, s := range serve {
		group.Go(s)
	}
	group.Go(func() error {
		<-ctx.Done()
		return nil
	})
	return group.Wait()
}

// class finds a class in either spelling.
func class(name string) *schema.Class {
	if c := model.ClassByName(name); c != nil {
		return c
	}
	return model.ClassByLower(name)
}
