enum "origin" { values = ["remote", "bundle", "remote_pool"] }

class "Repository" {
  doc   = <<-EOT
    A source of updates that the pool reads: a remote one, a bundle, or another pool. Clients
    introduce and forget it; synchronising writes what was found.
  EOT
  since = "1.301.0"
  roles = "pool-operator+client-cert"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "1.301.0"
  }

  field "name_label" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "label"]
    since     = "rio"
  }

  field "name_description" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "description"]
    since     = "rio"
  }

  field "binary_url" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "1.301.0"
  }

  field "source_url" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "1.301.0"
  }

  field "update" {
    type      = "bool"
    qualifier = "StaticRO"
    default   = false
    since     = "1.301.0"
  }

  field "hash" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "1.301.0"
  }

  field "up_to_date" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    lifecycle = ["published 1.301.0", "deprecated 23.18.0", "removed 23.18.0"]
  }

  field "gpgkey_path" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    lifecycle = ["prototyped 22.12.0"]
  }

  field "origin" {
    type      = "enum origin"
    qualifier = "StaticRO"
    default   = "remote"
    lifecycle = ["prototyped 24.23.0"]
  }

  field "certificate" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    lifecycle = ["prototyped 25.7.0"]
  }

  message "introduce" {
    since  = "1.301.0"
    result = "Repository ref"
    param "name_label" { type = "string" }
    param "name_description" { type = "string" }
    param "binary_url" { type = "string" }
    param "source_url" { type = "string" }
    param "update" { type = "bool" }
    param "gpgkey_path" {
      type    = "string"
      default = ""
    }
  }

  message "introduce_bundle" {
    lifecycle = ["prototyped 24.23.0"]
    result    = "Repository ref"
    param "name_label" { type = "string" }
    param "name_description" { type = "string" }
  }

  message "introduce_remote_pool" {
    lifecycle = ["prototyped 25.7.0"]
    result    = "Repository ref"
    param "name_label" { type = "string" }
    param "name_description" { type = "string" }
    param "binary_url" { type = "string" }
    param "certificate" { type = "string" }
  }

  message "forget" {
    since = "1.301.0"
    param "self" { type = "Repository ref" }
  }

  message "apply" {
    since         = "1.301.0"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
  }

  message "set_gpgkey_path" {
    lifecycle = ["prototyped 22.12.0"]
    param "self" { type = "Repository ref" }
    param "value" { type = "string" }
  }

  message "apply_livepatch" {
    lifecycle     = ["prototyped 22.20.0"]
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
    param "component" { type = "string" }
    param "base_build_id" { type = "string" }
    param "base_version" { type = "string" }
    param "base_release" { type = "string" }
    param "to_version" { type = "string" }
    param "to_release" { type = "string" }
  }
}
