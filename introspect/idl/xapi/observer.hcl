class "Observer" {
  doc       = <<-EOT
    A configuration of tracing: which components are watched, with which attributes, and where spans
    go. Clients create, enable and destroy it; the components apply it at once.
  EOT
  lifecycle = ["prototyped 23.14.0"]
  roles     = "pool-admin"
  ctor_dtor = true

  constructor { runs = "all-hosts" }

  destructor { runs = "all-hosts" }

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 23.14.0"]
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

  field "hosts" {
    type      = "host ref set"
    qualifier = "StaticRO"
    default   = []
    lifecycle = ["prototyped 23.14.0"]
    no_fk     = true
  }

  field "attributes" {
    type      = "(string -> string) map"
    qualifier = "StaticRO"
    default   = {}
    lifecycle = ["prototyped 23.14.0"]
  }

  field "endpoints" {
    type      = "string set"
    qualifier = "StaticRO"
    default   = []
    lifecycle = ["prototyped 23.14.0"]
  }

  field "components" {
    type      = "string set"
    qualifier = "StaticRO"
    default   = []
    lifecycle = ["prototyped 23.14.0"]
  }

  field "enabled" {
    type      = "bool"
    qualifier = "StaticRO"
    default   = false
    lifecycle = ["prototyped 23.14.0"]
  }

  message "register" {
    lifecycle = ["prototyped 23.14.0"]
    runs      = "param:host"
    hidden    = true
    param "self" { type = "Observer ref" }
    param "host" { type = "host ref" }
  }

  message "unregister" {
    lifecycle = ["prototyped 23.14.0"]
    runs      = "param:host"
    hidden    = true
    param "self" { type = "Observer ref" }
    param "host" { type = "host ref" }
  }

  message "set_hosts" {
    lifecycle = ["prototyped 23.14.0"]
    runs      = "all-hosts"
    param "self" { type = "Observer ref" }
    param "value" { type = "host ref set" }
  }

  message "set_enabled" {
    lifecycle = ["prototyped 23.14.0"]
    runs      = "all-hosts"
    param "self" { type = "Observer ref" }
    param "value" { type = "bool" }
  }

  message "set_attributes" {
    lifecycle = ["prototyped 23.14.0"]
    runs      = "all-hosts"
    param "self" { type = "Observer ref" }
    param "value" { type = "(string -> string) map" }
  }

  message "set_endpoints" {
    lifecycle = ["prototyped 23.14.0"]
    runs      = "all-hosts"
    param "self" { type = "Observer ref" }
    param "value" { type = "string set" }
  }

  message "set_components" {
    lifecycle = ["prototyped 23.14.0"]
    runs      = "all-hosts"
    param "self" { type = "Observer ref" }
    param "value" { type = "string set" }
  }
}
