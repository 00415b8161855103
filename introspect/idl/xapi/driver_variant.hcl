class "Driver_variant" {
  doc       = <<-EOT
    One version of a Host_driver: whether it fits the hardware, how mature it is, and since when it
    has been selected. The host writes it.
  EOT
  lifecycle = ["prototyped 25.2.0"]
  roles     = "pool-admin"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 25.2.0"]
  }

  field "name" {
    type      = "string"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 25.2.0"]
  }

  field "driver" {
    type      = "Host_driver ref"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 25.2.0"]
    relation  = "Host_driver.variants"
  }

  field "version" {
    type      = "string"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 25.2.0"]
  }

  field "hardware_present" {
    type      = "bool"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 25.2.0"]
  }

  field "priority" {
    type      = "float"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 25.2.0"]
  }

  field "status" {
    type      = "string"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 25.2.0"]
  }

  message "select" {
    lifecycle = ["prototyped 25.2.0"]
    runs      = "owner-host"
    param "self" { type = "Driver_variant ref" }
  }
}
