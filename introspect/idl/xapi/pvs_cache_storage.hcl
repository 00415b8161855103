class "PVS_cache_storage" {
  doc       = <<-EOT
    Where one host keeps the provisioning cache of one site. Clients create it; the host makes the
    disk when a proxy first needs it.
  EOT
  since     = "ely"
  roles     = "pool-operator"
  ctor_dtor = true

  destructor { runs = "owner-host" }

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "ely"
  }

  field "host" {
    type      = "host ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    since     = "ely"
  }

  field "SR" {
    type      = "SR ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    since     = "ely"
  }

  field "site" {
    type      = "PVS_site ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    since     = "ely"
    relation  = "PVS_site.cache_storage"
  }

  field "size" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 21474836480
    since     = "ely"
    unit      = "bytes"
  }

  field "VDI" {
    type      = "VDI ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    since     = "ely"
  }
}
