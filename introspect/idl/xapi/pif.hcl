enum "ip_configuration_mode" { values = ["None", "DHCP", "Static"] }

enum "ipv6_configuration_mode" { values = ["None", "DHCP", "Static", "Autoconf"] }

enum "pif_igmp_status" { values = ["enabled", "disabled", "unknown"] }

enum "primary_address_type" { values = ["IPv4", "IPv6"] }

class "PIF" {
  doc   = <<-EOT
    A network interface of a host: a physical one, a VLAN, a bond, a tunnel or a virtual function.
    Physical ones are found by scanning, the others follow from their own class; clients give
    addresses, and the host records what it has.
  EOT
  since = "rio"
  roles = "pool-operator"
  tags  = ["networking"]

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "device" {
    type      = "string"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "network" {
    type      = "network ref"
    qualifier = "StaticRO"
    since     = "rio"
    relation  = "network.PIFs"
  }

  field "host" {
    type      = "host ref"
    qualifier = "StaticRO"
    since     = "rio"
    relation  = "host.PIFs"
  }

  field "MAC" {
    type      = "string"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "MTU" {
    type      = "int"
    qualifier = "StaticRO"
    since     = "rio"
    unit      = "bytes"
  }

  field "VLAN" {
    type      = "int"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "device_name" {
    type      = "string"
    qualifier = "RW"
    since     = "rio"
    internal  = true
  }

  field "metrics" {
    type      = "PIF_metrics ref"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "physical" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "miami"
  }

  field "currently_attached" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = true
    since     = "miami"
  }

  field "ip_configuration_mode" {
    type      = "enum ip_configuration_mode"
    qualifier = "DynamicRO"
    default   = "None"
    since     = "miami"
  }

  field "IP" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "miami"
  }

  field "netmask" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "miami"
  }

  field "gateway" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "miami"
  }

  field "DNS" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "miami"
  }

  field "bond_slave_of" {
    type      = "Bond ref"
    qualifier = "DynamicRO"
    default   = ""
    since     = "miami"
    relation  = "Bond.slaves"
  }

  field "bond_master_of" {
    type      = "Bond ref set"
    qualifier = "DynamicRO"
    since     = "miami"
    relation  = "Bond.master"
  }

  field "VLAN_master_of" {
    type      = "VLAN ref"
    qualifier = "DynamicRO"
    default   = ""
    since     = "miami"
  }

  field "VLAN_slave_of" {
    type      = "VLAN ref set"
    qualifier = "DynamicRO"
    since     = "miami"
    relation  = "VLAN.tagged_PIF"
  }

  field "management" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "miami"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "miami"
  }

  field "disallow_unplug" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "orlando"
  }

  field "tunnel_access_PIF_of" {
    type      = "tunnel ref set"
    qualifier = "DynamicRO"
    since     = "cowley"
    relation  = "tunnel.access_PIF"
  }

  field "tunnel_transport_PIF_of" {
    type      = "tunnel ref set"
    qualifier = "DynamicRO"
    since     = "cowley"
    relation  = "tunnel.transport_PIF"
  }

  field "ipv6_configuration_mode" {
    type      = "enum ipv6_configuration_mode"
    qualifier = "DynamicRO"
    default   = "None"
    since     = "tampa"
  }

  field "IPv6" {
    type      = "string set"
    qualifier = "DynamicRO"
    default   = []
    since     = "tampa"
  }

  field "ipv6_gateway" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "tampa"
  }

  field "primary_address_type" {
    type      = "enum primary_address_type"
    qualifier = "DynamicRO"
    default   = "IPv4"
    since     = "tampa"
  }

  field "managed" {
    type      = "bool"
    qualifier = "StaticRO"
    default   = true
    since     = "vgpu-productisation"
  }

  field "properties" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "creedence"
  }

  field "capabilities" {
    type      = "string set"
    qualifier = "DynamicRO"
    default   = []
    since     = "dundee"
  }

  field "igmp_snooping_status" {
    type      = "enum pif_igmp_status"
    qualifier = "DynamicRO"
    default   = "unknown"
    since     = "inverness"
  }

  field "sriov_physical_PIF_of" {
    type      = "network_sriov ref set"
    qualifier = "DynamicRO"
    since     = "kolkata"
    relation  = "network_sriov.physical_PIF"
  }

  field "sriov_logical_PIF_of" {
    type      = "network_sriov ref set"
    qualifier = "DynamicRO"
    since     = "kolkata"
    relation  = "network_sriov.logical_PIF"
  }

  field "PCI" {
    type      = "PCI ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    since     = "kolkata"
  }

  message "create_VLAN" {
    lifecycle = ["published rio", "deprecated miami"]
    result    = "PIF ref"
    runs      = "param:host"
    errors    = ["VLAN_TAG_INVALID"]
    param "device" { type = "string" }
    param "network" { type = "network ref" }
    param "host" { type = "host ref" }
    param "VLAN" { type = "int" }
  }

  message "destroy" {
    lifecycle = ["published rio", "deprecated miami"]
    runs      = "owner-host"
    errors    = ["PIF_IS_PHYSICAL"]
    param "self" { type = "PIF ref" }
  }

  message "reconfigure_ip" {
    since  = "miami"
    runs   = "owner-host"
    errors = ["CLUSTERING_ENABLED"]
    param "self" { type = "PIF ref" }
    param "mode" { type = "enum ip_configuration_mode" }
    param "IP" { type = "string" }
    param "netmask" { type = "string" }
    param "gateway" { type = "string" }
    param "DNS" { type = "string" }
  }

  message "reconfigure_ipv6" {
    since  = "tampa"
    runs   = "owner-host"
    errors = ["CLUSTERING_ENABLED"]
    param "self" { type = "PIF ref" }
    param "mode" { type = "enum ipv6_configuration_mode" }
    param "IPv6" { type = "string" }
    param "gateway" { type = "string" }
    param "DNS" { type = "string" }
  }

  message "set_primary_address_type" {
    since = "tampa"
    runs  = "owner-host"
    param "self" { type = "PIF ref" }
    param "primary_address_type" { type = "enum primary_address_type" }
  }

  message "scan" {
    since = "miami"
    runs  = "param:host"
    param "host" { type = "host ref" }
  }

  message "introduce" {
    since  = "miami"
    result = "PIF ref"
    runs   = "param:host"
    param "host" { type = "host ref" }
    param "MAC" { type = "string" }
    param "device" { type = "string" }
    param "managed" {
      type    = "bool"
      default = true
      since   = "vgpu-productisation"
    }
  }

  message "forget" {
    since  = "miami"
    runs   = "owner-host"
    errors = ["PIF_TUNNEL_STILL_EXISTS", "CLUSTERING_ENABLED"]
    param "self" { type = "PIF ref" }
  }

  message "unplug" {
    since  = "miami"
    runs   = "owner-host"
    errors = ["HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN", "VIF_IN_USE", "PIF_DOES_NOT_ALLOW_UNPLUG", "PIF_HAS_FCOE_SR_IN_USE"]
    param "self" { type = "PIF ref" }
  }

  message "set_disallow_unplug" {
    since  = "orlando"
    errors = ["OTHER_OPERATION_IN_PROGRESS", "CLUSTERING_ENABLED"]
    param "self" { type = "PIF ref" }
    param "value" { type = "bool" }
  }

  message "plug" {
    since  = "miami"
    runs   = "owner-host"
    errors = ["TRANSPORT_PIF_NOT_CONFIGURED"]
    param "self" { type = "PIF ref" }
  }

  message "pool_introduce" {
    since  = "rio"
    result = "PIF ref"
    hidden = true
    param "device" {
      type  = "string"
      since = "miami"
    }
    param "network" {
      type  = "network ref"
      since = "miami"
    }
    param "host" {
      type  = "host ref"
      since = "miami"
    }
    param "MAC" {
      type  = "string"
      since = "miami"
    }
    param "MTU" {
      type  = "int"
      since = "miami"
    }
    param "VLAN" {
      type  = "int"
      since = "miami"
    }
    param "physical" {
      type  = "bool"
      since = "miami"
    }
    param "ip_configuration_mode" {
      type  = "enum ip_configuration_mode"
      since = "miami"
    }
    param "IP" {
      type  = "string"
      since = "miami"
    }
    param "netmask" {
      type  = "string"
      since = "miami"
    }
    param "gateway" {
      type  = "string"
      since = "miami"
    }
    param "DNS" {
      type  = "string"
      since = "miami"
    }
    param "bond_slave_of" {
      type  = "Bond ref"
      since = "miami"
    }
    param "VLAN_master_of" {
      type  = "VLAN ref"
      since = "miami"
    }
    param "management" {
      type  = "bool"
      since = "miami"
    }
    param "other_config" {
      type  = "(string -> string) map"
      since = "miami"
    }
    param "disallow_unplug" {
      type    = "bool"
      default = false
      since   = "orlando"
    }
    param "ipv6_configuration_mode" {
      type    = "enum ipv6_configuration_mode"
      default = "None"
      since   = "boston"
    }
    param "IPv6" {
      type    = "string set"
      default = []
      since   = "boston"
    }
    param "ipv6_gateway" {
      type    = "string"
      default = ""
      since   = "boston"
    }
    param "primary_address_type" {
      type    = "enum primary_address_type"
      default = "IPv4"
      since   = "boston"
    }
    param "managed" {
      type    = "bool"
      default = true
      since   = "vgpu-productisation"
    }
    param "properties" {
      type    = "(string -> string) map"
      default = {}
      since   = "creedence"
    }
  }

  message "db_introduce" {
    since  = "orlando"
    result = "PIF ref"
    param "device" { type = "string" }
    param "network" { type = "network ref" }
    param "host" { type = "host ref" }
    param "MAC" { type = "string" }
    param "MTU" { type = "int" }
    param "VLAN" { type = "int" }
    param "physical" { type = "bool" }
    param "ip_configuration_mode" { type = "enum ip_configuration_mode" }
    param "IP" { type = "string" }
    param "netmask" { type = "string" }
    param "gateway" { type = "string" }
    param "DNS" { type = "string" }
    param "bond_slave_of" { type = "Bond ref" }
    param "VLAN_master_of" { type = "VLAN ref" }
    param "management" { type = "bool" }
    param "other_config" { type = "(string -> string) map" }
    param "disallow_unplug" {
      type    = "bool"
      default = false
    }
    param "ipv6_configuration_mode" {
      type    = "enum ipv6_configuration_mode"
      default = "None"
      since   = "boston"
    }
    param "IPv6" {
      type    = "string set"
      default = []
      since   = "boston"
    }
    param "ipv6_gateway" {
      type    = "string"
      default = ""
      since   = "boston"
    }
    param "primary_address_type" {
      type    = "enum primary_address_type"
      default = "IPv4"
      since   = "boston"
    }
    param "managed" {
      type    = "bool"
      default = true
      since   = "vgpu-productisation"
    }
    param "properties" {
      type    = "(string -> string) map"
      default = {}
      since   = "creedence"
    }
  }

  message "db_forget" {
    since = "orlando"
    param "self" { type = "PIF ref" }
  }

  message "set_property" {
    since = "creedence"
    runs  = "owner-host"
    param "self" { type = "PIF ref" }
    param "name" { type = "string" }
    param "value" { type = "string" }
  }
}
