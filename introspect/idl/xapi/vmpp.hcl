enum "vmpp_archive_frequency" { values = ["never", "always_after_backup", "daily", "weekly"] }

enum "vmpp_archive_target_type" { values = ["none", "cifs", "nfs"] }

enum "vmpp_backup_frequency" { values = ["hourly", "daily", "weekly"] }

enum "vmpp_backup_type" { values = ["snapshot", "checkpoint"] }

class "VMPP" {
  doc       = <<-EOT
    A protection policy: scheduled backups and archives of the VMs assigned to it. Removed from the
    interface; the calls remain only to say so.
  EOT
  lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  roles     = "pool-operator"
  ctor_dtor = true
  async     = false

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  field "name_label" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "label"]
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  field "name_description" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "description"]
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  field "is_policy_enabled" {
    type      = "bool"
    qualifier = "RW"
    default   = true
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  field "backup_type" {
    type      = "enum vmpp_backup_type"
    qualifier = "RW"
    default   = "snapshot"
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  field "backup_retention_value" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 7
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  field "backup_frequency" {
    type      = "enum vmpp_backup_frequency"
    qualifier = "StaticRO"
    default   = "daily"
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  field "backup_schedule" {
    type      = "(string -> string) map"
    qualifier = "StaticRO"
    default   = {}
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  field "is_backup_running" {
    type      = "bool"
    qualifier = "DynamicRO"
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  field "backup_last_run_time" {
    type      = "datetime"
    qualifier = "DynamicRO"
    default   = "19700101T00:00:00Z"
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  field "archive_target_type" {
    type      = "enum vmpp_archive_target_type"
    qualifier = "StaticRO"
    default   = "none"
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  field "archive_target_config" {
    type      = "(string -> string) map"
    qualifier = "StaticRO"
    default   = {}
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  field "archive_frequency" {
    type      = "enum vmpp_archive_frequency"
    qualifier = "StaticRO"
    default   = "never"
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  field "archive_schedule" {
    type      = "(string -> string) map"
    qualifier = "StaticRO"
    default   = {}
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  field "is_archive_running" {
    type      = "bool"
    qualifier = "DynamicRO"
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  field "archive_last_run_time" {
    type      = "datetime"
    qualifier = "DynamicRO"
    default   = "19700101T00:00:00Z"
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  field "VMs" {
    type      = "VM ref set"
    qualifier = "DynamicRO"
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    relation  = "VM.protection_policy"
  }

  field "is_alarm_enabled" {
    type      = "bool"
    qualifier = "StaticRO"
    default   = false
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  field "alarm_config" {
    type      = "(string -> string) map"
    qualifier = "StaticRO"
    default   = {}
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  field "recent_alerts" {
    type      = "string set"
    qualifier = "DynamicRO"
    default   = []
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
  }

  message "protect_now" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    result    = "string"
    param "vmpp" { type = "VMPP ref" }
  }

  message "archive_now" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    roles     = "vm-power-admin"
    result    = "string"
    param "snapshot" { type = "VM ref" }
  }

  message "create_alert" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    roles     = "local-root"
    hidden    = true
    param "vmpp" { type = "VMPP ref" }
    param "name" { type = "string" }
    param "priority" { type = "int" }
    param "body" { type = "string" }
    param "data" { type = "string" }
  }

  message "get_alerts" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    result    = "string set"
    param "vmpp" { type = "VMPP ref" }
    param "hours_from_now" { type = "int" }
  }

  message "set_backup_retention_value" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    param "self" { type = "VMPP ref" }
    param "value" { type = "int" }
  }

  message "set_is_backup_running" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    roles     = "local-root"
    hidden    = true
    param "self" { type = "VMPP ref" }
    param "value" { type = "bool" }
  }

  message "set_is_archive_running" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    roles     = "local-root"
    hidden    = true
    param "self" { type = "VMPP ref" }
    param "value" { type = "bool" }
  }

  message "set_backup_frequency" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    param "self" { type = "VMPP ref" }
    param "value" { type = "enum vmpp_backup_frequency" }
  }

  message "set_backup_schedule" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    param "self" { type = "VMPP ref" }
    param "value" { type = "(string -> string) map" }
  }

  message "set_archive_frequency" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    param "self" { type = "VMPP ref" }
    param "value" { type = "enum vmpp_archive_frequency" }
  }

  message "set_archive_schedule" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    param "self" { type = "VMPP ref" }
    param "value" { type = "(string -> string) map" }
  }

  message "set_archive_target_type" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    param "self" { type = "VMPP ref" }
    param "value" { type = "enum vmpp_archive_target_type" }
  }

  message "set_archive_target_config" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    param "self" { type = "VMPP ref" }
    param "value" { type = "(string -> string) map" }
  }

  message "set_is_alarm_enabled" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    param "self" { type = "VMPP ref" }
    param "value" { type = "bool" }
  }

  message "set_alarm_config" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    param "self" { type = "VMPP ref" }
    param "value" { type = "(string -> string) map" }
  }

  message "add_to_backup_schedule" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    param "self" { type = "VMPP ref" }
    param "key" { type = "string" }
    param "value" { type = "string" }
  }

  message "add_to_archive_target_config" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    param "self" { type = "VMPP ref" }
    param "key" { type = "string" }
    param "value" { type = "string" }
  }

  message "add_to_archive_schedule" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    param "self" { type = "VMPP ref" }
    param "key" { type = "string" }
    param "value" { type = "string" }
  }

  message "add_to_alarm_config" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    param "self" { type = "VMPP ref" }
    param "key" { type = "string" }
    param "value" { type = "string" }
  }

  message "remove_from_backup_schedule" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    param "self" { type = "VMPP ref" }
    param "key" { type = "string" }
  }

  message "remove_from_archive_target_config" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    param "self" { type = "VMPP ref" }
    param "key" { type = "string" }
  }

  message "remove_from_archive_schedule" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    param "self" { type = "VMPP ref" }
    param "key" { type = "string" }
  }

  message "remove_from_alarm_config" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    param "self" { type = "VMPP ref" }
    param "key" { type = "string" }
  }

  message "set_backup_last_run_time" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    roles     = "local-root"
    param "self" { type = "VMPP ref" }
    param "value" { type = "datetime" }
  }

  message "set_archive_last_run_time" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    roles     = "local-root"
    param "self" { type = "VMPP ref" }
    param "value" { type = "datetime" }
  }
}
