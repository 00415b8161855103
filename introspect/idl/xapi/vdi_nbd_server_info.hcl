class "vdi_nbd_server_info" {
  doc   = "Class vdi_nbd_server_info of XenAPI."
  since = "inverness"
  roles = "local-root"
  in_db = false

  field "exportname" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "inverness"
    set_roles = "local-root"
  }

  field "address" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "inverness"
    set_roles = "local-root"
  }

  field "port" {
    type      = "int"
    qualifier = "DynamicRO"
    since     = "inverness"
    set_roles = "local-root"
  }

  field "cert" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "inverness"
    set_roles = "local-root"
  }

  field "subject" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "inverness"
    set_roles = "local-root"
  }
}
