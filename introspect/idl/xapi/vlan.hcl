class "VLAN" {
  doc   = <<-EOT
    A tagged network on top of an interface: it joins the untagged interface it makes with the
    tagged one it uses. It lives from creation to destruction by a client.
  EOT
  since = "miami"
  roles = "pool-operator"
  tags  = ["networking"]

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "tagged_PIF" {
    type      = "PIF ref"
    qualifier = "StaticRO"
    default   = ""
    since     = "miami"
    relation  = "PIF.VLAN_slave_of"
  }

  field "untagged_PIF" {
    type      = "PIF ref"
    qualifier = "DynamicRO"
    default   = ""
    since     = "miami"
  }

  field "tag" {
    type      = "int"
    qualifier = "StaticRO"
    default   = -1
    since     = "miami"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "miami"
  }

  message "pool_introduce" {
    since  = "inverness"
    result = "VLAN ref"
    hidden = true
    param "tagged_PIF" { type = "PIF ref" }
    param "untagged_PIF" { type = "PIF ref" }
    param "tag" { type = "int" }
    param "other_config" { type = "(string -> string) map" }
  }

  message "create" {
    since  = "miami"
    result = "VLAN ref"
    runs   = "owner-host"
    param "tagged_PIF" { type = "PIF ref" }
    param "tag" { type = "int" }
    param "network" { type = "network ref" }
  }

  message "destroy" {
    since = "miami"
    runs  = "owner-host"
    param "self" { type = "VLAN ref" }
  }
}
