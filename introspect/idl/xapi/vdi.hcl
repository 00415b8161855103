# Over 800 lines: one class is one file, so that a search for it ends here.

enum "on_boot" { values = ["reset", "persist"] }

enum "vdi_operations" {
  values = [
    "clone",
    "copy",
    "resize",
    "resize_online",
    "snapshot",
    "mirror",
    "destroy",
    "forget",
    "update",
    "force_unlock",
    "generate_config",
    "enable_cbt",
    "disable_cbt",
    "data_destroy",
    "list_changed_blocks",
    "set_on_boot",
    "blocked",
    "revert_to",
    "revert_from",
  ]
}

enum "vdi_type" {
  values = [
    "system",
    "user",
    "ephemeral",
    "suspend",
    "crashdump",
    "ha_statefile",
    "metadata",
    "redo_log",
    "rrd",
    "pvs_cache",
    "cbt_metadata",
  ]
}

class "VDI" {
  doc       = <<-EOT
    A virtual disk. It lives in one storage repository, from its creation or a scan that found it
    until it is destroyed or forgotten; snapshots and clones are disks too. Clients write its names
    and flags, the storage layer its sizes and state.
  EOT
  since     = "rio"
  roles     = "vm-admin"
  ctor_dtor = true

  constructor {
    runs  = "sr-host"
    marks = ["SR:vdi_create"]
  }

  destructor {
    runs  = "sr-host"
    marks = ["SR:vdi_destroy", "VDI:destroy"]
  }

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "name_label" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    path      = ["name", "label"]
    since     = "rio"
  }

  field "name_description" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    path      = ["name", "description"]
    since     = "rio"
  }

  field "allowed_operations" {
    type       = "enum vdi_operations set"
    qualifier  = "DynamicRO"
    default    = []
    since      = "rio"
    durability = "memory"
  }

  field "current_operations" {
    type       = "(string -> enum vdi_operations) map"
    qualifier  = "DynamicRO"
    default    = {}
    since      = "rio"
    durability = "memory"
  }

  field "SR" {
    type      = "SR ref"
    qualifier = "StaticRO"
    since     = "rio"
    relation  = "SR.VDIs"
  }

  field "VBDs" {
    type      = "VBD ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "VBD.VDI"
  }

  field "crash_dumps" {
    type      = "crashdump ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "crashdump.VDI"
  }

  field "virtual_size" {
    type      = "int"
    qualifier = "StaticRO"
    since     = "rio"
    unit      = "bytes"
  }

  field "physical_utilisation" {
    type      = "int"
    qualifier = "DynamicRO"
    since     = "rio"
    unit      = "bytes"
  }

  field "type" {
    type      = "enum vdi_type"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "sharable" {
    type      = "bool"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "read_only" {
    type      = "bool"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    since     = "rio"
    key_roles = {
      "folder"                   = "vm-operator"
      "XenCenter.CustomFields.*" = "vm-operator"
    }
  }

  field "storage_lock" {
    type      = "bool"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "location" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "miami"
  }

  field "managed" {
    type      = "bool"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "missing" {
    type      = "bool"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "parent" {
    type      = "VDI ref"
    qualifier = "DynamicRO"
    lifecycle = ["published rio", "deprecated ely"]
  }

  field "xenstore_data" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "miami"
  }

  field "sm_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "miami"
  }

  field "is_a_snapshot" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "orlando"
    tags      = ["snapshots"]
  }

  field "snapshot_of" {
    type      = "VDI ref"
    qualifier = "DynamicRO"
    default   = ""
    since     = "orlando"
    relation  = "VDI.snapshots"
    tags      = ["snapshots"]
  }

  field "snapshots" {
    type      = "VDI ref set"
    qualifier = "DynamicRO"
    since     = "orlando"
    relation  = "VDI.snapshot_of"
    tags      = ["snapshots"]
  }

  field "snapshot_time" {
    type      = "datetime"
    qualifier = "DynamicRO"
    default   = "19700101T00:00:00Z"
    since     = "orlando"
    tags      = ["snapshots"]
  }

  field "tags" {
    type      = "string set"
    qualifier = "RW"
    default   = []
    since     = "orlando"
    set_roles = "vm-operator"
  }

  field "allow_caching" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "cowley"
  }

  field "on_boot" {
    type      = "enum on_boot"
    qualifier = "DynamicRO"
    default   = "persist"
    since     = "cowley"
  }

  field "metadata_of_pool" {
    type      = "pool ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    since     = "boston"
    relation  = "pool.metadata_VDIs"
  }

  field "metadata_latest" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "boston"
  }

  field "is_tools_iso" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "dundee"
  }

  field "cbt_enabled" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "inverness"
    tags      = ["snapshots"]
  }

  message "snapshot" {
    since  = "rio"
    result = "VDI ref"
    runs   = "sr-host"
    marks  = ["SR:vdi_snapshot", "VDI:snapshot"]
    tags   = ["snapshots"]
    param "vdi" { type = "VDI ref" }
    param "driver_params" {
      type    = "(string -> string) map"
      default = {}
      since   = "miami"
    }
  }

  message "clone" {
    since  = "rio"
    result = "VDI ref"
    runs   = "sr-host"
    marks  = ["SR:vdi_clone", "VDI:clone"]
    tags   = ["snapshots"]
    param "vdi" { type = "VDI ref" }
    param "driver_params" {
      type    = "(string -> string) map"
      default = {}
      since   = "miami"
    }
  }

  message "resize" {
    since = "rio"
    runs  = "sr-host"
    marks = ["SR:vdi_resize", "VDI:resize"]
    param "vdi" { type = "VDI ref" }
    param "size" { type = "int" }
  }

  message "resize_online" {
    lifecycle = ["published rio", "deprecated inverness", "removed inverness", "published 26.16.1-next"]
    runs      = "sr-host"
    marks     = ["SR:vdi_resize", "VDI:resize_online"]
    param "vdi" { type = "VDI ref" }
    param "size" { type = "int" }
  }

  message "introduce" {
    since  = "miami"
    result = "VDI ref"
    runs   = "sr-host"
    marks  = ["SR:vdi_introduce"]
    errors = ["SR_OPERATION_NOT_SUPPORTED"]
    param "uuid" {
      type  = "string"
      since = "rio"
    }
    param "name_label" {
      type  = "string"
      since = "rio"
    }
    param "name_description" {
      type  = "string"
      since = "rio"
    }
    param "SR" {
      type  = "SR ref"
      since = "rio"
    }
    param "type" {
      type  = "enum vdi_type"
      since = "rio"
    }
    param "sharable" {
      type  = "bool"
      since = "rio"
    }
    param "read_only" {
      type  = "bool"
      since = "rio"
    }
    param "other_config" {
      type  = "(string -> string) map"
      since = "rio"
    }
    param "location" {
      type  = "string"
      since = "rio"
    }
    param "xenstore_data" {
      type    = "(string -> string) map"
      default = {}
      since   = "rio"
    }
    param "sm_config" {
      type    = "(string -> string) map"
      default = {}
    }
    param "managed" {
      type    = "bool"
      default = true
      since   = "tampa"
    }
    param "virtual_size" {
      type    = "int"
      default = 0
      since   = "tampa"
    }
    param "physical_utilisation" {
      type    = "int"
      default = 0
      since   = "tampa"
    }
    param "metadata_of_pool" {
      type    = "pool ref"
      default = ""
      since   = "tampa"
    }
    param "is_a_snapshot" {
      type    = "bool"
      default = false
      since   = "tampa"
    }
    param "snapshot_time" {
      type    = "datetime"
      default = "19700101T00:00:00Z"
      since   = "tampa"
    }
    param "snapshot_of" {
      type    = "VDI ref"
      default = ""
      since   = "tampa"
    }
  }

  message "pool_introduce" {
    since  = "rio"
    result = "VDI ref"
    hidden = true
    param "uuid" {
      type  = "string"
      since = "miami"
    }
    param "name_label" {
      type  = "string"
      since = "miami"
    }
    param "name_description" {
      type  = "string"
      since = "miami"
    }
    param "SR" {
      type  = "SR ref"
      since = "miami"
    }
    param "type" {
      type  = "enum vdi_type"
      since = "miami"
    }
    param "sharable" {
      type  = "bool"
      since = "miami"
    }
    param "read_only" {
      type  = "bool"
      since = "miami"
    }
    param "other_config" {
      type  = "(string -> string) map"
      since = "miami"
    }
    param "location" {
      type  = "string"
      since = "miami"
    }
    param "xenstore_data" {
      type    = "(string -> string) map"
      default = {}
      since   = "miami"
    }
    param "sm_config" {
      type    = "(string -> string) map"
      default = {}
      since   = "miami"
    }
    param "managed" {
      type    = "bool"
      default = true
      since   = "tampa"
    }
    param "virtual_size" {
      type    = "int"
      default = 0
      since   = "tampa"
    }
    param "physical_utilisation" {
      type    = "int"
      default = 0
      since   = "tampa"
    }
    param "metadata_of_pool" {
      type    = "pool ref"
      default = ""
      since   = "tampa"
    }
    param "is_a_snapshot" {
      type    = "bool"
      default = false
      since   = "tampa"
    }
    param "snapshot_time" {
      type    = "datetime"
      default = "19700101T00:00:00Z"
      since   = "tampa"
    }
    param "snapshot_of" {
      type    = "VDI ref"
      default = ""
      since   = "tampa"
    }
    param "cbt_enabled" {
      type    = "bool"
      default = false
      since   = "inverness"
    }
  }

  message "db_introduce" {
    since  = "rio"
    roles  = "local-root"
    result = "VDI ref"
    hidden = true
    param "uuid" {
      type  = "string"
      since = "miami"
    }
    param "name_label" {
      type  = "string"
      since = "miami"
    }
    param "name_description" {
      type  = "string"
      since = "miami"
    }
    param "SR" {
      type  = "SR ref"
      since = "miami"
    }
    param "type" {
      type  = "enum vdi_type"
      since = "miami"
    }
    param "sharable" {
      type  = "bool"
      since = "miami"
    }
    param "read_only" {
      type  = "bool"
      since = "miami"
    }
    param "other_config" {
      type  = "(string -> string) map"
      since = "miami"
    }
    param "location" {
      type  = "string"
      since = "miami"
    }
    param "xenstore_data" {
      type    = "(string -> string) map"
      default = {}
      since   = "miami"
    }
    param "sm_config" {
      type    = "(string -> string) map"
      default = {}
      since   = "miami"
    }
    param "managed" {
      type    = "bool"
      default = true
      since   = "tampa"
    }
    param "virtual_size" {
      type    = "int"
      default = 0
      since   = "tampa"
    }
    param "physical_utilisation" {
      type    = "int"
      default = 0
      since   = "tampa"
    }
    param "metadata_of_pool" {
      type    = "pool ref"
      default = ""
      since   = "tampa"
    }
    param "is_a_snapshot" {
      type    = "bool"
      default = false
      since   = "tampa"
    }
    param "snapshot_time" {
      type    = "datetime"
      default = "19700101T00:00:00Z"
      since   = "tampa"
    }
    param "snapshot_of" {
      type    = "VDI ref"
      default = ""
      since   = "tampa"
    }
    param "cbt_enabled" {
      type    = "bool"
      default = false
      since   = "inverness"
    }
  }

  message "db_forget" {
    since  = "miami"
    roles  = "local-root"
    hidden = true
    param "vdi" { type = "VDI ref" }
  }

  message "update" {
    since  = "symc"
    runs   = "sr-host"
    marks  = ["VDI:update"]
    errors = ["SR_OPERATION_NOT_SUPPORTED"]
    param "vdi" { type = "VDI ref" }
  }

  message "copy" {
    lifecycle = ["published rio", "extended cowley", "extended clearwater-felton"]
    result    = "VDI ref"
    runs      = "multi-sr-host"
    marks     = ["VDI:copy"]
    errors    = ["VDI_READONLY", "VDI_TOO_SMALL", "VDI_NOT_SPARSE"]
    param "vdi" { type = "VDI ref" }
    param "sr" {
      type    = "SR ref"
      default = "OpaqueRef:NULL"
    }
    param "base_vdi" {
      type    = "VDI ref"
      default = "OpaqueRef:NULL"
      since   = "clearwater-felton"
    }
    param "into_vdi" {
      type    = "VDI ref"
      default = "OpaqueRef:NULL"
      since   = "clearwater-felton"
    }
  }

  message "force_unlock" {
    lifecycle = ["published rio", "deprecated miami"]
    runs      = "sr-host"
    marks     = ["VDI:force_unlock"]
    hidden    = true
    param "vdi" { type = "VDI ref" }
  }

  message "set_managed" {
    since  = "rio"
    roles  = "local-root"
    async  = false
    hidden = true
    param "self" { type = "VDI ref" }
    param "value" { type = "bool" }
  }

  message "forget" {
    since = "rio"
    marks = ["VDI:forget"]
    param "vdi" { type = "VDI ref" }
  }

  message "set_sharable" {
    since = "george"
    async = false
    param "self" { type = "VDI ref" }
    param "value" { type = "bool" }
  }

  message "set_read_only" {
    since = "rio"
    async = false
    param "self" { type = "VDI ref" }
    param "value" { type = "bool" }
  }

  message "set_missing" {
    since  = "miami"
    roles  = "local-root"
    async  = false
    hidden = true
    param "self" { type = "VDI ref" }
    param "value" { type = "bool" }
  }

  message "set_virtual_size" {
    since  = "miami"
    roles  = "local-root"
    async  = false
    hidden = true
    param "self" { type = "VDI ref" }
    param "value" { type = "int" }
  }

  message "set_physical_utilisation" {
    since  = "miami"
    roles  = "local-root"
    async  = false
    hidden = true
    param "self" { type = "VDI ref" }
    param "value" { type = "int" }
  }

  message "set_is_a_snapshot" {
    since  = "boston"
    roles  = "local-root"
    async  = false
    hidden = true
    param "self" { type = "VDI ref" }
    param "value" { type = "bool" }
  }

  message "set_snapshot_of" {
    since  = "boston"
    roles  = "local-root"
    async  = false
    hidden = true
    param "self" { type = "VDI ref" }
    param "value" { type = "VDI ref" }
  }

  message "set_snapshot_time" {
    since  = "boston"
    roles  = "local-root"
    async  = false
    hidden = true
    param "self" { type = "VDI ref" }
    param "value" { type = "datetime" }
  }

  message "set_metadata_of_pool" {
    since  = "boston"
    roles  = "local-root"
    async  = false
    hidden = true
    param "self" { type = "VDI ref" }
    param "value" { type = "pool ref" }
  }

  message "set_name_label" {
    since = "rio"
    runs  = "sr-host"
    param "self" { type = "VDI ref" }
    param "value" { type = "string" }
  }

  message "set_name_description" {
    since = "rio"
    runs  = "sr-host"
    param "self" { type = "VDI ref" }
    param "value" { type = "string" }
  }

  message "generate_config" {
    since  = "orlando"
    result = "string"
    runs   = "param:host"
    marks  = ["VDI:generate_config"]
    hidden = true
    param "host" { type = "host ref" }
    param "vdi" { type = "VDI ref" }
  }

  message "set_on_boot" {
    since = "cowley"
    runs  = "sr-host"
    marks = ["SR:vdi_set_on_boot", "VDI:set_on_boot"]
    param "self" { type = "VDI ref" }
    param "value" { type = "enum on_boot" }
  }

  message "set_allow_caching" {
    since = "cowley"
    param "self" { type = "VDI ref" }
    param "value" { type = "bool" }
  }

  message "open_database" {
    since  = "boston"
    roles  = "pool-operator"
    result = "session ref"
    param "self" { type = "VDI ref" }
  }

  message "checksum" {
    since  = "boston"
    result = "string"
    runs   = "multi-sr-host"
    hidden = true
    param "self" { type = "VDI ref" }
  }

  message "read_database_pool_uuid" {
    since  = "boston"
    roles  = "read-only"
    result = "string"
    param "self" { type = "VDI ref" }
  }

  message "pool_migrate" {
    since  = "tampa"
    roles  = "vm-power-admin"
    result = "VDI ref"
    runs   = "vm-host"
    marks  = ["VM:migrate_send", "VDI:mirror"]
    param "vdi" { type = "VDI ref" }
    param "sr" { type = "SR ref" }
    param "options" { type = "(string -> string) map" }
  }

  message "enable_cbt" {
    since  = "inverness"
    runs   = "sr-host"
    marks  = ["SR:vdi_enable_cbt", "VDI:enable_cbt"]
    errors = ["SR_OPERATION_NOT_SUPPORTED", "VDI_MISSING", "SR_NOT_ATTACHED", "SR_HAS_NO_PBDS", "OPERATION_NOT_ALLOWED", "VDI_INCOMPATIBLE_TYPE", "VDI_ON_BOOT_MODE_INCOMPATIBLE_WITH_OPERATION"]
    param "self" { type = "VDI ref" }
  }

  message "disable_cbt" {
    since  = "inverness"
    runs   = "sr-host"
    marks  = ["SR:vdi_disable_cbt", "VDI:disable_cbt"]
    errors = ["SR_OPERATION_NOT_SUPPORTED", "VDI_MISSING", "SR_NOT_ATTACHED", "SR_HAS_NO_PBDS", "OPERATION_NOT_ALLOWED", "VDI_INCOMPATIBLE_TYPE", "VDI_ON_BOOT_MODE_INCOMPATIBLE_WITH_OPERATION"]
    param "self" { type = "VDI ref" }
  }

  message "set_cbt_enabled" {
    since  = "inverness"
    roles  = "local-root"
    hidden = true
    param "self" { type = "VDI ref" }
    param "value" { type = "bool" }
  }

  message "data_destroy" {
    since  = "inverness"
    runs   = "sr-host"
    marks  = ["SR:vdi_data_destroy", "VDI:data_destroy"]
    errors = ["SR_OPERATION_NOT_SUPPORTED", "VDI_MISSING", "SR_NOT_ATTACHED", "SR_HAS_NO_PBDS", "OPERATION_NOT_ALLOWED", "VDI_INCOMPATIBLE_TYPE", "VDI_NO_CBT_METADATA", "VDI_IN_USE", "VDI_IS_A_PHYSICAL_DEVICE"]
    param "self" { type = "VDI ref" }
  }

  message "list_changed_blocks" {
    since  = "inverness"
    roles  = "vm-operator"
    result = "string"
    runs   = "sr-host"
    marks  = ["SR:vdi_list_changed_blocks", "VDI:list_changed_blocks"]
    errors = ["SR_OPERATION_NOT_SUPPORTED", "VDI_MISSING", "SR_NOT_ATTACHED", "SR_HAS_NO_PBDS", "VDI_IN_USE"]
    param "vdi_from" { type = "VDI ref" }
    param "vdi_to" { type = "VDI ref" }
  }

  message "get_nbd_info" {
    since  = "inverness"
    result = "vdi_nbd_server_info record set"
    async  = false
    errors = ["VDI_INCOMPATIBLE_TYPE"]
    param "self" { type = "VDI ref" }
  }

  message "revert" {
    lifecycle = ["prototyped 26.16.0"]
    roles     = "vm-power-admin"
    runs      = "sr-host"
    marks     = ["SR:vdi_revert", "VDI:revert_to", "VDI:revert_from"]
    errors    = ["UNIMPLEMENTED_IN_SM_BACKEND"]
    tags      = ["snapshots"]
    param "snapshot" { type = "VDI ref" }
  }
}
