enum "console_protocol" { values = ["vt100", "rfb", "rdp"] }

class "console" {
  doc       = <<-EOT
    A way to see and use a VM's screen or serial line: a protocol and an address to connect to. The
    host makes it when the VM starts and removes it when it stops.
  EOT
  since     = "rio"
  roles     = "vm-admin"
  ctor_dtor = true

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "protocol" {
    type      = "enum console_protocol"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "location" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "VM" {
    type      = "VM ref"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "VM.consoles"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    since     = "rio"
  }

  field "port" {
    type      = "int"
    qualifier = "RW"
    since     = "rio"
    internal  = true
  }
}
