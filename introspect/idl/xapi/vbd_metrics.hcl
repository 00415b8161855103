class "VBD_metrics" {
  doc       = <<-EOT
    Traffic of one virtual block device. Removed from the interface: the round-robin databases hold
    these numbers.
  EOT
  lifecycle = ["published rio", "deprecated tampa", "removed tampa"]
  roles     = "vm-admin"
  persist   = false

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
    default    = "19700101T00:00:00Z"
    lifecycle  = ["published rio", "deprecated tampa", "removed tampa"]
    durability = "lazy"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    lifecycle = ["published orlando", "deprecated tampa", "removed tampa"]
  }
}
