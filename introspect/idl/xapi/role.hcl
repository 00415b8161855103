class "role" {
  doc          = <<-EOT
    A set of permissions, or one permission. Roles are static: they come with the contract, cannot
    be made or changed, and have no rows. A subject is given roles; a session holds the permissions
    that follow.
  EOT
  since        = "midnight-ride"
  roles        = "pool-admin"
  force_custom = "StaticRO"
  async        = false

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
    since     = "midnight-ride"
  }

  field "name_description" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    path      = ["name", "description"]
    since     = "midnight-ride"
  }

  field "subroles" {
    type      = "role ref set"
    qualifier = "StaticRO"
    default   = []
    since     = "midnight-ride"
    relation  = "role.subroles"
    no_fk     = true
  }

  field "is_internal" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "22.5.0"
  }

  message "get_permissions" {
    since  = "midnight-ride"
    roles  = "read-only"
    result = "role ref set"
    param "self" { type = "role ref" }
  }

  message "get_permissions_name_label" {
    since  = "midnight-ride"
    roles  = "read-only"
    result = "string set"
    param "self" { type = "role ref" }
  }

  message "get_by_permission" {
    since  = "midnight-ride"
    roles  = "read-only"
    result = "role ref set"
    param "permission" { type = "role ref" }
  }

  message "get_by_permission_name_label" {
    since  = "midnight-ride"
    roles  = "read-only"
    result = "role ref set"
    param "label" { type = "string" }
  }
}
