class "PUSB" {
  doc   = <<-EOT
    A USB device plugged into a host. The host makes and removes the row as devices come and go;
    clients decide whether it may be passed to VMs.
  EOT
  since = "inverness"
  roles = "pool-admin"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "inverness"
  }

  field "USB_group" {
    type      = "USB_group ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    since     = "inverness"
    relation  = "USB_group.PUSBs"
  }

  field "host" {
    type      = "host ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    since     = "inverness"
    relation  = "host.PUSBs"
  }

  field "path" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "inverness"
  }

  field "vendor_id" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "inverness"
  }

  field "vendor_desc" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "inverness"
  }

  field "product_id" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "inverness"
  }

  field "product_desc" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "inverness"
  }

  field "serial" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "inverness"
  }

  field "version" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "inverness"
  }

  field "description" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "inverness"
  }

  field "passthrough_enabled" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "inverness"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "inverness"
  }

  field "speed" {
    type      = "float"
    qualifier = "StaticRO"
    default   = -1.0
    since     = "stockholm"
  }

  message "scan" {
    since = "inverness"
    runs  = "param:host"
    param "host" { type = "host ref" }
  }

  message "set_passthrough_enabled" {
    since = "inverness"
    param "self" { type = "PUSB ref" }
    param "value" { type = "bool" }
  }
}
