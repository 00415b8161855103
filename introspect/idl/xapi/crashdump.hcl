class "crashdump" {
  doc       = "Class crashdump of XenAPI."
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
