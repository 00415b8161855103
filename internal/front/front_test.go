package front_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/xcp-dbus/xcp/internal/bus"
	. "github.com/xcp-dbus/xcp/internal/front"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/wiremap"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xerr"
	"github.com/xcp-dbus/xcp/internal/xmlrpc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// xapi stands for the API service: a function per Interface.Member. The bus
// below it has tests of its own; the two together are tested in systest.
type xapi struct {
	answer func(ctx context.Context, q *bus.Request) ([]any, error)

	mu   sync.Mutex
	last *bus.Request
	meta *bus.Meta
}

func (x *xapi) Do(ctx context.Context, q *bus.Request) ([]any, error) {
	if _, ok := ctx.Deadline(); !ok {
		return nil, errors.New("a call without a deadline")
	}
	x.mu.Lock()
	x.last, x.meta = q, bus.MetaFrom(ctx)
	x.mu.Unlock()
	return x.answer(ctx, q)
}

func answering(out ...any) *xapi {
	return &xapi{answer: func(context.Context, *bus.Request) ([]any, error) { return out, nil }}
}

func refusing(err error) *xapi {
	return &xapi{answer: func(context.Context, *bus.Request) ([]any, error) { return nil, err }}
}

func contract() Contract {
	return Contract{
		Messages: wiremap.Messages, Lookup: wiremap.Lookup, SyncNames: wiremap.SyncNames,
		Classes: func(name string) *schema.Class {
			if c := model.ClassByName(name); c != nil {
				return c
			}
			return model.ClassByLower(name)
		},
	}
}

type server struct {
	*Front
	url, tlsURL, socket string
	client              *http.Client
	local               *http.Client
}

// serve starts a front on all three kinds of listener.
func serve(t testing.TB, backend bus.Caller) *server {
	t.Helper()
	s := &server{socket: filepath.Join(t.TempDir(), "xapi")}
	certs := httptest.NewUnstartedServer(nil)
	certs.StartTLS()
	pair := certs.TLS.Certificates
	certs.Close()
	s.Front = New(Options{
		Log: slog.New(slog.DiscardHandler), Bus: backend, Contract: contract(),
		TLS: &tls.Config{Certificates: pair},
	})
	var running sync.WaitGroup
	listen := func(network, address string, serve func(net.Listener) error) string {
		l, err := net.Listen(network, address)
		if err != nil {
			t.Fatal(err)
		}
		running.Go(func() {
			if err := serve(l); err != nil {
				t.Error(err)
			}
		})
		return l.Addr().String()
	}
	s.url = "http://" + listen("tcp", "127.0.0.1:0", s.ServeTCP)
	s.tlsURL = "https://" + listen("tcp", "127.0.0.1:0", s.ServeTLS)
	listen("unix", s.socket, s.ServeUnix)
	s.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	s.local = &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("unix", s.socket)
	}}}
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		s.local.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s.Shutdown(ctx)
		running.Wait()
	})
	return s
}

func (s *server) post(t testing.TB, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest("POST", s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return s.do(t, s.client, r, headers...)
}

func (s *server) do(t testing.TB, c *http.Client, r *http.Request, headers ...string) (*http.Response, string) {
	t.Helper()
	for i := 0; i < len(headers); i += 2 {
		r.Header[headers[i]] = []string{headers[i+1]}
	}
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

func xmlCall(method string, values ...string) string {
	var b strings.Builder
	for _, v := range values {
		b.WriteString("<param>" + v + "</param>")
	}
	return "<methodCall><methodName>" + method + "</methodName><params>" + b.String() + "</params></methodCall>"
}

func v(text string) string { return "<value>" + text + "</value>" }

func xmlFailure(words ...string) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString("<value>" + w + "</value>")
	}
	return `<?xml version="1.0"?><methodResponse><params><param><value><struct><member><name>Status</name><value>Failure</value></member><member><name>ErrorDescription</name><value><array><data>` +
		b.String() + `</data></array></value></member></struct></value></param></params></methodResponse>`
}

func xmlSuccess(value string) string {
	return `<?xml version="1.0"?><methodResponse><params><param><value><struct><member><name>Status</name><value>Success</value></member><member><name>Value</name>` +
		value + `</member></struct></value></param></params></methodResponse>`
}

func TestPlainCall(t *testing.T) {
	x := answering("n<1>")
	s := serve(t, x)
	res, got := s.post(t, "/", xmlCall("VM.get_name_label", v("OpaqueRef:s"), v("OpaqueRef:v")), "User-Agent", "test/1")
	if diff := cmp.Diff(xmlSuccess("<value>n&lt;1&gt;</value>"), got); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/xml", "Connection": "keep-alive", "Cache-Control": "no-cache, no-store",
		"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "X-Requested-With",
	} {
		if got := res.Header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if res.StatusCode != 200 || res.ContentLength != int64(len(got)) || res.Close {
		t.Errorf("status %d, length %d, close %v", res.StatusCode, res.ContentLength, res.Close)
	}
	want := &bus.Request{
		Dest: "org.xen.xcp.xapi", Path: "/org/xen/xcp/xapi/VM", Interface: "org.xen.xcp.xapi.VM1", Member: "get_name_label",
		In: "sa{sv}", Args: []any{"OpaqueRef:v"}, Context: true, Retry: bus.Idempotent,
	}
	if diff := cmp.Diff(want, x.last); diff != "" {
		t.Error(diff)
	}
	origin := bus.Origin{Transport: "tcp", Peer: "127.0.0.1", UID: -1, UserAgent: "test/1"}
	if diff := cmp.Diff(&origin, x.meta.Origin); diff != "" || x.meta.Session != "OpaqueRef:s" {
		t.Errorf("session %q, %s", x.meta.Session, diff)
	}
}

// TestPaths: every path but the JSON one speaks XML, both spellings work.
func TestPaths(t *testing.T) {
	s := serve(t, answering("x"))
	for _, path := range []string{"/", "/RPC2", "/xmlrpc", "/json", "/some/where"} {
		if _, got := s.post(t, path, xmlCall("VM_get_name_label", v("s"), v("r"))); got != xmlSuccess(v("x")) {
			t.Errorf("%s: %s", path, got)
		}
	}
	res, got := s.post(t, "/jsonrpc", `{"jsonrpc":"2.0","method":"VM.get_name_label","params":["s","r"],"id":0}`, "Content-Type", "application/json; charset=utf-8")
	if got != `{"jsonrpc":"2.0","result":"x","id":0}` || res.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %s", got, res.Header)
	}
	if _, got := s.post(t, "/jsonrpc", `{"method":"VM.get_name_label","params":["s","r"],"id":"a"}`); got != `{"result":"x","error":null,"id":"a"}` {
		t.Error(got)
	}
}

func TestOrigin(t *testing.T) {
	x := answering("OpaqueRef:task")
	s := serve(t, x)
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	s.post(t, "/", xmlCall("InternalAsync.VM.start", v("s"), v("r"), "<value><boolean>0</boolean></value>", "<value><boolean>1</boolean></value>"),
		"Task-Id", "OpaqueRef:t", "Subtask-Of", "OpaqueRef:p", "X-Http-Other-Config-Colour", "blue\xff", "Traceparent", parent, "User-Agent", "")
	want := bus.Origin{
		Transport: "tcp", Peer: "127.0.0.1", UID: -1, Task: "OpaqueRef:t", SubtaskOf: "OpaqueRef:p", Internal: true,
		TaskOtherConfig: map[string]string{"http:colour": "blue"}, TraceParent: parent,
	}
	if diff := cmp.Diff(&want, x.meta.Origin); diff != "" {
		t.Error(diff)
	}
	if x.meta.TraceParent != parent || x.last.Interface != "org.xen.xcp.xapi.VMAsync1" || x.last.Retry != bus.Keyed {
		t.Errorf("%+v %+v", x.meta, x.last)
	}
	r, _ := http.NewRequest("POST", "http://local/", strings.NewReader(xmlCall("session.login_with_password", v("root"), v(""))))
	s.do(t, s.local, r)
	if o := x.meta.Origin; o.Transport != "local" || o.UID < 0 || o.Peer != "" || x.meta.Session != "" {
		t.Errorf("%+v", o)
	}
	r, _ = http.NewRequest("POST", s.tlsURL, strings.NewReader(xmlCall("VM.get_uuid", v("s"), v("r"))))
	s.do(t, s.client, r)
	if o := x.meta.Origin; o.Transport != "tls" {
		t.Errorf("%+v", o)
	}
}

// TestDefaults: parameters with a default may be left off, and where there are
// such, surplus ones are ignored.
func TestDefaults(t *testing.T) {
	x := answering("OpaqueRef:s")
	s := serve(t, x)
	for _, params := range [][]string{{v("u"), v("p")}, {v("u"), v("p"), v("1.1")}, {v("u"), v("p"), v("1.1"), v(""), v("x"), v("y")}} {
		if _, got := s.post(t, "/", xmlCall("session.login_with_password", params...)); got != xmlSuccess(v("OpaqueRef:s")) {
			t.Error(got)
		}
		if diff := cmp.Diff([]any{"u", "p", "1.1", ""}, x.last.Args); diff != "" {
			t.Error(diff)
		}
	}
}

// TestFailures is the order and the wording of refusals.
func TestFailures(t *testing.T) {
	unknownSession := refusing(xerr.New("SESSION_INVALID", "s"))
	s := serve(t, unknownSession)
	for _, tc := range []struct {
		body string
		want string
	}{
		{xmlCall("VM.get_uuid", v("s"), v("r")), xmlFailure("SESSION_INVALID", "s")},
		{xmlCall("VM.get_uuid", v("s")), xmlFailure("MESSAGE_PARAMETER_COUNT_MISMATCH", "VM.get_uuid", "1", "0")},
		{xmlCall("VM.get_uuid"), xmlFailure("MESSAGE_PARAMETER_COUNT_MISMATCH", "VM.get_uuid", "1", "-1")},
		{xmlCall("VM.get_uuid", v("s"), v("r"), v("x")), xmlFailure("MESSAGE_PARAMETER_COUNT_MISMATCH", "VM.get_uuid", "1", "2")},
		{xmlCall("Async.VM.clone", v("s"), v("r")), xmlFailure("MESSAGE_PARAMETER_COUNT_MISMATCH", "VM.clone", "2", "1")},
		{xmlCall("VM.set_is_a_template", v("s"), v("r"), v("true")), xmlFailure("INVALID_VALUE", "value", "true")},
		{xmlCall("VM.get_uuid", "<value><int>1</int></value>", v("r")), xmlFailure("INVALID_VALUE", "session_id", "1")},
		{xmlCall("VM.get_uuid", v("a\xff"), v("r")), xmlFailure("INVALID_VALUE", "Invalid UTF-8 string in parameter", "S(a\ufffd)")},
		{xmlCall("VM.no_such"), xmlFailure("MESSAGE_METHOD_UNKNOWN", "VM.no_such")},
		{xmlCall("Async.VM_start"), xmlFailure("MESSAGE_METHOD_UNKNOWN", "Async.VM_start")},
		{xmlCall("VM.no_such", v("s")), xmlFailure("SESSION_INVALID", "s")},
		{xmlCall("Async.VM.get_uuid", v("s"), v("r")), xmlFailure("Fault", "No async mode for this operation (rpc: VM.get_uuid)")},
		{xmlCall("system.isAlive:x"), xmlFailure("MESSAGE_PARAMETER_COUNT_MISMATCH", "system.isAlive:x", "1", "0")},
		{xmlCall("VM.create", v("s"), "<value><struct></struct></value>"), xmlFailure("INVALID_VALUE", "user_version", "")},
	} {
		res, got := s.post(t, "/", tc.body)
		if diff := cmp.Diff(tc.want, got); diff != "" || res.StatusCode != 200 {
			t.Errorf("%s: %d %s", tc.body, res.StatusCode, diff)
		}
	}
	if _, got := s.post(t, "/jsonrpc", `{"method":"VM.get_uuid","params":["\u0000"],"id":5}`); got != `{"jsonrpc":"2.0","error":["INVALID_VALUE","Invalid UTF-8 string in parameter","S(\u0000)"],"id":0}` {
		t.Error(got)
	}
	if _, got := s.post(t, "/jsonrpc", `{"jsonrpc":"2.0","method":"VM.get_uuid","params":["s","r"],"id":5}`); got != `{"jsonrpc":"2.0","error":{"code":1,"message":"SESSION_INVALID","data":["s"]},"id":5}` {
		t.Error(got)
	}
}

// TestInnerErrors never reach a client.
func TestInnerErrors(t *testing.T) {
	for _, tc := range []struct {
		err    error
		status int
		want   string
	}{
		{errors.New("secret path"), 200, "see the log"},
		{&bus.Error{Name: bus.InvalidArgs, Message: "secret path"}, 200, "see the log"},
		{&bus.Error{Name: bus.TooBig, Message: "secret path"}, 200, "too large"},
		{&xerr.Lost{Op: "x", Executed: "unknown", Err: errors.New("secret path")}, 200, "outcome"},
		{&xerr.Lost{Op: "x", Executed: "no", Err: errors.New("secret path")}, 503, "not available"},
	} {
		s := serve(t, refusing(tc.err))
		res, got := s.post(t, "/", xmlCall("VM.get_uuid", v("s"), v("r")))
		if res.StatusCode != tc.status || !strings.Contains(got, tc.want) || strings.Contains(got, "secret") {
			t.Errorf("%v: %d %s", tc.err, res.StatusCode, got)
		}
		if tc.status == 503 && res.Header.Get("Retry-After") == "" {
			t.Error("503 without Retry-After")
		}
	}
}

func TestExtension(t *testing.T) {
	x := refusing(&bus.Error{Name: bus.UnknownInterface})
	s := serve(t, x)
	if _, got := s.post(t, "/", xmlCall("my.own", v("s"), v("x"))); got != xmlFailure("MESSAGE_METHOD_UNKNOWN", "my.own") {
		t.Error(got)
	}
	want := &bus.Request{
		Dest: "org.xen.xcp.xapi", Path: "/org/xen/xcp/xapi", Interface: "org.xen.xcp.xapi.Extension1", Member: "Call",
		In: "sa{sv}", Args: []any{"my.own"}, Context: true,
	}
	if diff := cmp.Diff(want, x.last); diff != "" {
		t.Error(diff)
	}
}

func TestSystem(t *testing.T) {
	s := serve(t, refusing(errors.New("not to be asked")))
	_, got := s.post(t, "/", xmlCall("system.listMethods"))
	v, err := xmlrpc.DecodeResponse(got, limits)
	if err != nil || len(v.Items) < 2000 || strings.Contains(got, "Status") {
		t.Errorf("%d methods, %v", len(v.Items), err)
	}
	if _, got := s.post(t, "/jsonrpc", `{"jsonrpc":"2.0","method":"system.listMethods","id":1}`); !strings.HasPrefix(got, `{"jsonrpc":"2.0","result":["`) {
		t.Error(got[:100])
	}
	if _, got := s.post(t, "/", xmlCall("system.isAlive:x", "<value><array><data><value><int>1</int></value></data></array></value>")); got != xmlSuccess("<value><array><data><value>1</value></data></array></value>") {
		t.Error(got)
	}
}

func TestPages(t *testing.T) {
	x := answering("OpaqueRef:host")
	s := serve(t, x)
	for _, tc := range []struct {
		method, path string
		status       int
		want         string
	}{
		{"GET", "/", 200, "XenAPI"},
		{"GET", "/missing", 404, ""},
		{"GET", "/export?ref=x", 501, ""},
		{"PUT", "/import_raw_vdi/", 501, ""},
		{"PUT", "/missing", 403, ""},
		{"DELETE", "/", 501, ""},
		{"OPTIONS", "/jsonrpc", 200, ""},
		{"GET", "/rrd_updates", 400, ""},
		{"GET", "/rrd_updates?start=5&session_id=s&interval=60&json=true", 200, `{"meta":{"start":5,"step":60,"end":`},
		{"GET", "/rrd_updates?start=-5&session_id=s", 200, `<step>5</step>`},
		{"POST", "/cli", 501, ""},
	} {
		r, _ := http.NewRequest(tc.method, s.url+tc.path, nil)
		res, got := s.do(t, s.client, r, "Access-Control-Request-Headers", "content-type")
		if res.StatusCode != tc.status || !strings.Contains(got, tc.want) {
			t.Errorf("%s %s: %d %s", tc.method, tc.path, res.StatusCode, got)
		}
		if tc.method == "OPTIONS" && (res.Header.Get("Access-Control-Allow-Headers") != "content-type, X-Requested-With" || res.Header.Get("Access-Control-Allow-Methods") != "PUT") {
			t.Error(res.Header)
		}
	}
	r, _ := http.NewRequest("GET", s.url+"/rrd_updates?start=5", nil)
	s.do(t, s.client, r, "Cookie", "task_id=1; session_id=OpaqueRef%3as")
	if diff := cmp.Diff([]any{"OpaqueRef:s"}, x.last.Args); diff != "" {
		t.Error(diff)
	}
	x.answer = refusing(xerr.New("SESSION_INVALID", "s")).answer
	if res, _ := s.do(t, s.client, r); res.StatusCode != 401 {
		t.Error(res.Status)
	}
}

func TestMalformed(t *testing.T) {
	s := serve(t, answering("x"))
	for path, body := range map[string]string{"/": "<methodCall>", "/json": "{}", "/jsonrpc": `{"jsonrpc":"2.0","method":"a"}`} {
		res, got := s.post(t, path, body)
		if res.StatusCode != 500 || !res.Close || res.Header.Get("Content-Type") != "text/html" || !strings.Contains(got, "malformed") {
			t.Errorf("%s: %d %s %s", path, res.StatusCode, res.Header, got)
		}
	}
}

// TestKeepAlive: 1.1 stays open, 1.0 does not, and the client may say so.
func TestKeepAlive(t *testing.T) {
	s := serve(t, answering("x"))
	body := xmlCall("VM.get_uuid", v("s"), v("r"))
	for _, tc := range []struct {
		proto, header string
		stays         bool
	}{
		{"1.1", "", true}, {"1.1", "Connection: close\r\n", false}, {"1.0", "", false}, {"1.0", "Connection: keep-alive\r\n", true},
	} {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(300 * time.Millisecond))
		io.WriteString(c, "POST / HTTP/"+tc.proto+"\r\nHost: x\r\n"+tc.header+"Content-Length: "+itoa(len(body))+"\r\n\r\n"+body)
		got, err := io.ReadAll(c)
		if stays := err != nil; stays != tc.stays || !strings.Contains(string(got), "Success") {
			t.Errorf("HTTP/%s %s stays open: %v, %s", tc.proto, tc.header, stays, got)
		}
	}
}

func TestBoxedResults(t *testing.T) {
	record := map[string]dbus.Variant{"uuid": dbus.MakeVariant("u"), "is_a_template": dbus.MakeVariant(true)}
	s := serve(t, answering(record))
	_, got := s.post(t, "/", xmlCall("VM.get_record", v("s"), v("r")))
	want := xmlSuccess("<value><struct><member><name>uuid</name><value>u</value></member><member><name>is_a_template</name><value><boolean>1</boolean></value></member></struct></value>")
	if got != want {
		t.Error(got)
	}
	s = serve(t, answering())
	if _, got := s.post(t, "/", xmlCall("session.logout", v("s"))); got != xmlSuccess("<value></value>") {
		t.Error(got)
	}
	s = serve(t, answering(5))
	if _, got := s.post(t, "/", xmlCall("VM.get_record", v("s"), v("r"))); !strings.Contains(got, "INTERNAL_ERROR") || strings.Contains(got, "Success") {
		t.Error(got)
	}
}
