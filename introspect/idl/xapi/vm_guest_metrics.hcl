enum "tristate_type" { values = ["yes", "no", "unspecified"] }

class "VM_guest_metrics" {
  doc   = <<-EOT
    What the agent inside a VM tells about it: operating system, addresses, drivers. The row appears
    with the first report and holds the last one; the guest can write anything here, so nothing is
    decided by it.
  EOT
  since = "rio"
  roles = "vm-admin"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "os_version" {
    type       = "(string -> string) map"
    qualifier  = "DynamicRO"
    since      = "rio"
    durability = "lazy"
  }

  field "netbios_name" {
    type       = "(string -> string) map"
    qualifier  = "DynamicRO"
    default    = {}
    lifecycle  = ["prototyped 24.28.0"]
    durability = "lazy"
  }

  field "PV_drivers_version" {
    type       = "(string -> string) map"
    qualifier  = "DynamicRO"
    since      = "rio"
    durability = "lazy"
  }

  field "PV_drivers_up_to_date" {
    type       = "bool"
    qualifier  = "DynamicRO"
    lifecycle  = ["published rio", "deprecated dundee"]
    durability = "lazy"
  }

  field "memory" {
    type       = "(string -> string) map"
    qualifier  = "DynamicRO"
    default    = {}
    lifecycle  = ["published rio", "deprecated george", "removed george"]
    durability = "lazy"
  }

  field "disks" {
    type       = "(string -> string) map"
    qualifier  = "DynamicRO"
    default    = {}
    lifecycle  = ["published rio", "deprecated orlando", "removed orlando"]
    durability = "lazy"
  }

  field "networks" {
    type       = "(string -> string) map"
    qualifier  = "DynamicRO"
    since      = "rio"
    durability = "lazy"
  }

  field "other" {
    type       = "(string -> string) map"
    qualifier  = "DynamicRO"
    since      = "rio"
    durability = "lazy"
  }

  field "last_updated" {
    type       = "datetime"
    qualifier  = "DynamicRO"
    since      = "rio"
    durability = "lazy"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "orlando"
  }

  field "live" {
    type       = "bool"
    qualifier  = "DynamicRO"
    default    = false
    since      = "orlando"
    durability = "lazy"
  }

  field "can_use_hotplug_vbd" {
    type       = "enum tristate_type"
    qualifier  = "DynamicRO"
    default    = "unspecified"
    since      = "dundee"
    durability = "lazy"
  }

  field "can_use_hotplug_vif" {
    type       = "enum tristate_type"
    qualifier  = "DynamicRO"
    default    = "unspecified"
    since      = "dundee"
    durability = "lazy"
  }

  field "PV_drivers_detected" {
    type       = "bool"
    qualifier  = "DynamicRO"
    default    = false
    since      = "dundee"
    durability = "lazy"
  }

  field "services" {
    type       = "(string -> string) map"
    qualifier  = "DynamicRO"
    default    = {}
    lifecycle  = ["prototyped 25.15.0"]
    durability = "lazy"
  }
}
