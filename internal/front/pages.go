package front

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// ServeHTTP implements http.Handler. As in the reference a path belongs to the
// longest registered one that begins it, separately for each HTTP method.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodPost:
		switch {
		case strings.HasPrefix(r.URL.Path, "/jsonrpc"):
			f.serveRPC(w, r, jsonCodec)
		case registered(postPages, r.URL.Path):
			notYet(w, r)
		default:
			f.serveRPC(w, r, xmlCodec)
		}
	case http.MethodGet:
		f.serveGet(w, r)
	case http.MethodOptions:
		preflight(w, r)
	case http.MethodPut:
		f.serveOther(w, r, putPages)
	case http.MethodConnect:
		f.serveOther(w, r, connectPages)
	default:
		page(w, http.StatusNotImplemented, "Method not implemented")
	}
}

// The paths of XenAPI that are not RPC. What serves them comes with the rooms
// that have the data; until then they say so.
var (
	postPages = []string{"/cli", "/remote_db_access", "/remote_db_access_v2", "/services/"}
	putPages  = []string{
		"/import", "/import_metadata", "/import_raw_vdi", "/rrd", "/blob", "/messages", "/host_restore",
		"/pool/xmldbdump", "/pool_patch_upload", "/bundle", "/services/",
	}
	connectPages = []string{"/console", "/remotecmd"}
	getPages     = []string{
		"/export", "/export_metadata", "/export_raw_vdi", "/console", "/vncsnapshot", "/vm_rrd", "/vm_rrds",
		"/host_rrd", "/host_rrds", "/sr_rrd", "/blob", "/host_backup", "/pool/xmldbdump", "/host_logs_download",
		"/system-status", "/audit_log", "/services", "/sync_config_files", "/wlb_report", "/wlb_diagnostics",
		"/update/", "/repository/", "/host_updates", "/updates",
	}
)

func registered(paths []string, path string) bool {
	for _, p := range paths {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

func (f *Front) serveOther(w http.ResponseWriter, r *http.Request, pages []string) {
	if registered(pages, r.URL.Path) {
		notYet(w, r)
		return
	}
	page(w, http.StatusForbidden, "Forbidden")
}

func notYet(w http.ResponseWriter, r *http.Request) {
	page(w, http.StatusNotImplemented, "This server does not have "+r.URL.Path+" yet")
}

func (f *Front) serveGet(w http.ResponseWriter, r *http.Request) {
	switch p := r.URL.Path; {
	case strings.HasPrefix(p, "/rrd_updates"):
		f.serveUpdates(w, r)
	case registered(getPages, p):
		notYet(w, r)
	case p == "/" || p == "/index.html":
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Length", strconv.Itoa(len(index)))
		_, _ = w.Write([]byte(index))
	case !strings.HasPrefix(path.Clean(p), "/") || strings.Contains(p, "/.."):
		page(w, http.StatusForbidden, "Forbidden")
	default:
		page(w, http.StatusNotFound, "Not found")
	}
}

const index = `<!DOCTYPE html>
<html><head><title>XCP</title></head>
<body><h1>XCP</h1><p>This is a XenAPI server. Send XML-RPC to <code>/</code> or JSON-RPC to <code>/jsonrpc</code>.</p></body></html>
`

// preflight lets pages of other hosts call. It needs no session.
func preflight(w http.ResponseWriter, r *http.Request) {
	allow := "X-Requested-With"
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		allow = asked + ", " + allow
	}
	h := w.Header()
	h["Access-Control-Allow-Origin"] = anyOrigin
	h["Access-Control-Allow-Methods"] = []string{"PUT"}
	h["Access-Control-Allow-Headers"] = []string{allow}
	h["Connection"] = keepAlive
	h["Content-Length"] = []string{"0"}
	w.WriteHeader(http.StatusOK)
}

// page answers with a few words for people, and ends the connection.
func page(w http.ResponseWriter, status int, text string) {
	b := fmt.Sprintf("<html><body><h1>%d</h1><p>%s</p></body></html>\n", status, html.EscapeString(text))
	h := w.Header()
	h["Content-Type"] = []string{"text/html"}
	h["Connection"] = closing
	h["Content-Length"] = []string{strconv.Itoa(len(b))}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(b))
}

// defaultStep is the seconds between samples if the client asks for none.
const defaultStep = 5

// serveUpdates answers /rrd_updates for a session that xapi knows: a sound
// document without samples, as there are no statistics yet (DESIGN section 7).
func (f *Front) serveUpdates(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	start, err := strconv.ParseInt(query.Get("start"), 10, 64)
	if err != nil {
		page(w, http.StatusBadRequest, "The parameter start is missing or no number")
		return
	}
	switch err := f.checkSession(r, query); {
	case errors.Is(err, errUnavailable):
		f.refuse(w, err)
		return
	case err != nil:
		w.Header().Set("WWW-Authenticate", `Basic realm="get_rrd_updates"`)
		page(w, http.StatusUnauthorized, "Unauthorised")
		return
	}
	end := time.Now().Unix()
	if start < 0 {
		start += end
	}
	step, err := strconv.ParseInt(query.Get("interval"), 10, 64)
	if err != nil || step <= 0 {
		step = defaultStep
	}
	form, contentType := updatesXML, "text/xml"
	if query.Has("json") || strings.Contains(r.Header.Get("Accept"), "application/json") {
		form, contentType = updatesJSON, "application/json"
	}
	b := fmt.Sprintf(form, start, step, end)
	h := w.Header()
	h.Set("Content-Type", contentType)
	h["Access-Control-Allow-Origin"] = anyOrigin
	h["Cache-Control"] = noCache
	h["Connection"] = closing
	h.Set("Content-Length", strconv.Itoa(len(b)))
	_, _ = w.Write([]byte(b))
}

const (
	updatesXML  = `<xport><meta><start>%d</start><step>%d</step><end>%d</end><rows>0</rows><columns>0</columns><legend></legend></meta><data></data></xport>`
	updatesJSON = `{"meta":{"start":%d,"step":%d,"end":%d,"rows":0,"columns":0,"legend":[]},"data":[]}`
)

// checkSession asks xapi whether the request's session may read; root on the
// local socket needs none.
func (f *Front) checkSession(r *http.Request, query url.Values) error {
	who := r.Context().Value(clientKey{}).(*client)
	if who.transport == "local" && who.uid == 0 {
		return nil
	}
	session := sessionOf(r, query)
	ctx, cancel := context.WithTimeout(bus.WithMeta(r.Context(), who.meta(r, session, modeSync)), shortTimeout)
	defer cancel()
	if err := f.awaitBus(ctx); err != nil {
		return err
	}
	_, err := f.bus.Do(ctx, &bus.Request{
		Dest: xapiName, Path: xapiPath + "/session", Interface: xapiName + ".session1", Member: "get_this_host",
		In: "sa{sv}", Args: []any{session}, Context: true, Retry: bus.Idempotent,
	})
	var lost *xerr.Lost
	if errors.As(err, &lost) {
		return errUnavailable
	}
	return err
}

// sessionOf finds the session in the cookie or the query.
func sessionOf(r *http.Request, query url.Values) string {
	if s := cookie(r, "session_id"); s != "" {
		return s
	}
	return query.Get("session_id")
}

// cookie reads one value of the Cookie header. Pairs are separated by ";", or
// by "&" where there is none; names and values are percent-decoded.
func cookie(r *http.Request, name string) string {
	for _, line := range r.Header["Cookie"] {
		separator := "&"
		if strings.Contains(line, ";") {
			separator = ";"
		}
		for _, pair := range strings.Split(line, separator) {
			k, v, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if k, err := url.PathUnescape(k); err != nil || k != name {
				continue
			}
			if v, err := url.PathUnescape(v); err == nil {
				return v
			}
		}
	}
	return ""
}
