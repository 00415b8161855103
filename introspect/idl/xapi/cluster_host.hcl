enum "cluster_host_operation" { values = ["enable", "disable", "destroy"] }

class "Cluster_host" {
  doc       = <<-EOT
    One host's membership of a cluster. Clients create, enable, disable and destroy it; the host
    records what the cluster tells it.
  EOT
  lifecycle = ["prototyped kolkata", "published lima"]
  roles     = "pool-operator"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped kolkata", "published lima"]
  }

  field "cluster" {
    type      = "Cluster ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    lifecycle = ["prototyped kolkata", "published lima"]
    relation  = "Cluster.cluster_hosts"
  }

  field "host" {
    type      = "host ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    lifecycle = ["prototyped kolkata", "published lima"]
  }

  field "enabled" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    lifecycle = ["prototyped kolkata", "published lima"]
  }

  field "PIF" {
    type      = "PIF ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    lifecycle = ["prototyped kolkata", "published lima"]
  }

  field "joined" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = true
    lifecycle = ["prototyped kolkata", "published lima"]
  }

  field "live" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    lifecycle = ["prototyped 24.3.0"]
  }

  field "last_update_live" {
    type      = "datetime"
    qualifier = "DynamicRO"
    default   = "19700101T00:00:00Z"
    lifecycle = ["prototyped 24.3.0"]
  }

  field "allowed_operations" {
    type       = "enum cluster_host_operation set"
    qualifier  = "DynamicRO"
    default    = []
    since      = "rio"
    durability = "memory"
  }

  field "current_operations" {
    type       = "(string -> enum cluster_host_operation) map"
    qualifier  = "DynamicRO"
    default    = {}
    since      = "rio"
    durability = "memory"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "StaticRO"
    default   = {}
    lifecycle = ["prototyped kolkata", "published lima"]
  }

  message "create" {
    lifecycle = ["prototyped kolkata", "published lima"]
    result    = "Cluster_host ref"
    runs      = "param:host"
    marks     = ["Cluster:add"]
    errors    = ["PIF_NOT_ATTACHED_TO_HOST", "NO_CLUSTER_HOSTS_REACHABLE"]
    param "cluster" { type = "Cluster ref" }
    param "host" { type = "host ref" }
    param "pif" { type = "PIF ref" }
  }

  message "destroy" {
    lifecycle = ["prototyped kolkata", "published lima"]
    runs      = "owner-host"
    marks     = ["Cluster:remove"]
    errors    = ["CLUSTER_STACK_IN_USE", "CLUSTERING_DISABLED", "CLUSTER_HOST_IS_LAST"]
    param "self" { type = "Cluster_host ref" }
  }

  message "enable" {
    lifecycle = ["prototyped kolkata", "published lima"]
    runs      = "owner-host"
    marks     = ["Cluster:enable", "Cluster_host:enable"]
    errors    = ["PIF_ALLOWS_UNPLUG", "REQUIRED_PIF_IS_UNPLUGGED"]
    param "self" { type = "Cluster_host ref" }
  }

  message "force_destroy" {
    lifecycle = ["prototyped kolkata", "published lima"]
    runs      = "owner-host"
    marks     = ["Cluster:remove"]
    errors    = ["CLUSTER_STACK_IN_USE"]
    param "self" { type = "Cluster_host ref" }
  }

  message "forget" {
    since  = "lima"
    roles  = "local-root"
    runs   = "cluster-member"
    marks  = ["Cluster:remove"]
    hidden = true
    param "self" { type = "Cluster_host ref" }
  }

  message "disable" {
    lifecycle = ["prototyped kolkata", "published lima"]
    runs      = "owner-host"
    marks     = ["Cluster:disable", "Cluster_host:disable"]
    errors    = ["CLUSTER_STACK_IN_USE"]
    param "self" { type = "Cluster_host ref" }
  }
}
