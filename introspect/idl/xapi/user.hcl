class "user" {
  doc       = <<-EOT
    A local user of the old authentication. Deprecated: subjects took its place, and no user rows
    are made.
  EOT
  lifecycle = ["published rio", "deprecated george"]
  roles     = "pool-admin"
  events    = false
  get_all   = false
  ctor_dtor = true

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "short_name" {
    type      = "string"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "fullname" {
    type      = "string"
    qualifier = "RW"
    since     = "rio"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "orlando"
  }
}
