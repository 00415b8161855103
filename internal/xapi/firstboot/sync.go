package firstboot

import (
	"context"
	"slices"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/hostinfo"
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
	return syncPIFs(ctx, d, o, host)
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
	return tx.Set(host, config, next)
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

// syncPIFs makes records of interfaces that are new and brings the others up to
// date. The record of an interface that is gone stays until PIF.scan or
// PIF.forget: people may have given it a network and a name.
func syncPIFs(ctx context.Context, d *db.DB, o *Options, host string) error {
	_, err := d.Update(ctx, func(tx *db.Tx) error {
		known := physicalPIFs(tx, host)
		for i := range o.Machine.NICs {
			n := &o.Machine.NICs[i]
			row, ok := known[n.Name]
			if !ok {
				if err := createAll(tx, nicRecords(o, host, n, false)); err != nil {
					return err
				}
				continue
			}
			delete(known, n.Name)
			if err := syncPIF(tx, o, row, n); err != nil {
				return err
			}
		}
		for _, row := range known {
			if err := tx.Set(row.Ref, model.PIF.Field("currently_attached"), false); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

func physicalPIFs(r db.Reader, host string) map[string]*db.Row {
	out := map[string]*db.Row{}
	for _, ref := range r.Referrers(model.PIF.Field("host"), host) {
		if row, ok := r.Get(ref); ok && row.Bool(model.PIF.Field("physical")) {
			out[row.Text(model.PIF.Field("device"))] = row
		}
	}
	return out
}

// syncPIF leaves alone what a person may have set: how the interface gets its
// address, and the address itself if it was given by hand.
func syncPIF(tx *db.Tx, o *Options, row *db.Row, n *hostinfo.NIC) error {
	facts := pifFacts(o, n, row.Bool(model.PIF.Field("management")))
	if row.Text(model.PIF.Field("ip_configuration_mode")) == "Static" {
		for _, f := range []string{"IP", "netmask", "gateway", "DNS"} {
			delete(facts, f)
		}
	}
	delete(facts, "ip_configuration_mode")
	if err := setAll(tx, model.PIF, row.Ref, facts); err != nil {
		return err
	}
	metrics := row.Text(model.PIF.Field("metrics"))
	if _, err := tx.Find(model.PIFMetrics, metrics); err != nil {
		return nil
	}
	return setAll(tx, model.PIFMetrics, metrics, pifMetricsFacts(o, n))
}
