class "subject" {
  doc       = <<-EOT
    A user or group of the external authentication service that may log in, with the roles it has
    here. An administrator adds and removes subjects; a login takes the permissions of all subjects
    it belongs to and keeps them for its life.
  EOT
  since     = "george"
  roles     = "pool-admin"
  ctor_dtor = true
  async     = false

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "subject_identifier" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "george"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "StaticRO"
    default   = {}
    since     = "george"
  }

  field "roles" {
    type      = "role ref set"
    qualifier = "DynamicRO"
    default   = ["OpaqueRef:0165f154-ba3e-034e-6b27-5d271af109ba"]
    since     = "midnight-ride"
    no_fk     = true
  }

  message "add_to_roles" {
    since = "midnight-ride"
    param "self" { type = "subject ref" }
    param "role" { type = "role ref" }
  }

  message "remove_from_roles" {
    since = "midnight-ride"
    param "self" { type = "subject ref" }
    param "role" { type = "role ref" }
  }

  message "get_permissions_name_label" {
    since  = "midnight-ride"
    roles  = "read-only"
    result = "string set"
    param "self" { type = "subject ref" }
  }
}
