enum "vusb_operations" { values = ["attach", "plug", "unplug"] }

class "VUSB" {
  doc   = <<-EOT
    The connection of a USB device, by its group, to one VM. Clients create and destroy it; the
    toolstack attaches the device when the VM starts.
  EOT
  since = "inverness"
  roles = "pool-admin"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "inverness"
  }

  field "allowed_operations" {
    type       = "enum vusb_operations set"
    qualifier  = "DynamicRO"
    default    = []
    since      = "rio"
    durability = "memory"
  }

  field "current_operations" {
    type       = "(string -> enum vusb_operations) map"
    qualifier  = "DynamicRO"
    default    = {}
    since      = "rio"
    durability = "memory"
  }

  field "VM" {
    type      = "VM ref"
    qualifier = "DynamicRO"
    since     = "inverness"
    relation  = "VM.VUSBs"
  }

  field "USB_group" {
    type      = "USB_group ref"
    qualifier = "DynamicRO"
    since     = "inverness"
    relation  = "USB_group.VUSBs"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "inverness"
  }

  field "currently_attached" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "rio"
  }

  message "create" {
    since  = "inverness"
    result = "VUSB ref"
    param "VM" { type = "VM ref" }
    param "USB_group" { type = "USB_group ref" }
    param "other_config" {
      type    = "(string -> string) map"
      default = {}
    }
  }

  message "unplug" {
    since = "inverness"
    runs  = "vm-host"
    marks = ["VUSB:unplug"]
    param "self" { type = "VUSB ref" }
  }

  message "destroy" {
    since = "inverness"
    param "self" { type = "VUSB ref" }
  }
}
