package pool

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/gen/xapibus"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/action"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// draft begins a row with values that are checked as a setter's.
func draft(c *schema.Class, values map[int]any) (*dbactions.Draft, error) {
	d := dbactions.NewDraft(c)
	for i, v := range values {
		if err := dbactions.CheckValue(&c.Fields[i], v); err != nil {
			return nil, err
		}
		d.Values[i] = v
	}
	return d, nil
}

// RepositoryActions answers the messages of class Repository. Nothing is ever
// fetched from one here.
type RepositoryActions struct {
	xapibus.UnimplementedRepository
	*action.Env
}

func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return xerr.New(codes.INVALID_BASE_URL, text)
	}
	return nil
}

// Introduce is Repository.introduce.
func (a *RepositoryActions) Introduce(ctx context.Context, nameLabel, nameDescription, binaryURL, sourceURL string, update bool, gpgkeyPath string) (ref.Repository, error) {
	if err := checkURL(binaryURL); err != nil {
		return "", err
	}
	if sourceURL != "" {
		if err := checkURL(sourceURL); err != nil {
			return "", err
		}
	}
	return a.introduce(ctx, map[int]any{
		model.Repository_NameLabel: nameLabel, model.Repository_NameDescription: nameDescription, model.Repository_BinaryURL: binaryURL,
		model.Repository_SourceURL: sourceURL, model.Repository_Update: update, model.Repository_GpgkeyPath: gpgkeyPath,
	})
}

// IntroduceRemotePool is Repository.introduce_remote_pool.
func (a *RepositoryActions) IntroduceRemotePool(ctx context.Context, nameLabel, nameDescription, binaryURL, certificate string) (ref.Repository, error) {
	if err := checkURL(binaryURL); err != nil {
		return "", err
	}
	return a.introduce(ctx, map[int]any{
		model.Repository_NameLabel: nameLabel, model.Repository_NameDescription: nameDescription, model.Repository_BinaryURL: binaryURL,
		model.Repository_Certificate: certificate, model.Repository_Update: true, model.Repository_Origin: model.Origin_RemotePool,
	})
}

func (a *RepositoryActions) introduce(ctx context.Context, values map[int]any) (ref.Repository, error) {
	d, err := draft(model.Repository, values)
	if err != nil {
		return "", err
	}
	err = a.Transact(ctx, func(tx *db.Tx) error {
		for row := range tx.Rows(model.Repository) {
			sameName := field.Text(row, model.Repository_NameLabel) == d.Text("name_label")
			if sameName || field.Text(row, model.Repository_BinaryURL) == d.Text("binary_url") {
				return xerr.New(codes.REPOSITORY_ALREADY_EXISTS, row.Ref)
			}
		}
		return d.Create(tx)
	})
	return ref.Repository(d.Ref), err
}

// Forget is Repository.forget, of one the pool does not use.
func (a *RepositoryActions) Forget(ctx context.Context, self ref.Repository) error {
	return a.Delete(ctx, model.Repository, string(self), func(tx *db.Tx, row *db.Row) error {
		pool, err := action.Pool(tx)
		if err != nil {
			return err
		}
		if slices.Contains(field.Set(tx, pool, model.Pool_Repositories), row.Ref) {
			return xerr.New(codes.REPOSITORY_IS_IN_USE)
		}
		return nil
	})
}

// SetGpgkeyPath is Repository.set_gpgkey_path.
func (a *RepositoryActions) SetGpgkeyPath(ctx context.Context, self ref.Repository, value string) error {
	return a.Set(ctx, model.Repository, string(self), model.Repository_GpgkeyPath, value)
}

// ObserverActions answers the messages of class Observer. Traces are not sent
// anywhere yet.
type ObserverActions struct {
	xapibus.UnimplementedObserver
	*action.Env
}

// components are the parts an observer may look at.
var components = []string{"xapi", "xenopsd", "smapi", "xapi-clusterd"}

func checkComponents(names []string) error {
	for _, name := range names {
		if !slices.Contains(components, name) {
			return xerr.New(codes.INVALID_VALUE, "component", name)
		}
	}
	return nil
}

// checkEndpoints refuses what a trace cannot be sent to: "bugtool" keeps it on
// the host, a URL names a collector.
func checkEndpoints(endpoints []string) error {
	for _, e := range endpoints {
		if e != "bugtool" && checkURL(e) != nil {
			return xerr.New(codes.INVALID_VALUE, "endpoint", e)
		}
	}
	return nil
}

// Create is Observer.create.
func (a *ObserverActions) Create(ctx context.Context, args map[string]dbus.Variant) (ref.Observer, error) {
	d, err := dbactions.FromRecord(model.Observer, args)
	if err != nil {
		return "", err
	}
	if err := checkComponents(d.Get("components").([]string)); err != nil {
		return "", err
	}
	if err := checkEndpoints(d.Get("endpoints").([]string)); err != nil {
		return "", err
	}
	r, err := a.Add(ctx, d)
	return ref.Observer(r), err
}

// Destroy is Observer.destroy.
func (a *ObserverActions) Destroy(ctx context.Context, self ref.Observer) error {
	return a.Delete(ctx, model.Observer, string(self), nil)
}

func (a *ObserverActions) set(ctx context.Context, self ref.Observer, i int, v any) error {
	return a.Set(ctx, model.Observer, string(self), i, v)
}

// SetHosts is Observer.set_hosts.
func (a *ObserverActions) SetHosts(ctx context.Context, self ref.Observer, value []ref.Host) error {
	refs := make([]string, len(value))
	for i, r := range value {
		refs[i] = string(r)
	}
	return a.set(ctx, self, model.Observer_Hosts, refs)
}

// SetEnabled is Observer.set_enabled.
func (a *ObserverActions) SetEnabled(ctx context.Context, self ref.Observer, value bool) error {
	return a.set(ctx, self, model.Observer_Enabled, value)
}

// SetAttributes is Observer.set_attributes.
func (a *ObserverActions) SetAttributes(ctx context.Context, self ref.Observer, value map[string]string) error {
	return a.set(ctx, self, model.Observer_Attributes, value)
}

// SetEndpoints is Observer.set_endpoints.
func (a *ObserverActions) SetEndpoints(ctx context.Context, self ref.Observer, value []string) error {
	if err := checkEndpoints(value); err != nil {
		return err
	}
	return a.set(ctx, self, model.Observer_Endpoints, value)
}

// SetComponents is Observer.set_components.
func (a *ObserverActions) SetComponents(ctx context.Context, self ref.Observer, value []string) error {
	if err := checkComponents(value); err != nil {
		return err
	}
	return a.set(ctx, self, model.Observer_Components, value)
}

// CallerActions answers the messages of class Caller. Calls are not counted yet.
type CallerActions struct {
	xapibus.UnimplementedCaller
	*action.Env
}

// Create is Caller.create.
func (a *CallerActions) Create(ctx context.Context, args map[string]dbus.Variant) (ref.Caller, error) {
	d, err := dbactions.FromRecord(model.Caller, args)
	if err != nil {
		return "", err
	}
	if d.Text("user_agent") == "" && d.Text("client_ip") == "" {
		return "", xerr.New(codes.INVALID_VALUE, "user_agent", "")
	}
	r, err := a.Add(ctx, d)
	return ref.Caller(r), err
}

// Destroy is Caller.destroy.
func (a *CallerActions) Destroy(ctx context.Context, self ref.Caller) error {
	return a.Delete(ctx, model.Caller, string(self), nil)
}

// AddGroup is Caller.add_group.
func (a *CallerActions) AddGroup(ctx context.Context, self ref.Caller, group string) error {
	if group == "" {
		return xerr.New(codes.INVALID_VALUE, "group", group)
	}
	return a.AddMember(ctx, model.Caller, string(self), model.Caller_Groups, group)
}

// RemoveGroup is Caller.remove_group.
func (a *CallerActions) RemoveGroup(ctx context.Context, self ref.Caller, group string) error {
	return a.RemoveMember(ctx, model.Caller, string(self), model.Caller_Groups, group)
}

// RateLimitActions answers the messages of class Rate_limit. Nothing is slowed
// down by one yet.
type RateLimitActions struct {
	xapibus.UnimplementedRateLimit
	*action.Env
}

func positive(i int, v float64) error {
	if !(v > 0) || v > 1e9 {
		return xerr.New(codes.INVALID_VALUE, model.RateLimit.Fields[i].Name, strconv.FormatFloat(v, 'g', -1, 64))
	}
	return nil
}

// Create is Rate_limit.create.
func (a *RateLimitActions) Create(ctx context.Context, args map[string]dbus.Variant) (ref.RateLimit, error) {
	d, err := dbactions.FromRecord(model.RateLimit, args)
	if err != nil {
		return "", err
	}
	for _, i := range []int{model.RateLimit_BurstSize, model.RateLimit_FillRate} {
		if err := positive(i, d.Get(model.RateLimit.Fields[i].Name).(float64)); err != nil {
			return "", err
		}
	}
	r, err := a.Add(ctx, d)
	return ref.RateLimit(r), err
}

// Destroy is Rate_limit.destroy. Its callers stay, unlimited.
func (a *RateLimitActions) Destroy(ctx context.Context, self ref.RateLimit) error {
	return a.Delete(ctx, model.RateLimit, string(self), func(tx *db.Tx, row *db.Row) error {
		for _, caller := range field.Set(tx, row, model.RateLimit_Callers) {
			if err := tx.Set(caller, &model.Caller.Fields[model.Caller_RateLimit], ref.Null); err != nil {
				return err
			}
		}
		return nil
	})
}

// AddCaller is Rate_limit.add_caller.
func (a *RateLimitActions) AddCaller(ctx context.Context, self ref.RateLimit, caller ref.Caller) error {
	return a.limit(ctx, self, caller, string(self))
}

// RemoveCaller is Rate_limit.remove_caller.
func (a *RateLimitActions) RemoveCaller(ctx context.Context, self ref.RateLimit, caller ref.Caller) error {
	return a.limit(ctx, self, caller, ref.Null)
}

func (a *RateLimitActions) limit(ctx context.Context, self ref.RateLimit, caller ref.Caller, to string) error {
	return a.Change(ctx, model.RateLimit, string(self), func(tx *db.Tx, _ *db.Row) error {
		row, err := tx.Find(model.Caller, string(caller))
		if err != nil {
			return err
		}
		if to == ref.Null && field.Text(row, model.Caller_RateLimit) != string(self) {
			return nil
		}
		return tx.Set(row.Ref, field.Of(row, model.Caller_RateLimit), to)
	})
}

// SetBurstSize is Rate_limit.set_burst_size.
func (a *RateLimitActions) SetBurstSize(ctx context.Context, self ref.RateLimit, value float64) error {
	return a.setRate(ctx, self, model.RateLimit_BurstSize, value)
}

// SetFillRate is Rate_limit.set_fill_rate.
func (a *RateLimitActions) SetFillRate(ctx context.Context, self ref.RateLimit, value float64) error {
	return a.setRate(ctx, self, model.RateLimit_FillRate, value)
}

func (a *RateLimitActions) setRate(ctx context.Context, self ref.RateLimit, i int, value float64) error {
	if err := positive(i, value); err != nil {
		return err
	}
	return a.Set(ctx, model.RateLimit, string(self), i, value)
}
