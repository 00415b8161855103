class "host_patch" {
  doc       = <<-EOT
    A pool_patch as it stands on one host. Deprecated together with it.
  EOT
  lifecycle = ["published rio", "deprecated ely"]
  roles     = "pool-operator"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "name_label" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    path      = ["name", "label"]
    since     = "rio"
  }

  field "name_description" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    path      = ["name", "description"]
    since     = "rio"
  }

  field "version" {
    type      = "string"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "host" {
    type      = "host ref"
    qualifier = "StaticRO"
    since     = "rio"
    relation  = "host.patches"
  }

  field "filename" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
    internal  = true
  }

  field "applied" {
    type      = "bool"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "timestamp_applied" {
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

  field "pool_patch" {
    type      = "pool_patch ref"
    qualifier = "StaticRO"
    default   = ""
    since     = "miami"
    relation  = "pool_patch.host_patches"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "miami"
  }

  message "destroy" {
    lifecycle = ["published rio", "deprecated miami"]
    param "self" { type = "host_patch ref" }
  }

  message "apply" {
    lifecycle = ["published rio", "deprecated miami"]
    result    = "string"
    runs      = "owner-host"
    param "self" { type = "host_patch ref" }
  }
}
