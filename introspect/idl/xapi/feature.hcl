class "Feature" {
  doc   = <<-EOT
    A trial or optional ability of a host. Hosts declare what they have and whether it is switched
    on; clients only read.
  EOT
  since = "falcon"
  roles = "local-root"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "falcon"
  }

  field "name_label" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    path      = ["name", "label"]
    since     = "rio"
  }

  field "name_description" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    path      = ["name", "description"]
    since     = "rio"
  }

  field "enabled" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "falcon"
  }

  field "experimental" {
    type      = "bool"
    qualifier = "StaticRO"
    default   = false
    since     = "falcon"
  }

  field "version" {
    type      = "string"
    qualifier = "StaticRO"
    default   = "1.0"
    since     = "falcon"
  }

  field "host" {
    type      = "host ref"
    qualifier = "DynamicRO"
    since     = "falcon"
    relation  = "host.features"
  }
}
