class "host_crashdump" {
  doc   = <<-EOT
    A dump that a crash of the hypervisor left on a host. The host finds it at start; a client can
    upload or destroy it.
  EOT
  since = "rio"
  roles = "pool-operator"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "host" {
    type      = "host ref"
    qualifier = "StaticRO"
    since     = "rio"
    relation  = "host.crashdumps"
  }

  field "timestamp" {
    type      = "datetime"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "size" {
    type      = "int"
    qualifier = "DynamicRO"
    since     = "rio"
    unit      = "bytes"
  }

  field "filename" {
    type      = "string"
    qualifier = "StaticRO"
    since     = "rio"
    internal  = true
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "miami"
  }

  message "destroy" {
    since = "rio"
    runs  = "owner-host"
    param "self" { type = "host_crashdump ref" }
  }

  message "upload" {
    since = "rio"
    runs  = "owner-host"
    param "self" { type = "host_crashdump ref" }
    param "url" { type = "string" }
    param "options" { type = "(string -> string) map" }
  }
}
