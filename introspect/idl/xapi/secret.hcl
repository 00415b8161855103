class "secret" {
  doc            = "Class secret of XenAPI."
  since          = "midnight-ride"
  roles          = "pool-operator"
  implicit_roles = "pool-operator"
  events         = false
  ctor_dtor      = true
  async          = false

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "value" {
    type      = "string"
    qualifier = "RW"
    since     = "rio"
    sensitive = true
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "rio"
    get_roles = "read-only"
  }

  message "introduce" {
    since  = "midnight-ride"
    result = "secret ref"
    hidden = true
    secret = true
    param "uuid" { type = "string" }
    param "value" {
      type      = "string"
      sensitive = true
    }
    param "other_config" {
      type    = "(string -> string) map"
      default = {}
      since   = "boston"
    }
  }
}
