class "VGPU" {
  doc   = <<-EOT
    A virtual graphics processor of one VM: its kind, the group it is taken from, and where it runs.
    Clients create and destroy it; the toolstack places it when the VM starts.
  EOT
  since = "boston"
  roles = "pool-operator"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "boston"
  }

  field "VM" {
    type      = "VM ref"
    qualifier = "DynamicRO"
    since     = "boston"
    relation  = "VM.VGPUs"
  }

  field "GPU_group" {
    type      = "GPU_group ref"
    qualifier = "DynamicRO"
    since     = "boston"
    relation  = "GPU_group.VGPUs"
  }

  field "device" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = "0"
    since     = "boston"
  }

  field "currently_attached" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "boston"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "boston"
  }

  field "type" {
    type      = "VGPU_type ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    since     = "vgpu-tech-preview"
    relation  = "VGPU_type.VGPUs"
  }

  field "resident_on" {
    type      = "PGPU ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    since     = "vgpu-tech-preview"
    relation  = "PGPU.resident_VGPUs"
  }

  field "scheduled_to_be_resident_on" {
    type      = "PGPU ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    since     = "dundee"
  }

  field "compatibility_metadata" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "inverness"
  }

  field "extra_args" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    since     = "quebec"
  }

  field "PCI" {
    type      = "PCI ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    since     = "quebec"
  }

  message "create" {
    since  = "boston"
    result = "VGPU ref"
    param "VM" { type = "VM ref" }
    param "GPU_group" { type = "GPU_group ref" }
    param "device" {
      type    = "string"
      default = "0"
    }
    param "other_config" {
      type    = "(string -> string) map"
      default = {}
    }
    param "type" {
      type    = "VGPU_type ref"
      default = "OpaqueRef:NULL"
      since   = "vgpu-tech-preview"
    }
  }

  message "destroy" {
    since = "boston"
    param "self" { type = "VGPU ref" }
  }

  message "atomic_set_resident_on" {
    since         = "dundee"
    roles         = "local-root"
    hidden        = true
    pool_internal = true
    param "self" { type = "VGPU ref" }
    param "value" { type = "PGPU ref" }
  }
}
