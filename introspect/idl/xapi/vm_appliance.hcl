enum "vm_appliance_operation" { values = ["start", "clean_shutdown", "hard_shutdown", "shutdown"] }

class "VM_appliance" {
  doc       = <<-EOT
    A group of VMs that are started, stopped and recovered together, in their start order. Clients
    create it and put VMs in; the toolstack keeps the operations in progress.
  EOT
  since     = "boston"
  roles     = "pool-operator"
  ctor_dtor = true

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

  field "allowed_operations" {
    type       = "enum vm_appliance_operation set"
    qualifier  = "DynamicRO"
    default    = []
    since      = "rio"
    durability = "memory"
  }

  field "current_operations" {
    type       = "(string -> enum vm_appliance_operation) map"
    qualifier  = "DynamicRO"
    default    = {}
    since      = "rio"
    durability = "memory"
  }

  field "VMs" {
    type      = "VM ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "VM.appliance"
  }

  message "start" {
    since  = "boston"
    marks  = ["VM_appliance:start"]
    errors = ["OPERATION_PARTIALLY_FAILED"]
    param "self" { type = "VM_appliance ref" }
    param "paused" { type = "bool" }
  }

  message "clean_shutdown" {
    since  = "boston"
    marks  = ["VM_appliance:clean_shutdown"]
    errors = ["OPERATION_PARTIALLY_FAILED"]
    param "self" { type = "VM_appliance ref" }
  }

  message "hard_shutdown" {
    since  = "boston"
    marks  = ["VM_appliance:hard_shutdown"]
    errors = ["OPERATION_PARTIALLY_FAILED"]
    param "self" { type = "VM_appliance ref" }
  }

  message "shutdown" {
    since  = "boston"
    marks  = ["VM_appliance:shutdown"]
    errors = ["OPERATION_PARTIALLY_FAILED"]
    param "self" { type = "VM_appliance ref" }
  }

  message "assert_can_be_recovered" {
    since  = "boston"
    roles  = "read-only"
    errors = ["VM_REQUIRES_SR"]
    param "self" { type = "VM_appliance ref" }
    param "session_to" { type = "session ref" }
  }

  message "get_SRs_required_for_recovery" {
    since  = "creedence"
    roles  = "read-only"
    result = "SR ref set"
    param "self" { type = "VM_appliance ref" }
    param "session_to" { type = "session ref" }
  }

  message "recover" {
    since  = "boston"
    roles  = "read-only"
    errors = ["VM_REQUIRES_SR"]
    param "self" { type = "VM_appliance ref" }
    param "session_to" { type = "session ref" }
    param "force" { type = "bool" }
  }
}
