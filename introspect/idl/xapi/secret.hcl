class "secret" {
  doc            = <<-EOT
    A piece of text that must not be seen: passwords for storage and proxies are kept as secrets and
    named by uuid elsewhere. Clients create, change and destroy them; no event and no log shows
    them.
  EOT
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
