class "PVS_server" {
  doc   = <<-EOT
    The addresses and ports of the provisioning servers of one site. Clients introduce and forget
    it.
  EOT
  since = "ely"
  roles = "pool-operator"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "ely"
  }

  field "addresses" {
    type      = "string set"
    qualifier = "StaticRO"
    default   = []
    since     = "ely"
  }

  field "first_port" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 0
    since     = "ely"
  }

  field "last_port" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 0
    since     = "ely"
  }

  field "site" {
    type      = "PVS_site ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    since     = "ely"
    relation  = "PVS_site.servers"
  }

  message "introduce" {
    since  = "ely"
    result = "PVS_server ref"
    param "addresses" { type = "string set" }
    param "first_port" { type = "int" }
    param "last_port" { type = "int" }
    param "site" { type = "PVS_site ref" }
  }

  message "forget" {
    since = "ely"
    param "self" { type = "PVS_server ref" }
  }
}
