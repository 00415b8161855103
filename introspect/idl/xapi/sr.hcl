enum "storage_operations" {
  values = [
    "scan",
    "destroy",
    "forget",
    "plug",
    "unplug",
    "update",
    "vdi_create",
    "vdi_introduce",
    "vdi_destroy",
    "vdi_resize",
    "vdi_clone",
    "vdi_snapshot",
    "vdi_mirror",
    "vdi_enable_cbt",
    "vdi_disable_cbt",
    "vdi_data_destroy",
    "vdi_list_changed_blocks",
    "vdi_set_on_boot",
    "vdi_blocked",
    "vdi_copy",
    "vdi_force_unlock",
    "vdi_forget",
    "vdi_generate_config",
    "vdi_resize_online",
    "vdi_update",
    "vdi_revert",
    "pbd_create",
    "pbd_destroy",
  ]
}

class "SR" {
  doc   = <<-EOT
    A storage repository: a place that holds virtual disks, local to a host or shared. It is
    created, or introduced if it exists already; each host reaches it through a PBD. Sizes are
    written by scans.
  EOT
  since = "rio"
  roles = "pool-operator"

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
    type       = "enum storage_operations set"
    qualifier  = "DynamicRO"
    default    = []
    since      = "rio"
    durability = "memory"
  }

  field "current_operations" {
    type       = "(string -> enum storage_operations) map"
    qualifier  = "DynamicRO"
    default    = {}
    since      = "rio"
    durability = "memory"
  }

  field "VDIs" {
    type      = "VDI ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "VDI.SR"
  }

  field "PBDs" {
    type      = "PBD ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "PBD.SR"
  }

  field "virtual_allocation" {
    type      = "int"
    qualifier = "DynamicRO"
    since     = "rio"
    unit      = "bytes"
  }

  field "physical_utilisation" {
    type      = "int"
    qualifier = "DynamicRO"
    since     = "rio"
    unit      = "bytes"
  }

  field "physical_size" {
    type      = "int"
    qualifier = "StaticRO"
    since     = "rio"
    unit      = "bytes"
  }

  field "type" {
    type      = "string"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "content_type" {
    type      = "string"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "shared" {
    type      = "bool"
    qualifier = "DynamicRO"
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

  field "tags" {
    type      = "string set"
    qualifier = "RW"
    default   = []
    since     = "orlando"
    set_roles = "vm-operator"
  }

  field "default_vdi_visibility" {
    type      = "bool"
    qualifier = "DynamicRO"
    since     = "rio"
    internal  = true
  }

  field "sm_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "miami"
  }

  field "blobs" {
    type      = "(string -> blob ref) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "orlando"
  }

  field "local_cache_enabled" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "cowley"
  }

  field "introduced_by" {
    type      = "DR_task ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    since     = "boston"
    relation  = "DR_task.introduced_SRs"
  }

  field "clustered" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "dundee"
  }

  field "is_tools_sr" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "dundee"
  }

  message "create" {
    since  = "rio"
    result = "SR ref"
    runs   = "param:host"
    errors = ["SR_UNKNOWN_DRIVER"]
    param "host" { type = "host ref" }
    param "device_config" {
      type      = "(string -> string) map"
      sensitive = true
    }
    param "physical_size" { type = "int" }
    param "name_label" { type = "string" }
    param "name_description" { type = "string" }
    param "type" { type = "string" }
    param "content_type" { type = "string" }
    param "shared" { type = "bool" }
    param "sm_config" {
      type    = "(string -> string) map"
      default = {}
      since   = "miami"
    }
  }

  message "introduce" {
    since  = "rio"
    result = "SR ref"
    param "uuid" { type = "string" }
    param "name_label" { type = "string" }
    param "name_description" { type = "string" }
    param "type" { type = "string" }
    param "content_type" { type = "string" }
    param "shared" { type = "bool" }
    param "sm_config" {
      type    = "(string -> string) map"
      default = {}
      since   = "miami"
    }
  }

  message "make" {
    lifecycle = ["published rio", "deprecated miami"]
    result    = "string"
    runs      = "param:host"
    param "host" { type = "host ref" }
    param "device_config" {
      type      = "(string -> string) map"
      sensitive = true
    }
    param "physical_size" { type = "int" }
    param "name_label" { type = "string" }
    param "name_description" { type = "string" }
    param "type" { type = "string" }
    param "content_type" { type = "string" }
    param "sm_config" {
      type    = "(string -> string) map"
      default = {}
      since   = "miami"
    }
  }

  message "destroy" {
    since  = "rio"
    runs   = "sr-host"
    marks  = ["SR:destroy"]
    errors = ["SR_HAS_PBD"]
    param "sr" { type = "SR ref" }
  }

  message "forget" {
    since  = "rio"
    runs   = "sr-all-hosts"
    marks  = ["SR:forget"]
    errors = ["SR_HAS_PBD"]
    param "sr" { type = "SR ref" }
  }

  message "update" {
    since = "symc"
    runs  = "sr-host"
    param "sr" { type = "SR ref" }
  }

  message "get_supported_types" {
    since  = "rio"
    roles  = "read-only"
    result = "string set"
    async  = false
  }

  message "scan" {
    since = "rio"
    roles = "vm-power-admin"
    runs  = "sr-host"
    marks = ["SR:scan"]
    param "sr" { type = "SR ref" }
  }

  message "probe" {
    since  = "miami"
    result = "string"
    runs   = "param:host"
    param "host" {
      type  = "host ref"
      since = "rio"
    }
    param "device_config" {
      sensitive = true
      type      = "(string -> string) map"
      since     = "rio"
    }
    param "type" { type = "string" }
    param "sm_config" {
      type    = "(string -> string) map"
      default = {}
    }
  }

  message "probe_ext" {
    lifecycle = ["prototyped kolkata", "published lima"]
    result    = "probe_result record set"
    runs      = "param:host"
    param "host" {
      type  = "host ref"
      since = "kolkata"
    }
    param "device_config" {
      sensitive = true
      type      = "(string -> string) map"
      since     = "kolkata"
    }
    param "type" {
      type  = "string"
      since = "kolkata"
    }
    param "sm_config" {
      type    = "(string -> string) map"
      default = {}
      since   = "kolkata"
    }
  }

  message "set_shared" {
    since = "rio"
    param "sr" { type = "SR ref" }
    param "value" { type = "bool" }
  }

  message "set_name_label" {
    since = "rio"
    runs  = "sr-host"
    param "sr" { type = "SR ref" }
    param "value" { type = "string" }
  }

  message "set_name_description" {
    since = "rio"
    runs  = "sr-host"
    param "sr" { type = "SR ref" }
    param "value" { type = "string" }
  }

  message "create_new_blob" {
    since  = "orlando"
    result = "blob ref"
    param "sr" { type = "SR ref" }
    param "name" { type = "string" }
    param "mime_type" { type = "string" }
    param "public" {
      type    = "bool"
      default = false
      since   = "tampa"
    }
  }

  message "set_physical_size" {
    since = "miami"
    async = false
    param "self" { type = "SR ref" }
    param "value" { type = "int" }
  }

  message "set_virtual_allocation" {
    since  = "miami"
    roles  = "local-root"
    async  = false
    hidden = true
    param "self" { type = "SR ref" }
    param "value" { type = "int" }
  }

  message "set_physical_utilisation" {
    since  = "miami"
    roles  = "local-root"
    async  = false
    hidden = true
    param "self" { type = "SR ref" }
    param "value" { type = "int" }
  }

  message "assert_can_host_ha_statefile" {
    since = "orlando"
    param "sr" { type = "SR ref" }
  }

  message "assert_supports_database_replication" {
    since = "boston"
    param "sr" { type = "SR ref" }
  }

  message "enable_database_replication" {
    since = "boston"
    param "sr" { type = "SR ref" }
  }

  message "disable_database_replication" {
    since = "boston"
    param "sr" { type = "SR ref" }
  }

  message "get_data_sources" {
    since  = "dundee"
    roles  = "read-only"
    result = "data_source record set"
    async  = false
    runs   = "sr-host"
    param "sr" { type = "SR ref" }
  }

  message "record_data_source" {
    since = "dundee"
    async = false
    runs  = "sr-host"
    param "sr" { type = "SR ref" }
    param "data_source" { type = "string" }
  }

  message "query_data_source" {
    since  = "dundee"
    roles  = "read-only"
    result = "float"
    async  = false
    runs   = "sr-host"
    param "sr" { type = "SR ref" }
    param "data_source" { type = "string" }
  }

  message "forget_data_source_archives" {
    since = "dundee"
    async = false
    runs  = "sr-host"
    param "sr" { type = "SR ref" }
    param "data_source" { type = "string" }
  }

  message "get_live_hosts" {
    since  = "stockholm"
    result = "host ref set"
    hidden = true
    param "sr" { type = "SR ref" }
  }
}
