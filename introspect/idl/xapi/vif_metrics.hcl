class "VIF_metrics" {
  doc       = <<-EOT
    Traffic of one virtual interface. Removed from the interface: the round-robin databases hold
    these numbers.
  EOT
  lifecycle = ["published rio", "deprecated tampa", "removed tampa"]
  roles     = "vm-admin"
  persist   = false
  tags      = ["networking"]

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
