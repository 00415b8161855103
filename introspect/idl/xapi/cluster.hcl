enum "cluster_operation" { values = ["add", "remove", "enable", "disable", "destroy"] }

class "Cluster" {
  doc       = <<-EOT
    Hosts that keep a common view of who is alive, for storage that needs it. It is created on a
    network, joined through Cluster_host rows, and destroyed when the last host has left.
  EOT
  lifecycle = ["prototyped kolkata", "published lima"]
  roles     = "pool-operator"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped kolkata", "published lima"]
  }

  field "cluster_hosts" {
    type      = "Cluster_host ref set"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped kolkata", "published lima"]
    relation  = "Cluster_host.cluster"
  }

  field "pending_forget" {
    type      = "string set"
    qualifier = "DynamicRO"
    default   = []
    since     = "lima"
  }

  field "cluster_token" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    lifecycle = ["prototyped kolkata", "published lima"]
    sensitive = true
  }

  field "cluster_stack" {
    type      = "string"
    qualifier = "StaticRO"
    default   = "corosync"
    lifecycle = ["prototyped kolkata", "published lima"]
  }

  field "cluster_stack_version" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 2
    lifecycle = ["prototyped 24.15.0"]
  }

  field "is_quorate" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    lifecycle = ["prototyped 24.3.0"]
  }

  field "quorum" {
    type      = "int"
    qualifier = "DynamicRO"
    default   = 0
    lifecycle = ["prototyped 24.3.0"]
  }

  field "live_hosts" {
    type      = "int"
    qualifier = "DynamicRO"
    default   = 0
    lifecycle = ["prototyped 24.3.0"]
  }

  field "expected_hosts" {
    type      = "int"
    qualifier = "DynamicRO"
    default   = 0
    lifecycle = ["prototyped 25.17.0"]
  }

  field "allowed_operations" {
    type       = "enum cluster_operation set"
    qualifier  = "DynamicRO"
    default    = []
    since      = "rio"
    durability = "memory"
  }

  field "current_operations" {
    type       = "(string -> enum cluster_operation) map"
    qualifier  = "DynamicRO"
    default    = {}
    since      = "rio"
    durability = "memory"
  }

  field "pool_auto_join" {
    type      = "bool"
    qualifier = "StaticRO"
    default   = true
    lifecycle = ["prototyped kolkata", "published lima"]
  }

  field "token_timeout" {
    type      = "float"
    qualifier = "StaticRO"
    default   = 20.0
    lifecycle = ["prototyped kolkata", "changed lima", "published lima"]
    unit      = "seconds"
  }

  field "token_timeout_coefficient" {
    type      = "float"
    qualifier = "StaticRO"
    default   = 1.0
    lifecycle = ["prototyped kolkata", "changed lima", "published lima"]
    unit      = "seconds per host"
  }

  field "cluster_config" {
    type      = "(string -> string) map"
    qualifier = "StaticRO"
    default   = {}
    lifecycle = ["prototyped kolkata", "published lima"]
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    lifecycle = ["prototyped kolkata", "published lima"]
  }

  message "create" {
    lifecycle = ["prototyped kolkata", "published lima"]
    result    = "Cluster ref"
    marks     = ["pool:cluster_create"]
    errors    = ["INVALID_CLUSTER_STACK", "INVALID_VALUE", "PIF_ALLOWS_UNPLUG", "REQUIRED_PIF_IS_UNPLUGGED"]
    param "PIF" {
      type  = "PIF ref"
      since = "kolkata"
    }
    param "cluster_stack" {
      type  = "string"
      since = "kolkata"
    }
    param "pool_auto_join" {
      type  = "bool"
      since = "kolkata"
    }
    param "token_timeout" {
      type    = "float"
      default = 20.0
      since   = "kolkata"
    }
    param "token_timeout_coefficient" {
      type    = "float"
      default = 1.0
      since   = "kolkata"
    }
  }

  message "destroy" {
    lifecycle = ["prototyped kolkata", "published lima"]
    runs      = "cluster-member"
    marks     = ["Cluster:destroy"]
    errors    = ["CLUSTER_DOES_NOT_HAVE_ONE_NODE", "CLUSTER_STACK_IN_USE"]
    param "self" { type = "Cluster ref" }
  }

  message "get_network" {
    lifecycle = ["prototyped kolkata", "published lima"]
    roles     = "read-only"
    result    = "network ref"
    param "self" { type = "Cluster ref" }
  }

  message "pool_create" {
    lifecycle = ["prototyped kolkata", "published lima"]
    result    = "Cluster ref"
    param "network" {
      type  = "network ref"
      since = "kolkata"
    }
    param "cluster_stack" {
      type  = "string"
      since = "kolkata"
    }
    param "token_timeout" {
      type    = "float"
      default = 20.0
      since   = "kolkata"
    }
    param "token_timeout_coefficient" {
      type    = "float"
      default = 1.0
      since   = "kolkata"
    }
  }

  message "pool_force_destroy" {
    lifecycle = ["prototyped kolkata", "published lima"]
    errors    = ["CLUSTER_FORCE_DESTROY_FAILED"]
    param "self" { type = "Cluster ref" }
  }

  message "pool_destroy" {
    lifecycle = ["prototyped kolkata", "published lima"]
    errors    = ["CLUSTER_STACK_IN_USE", "CLUSTERING_DISABLED", "CLUSTER_HOST_IS_LAST"]
    param "self" { type = "Cluster ref" }
  }

  message "pool_resync" {
    lifecycle = ["prototyped kolkata", "published lima"]
    runs      = "all-hosts"
    param "self" { type = "Cluster ref" }
  }

  message "cstack_sync" {
    lifecycle     = ["prototyped kolkata", "published lima"]
    runs          = "coordinator"
    hidden        = true
    pool_internal = true
    param "self" { type = "Cluster ref" }
  }
}
