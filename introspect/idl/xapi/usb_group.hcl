class "USB_group" {
  doc   = <<-EOT
    USB devices that can stand in for each other. VMs ask for a device of a group; clients and the
    scan of devices make groups.
  EOT
  since = "inverness"
  roles = "pool-admin"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "inverness"
  }

  field "name_label" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "label"]
    since     = "inverness"
  }

  field "name_description" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "description"]
    since     = "inverness"
  }

  field "PUSBs" {
    type      = "PUSB ref set"
    qualifier = "DynamicRO"
    since     = "inverness"
    relation  = "PUSB.USB_group"
  }

  field "VUSBs" {
    type      = "VUSB ref set"
    qualifier = "DynamicRO"
    since     = "inverness"
    relation  = "VUSB.USB_group"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "inverness"
  }

  message "create" {
    since  = "inverness"
    result = "USB_group ref"
    param "name_label" {
      type    = "string"
      default = ""
    }
    param "name_description" {
      type    = "string"
      default = ""
    }
    param "other_config" {
      type    = "(string -> string) map"
      default = {}
    }
  }

  message "destroy" {
    since = "inverness"
    param "self" { type = "USB_group ref" }
  }
}
