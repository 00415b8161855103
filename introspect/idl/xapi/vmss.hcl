enum "vmss_frequency" { values = ["hourly", "daily", "weekly"] }

enum "vmss_type" { values = ["snapshot", "checkpoint", "snapshot_with_quiesce"] }

class "VMSS" {
  doc       = <<-EOT
    A snapshot schedule: which kind of snapshot is taken of the VMs assigned to it, how often, and
    how many are kept. Clients create and change it; the toolstack takes the snapshots and records
    when it last did.
  EOT
  since     = "falcon"
  roles     = "pool-operator"
  ctor_dtor = true
  async     = false

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "name_label" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "label"]
    since     = "rio"
  }

  field "name_description" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "description"]
    since     = "rio"
  }

  field "enabled" {
    type      = "bool"
    qualifier = "RW"
    default   = true
    since     = "rio"
  }

  field "type" {
    type      = "enum vmss_type"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "retained_snapshots" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 7
    since     = "rio"
  }

  field "frequency" {
    type      = "enum vmss_frequency"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "schedule" {
    type      = "(string -> string) map"
    qualifier = "StaticRO"
    default   = {}
    since     = "rio"
  }

  field "last_run_time" {
    type      = "datetime"
    qualifier = "DynamicRO"
    default   = "19700101T00:00:00Z"
    since     = "rio"
  }

  field "VMs" {
    type      = "VM ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "VM.snapshot_schedule"
  }

  message "snapshot_now" {
    since  = "falcon"
    result = "string"
    param "vmss" { type = "VMSS ref" }
  }

  message "set_retained_snapshots" {
    since = "falcon"
    param "self" { type = "VMSS ref" }
    param "value" { type = "int" }
  }

  message "set_frequency" {
    since = "falcon"
    param "self" { type = "VMSS ref" }
    param "value" { type = "enum vmss_frequency" }
  }

  message "set_schedule" {
    since = "falcon"
    param "self" { type = "VMSS ref" }
    param "value" { type = "(string -> string) map" }
  }

  message "add_to_schedule" {
    since = "falcon"
    param "self" { type = "VMSS ref" }
    param "key" { type = "string" }
    param "value" { type = "string" }
  }

  message "remove_from_schedule" {
    since = "falcon"
    param "self" { type = "VMSS ref" }
    param "key" { type = "string" }
  }

  message "set_last_run_time" {
    since = "falcon"
    roles = "local-root"
    param "self" { type = "VMSS ref" }
    param "value" { type = "datetime" }
  }

  message "set_type" {
    since = "falcon"
    param "self" { type = "VMSS ref" }
    param "value" { type = "enum vmss_type" }
  }
}
