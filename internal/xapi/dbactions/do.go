package dbactions

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/store"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// Do answers one plain database message. args are the message's parameters
// without the session, each of the Go type of its schema.Type; Do keeps and
// does not change them. The result, nil for a write, is shared: read only.
//
// Errors: HANDLE_INVALID, UUID_INVALID, MAP_DUPLICATE_KEY, INVALID_VALUE, or
// that of the store.
func Do(ctx context.Context, d *db.DB, m *schema.Message, args []any) (any, error) {
	if len(args) != len(m.Params) {
		return nil, fmt.Errorf("%s takes %d arguments, not %d", m.Wire(), len(m.Params), len(args))
	}
	switch m.Kind {
	case schema.Setter, schema.AddTo, schema.RemoveFrom:
		return nil, write(ctx, d, m, args)
	case schema.GetAllRecords, schema.GetAllRecordsWhere:
		return records(d.Snapshot(), m, args)
	}
	return read(d.Snapshot(), m, args)
}

func read(s *db.Snapshot, m *schema.Message, args []any) (any, error) {
	switch m.Kind {
	case schema.GetAll:
		refs := make([]string, 0, s.Count(m.Class))
		for row := range s.Rows(m.Class) {
			refs = append(refs, row.Ref)
		}
		return refs, nil
	case schema.GetAllWhere:
		return where(s, m.Class, args[0].(string))
	case schema.GetByLabel:
		return s.ByName(m.Class, args[0].(string)), nil
	case schema.GetByUUID:
		row, err := s.ByUUID(m.Class, args[0].(string))
		if err != nil {
			return nil, err
		}
		return row.Ref, nil
	case schema.Getter, schema.GetRecord:
		row, err := s.Find(m.Class, args[0].(string))
		if err != nil {
			return nil, err
		}
		if m.Kind == schema.GetRecord {
			return s.Record(row), nil
		}
		return s.Value(row, m.Field), nil
	}
	return nil, fmt.Errorf("%s is not a plain database message", m.Wire())
}

func where(s *db.Snapshot, c *schema.Class, expr string) (any, error) {
	rows, err := Where(s, c, expr)
	if err != nil {
		return nil, err
	}
	refs := []string{}
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		refs = append(refs, row.Ref)
	}
	return refs, nil
}

func records(s *db.Snapshot, m *schema.Message, args []any) (any, error) {
	rows, err := Stream(s, m, args)
	if err != nil {
		return nil, err
	}
	recs := make(map[string]map[string]dbus.Variant)
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		recs[row.Ref] = s.Record(row)
	}
	return recs, nil
}

// Stream gives the rows get_all_records and get_all_records_where answer with,
// one by one, for a reply that is not built in memory. An error in the sequence
// is its last element.
func Stream(s *db.Snapshot, m *schema.Message, args []any) (iter.Seq2[*db.Row, error], error) {
	if m.Kind == schema.GetAllRecordsWhere {
		return Where(s, m.Class, args[0].(string))
	}
	return func(yield func(*db.Row, error) bool) {
		for row := range s.Rows(m.Class) {
			if !yield(row, nil) {
				return
			}
		}
	}, nil
}

// Where gives the rows of c that an expression selects. An expression that
// cannot be read fails at once; an error in the sequence is its last element.
func Where(r db.Reader, c *schema.Class, expr string) (iter.Seq2[*db.Row, error], error) {
	q, err := ParseQuery(c, expr)
	if err != nil {
		return nil, err
	}
	return func(yield func(*db.Row, error) bool) {
		for row := range candidates(r, c, q) {
			ok, err := q.Match(rowSource{r, row})
			if err != nil {
				yield(nil, err)
				return
			}
			if ok && !yield(row, nil) {
				return
			}
		}
	}, nil
}

// rowSource is a row as queries see it.
type rowSource struct {
	reader db.Reader
	row    *db.Row
}

func (s rowSource) Value(f *schema.Field) any { return s.reader.Value(s.row, f) }
func (s rowSource) Reference() string         { return s.row.Ref }

// candidates gives all rows a query may match: those of an index if the query
// is a plain comparison with an indexed field, else all of the class.
func candidates(r db.Reader, c *schema.Class, q *Query) iter.Seq[*db.Row] {
	if ref, ok := q.Equals(refColumn); ok {
		return rowsOf(r, c, []string{ref})
	}
	if uuid, ok := q.Equals("uuid"); ok && c.Field("uuid") != nil && uuid != "" {
		row, err := r.ByUUID(c, uuid)
		if err != nil {
			return rowsOf(r, c, nil)
		}
		return rowsOf(r, c, []string{row.Ref})
	}
	if label, ok := q.Equals("name__label"); ok && c.Field("name_label") != nil {
		return rowsOf(r, c, r.ByName(c, label))
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.Relation == nil || f.Relation.Kind != schema.OneToMany || f.Derived {
			continue
		}
		if ref, ok := q.Equals(f.Column); ok && ref != db.NullRef && ref != "" {
			return rowsOf(r, c, r.Referrers(f, ref))
		}
	}
	return r.Rows(c)
}

func rowsOf(r db.Reader, c *schema.Class, refs []string) iter.Seq[*db.Row] {
	return func(yield func(*db.Row) bool) {
		for _, ref := range refs {
			if row, err := r.Find(c, ref); err == nil && !yield(row) {
				return
			}
		}
	}
}

// write makes one change to one field, in one transaction.
func write(ctx context.Context, d *db.DB, m *schema.Message, args []any) error {
	change, err := changeOf(m, args[1:])
	if err != nil {
		return err
	}
	ref := args[0].(string)
	_, err = d.Update(ctx, func(tx *db.Tx) error {
		row, err := tx.Find(m.Class, ref)
		if err != nil {
			return err
		}
		return change(tx, row)
	})
	return Bounded(err, m.Field.Name)
}

// Bounded turns the store's refusal of a record that has grown too large into
// INVALID_VALUE with the field that made it so.
func Bounded(err error, field string) error {
	if errors.Is(err, store.ErrTooBig) {
		return xerr.Wrap(err, codes.INVALID_VALUE, field, "the record would be larger than the database stores")
	}
	return err
}

// A change is one change of one row, to be made inside a transaction.
type change func(tx *db.Tx, row *db.Row) error

// changeOf checks the arguments of a write and says what it does.
func changeOf(m *schema.Message, args []any) (change, error) {
	f := m.Field
	switch m.Kind {
	case schema.AddTo:
		if f.Type.Kind == schema.Map {
			return addToMap(f, args[0], args[1])
		}
		return func(tx *db.Tx, row *db.Row) error { return AddToSet(tx, row, f, args[0]) }, nil
	case schema.RemoveFrom:
		if f.Type.Kind == schema.Map {
			return func(tx *db.Tx, row *db.Row) error { return RemoveFromMap(tx, row, f, args[0]) }, nil
		}
		return func(tx *db.Tx, row *db.Row) error { return RemoveFromSet(tx, row, f, args[0]) }, nil
	}
	if err := CheckValue(f, args[0]); err != nil {
		return nil, err
	}
	return func(tx *db.Tx, row *db.Row) error {
		if err := CheckRefs(tx, f, args[0]); err != nil {
			return err
		}
		return tx.Set(row.Ref, f, args[0])
	}, nil
}

func addToMap(f *schema.Field, key, value any) (change, error) {
	key, value = cutValue(f, key), cutValue(f, value)
	if err := CheckKey(f, key); err != nil {
		return nil, err
	}
	if err := checkText(f, value); err != nil {
		return nil, err
	}
	return func(tx *db.Tx, row *db.Row) error { return AddToMap(tx, row, f, key, value) }, nil
}
