enum "cls" {
  values = [
    "VM",
    "Host",
    "SR",
    "Pool",
    "VMPP",
    "VMSS",
    "PVS_proxy",
    "VDI",
    "Certificate",
  ]
}

class "message" {
  doc    = <<-EOT
    An alert: something happened to an object that a person should know. The toolstack and clients
    create messages; they stay until somebody destroys them or there are too many. They are kept
    beside the database and have generations of their own in events.
  EOT
  since  = "orlando"
  roles  = "pool-operator"
  in_db  = false
  events = true
  async  = false

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "name" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "priority" {
    type      = "int"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "cls" {
    type      = "enum cls"
    qualifier = "DynamicRO"
    lifecycle = ["published orlando", "extended 1.313.0"]
  }

  field "obj_uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "timestamp" {
    type      = "datetime"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "body" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  message "create" {
    since  = "orlando"
    result = "message ref"
    param "name" { type = "string" }
    param "priority" { type = "int" }
    param "cls" { type = "enum cls" }
    param "obj_uuid" { type = "string" }
    param "body" { type = "string" }
  }

  message "destroy" {
    since = "orlando"
    param "self" { type = "message ref" }
  }

  message "destroy_many" {
    lifecycle = ["prototyped 22.19.0"]
    async     = true
    param "messages" { type = "message ref set" }
  }

  message "destroy_all" {
    lifecycle = ["prototyped 26.6.0"]
    async     = true
    param "filters" { type = "(string -> string) map" }
  }

  message "get" {
    since  = "orlando"
    roles  = "read-only"
    result = "(message ref -> message record) map"
    param "cls" { type = "enum cls" }
    param "obj_uuid" { type = "string" }
    param "since" { type = "datetime" }
  }

  message "get_all" {
    since  = "orlando"
    roles  = "read-only"
    result = "message ref set"
  }

  message "get_since" {
    since  = "orlando"
    roles  = "read-only"
    result = "(message ref -> message record) map"
    param "since" { type = "datetime" }
  }

  message "get_record" {
    since  = "orlando"
    roles  = "read-only"
    result = "message record"
    param "self" { type = "message ref" }
  }

  message "get_by_uuid" {
    since  = "orlando"
    roles  = "read-only"
    result = "message ref"
    param "uuid" { type = "string" }
  }

  message "get_all_records" {
    since  = "orlando"
    roles  = "read-only"
    result = "(message ref -> message record) map"
    stream = true
  }

  message "get_all_records_where" {
    since  = "orlando"
    roles  = "read-only"
    result = "(message ref -> message record) map"
    stream = true
    param "expr" { type = "string" }
  }
}
