class "Caller" {
  doc       = <<-EOT
    A client program as the toolstack tells callers apart, by user agent and address, so that a rate
    limit can be given to it. Clients create and change the rows.
  EOT
  lifecycle = ["prototyped 26.17.0"]
  roles     = "pool-admin"
  ctor_dtor = true

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 26.17.0"]
  }

  field "name_label" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "label"]
    lifecycle = ["prototyped 26.17.0"]
  }

  field "name_description" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "description"]
    lifecycle = ["prototyped 26.17.0"]
  }

  field "user_agent" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    lifecycle = ["prototyped 26.17.0"]
  }

  field "client_ip" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    lifecycle = ["prototyped 26.17.0"]
  }

  field "last_access" {
    type      = "datetime"
    qualifier = "DynamicRO"
    default   = "19700101T00:00:00Z"
    lifecycle = ["prototyped 26.17.0"]
  }

  field "groups" {
    type      = "string set"
    qualifier = "DynamicRO"
    default   = []
    lifecycle = ["prototyped 26.17.0"]
  }

  field "rate_limit" {
    type      = "Rate_limit ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    lifecycle = ["prototyped 26.17.0"]
    relation  = "Rate_limit.callers"
  }

  field "auto_registered" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    lifecycle = ["prototyped 26.17.0"]
  }

  message "add_group" {
    lifecycle = ["prototyped 26.17.0"]
    roles     = "pool-operator"
    param "self" { type = "Caller ref" }
    param "group" { type = "string" }
  }

  message "remove_group" {
    lifecycle = ["prototyped 26.17.0"]
    roles     = "pool-operator"
    param "self" { type = "Caller ref" }
    param "group" { type = "string" }
  }

  message "query_token_usage" {
    lifecycle = ["prototyped 26.15.0"]
    roles     = "pool-operator"
    result    = "float"
    param "self" { type = "Caller ref" }
  }

  message "query_call_count" {
    lifecycle = ["prototyped 26.15.0"]
    roles     = "pool-operator"
    result    = "int"
    param "self" { type = "Caller ref" }
  }

  message "query_group_token_usage" {
    lifecycle = ["prototyped 26.15.0"]
    roles     = "pool-operator"
    result    = "float"
    param "group" { type = "string" }
  }

  message "query_group_call_count" {
    lifecycle = ["prototyped 26.15.0"]
    roles     = "pool-operator"
    result    = "int"
    param "group" { type = "string" }
  }

  message "query_all_usage" {
    lifecycle = ["prototyped 26.17.0"]
    roles     = "pool-operator"
    result    = "string set set"
  }
}
