enum "event_operation" {
  values     = ["add", "del", "mod"]
  exact_case = true
}

class "event" {
  doc          = <<-EOT
    A change to an object, as it is told to a client that asked. Events are not stored: event.from
    computes them from the revisions of the database, and one change may stand for several of the
    same object.
  EOT
  since        = "rio"
  roles        = "pool-admin"
  in_db        = false
  task_records = false
  async        = false

  field "id" {
    type      = "int"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "timestamp" {
    type      = "datetime"
    qualifier = "StaticRO"
    lifecycle = ["published rio", "deprecated boston"]
  }

  field "class" {
    type      = "string"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "operation" {
    type      = "enum event_operation"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "ref" {
    type      = "string"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "obj_uuid" {
    type      = "string"
    qualifier = "StaticRO"
    lifecycle = ["published rio", "deprecated boston"]
  }

  message "register" {
    lifecycle = ["published rio", "deprecated boston"]
    roles     = "read-only"
    async     = true
    param "classes" { type = "string set" }
  }

  message "unregister" {
    lifecycle = ["published rio", "deprecated boston"]
    roles     = "read-only"
    async     = true
    param "classes" { type = "string set" }
  }

  message "next" {
    lifecycle  = ["published rio", "deprecated boston"]
    roles      = "read-only"
    result     = "event record set"
    errors     = ["SESSION_NOT_REGISTERED", "EVENTS_LOST", "EVENT_SUBSCRIPTION_PARSE_FAILURE"]
    raw_result = true
    idempotent = "yes"
  }

  message "from" {
    since      = "boston"
    roles      = "read-only"
    result     = "event record set"
    errors     = ["EVENT_FROM_TOKEN_PARSE_FAILURE", "EVENT_SUBSCRIPTION_PARSE_FAILURE"]
    raw_result = true
    bus_result = "a{sv}"
    stream     = true
    idempotent = "yes"
    param "classes" { type = "string set" }
    param "token" { type = "string" }
    param "timeout" { type = "float" }
  }

  message "get_current_id" {
    since      = "rio"
    roles      = "read-only"
    result     = "int"
    idempotent = "yes"
  }

  message "inject" {
    since  = "tampa"
    roles  = "read-only"
    result = "string"
    param "class" { type = "string" }
    param "ref" { type = "string" }
  }
}
