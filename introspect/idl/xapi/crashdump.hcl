class "crashdump" {
  doc       = <<-EOT
    A dump of a crashed VM, kept in a disk of its own. Deprecated; rows are made by nobody any more.
  EOT
  lifecycle = ["published rio", "deprecated inverness"]
  roles     = "pool-operator"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "VM" {
    type      = "VM ref"
    qualifier = "StaticRO"
    since     = "rio"
    relation  = "VM.crash_dumps"
  }

  field "VDI" {
    type      = "VDI ref"
    qualifier = "StaticRO"
    since     = "rio"
    relation  = "VDI.crash_dumps"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "miami"
  }

  message "destroy" {
    since = "rio"
    runs  = "sr-host"
    param "self" { type = "crashdump ref" }
  }
}
