package firstboot

import (
	"context"
	"slices"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	hostactions "github.com/xcp-dbus/xcp/internal/xapi/host"
	"github.com/xcp-dbus/xcp/internal/xapi/hostinfo"
	"github.com/xcp-dbus/xcp/internal/xapi/operations"
)

// syncHost brings the records of this host up to date with the machine. Each
// step is a transaction of its own that changes only what differs, so a start
// that finds everything as it was writes almost nothing.
func syncHost(ctx context.Context, d *db.DB, o *Options, host string) error {
	for _, step := range []func(*db.Tx, *Options, string) error{syncFacts, syncMetrics} {
		if _, err := d.Update(ctx, func(tx *db.Tx) error { return step(tx, o, host) }); err != nil {
			return err
		}
	}
	if err := syncCPUs(ctx, d, o, host); err != nil {
		return err
	}
	return o.scan(host).Sync(ctx, d, false)
}

func setAll(tx *db.Tx, c *schema.Class, ref string, values map[string]any) error {
	for name, v := range values {
		if err := tx.Set(ref, c.Field(name), v); err != nil {
			return err
		}
	}
	return nil
}

func syncFacts(tx *db.Tx, o *Options, host string) error {
	row, err := tx.Find(model.Host, host)
	if err != nil {
		return err
	}
	if err := setAll(tx, model.Host, host, machineFacts(o)); err != nil {
		return err
	}
	for pool := range tx.Rows(model.Pool) {
		if err := tx.Set(pool.Ref, model.Pool.Field("cpu_info"), cpuInfo(&o.Machine)); err != nil {
			return err
		}
	}
	config := model.Host.Field("other_config")
	next := dbactions.WithKey(row.Map(config), "agent_start_time", unixDot(o.Now()))
	next["boot_time"] = unixDot(o.Machine.Boot)
	if err := tx.Set(host, config, next); err != nil {
		return err
	}
	if next[hostactions.StaysDisabled] != "true" {
		if err := tx.Set(host, model.Host.Field("enabled"), true); err != nil {
			return err
		}
	}
	return operations.Refresh(tx, host)
}

func syncMetrics(tx *db.Tx, o *Options, host string) error {
	row, err := tx.Find(model.Host, host)
	if err != nil {
		return err
	}
	metrics := row.Text(model.Host.Field("metrics"))
	if _, err := tx.Find(model.HostMetrics, metrics); err != nil {
		return nil // nothing to bring up to date
	}
	return setAll(tx, model.HostMetrics, metrics, map[string]any{
		"live": true, "last_updated": stamp(o.Now()),
		"memory_total": o.Machine.Memory.Total, "memory_free": o.Machine.Memory.Free,
	})
}

// syncCPUs makes the rows of processors that are new, changes those that differ
// and removes those that are gone.
func syncCPUs(ctx context.Context, d *db.DB, o *Options, host string) error {
	cpus := o.Machine.CPUs
	for chunk := range slices.Chunk(cpus, rowsPerCommit) {
		_, err := d.Update(ctx, func(tx *db.Tx) error {
			known := byNumber(tx, host)
			for i := range chunk {
				ref, ok := known[chunk[i].Number]
				if !ok {
					if err := newCPU(&chunk[i], host).Create(tx); err != nil {
						return err
					}
				} else if err := setAll(tx, model.HostCPU, ref, cpuFacts(&chunk[i])); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return removeCPUs(ctx, d, cpus, host)
}

func removeCPUs(ctx context.Context, d *db.DB, cpus []hostinfo.CPU, host string) error {
	gone := byNumber(d.Snapshot(), host)
	for i := range cpus {
		delete(gone, cpus[i].Number)
	}
	for _, ref := range gone {
		if _, err := d.Update(ctx, func(tx *db.Tx) error { return tx.Delete(ref) }); err != nil {
			return err
		}
	}
	return nil
}

func byNumber(r db.Reader, host string) map[int64]string {
	out := map[int64]string{}
	for _, ref := range r.Referrers(model.HostCPU.Field("host"), host) {
		if row, ok := r.Get(ref); ok {
			out[row.Int(model.HostCPU.Field("number"))] = ref
		}
	}
	return out
}
