class "data_source" {
  doc   = <<-EOT
    One metric a host, VM or storage repository can record: its name, unit, range and present value.
    It is a structure within an answer, without rows.
  EOT
  since = "orlando"
  roles = "pool-admin"
  in_db = false

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

  field "enabled" {
    type      = "bool"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "standard" {
    type      = "bool"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "units" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "min" {
    type      = "float"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "max" {
    type      = "float"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "value" {
    type      = "float"
    qualifier = "DynamicRO"
    since     = "rio"
  }
}
