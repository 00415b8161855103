package stack

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// A Client speaks JSON-RPC 2.0 to a toolstack: enough for tests that are not
// about the wire. It is safe for concurrent use.
type Client struct {
	Session string

	url  string
	http *http.Client
}

// Dial makes a client for an http or https address, or "unix:PATH". A
// certificate is not checked: the toolstack signs its own.
func Dial(url string) *Client {
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true},
		MaxIdleConnsPerHost: 128,
	}
	if path, ok := strings.CutPrefix(url, "unix:"); ok {
		url = "http://localhost"
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}
	}
	return &Client{url: strings.TrimSuffix(url, "/") + "/jsonrpc", http: &http.Client{Transport: transport, Timeout: 2 * time.Minute}}
}

// A Failure is a XenAPI error.
type Failure struct {
	Code   string
	Params []string
}

func (f *Failure) Error() string { return fmt.Sprintf("%s %q", f.Code, f.Params) }

// Login opens a session that Do puts in front of its arguments.
func (c *Client) Login(ctx context.Context, user, password string) error {
	v, err := c.Call(ctx, "session.login_with_password", user, password)
	if err != nil {
		return err
	}
	c.Session, _ = v.(string)
	return nil
}

// Do calls a method with the session first.
func (c *Client) Do(ctx context.Context, method string, args ...any) (any, error) {
	return c.Call(ctx, method, append([]any{c.Session}, args...)...)
}

// Call calls a method. The error is a *Failure if the toolstack said no.
func (c *Client) Call(ctx context.Context, method string, args ...any) (any, error) {
	if args == nil {
		args = []any{}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": args})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("cannot call %s: %w", method, err)
	}
	defer resp.Body.Close()
	var answer struct {
		Result any
		Error  *struct {
			Message string
			Data    []string
		}
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("cannot call %s: HTTP %s", method, resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("cannot read the answer to %s: %w", method, err)
	}
	if answer.Error != nil {
		return nil, &Failure{answer.Error.Message, answer.Error.Data}
	}
	return answer.Result, nil
}

// Close drops the client's idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// VMRecord is a record VM.create takes, with this name.
func VMRecord(name string) map[string]any {
	const gib = 1 << 30
	return map[string]any{
		"name_label": name, "name_description": "", "user_version": 1, "is_a_template": false,
		"affinity": "OpaqueRef:NULL", "memory_static_max": gib, "memory_dynamic_max": gib, "memory_dynamic_min": gib,
		"memory_static_min": gib, "VCPUs_params": map[string]string{}, "VCPUs_max": 1, "VCPUs_at_startup": 1,
		"actions_after_shutdown": "destroy", "actions_after_reboot": "restart", "actions_after_crash": "restart",
		"PV_bootloader": "", "PV_kernel": "", "PV_ramdisk": "", "PV_args": "", "PV_bootloader_args": "",
		"PV_legacy_args": "", "HVM_boot_policy": "BIOS order", "HVM_boot_params": map[string]string{"order": "cdn"},
		"platform": map[string]string{"acpi": "1"}, "PCI_bus": "", "other_config": map[string]string{}, "recommendations": "",
	}
}
