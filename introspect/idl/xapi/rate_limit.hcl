class "Rate_limit" {
  doc       = <<-EOT
    How fast callers may call: a bucket of tokens, its size and how fast it fills. Clients create it
    and assign callers to it; calls beyond it are delayed, never changed.
  EOT
  lifecycle = ["prototyped 26.17.0"]
  roles     = "pool-admin"
  ctor_dtor = true

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 26.17.0"]
  }

  field "name_label" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "label"]
    lifecycle = ["prototyped 26.17.0"]
  }

  field "name_description" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "description"]
    lifecycle = ["prototyped 26.17.0"]
  }

  field "callers" {
    type      = "Caller ref set"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 26.17.0"]
    relation  = "Caller.rate_limit"
  }

  field "burst_size" {
    type      = "float"
    qualifier = "StaticRO"
    default   = 0.0
    lifecycle = ["prototyped 26.17.0"]
  }

  field "fill_rate" {
    type      = "float"
    qualifier = "StaticRO"
    default   = 0.0
    lifecycle = ["prototyped 26.17.0"]
  }

  message "add_caller" {
    lifecycle = ["prototyped 26.17.0"]
    param "self" { type = "Rate_limit ref" }
    param "caller" { type = "Caller ref" }
  }

  message "remove_caller" {
    lifecycle = ["prototyped 26.17.0"]
    param "self" { type = "Rate_limit ref" }
    param "caller" { type = "Caller ref" }
  }

  message "set_burst_size" {
    lifecycle = ["prototyped 26.17.0"]
    param "self" { type = "Rate_limit ref" }
    param "value" { type = "float" }
  }

  message "set_fill_rate" {
    lifecycle = ["prototyped 26.17.0"]
    param "self" { type = "Rate_limit ref" }
    param "value" { type = "float" }
  }
}
