enum "allocation_algorithm" { values = ["breadth_first", "depth_first"] }

class "GPU_group" {
  doc   = <<-EOT
    Graphics processors of the pool that can stand in for each other. VMs ask for a virtual one of a
    group; groups are made when a new kind of processor is found, and clients may make their own.
  EOT
  since = "boston"
  roles = "pool-operator"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "boston"
  }

  field "name_label" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "label"]
    since     = "boston"
  }

  field "name_description" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "description"]
    since     = "boston"
  }

  field "PGPUs" {
    type      = "PGPU ref set"
    qualifier = "DynamicRO"
    since     = "boston"
    relation  = "PGPU.GPU_group"
  }

  field "VGPUs" {
    type      = "VGPU ref set"
    qualifier = "DynamicRO"
    since     = "boston"
    relation  = "VGPU.GPU_group"
  }

  field "GPU_types" {
    type      = "string set"
    qualifier = "DynamicRO"
    default   = []
    since     = "boston"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "boston"
  }

  field "allocation_algorithm" {
    type      = "enum allocation_algorithm"
    qualifier = "RW"
    default   = "depth_first"
    since     = "vgpu-tech-preview"
  }

  field "supported_VGPU_types" {
    type      = "VGPU_type ref set"
    qualifier = "DynamicRO"
    since     = "vgpu-productisation"
    relation  = "VGPU_type.supported_on_GPU_groups"
  }

  field "enabled_VGPU_types" {
    type      = "VGPU_type ref set"
    qualifier = "DynamicRO"
    since     = "vgpu-productisation"
    relation  = "VGPU_type.enabled_on_GPU_groups"
  }

  message "create" {
    since  = "boston"
    result = "GPU_group ref"
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
    since = "boston"
    param "self" { type = "GPU_group ref" }
  }

  message "update_enabled_VGPU_types" {
    since  = "vgpu-productisation"
    hidden = true
    param "self" { type = "GPU_group ref" }
  }

  message "update_supported_VGPU_types" {
    since  = "vgpu-productisation"
    hidden = true
    param "self" { type = "GPU_group ref" }
  }

  message "get_remaining_capacity" {
    since  = "vgpu-tech-preview"
    roles  = "read-only"
    result = "int"
    param "self" { type = "GPU_group ref" }
    param "vgpu_type" { type = "VGPU_type ref" }
  }
}
