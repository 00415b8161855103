enum "task_allowed_operations" { values = ["cancel", "destroy"] }

enum "task_status_type" { values = ["pending", "success", "failure", "cancelling", "cancelled"] }

class "task" {
  doc          = <<-EOT
    A piece of work that a client can follow. Every call with an async form makes one; that of a
    synchronous call is gone when the call has returned, the others stay for a while after their
    end. A client may also make one itself, hand it to a transfer, and destroy it. Progress moves
    while the work runs; status leaves pending exactly once.
  EOT
  since        = "rio"
  roles        = "pool-operator"
  persist      = false
  task_records = false
  async        = false

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "name_label" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    path      = ["name", "label"]
    since     = "rio"
  }

  field "name_description" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    path      = ["name", "description"]
    since     = "rio"
  }

  field "allowed_operations" {
    type       = "enum task_allowed_operations set"
    qualifier  = "DynamicRO"
    default    = []
    since      = "rio"
    durability = "memory"
  }

  field "current_operations" {
    type       = "(string -> enum task_allowed_operations) map"
    qualifier  = "DynamicRO"
    default    = {}
    since      = "rio"
    durability = "memory"
  }

  field "created" {
    type      = "datetime"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "finished" {
    type      = "datetime"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "status" {
    type      = "enum task_status_type"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "session" {
    type      = "session ref"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "session.tasks"
    internal  = true
  }

  field "resident_on" {
    type      = "host ref"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "progress" {
    type       = "float"
    qualifier  = "DynamicRO"
    since      = "rio"
    durability = "lazy"
    unit       = "fraction from 0 to 1"
  }

  field "externalpid" {
    type      = "int"
    qualifier = "DynamicRO"
    since     = "rio"
    internal  = true
  }

  field "stunnelpid" {
    type      = "int"
    qualifier = "DynamicRO"
    lifecycle = ["published rio", "deprecated boston"]
    internal  = true
  }

  field "forwarded" {
    type      = "bool"
    qualifier = "DynamicRO"
    since     = "rio"
    internal  = true
  }

  field "forwarded_to" {
    type      = "host ref"
    qualifier = "DynamicRO"
    since     = "rio"
    internal  = true
  }

  field "type" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "result" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "error_info" {
    type      = "string set"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "miami"
    key_roles = {
      "applies_to"                   = "vm-operator"
      "XenCenterUUID"                = "vm-operator"
      "XenCenterMeddlingActionTitle" = "vm-operator"
    }
  }

  field "subtask_of" {
    type      = "task ref"
    qualifier = "DynamicRO"
    default   = ""
    since     = "orlando"
    relation  = "task.subtasks"
  }

  field "subtasks" {
    type      = "task ref set"
    qualifier = "DynamicRO"
    since     = "orlando"
    relation  = "task.subtask_of"
  }

  field "backtrace" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = "()"
    since     = "dundee"
  }

  message "create" {
    since  = "rio"
    roles  = "read-only"
    result = "task ref"
    param "label" { type = "string" }
    param "description" { type = "string" }
  }

  message "destroy" {
    since = "rio"
    roles = "read-only"
    param "self" { type = "task ref" }
  }

  message "cancel" {
    since  = "rio"
    roles  = "read-only"
    async  = true
    runs   = "task-host"
    errors = ["OPERATION_NOT_ALLOWED"]
    param "task" { type = "task ref" }
  }

  message "set_status" {
    since = "falcon"
    roles = "read-only"
    param "self" { type = "task ref" }
    param "value" { type = "enum task_status_type" }
  }

  message "set_progress" {
    since = "stockholm"
    roles = "read-only"
    param "self" { type = "task ref" }
    param "value" { type = "float" }
  }

  message "set_result" {
    since = "21.3.0"
    roles = "read-only"
    param "self" { type = "task ref" }
    param "value" { type = "string" }
  }

  message "set_error_info" {
    since = "21.3.0"
    roles = "read-only"
    param "self" { type = "task ref" }
    param "value" { type = "string set" }
  }

  message "add_to_other_config" {
    lifecycle = ["prototyped 25.8.0"]
    roles     = "read-only"
    async     = true
    key_roles = {
      "applies_to"                   = "vm-operator"
      "XenCenterUUID"                = "vm-operator"
      "XenCenterMeddlingActionTitle" = "vm-operator"
    }
    param "self" { type = "task ref" }
    param "key" { type = "string" }
    param "value" { type = "string" }
  }

  message "remove_from_other_config" {
    lifecycle = ["prototyped 25.8.0"]
    roles     = "read-only"
    async     = true
    key_roles = {
      "applies_to"                   = "vm-operator"
      "XenCenterUUID"                = "vm-operator"
      "XenCenterMeddlingActionTitle" = "vm-operator"
    }
    param "self" { type = "task ref" }
    param "key" { type = "string" }
  }

  message "set_other_config" {
    lifecycle = ["prototyped 25.8.0"]
    roles     = "read-only"
    async     = true
    param "self" { type = "task ref" }
    param "value" { type = "(string -> string) map" }
  }
}
