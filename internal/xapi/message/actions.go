package message

import (
	"context"
	"strconv"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/action"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// timeLayout is how XenAPI writes points in time.
const timeLayout = "20060102T15:04:05Z"

// Actions answers the calls of class message.
type Actions struct {
	xapibus.UnimplementedMessage
	*action.Env
	Store *Store
}

// classes are those a message can be about, by the words of the enum cls.
var classes = map[string]*schema.Class{
	model.Cls_VM: model.VM, model.Cls_Host: model.Host, model.Cls_SR: model.SR, model.Cls_Pool: model.Pool, model.Cls_VMPP: model.VMPP,
	model.Cls_VMSS: model.VMSS, model.Cls_PVSProxy: model.PVSProxy, model.Cls_VDI: model.VDI, model.Cls_Certificate: model.Certificate,
}

// Create is message.create: it checks that the object exists.
func (a *Actions) Create(ctx context.Context, name string, priority int64, cls, objUUID, body string) (ref.Message, error) {
	for field, text := range map[string]string{"name": name, "body": body} {
		if err := dbactions.CheckValue(model.Message.Field(field), text); err != nil {
			return ref.Null, err
		}
	}
	c, ok := classes[cls]
	if !ok {
		return ref.Null, xerr.New(codes.INVALID_VALUE, "cls", cls)
	}
	if _, err := a.Read().ByUUID(c, objUUID); err != nil {
		return ref.Null, xerr.New(codes.UUID_INVALID, cls, objUUID)
	}
	r, err := a.Store.Post(ctx, Message{Name: name, Priority: priority, Class: cls, Object: objUUID, Body: body})
	return ref.Message(r), err
}

// Destroy is message.destroy.
func (a *Actions) Destroy(ctx context.Context, self ref.Message) error {
	return a.Store.Destroy(ctx, string(self))
}

// DestroyMany is message.destroy_many: all of them or, if one is unknown, none.
func (a *Actions) DestroyMany(ctx context.Context, messages []ref.Message) error {
	refs := make([]string, len(messages))
	for i, m := range messages {
		refs[i] = string(m)
	}
	return a.Store.Destroy(ctx, refs...)
}

// DestroyAll is message.destroy_all: those older than before, newer than after
// and of one priority, as far as the filters say so.
func (a *Actions) DestroyAll(ctx context.Context, filters map[string]string) error {
	keep := []func(*Message) bool{}
	for key, text := range filters {
		switch key {
		case "before", "after":
			at, err := parseTime(text)
			if err != nil {
				return xerr.New(codes.INVALID_VALUE, key, text)
			}
			before := key == "before"
			keep = append(keep, func(m *Message) bool { return m.Timestamp == at || (m.Timestamp < at) != before })
		case "priority":
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return xerr.New(codes.INVALID_VALUE, key, text)
			}
			keep = append(keep, func(m *Message) bool { return m.Priority != n })
		default:
			return xerr.New(codes.INVALID_VALUE, "filters", key)
		}
	}
	var refs []string
next:
	for _, m := range a.Store.All() {
		for _, kept := range keep {
			if kept(m) {
				continue next
			}
		}
		refs = append(refs, m.ref)
	}
	return a.Store.Destroy(ctx, refs...)
}

// timeLayouts are the forms clients write points in time in.
var timeLayouts = []string{timeLayout, "20060102T15:04:05", time.RFC3339, "2006-01-02T15:04:05", "20060102T15:04:05Z07:00", "2006-01-02"}

func parseTime(text string) (string, error) {
	var err error
	for _, layout := range timeLayouts {
		var t time.Time
		if t, err = time.Parse(layout, text); err == nil {
			return t.UTC().Format(timeLayout), nil
		}
	}
	return "", err
}

type recordMap = map[string]map[string]dbus.Variant

func (a *Actions) selected(match func(*Message) (bool, error)) (recordMap, error) {
	out := recordMap{}
	for _, m := range a.Store.All() {
		ok, err := match(m)
		if err != nil {
			return nil, err
		}
		if ok {
			out[m.ref] = m.Record()
		}
	}
	return out, nil
}

// Get is message.get: the messages about one object since a time.
func (a *Actions) Get(_ context.Context, cls, objUUID, since string) (recordMap, error) {
	at, err := parseTime(since)
	if err != nil {
		return nil, xerr.New(codes.INVALID_VALUE, "since", since)
	}
	return a.selected(func(m *Message) (bool, error) {
		return m.Class == cls && m.Object == objUUID && m.Timestamp > at, nil
	})
}

// GetSince is message.get_since.
func (a *Actions) GetSince(_ context.Context, since string) (recordMap, error) {
	at, err := parseTime(since)
	if err != nil {
		return nil, xerr.New(codes.INVALID_VALUE, "since", since)
	}
	return a.selected(func(m *Message) (bool, error) { return m.Timestamp > at, nil })
}

// GetAll is message.get_all, newest first.
func (a *Actions) GetAll(context.Context) ([]ref.Message, error) {
	refs := []ref.Message{}
	for _, m := range a.Store.All() {
		refs = append(refs, ref.Message(m.ref))
	}
	return refs, nil
}

// GetRecord is message.get_record.
func (a *Actions) GetRecord(_ context.Context, self ref.Message) (map[string]dbus.Variant, error) {
	m, err := a.Store.Find(string(self))
	if err != nil {
		return nil, err
	}
	return m.Record(), nil
}

// GetByUUID is message.get_by_uuid.
func (a *Actions) GetByUUID(_ context.Context, uuid string) (ref.Message, error) {
	m, err := a.Store.ByUUID(uuid)
	if err != nil {
		return "", err
	}
	return ref.Message(m.ref), nil
}

// GetAllRecords is message.get_all_records.
func (a *Actions) GetAllRecords(context.Context) (recordMap, error) {
	return a.selected(func(*Message) (bool, error) { return true, nil })
}

// GetAllRecordsWhere is message.get_all_records_where.
func (a *Actions) GetAllRecordsWhere(_ context.Context, expr string) (recordMap, error) {
	q, err := dbactions.ParseQuery(model.Message, expr)
	if err != nil {
		return nil, err
	}
	return a.selected(func(m *Message) (bool, error) { return q.Match(m) })
}
