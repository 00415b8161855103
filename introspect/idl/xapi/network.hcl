enum "network_default_locking_mode" { values = ["unlocked", "disabled"] }

enum "network_operations" { values = ["attaching"] }

enum "network_purpose" { values = ["nbd", "insecure_nbd"] }

class "network" {
  doc       = <<-EOT
    A virtual switch, the same on all hosts of the pool. Clients create and destroy it; each host
    that has an interface on it, or a VM, makes a bridge of its own for it.
  EOT
  since     = "rio"
  roles     = "vm-admin"
  ctor_dtor = true
  tags      = ["networking"]

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
    set_roles = "pool-operator"
  }

  field "name_description" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "description"]
    since     = "rio"
    set_roles = "pool-operator"
  }

  field "allowed_operations" {
    type       = "enum network_operations set"
    qualifier  = "DynamicRO"
    default    = []
    since      = "rio"
    set_roles  = "pool-operator"
    durability = "memory"
  }

  field "current_operations" {
    type       = "(string -> enum network_operations) map"
    qualifier  = "DynamicRO"
    default    = {}
    since      = "rio"
    set_roles  = "pool-operator"
    durability = "memory"
  }

  field "VIFs" {
    type      = "VIF ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "VIF.network"
  }

  field "PIFs" {
    type      = "PIF ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "PIF.network"
  }

  field "MTU" {
    type      = "int"
    qualifier = "RW"
    default   = 1500
    since     = "midnight-ride"
    unit      = "bytes"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    since     = "rio"
    set_roles = "pool-operator"
    key_roles = {
      "folder"                    = "vm-operator"
      "XenCenter.CustomFields.*"  = "vm-operator"
      "XenCenterCreateInProgress" = "vm-operator"
    }
  }

  field "bridge" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    lifecycle = ["published rio", "changed falcon"]
  }

  field "managed" {
    type      = "bool"
    qualifier = "StaticRO"
    default   = true
    since     = "falcon"
  }

  field "blobs" {
    type      = "(string -> blob ref) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "orlando"
  }

  field "tags" {
    type      = "string set"
    qualifier = "RW"
    default   = []
    since     = "orlando"
    set_roles = "vm-operator"
  }

  field "default_locking_mode" {
    type      = "enum network_default_locking_mode"
    qualifier = "DynamicRO"
    default   = "unlocked"
    since     = "tampa"
  }

  field "assigned_ips" {
    type      = "(VIF ref -> string) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "creedence"
  }

  field "purpose" {
    type      = "enum network_purpose set"
    qualifier = "DynamicRO"
    default   = []
    since     = "inverness"
  }

  message "attach" {
    since  = "miami"
    roles  = "pool-operator"
    runs   = "param:host"
    hidden = true
    param "network" { type = "network ref" }
    param "host" { type = "host ref" }
  }

  message "pool_introduce" {
    since  = "rio"
    roles  = "pool-operator"
    result = "network ref"
    hidden = true
    param "name_label" {
      type  = "string"
      since = "miami"
    }
    param "name_description" {
      type  = "string"
      since = "miami"
    }
    param "MTU" {
      type  = "int"
      since = "miami"
    }
    param "other_config" {
      type  = "(string -> string) map"
      since = "miami"
    }
    param "bridge" {
      type  = "string"
      since = "miami"
    }
    param "managed" {
      type  = "bool"
      since = "falcon"
    }
    param "purpose" {
      type  = "enum network_purpose set"
      since = "inverness"
    }
  }

  message "create_new_blob" {
    since  = "orlando"
    roles  = "pool-operator"
    result = "blob ref"
    param "network" { type = "network ref" }
    param "name" { type = "string" }
    param "mime_type" { type = "string" }
    param "public" {
      type    = "bool"
      default = false
      since   = "tampa"
    }
  }

  message "set_default_locking_mode" {
    since = "tampa"
    roles = "pool-operator"
    param "network" { type = "network ref" }
    param "value" { type = "enum network_default_locking_mode" }
  }

  message "attach_for_vm" {
    since  = "tampa"
    roles  = "vm-power-admin"
    runs   = "param:host"
    hidden = true
    param "host" { type = "host ref" }
    param "vm" { type = "VM ref" }
  }

  message "detach_for_vm" {
    since  = "tampa"
    roles  = "vm-power-admin"
    runs   = "param:host"
    hidden = true
    param "host" { type = "host ref" }
    param "vm" { type = "VM ref" }
  }

  message "add_purpose" {
    since  = "inverness"
    roles  = "pool-admin"
    errors = ["NETWORK_INCOMPATIBLE_PURPOSES"]
    param "self" { type = "network ref" }
    param "value" { type = "enum network_purpose" }
  }

  message "remove_purpose" {
    since = "inverness"
    roles = "pool-admin"
    param "self" { type = "network ref" }
    param "value" { type = "enum network_purpose" }
  }
}
