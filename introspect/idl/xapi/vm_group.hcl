enum "placement_policy" { values = ["anti_affinity", "normal"] }

class "VM_group" {
  doc       = <<-EOT
    VMs whose placement belongs together, such as ones that must not share a host. Clients create
    and destroy it and put VMs in.
  EOT
  lifecycle = ["prototyped 24.19.1"]
  roles     = "vm-admin"
  ctor_dtor = true

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "name_label" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "label"]
    since     = "rio"
  }

  field "name_description" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "description"]
    since     = "rio"
  }

  field "placement" {
    type      = "enum placement_policy"
    qualifier = "StaticRO"
    default   = "normal"
    lifecycle = ["prototyped 24.19.1"]
  }

  field "VMs" {
    type      = "VM ref set"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 24.19.1"]
    relation  = "VM.groups"
  }
}
