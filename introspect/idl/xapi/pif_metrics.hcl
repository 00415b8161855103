class "PIF_metrics" {
  doc   = <<-EOT
    What moves about a host's network interface: carrier, speed, duplex, and which device it is.
    Written by the host that has it.
  EOT
  since = "rio"
  roles = "pool-operator"
  tags  = ["networking"]

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "io_read_kbs" {
    type       = "float"
    qualifier  = "DynamicRO"
    default    = 0.0
    path       = ["io", "read_kbs"]
    lifecycle  = ["published rio", "deprecated tampa", "removed tampa"]
    durability = "lazy"
    unit       = "KiB/s"
  }

  field "io_write_kbs" {
    type       = "float"
    qualifier  = "DynamicRO"
    default    = 0.0
    path       = ["io", "write_kbs"]
    lifecycle  = ["published rio", "deprecated tampa", "removed tampa"]
    durability = "lazy"
    unit       = "KiB/s"
  }

  field "carrier" {
    type       = "bool"
    qualifier  = "DynamicRO"
    since      = "rio"
    durability = "lazy"
  }

  field "vendor_id" {
    type       = "string"
    qualifier  = "DynamicRO"
    since      = "rio"
    durability = "lazy"
  }

  field "vendor_name" {
    type       = "string"
    qualifier  = "DynamicRO"
    since      = "rio"
    durability = "lazy"
  }

  field "device_id" {
    type       = "string"
    qualifier  = "DynamicRO"
    since      = "rio"
    durability = "lazy"
  }

  field "device_name" {
    type       = "string"
    qualifier  = "DynamicRO"
    since      = "rio"
    durability = "lazy"
  }

  field "speed" {
    type       = "int"
    qualifier  = "DynamicRO"
    since      = "rio"
    durability = "lazy"
    unit       = "Mbit/s"
  }

  field "duplex" {
    type       = "bool"
    qualifier  = "DynamicRO"
    since      = "rio"
    durability = "lazy"
  }

  field "pci_bus_path" {
    type       = "string"
    qualifier  = "DynamicRO"
    since      = "rio"
    durability = "lazy"
  }

  field "last_updated" {
    type       = "datetime"
    qualifier  = "DynamicRO"
    since      = "rio"
    durability = "lazy"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "orlando"
  }
}
