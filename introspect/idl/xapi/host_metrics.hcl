class "host_metrics" {
  doc   = <<-EOT
    What moves about a host: its memory, and whether it is alive. One row per host, written by the
    host and, for liveness, by the coordinator.
  EOT
  since = "rio"
  roles = "pool-operator"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "memory_total" {
    type       = "int"
    qualifier  = "DynamicRO"
    path       = ["memory", "total"]
    since      = "rio"
    durability = "lazy"
    unit       = "bytes"
    tags       = ["memory"]
  }

  field "memory_free" {
    type       = "int"
    qualifier  = "DynamicRO"
    default    = 0
    path       = ["memory", "free"]
    lifecycle  = ["published rio", "deprecated midnight-ride", "removed tampa"]
    durability = "lazy"
    unit       = "bytes"
    tags       = ["memory"]
  }

  field "live" {
    type       = "bool"
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
}
