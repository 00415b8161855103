enum "bond_mode" {
  values     = ["balance-slb", "active-backup", "lacp"]
  exact_case = true
}

class "Bond" {
  doc   = <<-EOT
    Several interfaces of one host acting as one. Making it moves the addresses and networks of its
    members to the new interface, destroying it moves them back; the host records how many links are
    up.
  EOT
  since = "miami"
  roles = "pool-operator"
  tags  = ["networking"]

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "master" {
    type      = "PIF ref"
    qualifier = "StaticRO"
    default   = ""
    since     = "miami"
    relation  = "PIF.bond_master_of"
  }

  field "slaves" {
    type      = "PIF ref set"
    qualifier = "DynamicRO"
    since     = "miami"
    relation  = "PIF.bond_slave_of"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "miami"
  }

  field "primary_slave" {
    type      = "PIF ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    since     = "boston"
  }

  field "mode" {
    type      = "enum bond_mode"
    qualifier = "DynamicRO"
    default   = "balance-slb"
    since     = "boston"
  }

  field "properties" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "tampa"
  }

  field "links_up" {
    type      = "int"
    qualifier = "DynamicRO"
    default   = 0
    since     = "tampa"
  }

  field "auto_update_mac" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = true
    since     = "quebec"
  }

  message "create" {
    since  = "miami"
    result = "Bond ref"
    runs   = "owner-host"
    param "network" { type = "network ref" }
    param "members" { type = "PIF ref set" }
    param "MAC" { type = "string" }
    param "mode" {
      type    = "enum bond_mode"
      default = "balance-slb"
      since   = "boston"
    }
    param "properties" {
      type    = "(string -> string) map"
      default = {}
      since   = "tampa"
    }
  }

  message "destroy" {
    since = "miami"
    runs  = "owner-host"
    param "self" { type = "Bond ref" }
  }

  message "set_mode" {
    since = "boston"
    runs  = "owner-host"
    param "self" { type = "Bond ref" }
    param "value" { type = "enum bond_mode" }
  }

  message "set_property" {
    since = "tampa"
    runs  = "owner-host"
    param "self" { type = "Bond ref" }
    param "name" { type = "string" }
    param "value" { type = "string" }
  }
}
