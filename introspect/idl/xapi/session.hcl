class "session" {
  doc     = <<-EOT
    A login. It is made by the login calls and ends with logout, by age, or when its limit of
    fellows is passed. Its reference is the proof of who calls, so reference and uuid are kept out
    of every log, event and object tree. Only the toolstack writes it, apart from other_config.
  EOT
  since   = "rio"
  roles   = "pool-admin"
  persist = false
  events  = false
  get_all = false
  async   = false

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
    sensitive = true
  }

  field "this_host" {
    type      = "host ref"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "this_user" {
    type      = "user ref"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "last_active" {
    type       = "datetime"
    qualifier  = "DynamicRO"
    since      = "rio"
    durability = "lazy"
  }

  field "pool" {
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

  field "is_local_superuser" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "george"
  }

  field "subject" {
    type      = "subject ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    since     = "george"
  }

  field "validation_time" {
    type      = "datetime"
    qualifier = "DynamicRO"
    default   = "19700101T00:00:00Z"
    since     = "george"
  }

  field "auth_user_sid" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "george"
  }

  field "auth_user_name" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "midnight-ride"
  }

  field "rbac_permissions" {
    type      = "string set"
    qualifier = "StaticRO"
    default   = []
    since     = "midnight-ride"
  }

  field "tasks" {
    type      = "task ref set"
    qualifier = "DynamicRO"
    since     = "midnight-ride"
    relation  = "task.session"
  }

  field "parent" {
    type      = "session ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    since     = "midnight-ride"
  }

  field "originator" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "clearwater"
  }

  field "client_certificate" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "21.2.0"
  }

  message "login_with_password" {
    since    = "rio"
    roles    = "read-only"
    result   = "session ref"
    errors   = ["SESSION_AUTHENTICATION_FAILED", "HOST_IS_SLAVE"]
    session  = false
    no_relay = true
    secret   = true
    param "uname" { type = "string" }
    param "pwd" {
      type      = "string"
      sensitive = true
    }
    param "version" {
      type    = "string"
      default = "1.1"
      since   = "miami"
    }
    param "originator" {
      type    = "string"
      default = ""
      since   = "clearwater"
    }
  }

  message "logout" {
    since = "rio"
    roles = "read-only"
  }

  message "change_password" {
    since = "rio"
    roles = "local-root"
    param "old_pwd" {
      type      = "string"
      sensitive = true
    }
    param "new_pwd" {
      type      = "string"
      sensitive = true
    }
  }

  message "slave_login" {
    since    = "rio"
    result   = "session ref"
    session  = false
    hidden   = true
    no_relay = true
    secret   = true
    param "host" { type = "host ref" }
    param "psecret" { type = "secretstring" }
  }

  message "slave_local_login" {
    since     = "miami"
    result    = "session ref"
    session   = false
    hidden    = true
    emergency = true
    no_relay  = true
    secret    = true
    param "psecret" { type = "secretstring" }
  }

  message "slave_local_login_with_password" {
    since     = "miami"
    result    = "session ref"
    session   = false
    emergency = true
    no_relay  = true
    secret    = true
    param "uname" { type = "string" }
    param "pwd" {
      type      = "string"
      sensitive = true
    }
  }

  message "create_from_db_file" {
    since  = "dundee"
    roles  = "local-root"
    result = "session ref"
    async  = true
    param "filename" { type = "string" }
  }

  message "local_logout" {
    since     = "miami"
    emergency = true
    no_relay  = true
  }

  message "get_all_subject_identifiers" {
    since  = "george"
    roles  = "read-only"
    result = "string set"
    async  = true
  }

  message "logout_subject_identifier" {
    since = "george"
    roles = "pool-operator"
    async = true
    param "subject_identifier" { type = "string" }
  }
}
