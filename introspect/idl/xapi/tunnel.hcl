enum "tunnel_protocol" { values = ["gre", "vxlan"] }

class "tunnel" {
  doc   = <<-EOT
    A network between hosts on top of their interfaces: it joins the interface it makes with the one
    that carries it. It lives from creation to destruction by a client, one row per host.
  EOT
  since = "cowley"
  roles = "pool-operator"
  tags  = ["networking"]

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "cowley"
  }

  field "access_PIF" {
    type      = "PIF ref"
    qualifier = "StaticRO"
    default   = ""
    since     = "cowley"
    relation  = "PIF.tunnel_access_PIF_of"
  }

  field "transport_PIF" {
    type      = "PIF ref"
    qualifier = "StaticRO"
    default   = ""
    since     = "cowley"
    relation  = "PIF.tunnel_transport_PIF_of"
  }

  field "status" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = { "active" = "false" }
    since     = "cowley"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "cowley"
  }

  field "protocol" {
    type      = "enum tunnel_protocol"
    qualifier = "RW"
    default   = "gre"
    since     = "1.250.0"
  }

  message "create" {
    since  = "cowley"
    result = "tunnel ref"
    runs   = "owner-host"
    errors = ["OPENVSWITCH_NOT_ACTIVE", "TRANSPORT_PIF_NOT_CONFIGURED", "IS_TUNNEL_ACCESS_PIF"]
    param "transport_PIF" {
      type  = "PIF ref"
      since = "dundee"
    }
    param "network" {
      type  = "network ref"
      since = "dundee"
    }
    param "protocol" {
      type    = "enum tunnel_protocol"
      default = "gre"
      since   = "1.250.0"
    }
  }

  message "destroy" {
    since = "cowley"
    runs  = "owner-host"
    param "self" { type = "tunnel ref" }
  }
}
