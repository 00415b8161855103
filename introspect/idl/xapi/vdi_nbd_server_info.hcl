class "vdi_nbd_server_info" {
  doc   = <<-EOT
    Where and how a disk can be read over NBD: address, port, export name, certificate. It is a
    structure within an answer, without rows.
  EOT
  since = "inverness"
  roles = "local-root"
  in_db = false

  field "exportname" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "inverness"
  }

  field "address" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "inverness"
  }

  field "port" {
    type      = "int"
    qualifier = "DynamicRO"
    since     = "inverness"
  }

  field "cert" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "inverness"
  }

  field "subject" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "inverness"
  }
}
