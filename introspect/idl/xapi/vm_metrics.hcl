class "VM_metrics" {
  doc   = <<-EOT
    What the toolstack knows about one VM from the outside: memory really used, virtual CPUs, start
    time, kind of domain. One row per VM, made and destroyed with it and written by the host on
    which it runs.
  EOT
  since = "rio"
  roles = "vm-admin"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "memory_actual" {
    type       = "int"
    qualifier  = "DynamicRO"
    path       = ["memory", "actual"]
    since      = "rio"
    durability = "lazy"
    unit       = "bytes"
  }

  field "VCPUs_number" {
    type       = "int"
    qualifier  = "DynamicRO"
    path       = ["VCPUs", "number"]
    since      = "rio"
    durability = "lazy"
  }

  field "VCPUs_utilisation" {
    type       = "(int -> float) map"
    qualifier  = "DynamicRO"
    default    = {}
    path       = ["VCPUs", "utilisation"]
    lifecycle  = ["published rio", "deprecated tampa", "removed tampa"]
    durability = "lazy"
  }

  field "VCPUs_CPU" {
    type       = "(int -> int) map"
    qualifier  = "DynamicRO"
    path       = ["VCPUs", "CPU"]
    since      = "rio"
    durability = "lazy"
  }

  field "VCPUs_params" {
    type       = "(string -> string) map"
    qualifier  = "DynamicRO"
    path       = ["VCPUs", "params"]
    since      = "rio"
    durability = "lazy"
  }

  field "VCPUs_flags" {
    type       = "(int -> string set) map"
    qualifier  = "DynamicRO"
    path       = ["VCPUs", "flags"]
    since      = "rio"
    durability = "lazy"
  }

  field "state" {
    type       = "string set"
    qualifier  = "DynamicRO"
    since      = "rio"
    durability = "lazy"
  }

  field "start_time" {
    type       = "datetime"
    qualifier  = "DynamicRO"
    since      = "rio"
    durability = "lazy"
  }

  field "install_time" {
    type       = "datetime"
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

  field "hvm" {
    type       = "bool"
    qualifier  = "DynamicRO"
    default    = false
    since      = "ely"
    durability = "lazy"
  }

  field "nested_virt" {
    type       = "bool"
    qualifier  = "DynamicRO"
    default    = false
    since      = "ely"
    durability = "lazy"
  }

  field "nomigrate" {
    type       = "bool"
    qualifier  = "DynamicRO"
    default    = false
    since      = "ely"
    durability = "lazy"
  }

  field "current_domain_type" {
    type       = "enum domain_type"
    qualifier  = "DynamicRO"
    default    = "unspecified"
    lifecycle  = ["prototyped jura", "published kolkata"]
    durability = "lazy"
  }

  field "numa_optimised" {
    type       = "bool"
    qualifier  = "StaticRO"
    default    = false
    lifecycle  = ["prototyped 26.2.0"]
    durability = "lazy"
  }

  field "numa_nodes" {
    type       = "int"
    qualifier  = "StaticRO"
    default    = 0
    lifecycle  = ["prototyped 26.2.0"]
    durability = "lazy"
  }

  field "numa_node_memory" {
    type       = "(int -> int) map"
    qualifier  = "DynamicRO"
    default    = {}
    lifecycle  = ["prototyped 26.2.0"]
    durability = "lazy"
  }
}
