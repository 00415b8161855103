enum "sr_health" { values = ["healthy", "recovering", "unreachable", "unavailable"] }

class "sr_stat" {
  doc       = <<-EOT
    The state of a storage repository found by probing one that is not attached. It is a structure
    within an answer, without rows.
  EOT
  lifecycle = ["prototyped kolkata", "published lima", "extended 24.17.0"]
  roles     = "local-root"
  in_db     = false

  field "uuid" {
    type      = "string option"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped kolkata", "published lima", "extended 24.17.0"]
  }

  field "name_label" {
    type      = "string"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped kolkata", "published lima", "extended 24.17.0"]
  }

  field "name_description" {
    type      = "string"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped kolkata", "published lima", "extended 24.17.0"]
  }

  field "free_space" {
    type      = "int"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped kolkata", "published lima", "extended 24.17.0"]
    unit      = "bytes"
  }

  field "total_space" {
    type      = "int"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped kolkata", "published lima", "extended 24.17.0"]
  }

  field "clustered" {
    type      = "bool"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped kolkata", "published lima", "extended 24.17.0"]
  }

  field "health" {
    type      = "enum sr_health"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped kolkata", "published lima", "extended 24.17.0"]
  }
}
