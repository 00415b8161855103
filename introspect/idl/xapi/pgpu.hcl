class "PGPU" {
  doc   = <<-EOT
    A physical graphics processor. The host makes the row from a PCI device; clients decide which
    kinds of virtual one it may serve and whether the control domain uses it.
  EOT
  since = "boston"
  roles = "pool-operator"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "boston"
  }

  field "PCI" {
    type      = "PCI ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    since     = "boston"
  }

  field "GPU_group" {
    type      = "GPU_group ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    since     = "boston"
    relation  = "GPU_group.PGPUs"
  }

  field "host" {
    type      = "host ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    since     = "boston"
    relation  = "host.PGPUs"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "boston"
  }

  field "supported_VGPU_types" {
    type      = "VGPU_type ref set"
    qualifier = "DynamicRO"
    since     = "vgpu-tech-preview"
    relation  = "VGPU_type.supported_on_PGPUs"
  }

  field "enabled_VGPU_types" {
    type      = "VGPU_type ref set"
    qualifier = "DynamicRO"
    since     = "vgpu-tech-preview"
    relation  = "VGPU_type.enabled_on_PGPUs"
  }

  field "resident_VGPUs" {
    type      = "VGPU ref set"
    qualifier = "DynamicRO"
    since     = "vgpu-tech-preview"
    relation  = "VGPU.resident_on"
  }

  field "size" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 1048576
    since     = "vgpu-tech-preview"
    internal  = true
    unit      = "bytes"
  }

  field "supported_VGPU_max_capacities" {
    type      = "(VGPU_type ref -> int) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "vgpu-productisation"
  }

  field "dom0_access" {
    type      = "enum pci_dom0_access"
    qualifier = "DynamicRO"
    default   = "enabled"
    lifecycle = ["published cream", "deprecated 24.14.0"]
  }

  field "is_system_display_device" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "cream"
  }

  field "compatibility_metadata" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "inverness"
  }

  message "add_enabled_VGPU_types" {
    since = "vgpu-tech-preview"
    param "self" { type = "PGPU ref" }
    param "value" { type = "VGPU_type ref" }
  }

  message "remove_enabled_VGPU_types" {
    since = "vgpu-tech-preview"
    param "self" { type = "PGPU ref" }
    param "value" { type = "VGPU_type ref" }
  }

  message "set_enabled_VGPU_types" {
    since = "vgpu-tech-preview"
    param "self" { type = "PGPU ref" }
    param "value" { type = "VGPU_type ref set" }
  }

  message "set_GPU_group" {
    since = "vgpu-tech-preview"
    param "self" { type = "PGPU ref" }
    param "value" { type = "GPU_group ref" }
  }

  message "get_remaining_capacity" {
    since  = "vgpu-tech-preview"
    roles  = "read-only"
    result = "int"
    param "self" { type = "PGPU ref" }
    param "vgpu_type" { type = "VGPU_type ref" }
  }

  message "enable_dom0_access" {
    lifecycle = ["published cream", "deprecated 24.14.0"]
    result    = "enum pci_dom0_access"
    runs      = "owner-host"
    param "self" { type = "PGPU ref" }
  }

  message "disable_dom0_access" {
    lifecycle = ["published cream", "deprecated 24.14.0"]
    result    = "enum pci_dom0_access"
    runs      = "owner-host"
    param "self" { type = "PGPU ref" }
  }
}
