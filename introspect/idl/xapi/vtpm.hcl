enum "persistence_backend" { values = ["xapi"] }

enum "vtpm_operations" { values = ["destroy"] }

class "VTPM" {
  doc       = <<-EOT
    A virtual trusted platform module of a VM, with its state as a secret. A client makes it while
    the VM is off; the device writes its contents while the VM runs.
  EOT
  lifecycle = ["prototyped 22.26.0"]
  roles     = "pool-admin"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "allowed_operations" {
    type       = "enum vtpm_operations set"
    qualifier  = "DynamicRO"
    default    = []
    since      = "rio"
    durability = "memory"
  }

  field "current_operations" {
    type       = "(string -> enum vtpm_operations) map"
    qualifier  = "DynamicRO"
    default    = {}
    since      = "rio"
    durability = "memory"
  }

  field "VM" {
    type      = "VM ref"
    qualifier = "StaticRO"
    since     = "rio"
    relation  = "VM.VTPMs"
  }

  field "backend" {
    type      = "VM ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    since     = "rio"
  }

  field "persistence_backend" {
    type      = "enum persistence_backend"
    qualifier = "DynamicRO"
    default   = "xapi"
    lifecycle = ["prototyped 22.26.0"]
  }

  field "is_unique" {
    type      = "bool"
    qualifier = "StaticRO"
    default   = false
    lifecycle = ["prototyped 22.26.0"]
  }

  field "is_protected" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    lifecycle = ["prototyped 22.26.0"]
  }

  field "contents" {
    type      = "secret ref"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 22.26.0"]
    internal  = true
    sensitive = true
  }

  message "create" {
    lifecycle = ["prototyped 22.26.0"]
    roles     = "vm-admin"
    result    = "VTPM ref"
    marks     = ["VM:create_vtpm"]
    param "vM" { type = "VM ref" }
    param "is_unique" { type = "bool" }
  }

  message "destroy" {
    lifecycle = ["prototyped 22.26.0"]
    roles     = "vm-admin"
    param "self" { type = "VTPM ref" }
  }

  message "get_contents" {
    lifecycle = ["prototyped 22.26.0"]
    roles     = "local-root"
    result    = "string"
    hidden    = true
    secret    = true
    param "self" { type = "VTPM ref" }
  }

  message "set_contents" {
    lifecycle = ["prototyped 22.26.0"]
    roles     = "local-root"
    hidden    = true
    secret    = true
    param "self" { type = "VTPM ref" }
    param "contents" {
      type      = "string"
      sensitive = true
    }
  }
}
