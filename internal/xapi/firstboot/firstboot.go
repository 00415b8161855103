// Package firstboot makes the records of a fresh pool of one host when the
// database is empty, and brings the records of this host up to date at every
// later start. Facts of the machine come in as a hostinfo.Machine; this package
// reads no file and touches nothing but the database.
//
// First boot takes many commits. Its last one makes the pool's own record: a
// database without it belongs to a first boot that was killed, and is swept and
// filled anew. The first record made, the host's, carries a mark until then, so
// that a database that merely lost its pool is never swept.
//
// The caller is cmd/xcp-xapi, before it takes its name on the bus.
package firstboot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/hostinfo"
	"github.com/xcp-dbus/xcp/internal/xapi/operations"
)

// Options are what the caller knows about this installation.
type Options struct {
	Machine hostinfo.Machine
	Version string // of the toolstack, 0.1.0
	Build   string // what it was built from
	// ConsoleHost is the host, with a port if it is not the default, that
	// console locations name; empty means the host's address.
	ConsoleHost string
	Storage     Storage
	Now         func() time.Time // nil: time.Now
}

// Storage is where the local storage repository keeps its disks.
type Storage struct {
	Path string // its folder
	Size int64  // bytes of the file system it is on
	Used int64
}

// ErrNoPool means that the database holds records but no pool: it was damaged,
// and nothing was changed in it.
var ErrNoPool = errors.New("the database has records but no pool")

// unfinished is the key of host.other_config that marks a first boot under way.
const unfinished = "first-boot-unfinished"

// Start makes the database ready and returns the reference of this host. It
// may be killed at any point and called again. A database that is open for
// reading only is left as it is.
func Start(ctx context.Context, d *db.DB, o Options) (host string, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if d.ReadOnly() != nil {
		return thisHost(d.Snapshot())
	}
	if d.Snapshot().Count(model.Pool) == 0 {
		if err := sweep(ctx, d); err != nil {
			return "", err
		}
		if err := fill(ctx, d, &o); err != nil {
			return "", fmt.Errorf("cannot make the first records: %w", err)
		}
	}
	host, err = thisHost(d.Snapshot())
	if err != nil {
		return "", err
	}
	if err := syncHost(ctx, d, &o, host); err != nil {
		return "", fmt.Errorf("cannot bring the host's records up to date: %w", err)
	}
	return host, nil
}

// thisHost is the master of the only pool.
func thisHost(r db.Reader) (string, error) {
	for pool := range r.Rows(model.Pool) {
		host := pool.Text(model.Pool.Field("master"))
		_, err := r.Find(model.Host, host)
		return host, err
	}
	return "", ErrNoPool
}

// sweep removes what a killed first boot left behind.
func sweep(ctx context.Context, d *db.DB) error {
	s := d.Snapshot()
	var refs []string
	marked := false
	for _, c := range model.Classes {
		if !c.InDB {
			continue
		}
		for row := range s.Rows(c) {
			refs = append(refs, row.Ref)
			if c == model.Host {
				_, marked = row.Map(c.Field("other_config"))[unfinished]
			}
		}
	}
	if len(refs) > 0 && !marked {
		return ErrNoPool
	}
	// The marked host goes last: until then the database says what it is.
	slices.SortStableFunc(refs, func(a, b string) int { return isHost(s, a) - isHost(s, b) })
	for chunk := range slices.Chunk(refs, rowsPerCommit) {
		_, err := d.Update(ctx, func(tx *db.Tx) error {
			for _, ref := range chunk {
				if err := tx.Delete(ref); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("cannot remove what an unfinished first boot left: %w", err)
		}
	}
	return nil
}

func isHost(r db.Reader, ref string) int {
	if _, err := r.Find(model.Host, ref); err == nil {
		return 1
	}
	return 0
}

// rowsPerCommit keeps a commit under the store's hundred keys: a new row also
// changes the rows it is related to, of which there are at most three.
const rowsPerCommit = 25

// fill makes all records. The host is in the first commit, the pool in the last.
func fill(ctx context.Context, d *db.DB, o *Options) error {
	drafts := plan(o)
	for chunk := range slices.Chunk(drafts.rows, rowsPerCommit) {
		_, err := d.Update(ctx, func(tx *db.Tx) error { return createAll(tx, chunk) })
		if err != nil {
			return err
		}
	}
	_, err := d.Update(ctx, func(tx *db.Tx) error {
		row, err := tx.Find(model.Host, drafts.host.Ref)
		if err != nil {
			return err
		}
		f := model.Host.Field("other_config")
		if err := dbactions.RemoveFromMap(tx, row, f, unfinished); err != nil {
			return err
		}
		if err := drafts.pool.Create(tx); err != nil {
			return err
		}
		refs := []string{drafts.pool.Ref}
		for _, d := range drafts.rows {
			refs = append(refs, d.Ref)
		}
		return operations.Refresh(tx, refs...)
	})
	return err
}

func createAll(tx *db.Tx, drafts []*dbactions.Draft) error {
	for _, draft := range drafts {
		if err := draft.Create(tx); err != nil {
			return fmt.Errorf("cannot make a %s: %w", draft.Class.Name, err)
		}
	}
	return nil
}

// plan lists all records of a fresh pool, related to each other. rows begins
// with the host.
type records struct {
	rows []*dbactions.Draft
	host *dbactions.Draft
	pool *dbactions.Draft
}

func (r *records) add(drafts ...*dbactions.Draft) { r.rows = append(r.rows, drafts...) }

func plan(o *Options) *records {
	r := &records{host: newHost(o)}
	r.add(r.host)
	r.add(hostMetrics(o, r.host))
	for i := range o.Machine.CPUs {
		r.add(newCPU(&o.Machine.CPUs[i], r.host.Ref))
	}
	r.add(controlDomain(o, r.host)...)
	r.add(networks(o, r.host.Ref)...)
	sr := localStorage(o, r.host.Ref)
	r.add(sr...)
	r.add(drivers()...)
	r.add(templates()...)
	r.add(dbactions.NewDraft(model.User).Set("short_name", "root").Set("fullname", "superuser"))
	r.pool = newPool(o, r.host, sr[0].Ref)
	return r
}

// stamp is a point in time as XenAPI writes it.
func stamp(t time.Time) string { return t.UTC().Format("20060102T15:04:05Z") }
