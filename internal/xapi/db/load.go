package db

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/store"
)

// open fills the writer's state from the store and publishes it. A disk that
// cannot be written now does not keep the database from being read.
func (w *writer) open(ctx context.Context, d *DB) error {
	w.db, w.lazy = d, make(map[string]string)
	writable := d.store.ReadOnly() == nil
	if writable {
		w.try("take the write lease", w.secureLease)
	}
	s, watermark, err := load(ctx, d.store, d.cat)
	if err != nil {
		return err
	}
	s.rev = max(s.rev, watermark)
	s.recompute(d.opts.Recompute)
	w.base = s
	if writable {
		w.try("drop old deletions", w.compactBase)
		w.try("reserve revisions", w.reserve)
	}
	d.publish(w.base.copy())
	return nil
}

// chunkSize is how many records are decoded at a time.
const chunkSize = 256

// A chunk is a part of the database on its way through a load.
type chunk struct {
	entries []store.Entry
	rows    []*Row
	decoded chan struct{}
}

// load reads a consistent image. Records are decoded on all processors and
// entered in the store's order.
func load(ctx context.Context, st store.Store, cat *catalog) (s *state, watermark uint64, err error) {
	s = newState(cat)
	workers := runtime.GOMAXPROCS(0)
	todo := make(chan *chunk, workers)
	order := make(chan *chunk, 2*workers)
	g, ctx := errgroup.WithContext(ctx)
	for range workers {
		g.Go(func() error { return decodeAll(cat, todo) })
	}
	g.Go(func() error { return s.enterAll(ctx, order) })
	var tombs []store.Tombstone
	g.Go(func() error {
		defer close(todo)
		defer close(order)
		next := &chunk{decoded: make(chan struct{})}
		send := func() error {
			for _, to := range []chan *chunk{order, todo} {
				select {
				case to <- next:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			next = &chunk{decoded: make(chan struct{})}
			return nil
		}
		var err error
		tombs, s.rev, err = st.Load(ctx, func(e store.Entry) error {
			if e.Key == watermarkKey {
				var err error
				watermark, err = strconv.ParseUint(string(e.Value), 10, 63)
				return err
			}
			if next.entries = append(next.entries, e); len(next.entries) < chunkSize {
				return nil
			}
			return send()
		})
		if err != nil {
			return err
		}
		return send()
	})
	if err := g.Wait(); err != nil {
		return nil, 0, err
	}
	for _, tomb := range tombs {
		s.buryStored(tomb)
	}
	return s, watermark, nil
}

// recompute gives memory fields of the rows of a state nobody else sees yet
// their values, in place.
func (s *state) recompute(fn func(r Reader, row *Row, set func(f *schema.Field, v any))) {
	if fn == nil {
		return
	}
	for _, t := range s.cat.tables {
		for row := range s.Rows(t.class) {
			fn(s, row, func(f *schema.Field, v any) {
				if f.Durability == schema.Memory {
					row.values[f.Index] = v
				}
			})
		}
	}
}

func decodeAll(cat *catalog, todo <-chan *chunk) error {
	d := &decoder{cat: cat, seen: make(map[string]any)}
	for c := range todo {
		for _, e := range c.entries {
			row, err := d.row(e)
			if err != nil {
				return fmt.Errorf("record %s is damaged: %w", e.Key, err)
			}
			if row != nil {
				c.rows = append(c.rows, row)
			}
		}
		c.entries = nil
		close(c.decoded)
	}
	return nil
}

// row reads one record; nil for keys that are not rows of this contract, which
// stay on disk untouched.
func (d *decoder) row(e store.Entry) (*Row, error) {
	class, ref, _ := strings.Cut(e.Key, "/")
	t, ok := d.cat.byName[class]
	if !ok || len(t.columns) == 0 {
		return nil, nil
	}
	if ref == "" {
		return nil, errors.New("it has no reference")
	}
	values, unknown, err := d.decode(t, e.Value)
	if err != nil {
		return nil, err
	}
	return &Row{Class: t.class, Ref: ref, Created: e.Created, Modified: e.Modified, values: values, unknown: unknown}, nil
}

func (s *state) enterAll(ctx context.Context, order <-chan *chunk) error {
	for c := range order {
		select {
		case <-c.decoded:
		case <-ctx.Done():
			return ctx.Err()
		}
		for _, row := range c.rows {
			if err := s.enter(row); err != nil {
				return fmt.Errorf("record %s is damaged: %w", key(row), err)
			}
		}
	}
	return nil
}

// enter adds a loaded row and its index entries.
func (s *state) enter(row *Row) error {
	if s.Exists(row.Ref) {
		return errors.New("its reference is in use twice")
	}
	t := s.cat.table(row.Class)
	if t.uuid >= 0 {
		if _, taken := s.uuids.Get(row.values[t.uuid].(string)); taken {
			return errors.New("its uuid is in use twice")
		}
	}
	s.put(nil, row)
	for i := range t.columns {
		s.index(t, i, row.Ref, row.values[i])
	}
	return nil
}

func (s *state) buryStored(tomb store.Tombstone) {
	class, ref, _ := strings.Cut(tomb.Key, "/")
	if t, ok := s.cat.byName[class]; ok {
		s.bury(Deletion{Class: t.class, Ref: ref, Created: tomb.Created, Deleted: tomb.Deleted})
	}
}
