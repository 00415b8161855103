enum "vbd_mode" { values = ["RO", "RW"] }

enum "vbd_operations" {
  values = [
    "attach",
    "eject",
    "insert",
    "plug",
    "unplug",
    "unplug_force",
    "pause",
    "unpause",
  ]
}

enum "vbd_type" { values = ["CD", "Disk", "Floppy"] }

class "VBD" {
  doc       = <<-EOT
    The connection of one virtual disk, or an empty drive, to one VM. Clients create and destroy it,
    insert and eject media; it is plugged while its VM runs, and the toolstack records whether it
    is.
  EOT
  since     = "rio"
  roles     = "vm-admin"
  ctor_dtor = true

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "allowed_operations" {
    type       = "enum vbd_operations set"
    qualifier  = "DynamicRO"
    default    = []
    since      = "rio"
    durability = "memory"
  }

  field "current_operations" {
    type       = "(string -> enum vbd_operations) map"
    qualifier  = "DynamicRO"
    default    = {}
    since      = "rio"
    durability = "memory"
  }

  field "VM" {
    type      = "VM ref"
    qualifier = "StaticRO"
    since     = "rio"
    relation  = "VM.VBDs"
  }

  field "VDI" {
    type      = "VDI ref"
    qualifier = "StaticRO"
    since     = "rio"
    relation  = "VDI.VBDs"
  }

  field "device" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    lifecycle = ["published rio", "changed 1.257.0"]
  }

  field "userdevice" {
    type      = "string"
    qualifier = "RW"
    since     = "rio"
  }

  field "bootable" {
    type      = "bool"
    qualifier = "RW"
    since     = "rio"
  }

  field "mode" {
    type      = "enum vbd_mode"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "type" {
    type      = "enum vbd_type"
    qualifier = "RW"
    since     = "rio"
  }

  field "unpluggable" {
    type      = "bool"
    qualifier = "RW"
    default   = true
    since     = "miami"
  }

  field "storage_lock" {
    type      = "bool"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "empty" {
    type      = "bool"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "reserved" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "rio"
    internal  = true
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    since     = "rio"
  }

  field "currently_attached" {
    type      = "bool"
    qualifier = "StaticRO"
    default   = false
    lifecycle = ["published rio", "changed 1.257.0"]
  }

  field "status_code" {
    type      = "int"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "status_detail" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "runtime_properties" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "qos_algorithm_type" {
    type      = "string"
    qualifier = "RW"
    path      = ["qos", "algorithm_type"]
    since     = "rio"
  }

  field "qos_algorithm_params" {
    type      = "(string -> string) map"
    qualifier = "RW"
    path      = ["qos", "algorithm_params"]
    since     = "rio"
  }

  field "qos_supported_algorithms" {
    type      = "string set"
    qualifier = "DynamicRO"
    path      = ["qos", "supported_algorithms"]
    since     = "rio"
  }

  field "metrics" {
    type      = "VBD_metrics ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    lifecycle = ["published rio", "deprecated tampa", "removed tampa"]
  }

  message "eject" {
    since  = "rio"
    roles  = "vm-operator"
    runs   = "vm-host"
    marks  = ["VBD:eject"]
    errors = ["VBD_NOT_REMOVABLE_MEDIA", "VBD_IS_EMPTY"]
    param "vbd" { type = "VBD ref" }
  }

  message "insert" {
    since  = "rio"
    roles  = "vm-operator"
    runs   = "vm-host"
    marks  = ["VBD:insert"]
    errors = ["VBD_NOT_REMOVABLE_MEDIA", "VBD_NOT_EMPTY"]
    param "vbd" { type = "VBD ref" }
    param "vdi" { type = "VDI ref" }
  }

  message "plug" {
    since = "rio"
    runs  = "vm-host"
    marks = ["VBD:plug"]
    param "self" { type = "VBD ref" }
  }

  message "unplug" {
    since  = "rio"
    runs   = "vm-host"
    marks  = ["VBD:unplug"]
    errors = ["DEVICE_DETACH_REJECTED", "DEVICE_ALREADY_DETACHED"]
    param "self" { type = "VBD ref" }
  }

  message "unplug_force" {
    since = "rio"
    runs  = "vm-host"
    marks = ["VBD:unplug_force"]
    param "self" { type = "VBD ref" }
  }

  message "unplug_force_no_safety_check" {
    lifecycle = ["published symc", "deprecated ely"]
    runs      = "vm-host"
    marks     = ["VBD:unplug_force"]
    hidden    = true
    param "self" { type = "VBD ref" }
  }

  message "assert_attachable" {
    since = "rio"
    param "self" { type = "VBD ref" }
  }

  message "pause" {
    since  = "symc"
    result = "string"
    runs   = "vm-host"
    marks  = ["VBD:pause"]
    hidden = true
    param "self" { type = "VBD ref" }
  }

  message "unpause" {
    since  = "symc"
    runs   = "vm-host"
    marks  = ["VBD:unpause"]
    hidden = true
    param "self" { type = "VBD ref" }
    param "token" {
      type    = "string"
      default = ""
      since   = "orlando"
    }
  }

  message "set_mode" {
    since = "rio"
    param "self" { type = "VBD ref" }
    param "value" { type = "enum vbd_mode" }
  }
}
