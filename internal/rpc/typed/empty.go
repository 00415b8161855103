package typed

import (
	"reflect"

	"github.com/xcp-dbus/xcp/internal/schema"
)

// Empty is the empty value of a type, what a parameter or field without a
// value of its own has. It is nil for Void.
func Empty(t *schema.Type) any {
	switch t.Kind {
	case schema.Void:
		return nil
	case schema.Ref:
		return "OpaqueRef:NULL"
	case schema.DateTime:
		return epoch
	case schema.Enum:
		return t.Enum.Values[0]
	case schema.Set:
		return reflect.MakeSlice(GoType(t), 0, 0).Interface()
	case schema.Map, schema.Record:
		return reflect.MakeMap(GoType(t)).Interface()
	case schema.Option:
		return Empty(t.Elem)
	}
	return reflect.Zero(GoType(t)).Interface()
}
