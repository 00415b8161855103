class "PVS_site" {
  doc   = <<-EOT
    A site of a provisioning service that streams disks to VMs over the network, as the proxies here
    know it. Clients introduce and forget it.
  EOT
  since = "ely"
  roles = "pool-operator"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "ely"
  }

  field "name_label" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "label"]
    since     = "ely"
  }

  field "name_description" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "description"]
    since     = "ely"
  }

  field "PVS_uuid" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "ely"
  }

  field "cache_storage" {
    type      = "PVS_cache_storage ref set"
    qualifier = "DynamicRO"
    default   = []
    since     = "ely"
    relation  = "PVS_cache_storage.site"
    no_fk     = true
  }

  field "servers" {
    type      = "PVS_server ref set"
    qualifier = "DynamicRO"
    since     = "ely"
    relation  = "PVS_server.site"
  }

  field "proxies" {
    type      = "PVS_proxy ref set"
    qualifier = "DynamicRO"
    since     = "ely"
    relation  = "PVS_proxy.site"
  }

  message "introduce" {
    since  = "ely"
    result = "PVS_site ref"
    param "name_label" { type = "string" }
    param "name_description" { type = "string" }
    param "PVS_uuid" { type = "string" }
  }

  message "forget" {
    since  = "ely"
    errors = ["PVS_SITE_CONTAINS_RUNNING_PROXIES", "PVS_SITE_CONTAINS_SERVERS"]
    param "self" { type = "PVS_site ref" }
  }

  message "set_PVS_uuid" {
    since = "ely"
    param "self" { type = "PVS_site ref" }
    param "value" { type = "string" }
  }
}
