package idl

import "github.com/hashicorp/hcl/v2"

// The block structs below are the grammar of the IDL: gohcl refuses everything
// they do not name. An attribute that may be wrong in itself is kept as
// hcl.Expression, for the position of the complaint; left off it is null.

type fileBlock struct {
	Enums         []enumBlock       `hcl:"enum,block"`
	Classes       []classBlock      `hcl:"class,block"`
	Errors        []errorBlock      `hcl:"error,block"`
	ErrorPrefixes []errorBlock      `hcl:"error_prefix,block"`
	Alerts        []alertBlock      `hcl:"alert,block"`
	AlertPrefixes []alertBlock      `hcl:"alert_prefix,block"`
	Roles         []roleBlock       `hcl:"role,block"`
	RoleSets      []roleSetBlock    `hcl:"role_set,block"`
	Permissions   []permissionBlock `hcl:"permission,block"`
	HTTPActions   []httpBlock       `hcl:"http_action,block"`
	API           []apiBlock        `hcl:"api,block"`
	Releases      []releaseBlock    `hcl:"release,block"`
	Numbered      []string          `hcl:"numbered_releases,optional"`
	OtherSchemas  map[string][]int  `hcl:"other_schemas,optional"`
	Previews      [][]int           `hcl:"tech_preview_schemas,optional"`
	Interfaces    []interfaceBlock  `hcl:"interface,block"`
	Services      []serviceBlock    `hcl:"service,block"`
}

type enumBlock struct {
	Name      string    `hcl:"name,label"`
	Values    []string  `hcl:"values"`
	ExactCase bool      `hcl:"exact_case,optional"`
	Range     hcl.Range `hcl:",def_range"`
}

type classBlock struct {
	Name          string         `hcl:"name,label"`
	Doc           string         `hcl:"doc,optional"`
	Since         hcl.Expression `hcl:"since,optional"`
	Lifecycle     hcl.Expression `hcl:"lifecycle,optional"`
	Roles         hcl.Expression `hcl:"roles"`
	ImplicitRoles hcl.Expression `hcl:"implicit_roles,optional"`
	Published     *bool          `hcl:"published,optional"`
	InDB          *bool          `hcl:"in_db,optional"`
	Persist       *bool          `hcl:"persist,optional"`
	Events        *bool          `hcl:"events,optional"`
	GetAll        *bool          `hcl:"get_all,optional"`
	TaskRecords   *bool          `hcl:"task_records,optional"`
	CtorDtor      bool           `hcl:"ctor_dtor,optional"`
	ForceCustom   hcl.Expression `hcl:"force_custom,optional"`
	LogDestroy    bool           `hcl:"log_destroy,optional"`
	Async         *bool          `hcl:"async,optional"`
	Tags          []string       `hcl:"tags,optional"`
	Constructor   *effectBlock   `hcl:"constructor,block"`
	Destructor    *effectBlock   `hcl:"destructor,block"`
	Fields        []fieldBlock   `hcl:"field,block"`
	Messages      []messageBlock `hcl:"message,block"`
	Range         hcl.Range      `hcl:",def_range"`
}

type effectBlock struct {
	Runs  string    `hcl:"runs,optional"`
	Marks []string  `hcl:"marks,optional"`
	Range hcl.Range `hcl:",def_range"`
}

type fieldBlock struct {
	Name       string         `hcl:"name,label"`
	Doc        string         `hcl:"doc,optional"`
	Type       hcl.Expression `hcl:"type"`
	Qualifier  hcl.Expression `hcl:"qualifier"`
	Default    hcl.Expression `hcl:"default,optional"`
	Path       hcl.Expression `hcl:"path,optional"`
	Since      hcl.Expression `hcl:"since,optional"`
	Lifecycle  hcl.Expression `hcl:"lifecycle,optional"`
	GetRoles   hcl.Expression `hcl:"get_roles,optional"`
	SetRoles   hcl.Expression `hcl:"set_roles,optional"`
	KeyRoles   hcl.Expression `hcl:"key_roles,optional"`
	Relation   hcl.Expression `hcl:"relation,optional"`
	NoFK       bool           `hcl:"no_fk,optional"`
	Internal   bool           `hcl:"internal,optional"`
	Durability hcl.Expression `hcl:"durability,optional"`
	Sensitive  bool           `hcl:"sensitive,optional"`
	Unit       string         `hcl:"unit,optional"`
	Tags       []string       `hcl:"tags,optional"`
	Effect     *effectBlock   `hcl:"effect,block"`
	Range      hcl.Range      `hcl:",def_range"`
}

type messageBlock struct {
	Name         string         `hcl:"name,label"`
	Doc          string         `hcl:"doc,optional"`
	Since        hcl.Expression `hcl:"since,optional"`
	Lifecycle    hcl.Expression `hcl:"lifecycle,optional"`
	Roles        hcl.Expression `hcl:"roles,optional"`
	KeyRoles     hcl.Expression `hcl:"key_roles,optional"`
	Result       hcl.Expression `hcl:"result,optional"`
	BusResult    string         `hcl:"bus_result,optional"`
	Async        *bool          `hcl:"async,optional"`
	Session      *bool          `hcl:"session,optional"`
	Hidden       bool           `hcl:"hidden,optional"`
	PoolInternal bool           `hcl:"pool_internal,optional"`
	Emergency    bool           `hcl:"emergency,optional"`
	NoRelay      bool           `hcl:"no_relay,optional"`
	Stream       bool           `hcl:"stream,optional"`
	RawResult    bool           `hcl:"raw_result,optional"`
	Secret       bool           `hcl:"secret,optional"`
	NoCurrentOps bool           `hcl:"no_current_ops,optional"`
	Extension    string         `hcl:"extension,optional"`
	Impl         hcl.Expression `hcl:"impl,optional"`
	Idempotent   hcl.Expression `hcl:"idempotent,optional"`
	Runs         string         `hcl:"runs,optional"`
	Marks        []string       `hcl:"marks,optional"`
	Errors       hcl.Expression `hcl:"errors,optional"`
	Tags         []string       `hcl:"tags,optional"`
	Params       []paramBlock   `hcl:"param,block"`
	Range        hcl.Range      `hcl:",def_range"`
}

type paramBlock struct {
	Name      string         `hcl:"name,label"`
	Doc       string         `hcl:"doc,optional"`
	Type      hcl.Expression `hcl:"type"`
	Default   hcl.Expression `hcl:"default,optional"`
	Since     string         `hcl:"since,optional"`
	Sensitive bool           `hcl:"sensitive,optional"`
	Range     hcl.Range      `hcl:",def_range"`
}

type errorBlock struct {
	Code      string    `hcl:"code,label"`
	Params    *[]string `hcl:"params,optional"`
	Published *bool     `hcl:"published,optional"`
	Range     hcl.Range `hcl:",def_range"`
}

type alertBlock struct {
	Name      string    `hcl:"name,label"`
	Priority  int       `hcl:"priority,optional"`
	Published bool      `hcl:"published,optional"`
	Range     hcl.Range `hcl:",def_range"`
}

type roleBlock struct {
	Name     string    `hcl:"name,label"`
	Internal bool      `hcl:"internal,optional"`
	Range    hcl.Range `hcl:",def_range"`
}

type roleSetBlock struct {
	Name  string         `hcl:"name,label"`
	Roles hcl.Expression `hcl:"roles"`
	Range hcl.Range      `hcl:",def_range"`
}

type permissionBlock struct {
	Name  string         `hcl:"name,label"`
	Roles hcl.Expression `hcl:"roles"`
}

type httpBlock struct {
	Name         string         `hcl:"name,label"`
	Method       string         `hcl:"method"`
	URI          string         `hcl:"uri"`
	Roles        hcl.Expression `hcl:"roles"`
	SDK          bool           `hcl:"sdk,optional"`
	Args         []string       `hcl:"args,optional"`
	RBAC         *bool          `hcl:"rbac,optional"`
	OwnRateLimit bool           `hcl:"own_rate_limit,optional"`
	Sub          hcl.Expression `hcl:"sub,optional"`
	Range        hcl.Range      `hcl:",def_range"`
}

type apiBlock struct {
	Version []int     `hcl:"version"`
	Vendor  string    `hcl:"vendor"`
	Schema  []int     `hcl:"schema"`
	Range   hcl.Range `hcl:",def_range"`
}

type releaseBlock struct {
	Code    string    `hcl:"code,label"`
	Version []int     `hcl:"version"`
	Product string    `hcl:"product"`
	Date    *string   `hcl:"date,optional"`
	Schema  []int     `hcl:"schema,optional"`
	Range   hcl.Range `hcl:",def_range"`
}

type interfaceBlock struct {
	Name       string          `hcl:"name,label"`
	Doc        string          `hcl:"doc"`
	Path       string          `hcl:"path,optional"`
	Everywhere bool            `hcl:"everywhere,optional"`
	Context    *bool           `hcl:"context,optional"`
	Access     []string        `hcl:"access,optional"`
	Methods    []methodBlock   `hcl:"method,block"`
	Properties []propertyBlock `hcl:"property,block"`
	Signals    []signalBlock   `hcl:"signal,block"`
	Range      hcl.Range       `hcl:",def_range"`
}

type methodBlock struct {
	Name       string         `hcl:"name,label"`
	Doc        string         `hcl:"doc"`
	Idempotent hcl.Expression `hcl:"idempotent"`
	Errors     []string       `hcl:"errors,optional"`
	Access     []string       `hcl:"access,optional"`
	Bulk       string         `hcl:"bulk,optional"`
	Long       bool           `hcl:"long,optional"`
	In         []argBlock     `hcl:"in,block"`
	Out        []argBlock     `hcl:"out,block"`
	Range      hcl.Range      `hcl:",def_range"`
}

type propertyBlock struct {
	Name     string         `hcl:"name,label"`
	Doc      string         `hcl:"doc"`
	Type     hcl.Expression `hcl:"type"`
	Emits    hcl.Expression `hcl:"emits"`
	Writable bool           `hcl:"writable,optional"`
	Range    hcl.Range      `hcl:",def_range"`
}

type signalBlock struct {
	Name  string     `hcl:"name,label"`
	Doc   string     `hcl:"doc"`
	Args  []argBlock `hcl:"arg,block"`
	Range hcl.Range  `hcl:",def_range"`
}

type argBlock struct {
	Name      string         `hcl:"name,label"`
	Type      hcl.Expression `hcl:"type"`
	Doc       string         `hcl:"doc,optional"`
	Sensitive bool           `hcl:"sensitive,optional"`
}

type serviceBlock struct {
	Room       string    `hcl:"room,label"`
	Doc        string    `hcl:"doc"`
	User       string    `hcl:"user"`
	Interfaces []string  `hcl:"interfaces"`
	Callers    []string  `hcl:"callers,optional"`
	Range      hcl.Range `hcl:",def_range"`
}
