enum "after_apply_guidance" { values = ["restartHVM", "restartPV", "restartHost", "restartXAPI"] }

class "pool_patch" {
  doc       = <<-EOT
    An update in the old single-file form, uploaded to the pool and applied host by host. Superseded
    by pool_update; kept for clients that still list it.
  EOT
  lifecycle = ["published miami", "deprecated ely"]
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
    default   = ""
    since     = "miami"
  }

  field "filename" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "miami"
    internal  = true
  }

  field "size" {
    type      = "int"
    qualifier = "DynamicRO"
    default   = 0
    since     = "miami"
    unit      = "bytes"
  }

  field "pool_applied" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "miami"
  }

  field "host_patches" {
    type      = "host_patch ref set"
    qualifier = "DynamicRO"
    since     = "miami"
    relation  = "host_patch.pool_patch"
  }

  field "after_apply_guidance" {
    type      = "enum after_apply_guidance set"
    qualifier = "DynamicRO"
    default   = []
    since     = "miami"
  }

  field "pool_update" {
    type      = "pool_update ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    since     = "ely"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "miami"
  }

  message "apply" {
    lifecycle = ["published miami", "deprecated ely"]
    result    = "string"
    runs      = "param:host"
    param "self" { type = "pool_patch ref" }
    param "host" { type = "host ref" }
  }

  message "pool_apply" {
    lifecycle = ["published miami", "deprecated ely"]
    param "self" { type = "pool_patch ref" }
  }

  message "precheck" {
    lifecycle = ["published miami", "deprecated ely"]
    result    = "string"
    runs      = "param:host"
    param "self" { type = "pool_patch ref" }
    param "host" { type = "host ref" }
  }

  message "clean" {
    lifecycle = ["published miami", "deprecated ely"]
    param "self" { type = "pool_patch ref" }
  }

  message "pool_clean" {
    lifecycle = ["published tampa", "deprecated ely"]
    param "self" { type = "pool_patch ref" }
  }

  message "destroy" {
    lifecycle = ["published miami", "deprecated ely"]
    param "self" { type = "pool_patch ref" }
  }

  message "clean_on_host" {
    lifecycle = ["published tampa", "deprecated ely"]
    runs      = "param:host"
    param "self" { type = "pool_patch ref" }
    param "host" { type = "host ref" }
  }
}
