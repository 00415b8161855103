enum "livepatch_status" { values = ["ok_livepatch_complete", "ok_livepatch_incomplete", "ok"] }

enum "update_after_apply_guidance" { values = ["restartHVM", "restartPV", "restartHost", "restartXAPI"] }

class "pool_update" {
  doc   = <<-EOT
    An update package known to the pool. It is introduced from a disk that holds it, checked and
    applied on hosts, and destroyed when no longer needed; the toolstack records the hosts that have
    it.
  EOT
  since = "ely"
  roles = "pool-operator"

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
    since     = "ely"
  }

  field "installation_size" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 0
    since     = "ely"
  }

  field "key" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "ely"
  }

  field "after_apply_guidance" {
    type      = "enum update_after_apply_guidance set"
    qualifier = "StaticRO"
    default   = []
    since     = "ely"
  }

  field "vdi" {
    type      = "VDI ref"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "hosts" {
    type      = "host ref set"
    qualifier = "DynamicRO"
    since     = "ely"
    relation  = "host.updates"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "inverness"
  }

  field "enforce_homogeneity" {
    type      = "bool"
    qualifier = "StaticRO"
    default   = false
    since     = "inverness"
  }

  message "introduce" {
    since  = "ely"
    result = "pool_update ref"
    runs   = "sr-host"
    param "vdi" { type = "VDI ref" }
  }

  message "precheck" {
    since     = "ely"
    result    = "enum livepatch_status"
    runs      = "param:host"
    extension = "pool_update.precheck"
    param "self" { type = "pool_update ref" }
    param "host" { type = "host ref" }
  }

  message "apply" {
    since     = "ely"
    runs      = "param:host"
    extension = "pool_update.apply"
    param "self" { type = "pool_update ref" }
    param "host" { type = "host ref" }
  }

  message "pool_apply" {
    since = "ely"
    param "self" { type = "pool_update ref" }
  }

  message "pool_clean" {
    since = "ely"
    runs  = "sr-host"
    param "self" { type = "pool_update ref" }
  }

  message "destroy" {
    since = "ely"
    param "self" { type = "pool_update ref" }
  }

  message "attach" {
    since  = "ely"
    result = "string"
    runs   = "sr-host"
    hidden = true
    param "self" { type = "pool_update ref" }
    param "use_localhost_proxy" {
      type    = "bool"
      default = false
      since   = "naples"
    }
  }

  message "detach" {
    since  = "ely"
    runs   = "sr-host"
    hidden = true
    param "self" { type = "pool_update ref" }
  }

  message "resync_host" {
    since  = "ely"
    runs   = "param:host"
    hidden = true
    param "host" { type = "host ref" }
  }
}
