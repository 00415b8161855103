enum "sdn_controller_protocol" { values = ["ssl", "pssl"] }

class "SDN_controller" {
  doc   = <<-EOT
    The controller that tells the virtual switches of all hosts how to forward. There is at most
    one; a client introduces and forgets it.
  EOT
  since = "falcon"
  roles = "pool-operator"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "falcon"
  }

  field "protocol" {
    type      = "enum sdn_controller_protocol"
    qualifier = "StaticRO"
    default   = "ssl"
    since     = "falcon"
  }

  field "address" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "falcon"
  }

  field "port" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 0
    since     = "falcon"
  }

  message "introduce" {
    since  = "falcon"
    result = "SDN_controller ref"
    param "protocol" {
      type    = "enum sdn_controller_protocol"
      default = "ssl"
    }
    param "address" {
      type    = "string"
      default = ""
    }
    param "port" {
      type    = "int"
      default = 0
    }
  }

  message "forget" {
    since = "falcon"
    param "self" { type = "SDN_controller ref" }
  }
}
