enum "sriov_configuration_mode" { values = ["sysfs", "modprobe", "manual", "unknown"] }

class "network_sriov" {
  doc   = <<-EOT
    The use of a physical interface for many virtual functions: it joins the interface it makes with
    the physical one. It lives from creation to destruction by a client, one row per host.
  EOT
  since = "kolkata"
  roles = "pool-operator"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "physical_PIF" {
    type      = "PIF ref"
    qualifier = "StaticRO"
    default   = ""
    since     = "kolkata"
    relation  = "PIF.sriov_physical_PIF_of"
  }

  field "logical_PIF" {
    type      = "PIF ref"
    qualifier = "StaticRO"
    default   = ""
    since     = "kolkata"
    relation  = "PIF.sriov_logical_PIF_of"
  }

  field "requires_reboot" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "kolkata"
  }

  field "configuration_mode" {
    type      = "enum sriov_configuration_mode"
    qualifier = "DynamicRO"
    default   = "unknown"
    since     = "kolkata"
  }

  message "create" {
    since  = "kolkata"
    result = "network_sriov ref"
    runs   = "owner-host"
    param "pif" { type = "PIF ref" }
    param "network" { type = "network ref" }
  }

  message "destroy" {
    since = "kolkata"
    runs  = "owner-host"
    param "self" { type = "network_sriov ref" }
  }

  message "get_remaining_capacity" {
    since  = "kolkata"
    roles  = "read-only"
    result = "int"
    param "self" { type = "network_sriov ref" }
  }
}
