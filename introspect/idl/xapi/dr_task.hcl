class "DR_task" {
  doc   = "Class DR_task of XenAPI."
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
    param "device_config" { type = "(string -> string) map" }
    param "whitelist" { type = "string set" }
  }

  message "destroy" {
    since = "boston"
    param "self" { type = "DR_task ref" }
  }
}
