enum "pci_dom0_access" { values = ["enabled", "disable_on_reboot", "disabled", "enable_on_reboot"] }

class "PCI" {
  doc         = <<-EOT
    A device on a host's PCI bus that the toolstack cares for: graphics and network adapters,
    controllers. The host scans at start and records which VMs a device is attached to.
  EOT
  since       = "boston"
  roles       = "pool-operator"
  log_destroy = true

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "boston"
  }

  field "class_id" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "boston"
  }

  field "class_name" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "boston"
  }

  field "vendor_id" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "boston"
  }

  field "vendor_name" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "boston"
  }

  field "device_id" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "boston"
  }

  field "device_name" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "boston"
  }

  field "host" {
    type      = "host ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    since     = "boston"
    relation  = "host.PCIs"
  }

  field "pci_id" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "boston"
  }

  field "functions" {
    type      = "int"
    qualifier = "DynamicRO"
    default   = 1
    since     = "boston"
    internal  = true
  }

  field "virtual_functions" {
    type      = "PCI ref set"
    qualifier = "DynamicRO"
    since     = "falcon"
    relation  = "PCI.physical_function"
    internal  = true
  }

  field "physical_function" {
    type      = "PCI ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    since     = "falcon"
    relation  = "PCI.virtual_functions"
    internal  = true
  }

  field "attached_VMs" {
    type      = "VM ref set"
    qualifier = "DynamicRO"
    since     = "boston"
    relation  = "VM.attached_PCIs"
    internal  = true
  }

  field "dependencies" {
    type      = "PCI ref set"
    qualifier = "DynamicRO"
    since     = "boston"
    no_fk     = true
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "boston"
  }

  field "subsystem_vendor_id" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "clearwater-whetstone"
  }

  field "subsystem_vendor_name" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "clearwater-whetstone"
  }

  field "subsystem_device_id" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "clearwater-whetstone"
  }

  field "subsystem_device_name" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "clearwater-whetstone"
  }

  field "scheduled_to_be_attached_to" {
    type      = "VM ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    since     = "falcon"
    internal  = true
  }

  field "driver_name" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "kolkata"
  }

  message "disable_dom0_access" {
    lifecycle = ["prototyped 24.14.0"]
    result    = "enum pci_dom0_access"
    runs      = "owner-host"
    param "self" { type = "PCI ref" }
  }

  message "enable_dom0_access" {
    lifecycle = ["prototyped 24.14.0"]
    result    = "enum pci_dom0_access"
    runs      = "owner-host"
    param "self" { type = "PCI ref" }
  }

  message "get_dom0_access_status" {
    lifecycle = ["prototyped 24.14.0"]
    result    = "enum pci_dom0_access"
    runs      = "owner-host"
    param "self" { type = "PCI ref" }
  }
}
