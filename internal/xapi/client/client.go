package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/rpc"
	"github.com/xcp-dbus/xcp/internal/rpc/typed"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/request"
	"github.com/xcp-dbus/xcp/internal/xmlrpc"
)

const (
	// dialTimeout bounds connecting, the TLS handshake included.
	dialTimeout = 10 * time.Second
	// logoutTimeout bounds the courtesy of logging out.
	logoutTimeout = 5 * time.Second
	// maxReply bounds what one answer may have in bytes: a get_all_records of a
	// large pool, with room.
	maxReply = 512 << 20
)

// replyLimits bound what an answer may decode to: as many values as maxReply
// bytes can hold at the size of a small one.
var replyLimits = rpc.Limits{Depth: 64, Nodes: maxReply / 32}

// A Transport calls one toolstack under one session. It implements
// xapibus.Transport and is safe for concurrent use.
type Transport struct {
	url     string
	http    *http.Client
	session string
}

// HTTPS reaches the toolstack at a host name or address, on the port of XenAPI
// over TLS unless the address names one.
func HTTPS(address string, conf *tls.Config) *Transport {
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(address, "443")
	}
	return &Transport{url: "https://" + address + "/", http: &http.Client{Transport: &http.Transport{
		TLSClientConfig:     conf,
		TLSHandshakeTimeout: dialTimeout,
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
	}}}
}

// Local reaches the toolstack behind a socket of this host.
func Local(socket string) *Transport {
	d := net.Dialer{Timeout: dialTimeout}
	return &Transport{url: "http://local/", http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return d.DialContext(ctx, "unix", socket)
		},
	}}}
}

// Login opens a session with the pool's secret, as the host from, and returns
// the transport under it.
func (t *Transport) Login(ctx context.Context, from ref.Host, secret string) (*Transport, error) {
	session, err := xapibus.NewClient(t).Session.SlaveLogin(ctx, from, secret)
	if err != nil {
		return nil, err
	}
	return &Transport{url: t.url, http: t.http, session: string(session)}, nil
}

// Close logs out, as far as the peer still answers, and lets the connections
// go.
func (t *Transport) Close(ctx context.Context) {
	defer t.http.CloseIdleConnections()
	if t.session == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, logoutTimeout)
	defer cancel()
	if err := xapibus.NewClient(t).Session.Logout(ctx); err != nil {
		slog.WarnContext(ctx, "cannot log out of another host", "err", err)
	}
}

// Call implements xapibus.Transport. Its error is the *xerr.Error the peer
// answered with, or says that there was no answer.
func (t *Transport) Call(ctx context.Context, m *schema.Message, args []any) (any, error) {
	body, err := encode(m, t.session, args)
	if err != nil {
		return nil, fmt.Errorf("cannot encode %s: %w", m.Wire(), err)
	}
	reply, err := t.post(ctx, body)
	if err != nil {
		return nil, fmt.Errorf("cannot call %s: %w", m.Wire(), err)
	}
	v, err := xmlrpc.DecodeResponse(reply, replyLimits)
	if err != nil {
		return nil, err
	}
	if m.Result.Kind == schema.Void {
		return nil, nil
	}
	result, err := typed.Classes(model.ClassByName).Decode("result", m.Result, v)
	if err != nil { // not an answer of the peer, so its code must not look like one
		return nil, fmt.Errorf("cannot read the answer to %s: %v", m.Wire(), err)
	}
	return result, nil
}

func (t *Transport) post(ctx context.Context, body []byte) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "text/xml")
	req.Header.Set("User-Agent", "xcp")
	if task := request.From(ctx).Task; task != "" {
		req.Header.Set("task-id", task)
	}
	if m := bus.MetaFrom(ctx); m != nil && m.TraceParent != "" {
		req.Header.Set("traceparent", m.TraceParent)
	}
	resp, err := t.http.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the peer answered %s", resp.Status)
	}
	reply, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	if err != nil {
		return "", err
	}
	if len(reply) > maxReply {
		return "", fmt.Errorf("the answer has more than %d bytes", maxReply)
	}
	return string(reply), nil
}
