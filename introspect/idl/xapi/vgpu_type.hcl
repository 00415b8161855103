enum "vgpu_type_implementation" { values = ["passthrough", "nvidia", "nvidia_sriov", "gvt_g", "mxgpu"] }

class "VGPU_type" {
  doc   = <<-EOT
    A kind of virtual graphics processor: memory, heads, resolution and how many fit on a physical
    one. The host writes the rows from what its hardware and drivers offer.
  EOT
  since = "vgpu-tech-preview"
  roles = "pool-operator"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "vgpu-tech-preview"
  }

  field "vendor_name" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "vgpu-tech-preview"
  }

  field "model_name" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "vgpu-tech-preview"
  }

  field "framebuffer_size" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 0
    since     = "vgpu-tech-preview"
    unit      = "bytes"
  }

  field "max_heads" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 0
    since     = "vgpu-tech-preview"
  }

  field "max_resolution_x" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 0
    since     = "vgpu-productisation"
  }

  field "max_resolution_y" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 0
    since     = "vgpu-productisation"
  }

  field "size" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 0
    since     = "vgpu-tech-preview"
    internal  = true
    unit      = "bytes"
  }

  field "supported_on_PGPUs" {
    type      = "PGPU ref set"
    qualifier = "DynamicRO"
    since     = "vgpu-tech-preview"
    relation  = "PGPU.supported_VGPU_types"
  }

  field "enabled_on_PGPUs" {
    type      = "PGPU ref set"
    qualifier = "DynamicRO"
    since     = "vgpu-tech-preview"
    relation  = "PGPU.enabled_VGPU_types"
  }

  field "VGPUs" {
    type      = "VGPU ref set"
    qualifier = "DynamicRO"
    since     = "vgpu-tech-preview"
    relation  = "VGPU.type"
  }

  field "internal_config" {
    type      = "(string -> string) map"
    qualifier = "StaticRO"
    default   = {}
    since     = "vgpu-tech-preview"
    internal  = true
  }

  field "supported_on_GPU_groups" {
    type      = "GPU_group ref set"
    qualifier = "DynamicRO"
    since     = "vgpu-productisation"
    relation  = "GPU_group.supported_VGPU_types"
  }

  field "enabled_on_GPU_groups" {
    type      = "GPU_group ref set"
    qualifier = "DynamicRO"
    since     = "vgpu-productisation"
    relation  = "GPU_group.enabled_VGPU_types"
  }

  field "implementation" {
    type      = "enum vgpu_type_implementation"
    qualifier = "StaticRO"
    default   = "passthrough"
    since     = "dundee"
  }

  field "identifier" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "dundee"
  }

  field "experimental" {
    type      = "bool"
    qualifier = "StaticRO"
    default   = false
    since     = "dundee"
  }

  field "compatible_types_in_vm" {
    type      = "VGPU_type ref set"
    qualifier = "DynamicRO"
    default   = []
    since     = "quebec"
    no_fk     = true
  }

  field "compatible_types_on_pgpu" {
    type      = "VGPU_type ref set"
    qualifier = "DynamicRO"
    default   = []
    since     = "quebec"
    no_fk     = true
    internal  = true
  }
}
