class "blob" {
  doc   = <<-EOT
    A named piece of binary data kept for an object, moved over HTTP and described here. Clients
    create and destroy it; an upload sets size and time.
  EOT
  since = "orlando"
  roles = "pool-operator"
  async = false

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "name_label" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "label"]
    since     = "rio"
  }

  field "name_description" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "description"]
    since     = "rio"
  }

  field "size" {
    type      = "int"
    qualifier = "DynamicRO"
    since     = "rio"
    unit      = "bytes"
  }

  field "public" {
    type      = "bool"
    qualifier = "RW"
    default   = false
    since     = "tampa"
  }

  field "last_updated" {
    type      = "datetime"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "mime_type" {
    type      = "string"
    qualifier = "StaticRO"
    since     = "rio"
  }

  message "create" {
    since  = "orlando"
    result = "blob ref"
    param "mime_type" { type = "string" }
    param "public" {
      type    = "bool"
      default = false
      since   = "tampa"
    }
  }

  message "destroy" {
    since = "orlando"
    param "self" { type = "blob ref" }
  }
}
