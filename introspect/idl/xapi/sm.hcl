enum "image_format_type" { values = ["raw", "vhd", "qcow2"] }

class "SM" {
  doc   = <<-EOT
    A storage driver that is installed: its name, version, and what it can do. The toolstack writes
    the rows at start from what the drivers tell about themselves.
  EOT
  since = "rio"
  roles = "pool-operator"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "name_label" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    path      = ["name", "label"]
    since     = "rio"
  }

  field "name_description" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    path      = ["name", "description"]
    since     = "rio"
  }

  field "type" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "vendor" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "copyright" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "version" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "required_api_version" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "configuration" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "capabilities" {
    type      = "string set"
    qualifier = "DynamicRO"
    default   = []
    lifecycle = ["published miami", "deprecated clearwater"]
  }

  field "features" {
    type      = "(string -> int) map"
    qualifier = "DynamicRO"
    default   = {}
    lifecycle = ["published clearwater", "changed 24.37.0"]
  }

  field "host_pending_features" {
    type      = "(host ref -> string set) map"
    qualifier = "DynamicRO"
    default   = {}
    lifecycle = ["prototyped 24.37.0"]
    internal  = true
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "miami"
  }

  field "driver_filename" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "orlando"
  }

  field "required_cluster_stack" {
    type      = "string set"
    qualifier = "DynamicRO"
    default   = []
    since     = "dundee"
  }

  field "supported_image_formats" {
    type      = "enum image_format_type set"
    qualifier = "DynamicRO"
    default   = []
    lifecycle = ["prototyped 26.15.0"]
  }
}
