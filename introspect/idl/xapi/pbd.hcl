class "PBD" {
  doc       = <<-EOT
    The way in which one host reaches one storage repository: the device configuration, and whether
    it is attached now. Clients create, plug, unplug and destroy it; hosts plug theirs at start.
  EOT
  since     = "rio"
  roles     = "pool-operator"
  ctor_dtor = true

  constructor { marks = ["SR:pbd_create"] }

  destructor { marks = ["SR:pbd_destroy"] }

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "host" {
    type      = "host ref"
    qualifier = "StaticRO"
    since     = "rio"
    relation  = "host.PBDs"
  }

  field "SR" {
    type      = "SR ref"
    qualifier = "StaticRO"
    since     = "rio"
    relation  = "SR.PBDs"
  }

  field "device_config" {
    type      = "(string -> string) map"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "currently_attached" {
    type      = "bool"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "miami"
  }

  message "plug" {
    since  = "rio"
    runs   = "owner-host"
    marks  = ["SR:plug"]
    errors = ["SR_UNKNOWN_DRIVER"]
    param "self" { type = "PBD ref" }
  }

  message "unplug" {
    since = "rio"
    runs  = "owner-host"
    marks = ["SR:unplug"]
    param "self" { type = "PBD ref" }
  }

  message "set_device_config" {
    since = "miami"
    runs  = "owner-host"
    param "self" { type = "PBD ref" }
    param "value" { type = "(string -> string) map" }
  }
}
