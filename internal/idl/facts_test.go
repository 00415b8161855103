package idl_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The reference, as the project carries it: facts of the public data model.

type facts struct {
	APIVersion    []int               `json:"api_version"`
	SchemaVersion []int               `json:"schema_version"`
	RoleSets      map[string][]string `json:"role_sets"`
	Roles         []factRole
	Classes       []factClass
}

type factRole struct {
	Name, UUID string
	Internal   bool
}

type factClass struct {
	Name, State, Roles string
	Published          bool
	InDB               bool     `json:"in_db"`
	Persist            bool     `json:"persist"`
	Events             bool     `json:"events"`
	CtorDtor           bool     `json:"ctor_dtor"`
	GetAll             bool     `json:"get_all"`
	TaskRecords        bool     `json:"task_records"`
	Lifecycle          []string `json:"lifecycle"`
	Fields             []factField
	Messages           []factMessage
}

type factField struct {
	Name, Type, Qual, Get, State string
	Set                          *string
	Default                      json.RawMessage
	Path, Lifecycle              []string
	Internal, Derived, Effect    bool
	NoFK                         bool     `json:"no_fk"`
	KeyRoles                     keyRoles `json:"key_roles"`
	Relation                     *struct{ Class, Field, Kind string }
}

type factMessage struct {
	Name, Kind, Result, Roles, Impl, Field, State, Runs string
	Params                                              []factParam
	Errors, Marks, Lifecycle                            []string
	Async, Hidden, Emergency, Secret                    bool
	Session                                             *bool
	PoolInternal                                        bool     `json:"pool_internal"`
	NoRelay                                             bool     `json:"no_relay"`
	RawResult                                           bool     `json:"raw_result"`
	KeyRoles                                            keyRoles `json:"key_roles"`
}

type factParam struct {
	Name, Type string
	Default    json.RawMessage
}

// keyRoles keeps the order in which the reference tries the patterns.
type keyRoles []string // key=role set

func (k *keyRoles) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(strings.NewReader(string(data)))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		set, err := d.Token()
		if err != nil {
			return err
		}
		*k = append(*k, key.(string)+"="+set.(string))
	}
	return nil
}

type factReleases struct {
	Releases []struct {
		Code         *string
		Major, Minor int
		Product      string
		Date         *string
		Schema       []int
	}
	Numbered []string `json:"numbered_releases"`
	Enums    []struct {
		Name   string
		Values []string
	}
}

type factErrors struct {
	Errors []struct {
		Code       string
		Params     []string
		Documented *bool
	}
	Prefixes []struct {
		Prefix string
		Params []string
	} `json:"error_prefixes"`
	Messages []struct {
		Name       string
		Priority   int
		Documented bool
	}
	MessagePrefixes []struct {
		Prefix   string
		Priority int
	} `json:"message_prefixes"`
}

func reference(t *testing.T, name string) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "reference", name+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func readReference[T any](t *testing.T, name string) (v T) {
	t.Helper()
	if err := json.Unmarshal(reference(t, name), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// said is what a source says about the contract: a statement's subject
// ("VM.name_label#type") and its value.
type said map[string]string

// differences compares two sources on the attributes (the part behind #) that
// both can know.
func differences(want, got said, attributes ...string) []string {
	known := func(key string) bool {
		_, attr, _ := strings.Cut(key, "#")
		return len(attributes) == 0 || slices.Contains(attributes, attr)
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if !known(key) {
			continue
		}
		switch v, ok := got[key]; {
		case !ok:
			out = append(out, key+": missing; want "+want[key])
		case v != want[key]:
			out = append(out, key+": have "+v+"; want "+want[key])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[key]; !ok && known(key) {
			out = append(out, key+": too much: "+got[key])
		}
	}
	return out
}
