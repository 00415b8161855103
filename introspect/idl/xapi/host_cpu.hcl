class "host_cpu" {
  doc       = <<-EOT
    One physical processor of a host, found at start. Deprecated: host.cpu_info says the same for
    the whole host.
  EOT
  lifecycle = ["published rio", "deprecated midnight-ride"]
  roles     = "pool-operator"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "host" {
    type      = "host ref"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "host.host_CPUs"
  }

  field "number" {
    type      = "int"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "vendor" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "speed" {
    type      = "int"
    qualifier = "DynamicRO"
    since     = "rio"
    unit      = "MHz"
  }

  field "modelname" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "family" {
    type      = "int"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "model" {
    type      = "int"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "stepping" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "flags" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "features" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "utilisation" {
    type       = "float"
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
