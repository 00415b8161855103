class "Host_driver" {
  doc       = <<-EOT
    A device driver that comes in several versions on a host. The host scans and writes it; a client
    selects the version that will be loaded at the next start.
  EOT
  lifecycle = ["prototyped 25.2.0"]
  roles     = "pool-admin"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 25.2.0"]
  }

  field "host" {
    type      = "host ref"
    qualifier = "StaticRO"
    default   = ""
    lifecycle = ["prototyped 25.2.0"]
  }

  field "name" {
    type      = "string"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 25.2.0"]
  }

  field "friendly_name" {
    type      = "string"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 25.2.0"]
  }

  field "variants" {
    type      = "Driver_variant ref set"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 25.2.0"]
    relation  = "Driver_variant.driver"
  }

  field "active_variant" {
    type      = "Driver_variant ref"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 25.2.0"]
  }

  field "selected_variant" {
    type      = "Driver_variant ref"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 25.2.0"]
  }

  field "type" {
    type      = "string"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 25.2.0"]
  }

  field "description" {
    type      = "string"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 25.2.0"]
  }

  field "info" {
    type      = "string"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 25.2.0"]
  }

  message "select" {
    lifecycle = ["prototyped 25.2.0"]
    runs      = "owner-host"
    param "self" { type = "Host_driver ref" }
    param "variant" { type = "Driver_variant ref" }
  }

  message "deselect" {
    lifecycle = ["prototyped 25.2.0"]
    runs      = "owner-host"
    param "self" { type = "Host_driver ref" }
  }

  message "rescan" {
    lifecycle = ["prototyped 25.2.0"]
    runs      = "param:host"
    param "host" { type = "host ref" }
  }
}
