package dbactions

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// AddToMap adds an entry to a map field; a key that is there already is
// MAP_DUPLICATE_KEY, even with the same value.
func AddToMap(tx *db.Tx, row *db.Row, f *schema.Field, key, value any) error {
	old := reflect.ValueOf(tx.Value(row, f))
	k := reflect.ValueOf(key)
	if old.MapIndex(k).IsValid() {
		return xerr.New(codes.MAP_DUPLICATE_KEY, row.Class.Name, f.Column, row.Ref, Format(f.Type.Key, key))
	}
	next := cloneMap(old)
	next.SetMapIndex(k, reflect.ValueOf(value))
	return tx.Set(row.Ref, f, next.Interface())
}

// RemoveFromMap removes an entry; one that is not there is no error and no
// change.
func RemoveFromMap(tx *db.Tx, row *db.Row, f *schema.Field, key any) error {
	old := reflect.ValueOf(tx.Value(row, f))
	k := reflect.ValueOf(key)
	if !old.MapIndex(k).IsValid() {
		return nil
	}
	next := cloneMap(old)
	next.SetMapIndex(k, reflect.Value{})
	return tx.Set(row.Ref, f, next.Interface())
}

func cloneMap(old reflect.Value) reflect.Value {
	next := reflect.MakeMapWithSize(old.Type(), old.Len()+1)
	for it := old.MapRange(); it.Next(); {
		next.SetMapIndex(it.Key(), it.Value())
	}
	return next
}

// AddToSet adds a member to a set field, unless it is there.
func AddToSet(tx *db.Tx, row *db.Row, f *schema.Field, member any) error {
	switch old := tx.Value(row, f).(type) {
	case []string:
		text := cutText(f, member.(string))
		if slices.Contains(old, text) {
			return nil
		}
		if err := checkText(f, text); err != nil {
			return err
		}
		if err := checkRef(tx, f.Type.Elem, text); err != nil {
			return err
		}
		return tx.Set(row.Ref, f, append(slices.Clone(old), text))
	case []int64:
		if slices.Contains(old, member.(int64)) {
			return nil
		}
		return tx.Set(row.Ref, f, append(slices.Clone(old), member.(int64)))
	}
	return fmt.Errorf("field %s.%s is not a set of texts or numbers", row.Class.Name, f.Name)
}

// RemoveFromSet removes a member from a set field, if it is there.
func RemoveFromSet(tx *db.Tx, row *db.Row, f *schema.Field, member any) error {
	switch old := tx.Value(row, f).(type) {
	case []string:
		return setWithout(tx, row, f, old, member.(string))
	case []int64:
		return setWithout(tx, row, f, old, member.(int64))
	}
	return fmt.Errorf("field %s.%s is not a set of texts or numbers", row.Class.Name, f.Name)
}

func setWithout[T comparable](tx *db.Tx, row *db.Row, f *schema.Field, old []T, member T) error {
	if !slices.Contains(old, member) {
		return nil
	}
	next := slices.DeleteFunc(slices.Clone(old), func(v T) bool { return v == member })
	return tx.Set(row.Ref, f, next)
}

// WithKey returns a copy of a map of texts with one more entry, or another
// value for it.
func WithKey(m map[string]string, key, value string) map[string]string {
	next := make(map[string]string, len(m)+1)
	maps.Copy(next, m)
	next[key] = value
	return next
}

// WithoutKeys returns a copy of a map of texts without some keys.
func WithoutKeys(m map[string]string, keys ...string) map[string]string {
	next := maps.Clone(m)
	for _, k := range keys {
		delete(next, k)
	}
	if next == nil {
		next = map[string]string{}
	}
	return next
}
