enum "pvs_proxy_status" { values = ["stopped", "initialised", "caching", "incompatible_write_cache_mode", "incompatible_protocol_version"] }

class "PVS_proxy" {
  doc   = <<-EOT
    A cache between one VM's interface and its provisioning servers. Clients create and destroy it;
    the host that runs the VM records its status.
  EOT
  since = "ely"
  roles = "pool-operator"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "ely"
  }

  field "site" {
    type      = "PVS_site ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    since     = "ely"
    relation  = "PVS_site.proxies"
  }

  field "VIF" {
    type      = "VIF ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    since     = "ely"
  }

  field "currently_attached" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "ely"
  }

  field "status" {
    type      = "enum pvs_proxy_status"
    qualifier = "DynamicRO"
    default   = "stopped"
    since     = "ely"
  }

  message "create" {
    since  = "ely"
    result = "PVS_proxy ref"
    runs   = "vm-host"
    param "site" { type = "PVS_site ref" }
    param "VIF" { type = "VIF ref" }
  }

  message "destroy" {
    since = "ely"
    runs  = "vm-host"
    param "self" { type = "PVS_proxy ref" }
  }
}
