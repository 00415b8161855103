class "DR_task" {
  doc   = <<-EOT
    An undertaking of disaster recovery: it introduces the storage that holds another pool's
    metadata. It lives from its creation until the recovered storage is forgotten again with it.
  EOT
  since = "boston"
  roles = "pool-operator"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "introduced_SRs" {
    type      = "SR ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "SR.introduced_by"
  }

  message "create" {
    since  = "boston"
    result = "DR_task ref"
    param "type" { type = "string" }
    param "device_config" {
      type      = "(string -> string) map"
      sensitive = true
    }
    param "whitelist" { type = "string set" }
  }

  message "destroy" {
    since = "boston"
    param "self" { type = "DR_task ref" }
  }
}
