package client

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"reflect"
	"strconv"

	"github.com/godbus/dbus/v5"
	"github.com/kolo/xmlrpc"

	"github.com/xcp-dbus/xcp/internal/schema"
)

// encode writes a call. The XML-RPC library writes <int> for integers and
// member names as they are, so integers go as text, as XenAPI wants them, and
// names escaped.
func encode(m *schema.Message, session string, args []any) ([]byte, error) {
	params := make([]any, 0, len(args)+1)
	if !m.NoSession {
		params = append(params, session)
	}
	for i, a := range args {
		params = append(params, plain(m.Params[i].Type, a))
	}
	return xmlrpc.EncodeMethodCall(m.Wire(), params...)
}

// plain turns a value into what the XML-RPC library takes.
func plain(t *schema.Type, v any) any {
	switch t.Kind {
	case schema.Int:
		return strconv.FormatInt(v.(int64), 10)
	case schema.Set:
		in := reflect.ValueOf(v)
		out := make([]any, in.Len())
		for i := range out {
			out[i] = plain(t.Elem, in.Index(i).Interface())
		}
		return out
	case schema.Map:
		in := reflect.ValueOf(v)
		out := make(map[string]any, in.Len())
		for it := in.MapRange(); it.Next(); {
			out[name(fmt.Sprint(it.Key().Interface()))] = plain(t.Elem, it.Value().Interface())
		}
		return out
	case schema.Record:
		out := make(map[string]any)
		for k, member := range v.(map[string]dbus.Variant) {
			out[name(k)] = untyped(member.Value())
		}
		return out
	}
	return v
}

// untyped is plain for a member of a record, whose shape tells its type.
func untyped(v any) any {
	in := reflect.ValueOf(v)
	switch in.Kind() {
	case reflect.Int64:
		return strconv.FormatInt(in.Int(), 10)
	case reflect.Slice:
		out := make([]any, in.Len())
		for i := range out {
			out[i] = untyped(in.Index(i).Interface())
		}
		return out
	case reflect.Map:
		out := make(map[string]any, in.Len())
		for it := in.MapRange(); it.Next(); {
			out[name(fmt.Sprint(it.Key().Interface()))] = untyped(it.Value().Interface())
		}
		return out
	}
	return v
}

// name escapes a member's name, which the library does not.
func name(s string) string {
	var b bytes.Buffer
	xml.EscapeText(&b, []byte(s)) // a bytes.Buffer does not fail
	return b.String()
}
