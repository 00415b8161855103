// Package pool answers the hand-written messages of the pool and of what
// belongs to it: pool, secret, subject, user, blob, Repository,
// Observer, Caller, Rate_limit, PVS_* and SDN_controller.
//
// Mine, for a pool of one host: what can be done with records alone. Joining,
// high availability, certificates and updates answer NOT_IMPLEMENTED. Callers
// are dispatch, through customactions.
package pool

import (
	"context"
	"maps"
	"strconv"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/xapi/action"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// Actions answers the messages of class pool.
type Actions struct {
	xapibus.UnimplementedPool
	*action.Env
}

func (a *Actions) set(ctx context.Context, self ref.Pool, i int, v any) error {
	return a.Set(ctx, model.Pool, string(self), i, v)
}

// setWithin sets a number that must lie between two bounds.
func (a *Actions) setWithin(ctx context.Context, self ref.Pool, i int, v, least, most int64) error {
	if v < least || v > most {
		return xerr.New(codes.INVALID_VALUE, model.Pool.Fields[i].Name, strconv.FormatInt(v, 10))
	}
	return a.set(ctx, self, i, v)
}

// IsSlave is pool.is_slave.
func (a *Actions) IsSlave(context.Context, ref.Host) (bool, error) {
	pool, err := action.Pool(a.Read())
	if err != nil {
		return false, err
	}
	return field.Text(pool, model.Pool_Master) != a.Host, nil
}

// RecoverSlaves is pool.recover_slaves: there are none to recover.
func (a *Actions) RecoverSlaves(context.Context) ([]ref.Host, error) { return []ref.Host{}, nil }

// SyncDatabase is pool.sync_database: there is no other host to send it to.
func (a *Actions) SyncDatabase(context.Context) error { return nil }

// CertificateList is pool.certificate_list: none are installed.
func (a *Actions) CertificateList(context.Context) ([]string, error) { return []string{}, nil }

// CRLList is pool.crl_list: none are installed.
func (a *Actions) CRLList(context.Context) ([]string, error) { return []string{}, nil }

// CreateNewBlob is pool.create_new_blob.
func (a *Actions) CreateNewBlob(ctx context.Context, pool ref.Pool, name, mimeType string, public bool) (ref.Blob, error) {
	blob, err := a.NewBlob(ctx, model.Pool, string(pool), model.Pool_Blobs, name, mimeType, public)
	return ref.Blob(blob), err
}

// DisableHA is pool.disable_ha.
func (a *Actions) DisableHA(context.Context) error {
	pool, err := action.Pool(a.Read())
	if err != nil {
		return err
	}
	if !field.Bool(pool, model.Pool_HAEnabled) {
		return xerr.New(codes.HA_NOT_ENABLED)
	}
	return xerr.New(codes.NOT_IMPLEMENTED, "pool.disable_ha")
}

// GetLicenseState is pool.get_license_state: the edition of the hosts, which
// never lapses.
func (a *Actions) GetLicenseState(_ context.Context, self ref.Pool) (map[string]string, error) {
	s := a.Read()
	row, err := s.Find(model.Pool, string(self))
	if err != nil {
		return nil, err
	}
	host, err := s.Find(model.Host, field.Text(row, model.Pool_Master))
	if err != nil {
		return nil, err
	}
	return map[string]string{"edition": field.Text(host, model.Host_Edition), "expiry": "never"}, nil
}

// ApplyEdition is pool.apply_edition: there is but one.
func (a *Actions) ApplyEdition(_ context.Context, self ref.Pool, edition string) error {
	s := a.Read()
	row, err := s.Find(model.Pool, string(self))
	if err != nil {
		return err
	}
	host, err := s.Find(model.Host, field.Text(row, model.Pool_Master))
	if err != nil {
		return err
	}
	if edition != field.Text(host, model.Host_Edition) {
		return xerr.New(codes.INVALID_EDITION, edition)
	}
	return nil
}

// HasExtension is pool.has_extension: no host has any.
func (a *Actions) HasExtension(_ context.Context, self ref.Pool, _ string) (bool, error) {
	_, err := a.Read().Find(model.Pool, string(self))
	return false, err
}

// AddToGuestAgentConfig is pool.add_to_guest_agent_config.
func (a *Actions) AddToGuestAgentConfig(ctx context.Context, self ref.Pool, key, value string) error {
	return a.AddTo(ctx, model.Pool, string(self), model.Pool_GuestAgentConfig, key, value)
}

// RemoveFromGuestAgentConfig is pool.remove_from_guest_agent_config.
func (a *Actions) RemoveFromGuestAgentConfig(ctx context.Context, self ref.Pool, key string) error {
	return a.RemoveFrom(ctx, model.Pool, string(self), model.Pool_GuestAgentConfig, key)
}

// SetRepositories is pool.set_repositories.
func (a *Actions) SetRepositories(ctx context.Context, self ref.Pool, value []ref.Repository) error {
	refs := make([]string, len(value))
	for i, r := range value {
		refs[i] = string(r)
	}
	return a.set(ctx, self, model.Pool_Repositories, refs)
}

// AddRepository is pool.add_repository.
func (a *Actions) AddRepository(ctx context.Context, self ref.Pool, value ref.Repository) error {
	return a.AddMember(ctx, model.Pool, string(self), model.Pool_Repositories, string(value))
}

// RemoveRepository is pool.remove_repository.
func (a *Actions) RemoveRepository(ctx context.Context, self ref.Pool, value ref.Repository) error {
	return a.RemoveMember(ctx, model.Pool, string(self), model.Pool_Repositories, string(value))
}

// ConfigureRepositoryProxy is pool.configure_repository_proxy. The password goes
// into a secret.
func (a *Actions) ConfigureRepositoryProxy(ctx context.Context, self ref.Pool, url, username, password string) error {
	values := map[int]any{model.Pool_RepositoryProxyURL: url, model.Pool_RepositoryProxyUsername: username}
	for i, v := range values {
		if err := dbactions.CheckValue(&model.Pool.Fields[i], v); err != nil {
			return err
		}
	}
	if (username == "") != (password == "") {
		return xerr.New(codes.INVALID_REPOSITORY_PROXY_CREDENTIAL)
	}
	if err := dbactions.CheckValue(&model.Secret.Fields[model.Secret_Value], password); err != nil {
		return err
	}
	return a.replaceProxy(ctx, self, values, password)
}

// DisableRepositoryProxy is pool.disable_repository_proxy.
func (a *Actions) DisableRepositoryProxy(ctx context.Context, self ref.Pool) error {
	return a.replaceProxy(ctx, self, map[int]any{model.Pool_RepositoryProxyURL: "", model.Pool_RepositoryProxyUsername: ""}, "")
}

func (a *Actions) replaceProxy(ctx context.Context, self ref.Pool, values map[int]any, password string) error {
	values = maps.Clone(values)
	return a.Change(ctx, model.Pool, string(self), func(tx *db.Tx, row *db.Row) error {
		if err := action.DeleteIfThere(tx, field.Text(row, model.Pool_RepositoryProxyPassword)); err != nil {
			return err
		}
		values[model.Pool_RepositoryProxyPassword] = ref.Null
		if password != "" {
			secret := dbactions.NewDraft(model.Secret).Set("value", password)
			if err := secret.Create(tx); err != nil {
				return err
			}
			values[model.Pool_RepositoryProxyPassword] = secret.Ref
		}
		for i, v := range values {
			if err := tx.Set(row.Ref, field.Of(row, i), v); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetCustomUEFICertificates is pool.set_custom_uefi_certificates.
func (a *Actions) SetCustomUEFICertificates(ctx context.Context, self ref.Pool, value string) error {
	return a.set(ctx, self, model.Pool_CustomUEFICertificates, value)
}

// SetUEFICertificates is pool.set_uefi_certificates.
func (a *Actions) SetUEFICertificates(ctx context.Context, self ref.Pool, value string) error {
	return a.set(ctx, self, model.Pool_UEFICertificates, value)
}

// SetTelemetryNextCollection is pool.set_telemetry_next_collection.
func (a *Actions) SetTelemetryNextCollection(ctx context.Context, self ref.Pool, value string) error {
	return a.set(ctx, self, model.Pool_TelemetryNextCollection, value)
}

// ConfigureUpdateSync is pool.configure_update_sync. The day counts from Sunday
// for a weekly rhythm, and is 0 for a daily one.
func (a *Actions) ConfigureUpdateSync(ctx context.Context, self ref.Pool, frequency string, day int64) error {
	if err := dbactions.CheckValue(&model.Pool.Fields[model.Pool_UpdateSyncFrequency], frequency); err != nil {
		return err
	}
	if day < 0 || day > 6 || frequency == model.UpdateSyncFrequency_Daily && day != 0 {
		return xerr.New(codes.INVALID_UPDATE_SYNC_DAY, strconv.FormatInt(day, 10))
	}
	return a.Change(ctx, model.Pool, string(self), func(tx *db.Tx, row *db.Row) error {
		if err := tx.Set(row.Ref, field.Of(row, model.Pool_UpdateSyncFrequency), frequency); err != nil {
			return err
		}
		return tx.Set(row.Ref, field.Of(row, model.Pool_UpdateSyncDay), day)
	})
}

// SetLocalAuthMaxThreads is pool.set_local_auth_max_threads.
func (a *Actions) SetLocalAuthMaxThreads(ctx context.Context, self ref.Pool, value int64) error {
	return a.setWithin(ctx, self, model.Pool_LocalAuthMaxThreads, value, 1, 1<<16)
}

// SetExtAuthMaxThreads is pool.set_ext_auth_max_threads.
func (a *Actions) SetExtAuthMaxThreads(ctx context.Context, self ref.Pool, value int64) error {
	return a.setWithin(ctx, self, model.Pool_ExtAuthMaxThreads, value, 1, 1<<16)
}

// SetExtAuthCacheEnabled is pool.set_ext_auth_cache_enabled.
func (a *Actions) SetExtAuthCacheEnabled(ctx context.Context, self ref.Pool, value bool) error {
	return a.set(ctx, self, model.Pool_ExtAuthCacheEnabled, value)
}

// SetExtAuthCacheSize is pool.set_ext_auth_cache_size.
func (a *Actions) SetExtAuthCacheSize(ctx context.Context, self ref.Pool, value int64) error {
	return a.setWithin(ctx, self, model.Pool_ExtAuthCacheSize, value, 1, 1<<32)
}

// SetExtAuthCacheExpiry is pool.set_ext_auth_cache_expiry, in seconds.
func (a *Actions) SetExtAuthCacheExpiry(ctx context.Context, self ref.Pool, value int64) error {
	return a.setWithin(ctx, self, model.Pool_ExtAuthCacheExpiry, value, 1, 1<<32)
}

// SetHAHostFailuresToTolerate is pool.set_ha_host_failures_to_tolerate: a pool of
// one host tolerates none.
func (a *Actions) SetHAHostFailuresToTolerate(ctx context.Context, self ref.Pool, value int64) error {
	return a.setWithin(ctx, self, model.Pool_HAHostFailuresToTolerate, value, 0, 0)
}

// HAComputeMaxHostFailuresToTolerate is
// pool.ha_compute_max_host_failures_to_tolerate.
func (a *Actions) HAComputeMaxHostFailuresToTolerate(context.Context) (int64, error) { return 0, nil }

// HAComputeHypotheticalMaxHostFailuresToTolerate is
// pool.ha_compute_hypothetical_max_host_failures_to_tolerate.
func (a *Actions) HAComputeHypotheticalMaxHostFailuresToTolerate(context.Context, map[string]string) (int64, error) {
	return 0, nil
}

// HAFailoverPlanExists is pool.ha_failover_plan_exists.
func (a *Actions) HAFailoverPlanExists(_ context.Context, n int64) (bool, error) { return n <= 0, nil }

// HASchedulePlanRecomputation is pool.ha_schedule_plan_recomputation.
func (a *Actions) HASchedulePlanRecomputation(context.Context) error { return nil }
