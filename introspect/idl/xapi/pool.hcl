# Over 800 lines: one class is one file, so that a search for it ends here.

enum "certificate_purpose" { values = ["licensing", "ldaps"] }

enum "hello_return" { values = ["ok", "unknown_host", "cannot_talk_back"] }

enum "pool_allowed_operations" {
  values = [
    "ha_enable",
    "ha_disable",
    "cluster_create",
    "designate_new_master",
    "configure_repositories",
    "sync_updates",
    "sync_bundle",
    "get_updates",
    "apply_updates",
    "tls_verification_enable",
    "cert_refresh",
    "exchange_certificates_on_join",
    "exchange_ca_certificates_on_join",
    "copy_primary_host_certs",
    "eject",
    "exchange_crls_on_join",
  ]
}

enum "pool_guest_secureboot_readiness" { values = ["ready", "ready_no_dbx", "not_ready"] }

enum "telemetry_frequency" { values = ["daily", "weekly", "monthly"] }

enum "update_sync_frequency" { values = ["daily", "weekly"] }

class "pool" {
  doc   = <<-EOT
    All hosts that share one database: there is exactly one row. It is made at first start and holds
    what is true for the whole pool: the coordinator, high availability, default storage, update
    repositories, policies. Clients write its settings, the toolstack the rest.
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
    qualifier = "RW"
    since     = "rio"
  }

  field "name_description" {
    type      = "string"
    qualifier = "RW"
    since     = "rio"
  }

  field "master" {
    type      = "host ref"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "default_SR" {
    type      = "SR ref"
    qualifier = "RW"
    since     = "rio"
  }

  field "suspend_image_SR" {
    type      = "SR ref"
    qualifier = "RW"
    since     = "rio"
  }

  field "crash_dump_SR" {
    type      = "SR ref"
    qualifier = "RW"
    since     = "rio"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    since     = "rio"
    key_roles = {
      "folder"                   = "vm-operator"
      "XenCenter.CustomFields.*" = "vm-operator"
      "EMPTY_FOLDERS"            = "vm-operator"
    }
  }

  field "ha_enabled" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "orlando"
  }

  field "ha_configuration" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "orlando"
  }

  field "ha_statefiles" {
    type      = "string set"
    qualifier = "DynamicRO"
    default   = []
    since     = "orlando"
  }

  field "ha_host_failures_to_tolerate" {
    type      = "int"
    qualifier = "DynamicRO"
    default   = 0
    since     = "orlando"
  }

  field "ha_plan_exists_for" {
    type      = "int"
    qualifier = "DynamicRO"
    default   = 0
    since     = "orlando"
  }

  field "ha_allow_overcommit" {
    type      = "bool"
    qualifier = "RW"
    default   = false
    since     = "orlando"
  }

  field "ha_overcommitted" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "orlando"
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

  field "gui_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "orlando"
    set_roles = "vm-operator"
  }

  field "health_check_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "dundee"
  }

  field "wlb_url" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "george"
  }

  field "wlb_username" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "george"
  }

  field "wlb_password" {
    type      = "secret ref"
    qualifier = "DynamicRO"
    since     = "george"
    internal  = true
  }

  field "wlb_enabled" {
    type      = "bool"
    qualifier = "RW"
    default   = false
    since     = "george"
    set_roles = "pool-operator+client-cert"
  }

  field "wlb_verify_cert" {
    type      = "bool"
    qualifier = "RW"
    default   = false
    lifecycle = ["published george", "deprecated 1.290.0"]
  }

  field "redo_log_enabled" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "midnight-ride"
  }

  field "redo_log_vdi" {
    type      = "VDI ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    since     = "midnight-ride"
  }

  field "vswitch_controller" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    lifecycle = ["published midnight-ride", "deprecated falcon"]
  }

  field "restrictions" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "midnight-ride"
  }

  field "metadata_VDIs" {
    type      = "VDI ref set"
    qualifier = "DynamicRO"
    since     = "boston"
    relation  = "VDI.metadata_of_pool"
  }

  field "ha_cluster_stack" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "dundee"
  }

  field "allowed_operations" {
    type       = "enum pool_allowed_operations set"
    qualifier  = "DynamicRO"
    default    = []
    since      = "rio"
    durability = "memory"
  }

  field "current_operations" {
    type       = "(string -> enum pool_allowed_operations) map"
    qualifier  = "DynamicRO"
    default    = {}
    since      = "rio"
    durability = "memory"
  }

  field "guest_agent_config" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "dundee"
  }

  field "cpu_info" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "dundee"
  }

  field "policy_no_vendor_device" {
    type      = "bool"
    qualifier = "RW"
    default   = false
    lifecycle = ["published dundee", "deprecated 24.14.0"]
  }

  field "live_patching_disabled" {
    type      = "bool"
    qualifier = "RW"
    default   = false
    since     = "ely"
  }

  field "igmp_snooping_enabled" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "inverness"
  }

  field "uefi_certificates" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    lifecycle = ["published quebec", "changed 22.16.0"]
  }

  field "custom_uefi_certificates" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    lifecycle = ["prototyped 24.0.0"]
  }

  field "is_psr_pending" {
    type      = "bool"
    qualifier = "RW"
    default   = false
    since     = "stockholm_psr"
  }

  field "tls_verification_enabled" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "1.290.0"
  }

  field "repositories" {
    type      = "Repository ref set"
    qualifier = "DynamicRO"
    default   = []
    since     = "1.301.0"
    no_fk     = true
  }

  field "client_certificate_auth_enabled" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "1.318.0"
  }

  field "client_certificate_auth_name" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "1.318.0"
  }

  field "repository_proxy_url" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "21.3.0"
  }

  field "repository_proxy_username" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "21.3.0"
  }

  field "repository_proxy_password" {
    type      = "secret ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    lifecycle = ["published 21.3.0", "changed 23.9.0"]
  }

  field "migration_compression" {
    type      = "bool"
    qualifier = "RW"
    default   = false
    lifecycle = ["prototyped 22.33.0"]
  }

  field "coordinator_bias" {
    type      = "bool"
    qualifier = "RW"
    default   = true
    lifecycle = ["prototyped 22.37.0", "published rio"]
  }

  field "local_auth_max_threads" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 8
    lifecycle = ["prototyped 23.27.0"]
  }

  field "ext_auth_max_threads" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 1
    lifecycle = ["prototyped 23.27.0"]
  }

  field "ext_auth_cache_enabled" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = true
    lifecycle = ["prototyped 24.31.0"]
  }

  field "ext_auth_cache_size" {
    type      = "int"
    qualifier = "DynamicRO"
    default   = 50
    lifecycle = ["prototyped 24.31.0"]
  }

  field "ext_auth_cache_expiry" {
    type      = "int"
    qualifier = "DynamicRO"
    default   = 300
    lifecycle = ["prototyped 24.31.0"]
  }

  field "telemetry_uuid" {
    type      = "secret ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    lifecycle = ["prototyped 23.9.0"]
  }

  field "telemetry_frequency" {
    type      = "enum telemetry_frequency"
    qualifier = "DynamicRO"
    default   = "weekly"
    lifecycle = ["prototyped 23.9.0"]
  }

  field "telemetry_next_collection" {
    type      = "datetime"
    qualifier = "DynamicRO"
    default   = "19700101T00:00:00Z"
    lifecycle = ["prototyped 23.9.0"]
  }

  field "last_update_sync" {
    type      = "datetime"
    qualifier = "DynamicRO"
    default   = "19700101T00:00:00Z"
    lifecycle = ["prototyped 23.18.0"]
  }

  field "update_sync_frequency" {
    type      = "enum update_sync_frequency"
    qualifier = "DynamicRO"
    default   = "weekly"
    lifecycle = ["prototyped 23.18.0"]
  }

  field "update_sync_day" {
    type      = "int"
    qualifier = "DynamicRO"
    default   = 0
    lifecycle = ["prototyped 23.18.0"]
  }

  field "update_sync_enabled" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    lifecycle = ["prototyped 23.18.0"]
  }

  field "recommendations" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    default   = {}
    lifecycle = ["prototyped 24.19.1"]
  }

  field "license_server" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    lifecycle = ["prototyped 25.6.0"]
  }

  field "ha_reboot_vm_on_internal_shutdown" {
    type      = "bool"
    qualifier = "RW"
    default   = true
    lifecycle = ["prototyped 25.16.0"]
  }

  field "limit_console_sessions" {
    type      = "bool"
    qualifier = "RW"
    default   = false
    lifecycle = ["prototyped 26.1.0"]
  }

  field "vm_console_idle_timeout" {
    type      = "int"
    qualifier = "RW"
    default   = 0
    lifecycle = ["prototyped 26.1.0"]
  }

  field "auto_update_vm_secureboot_certificates" {
    type      = "bool"
    qualifier = "RW"
    default   = false
    lifecycle = ["prototyped 26.16.1"]
  }

  message "join" {
    since  = "rio"
    errors = ["JOINING_HOST_CANNOT_CONTAIN_SHARED_SRS"]
    param "master_address" { type = "string" }
    param "master_username" { type = "string" }
    param "master_password" {
      type      = "string"
      sensitive = true
    }
  }

  message "join_force" {
    since = "rio"
    param "master_address" { type = "string" }
    param "master_username" { type = "string" }
    param "master_password" {
      type      = "string"
      sensitive = true
    }
  }

  message "eject" {
    since = "rio"
    runs  = "all-hosts"
    marks = ["pool:eject"]
    param "host" { type = "host ref" }
  }

  message "initial_auth" {
    since  = "rio"
    result = "secretstring"
    hidden = true
  }

  message "exchange_certificates_on_join" {
    since  = "1.298.0"
    result = "(string -> string) map"
    hidden = true
    param "uuid" { type = "string" }
    param "certificate" { type = "string" }
  }

  message "exchange_ca_certificates_on_join" {
    since  = "1.320.0"
    result = "(string -> string) map"
    hidden = true
    param "import" { type = "(string -> string) map" }
    param "export" { type = "Certificate ref set" }
  }

  message "emergency_transition_to_master" {
    since     = "rio"
    async     = false
    emergency = true
    no_relay  = true
  }

  message "emergency_reset_master" {
    since     = "rio"
    async     = false
    emergency = true
    no_relay  = true
    param "master_address" { type = "string" }
  }

  message "recover_slaves" {
    since  = "rio"
    result = "host ref set"
  }

  message "hello" {
    since  = "rio"
    result = "enum hello_return"
    hidden = true
    param "host_uuid" { type = "string" }
    param "host_address" { type = "string" }
  }

  message "is_slave" {
    since     = "rio"
    roles     = "pool-admin"
    result    = "bool"
    async     = false
    hidden    = true
    emergency = true
    no_relay  = true
    param "host" { type = "host ref" }
  }

  message "create_VLAN" {
    since  = "rio"
    result = "PIF ref set"
    errors = ["VLAN_TAG_INVALID"]
    param "device" { type = "string" }
    param "network" { type = "network ref" }
    param "VLAN" { type = "int" }
  }

  message "management_reconfigure" {
    since  = "inverness"
    errors = ["HA_IS_ENABLED", "PIF_NOT_PRESENT", "CANNOT_PLUG_BOND_SLAVE", "PIF_INCOMPATIBLE_PRIMARY_ADDRESS_TYPE", "PIF_HAS_NO_NETWORK_CONFIGURATION", "PIF_HAS_NO_V6_NETWORK_CONFIGURATION"]
    param "network" { type = "network ref" }
  }

  message "create_VLAN_from_PIF" {
    since  = "rio"
    result = "PIF ref set"
    errors = ["VLAN_TAG_INVALID"]
    param "pif" { type = "PIF ref" }
    param "network" { type = "network ref" }
    param "VLAN" { type = "int" }
  }

  message "enable_ha" {
    since = "miami"
    roles = "pool-operator+client-cert"
    marks = ["pool:ha_enable"]
    param "heartbeat_srs" { type = "SR ref set" }
    param "configuration" { type = "(string -> string) map" }
  }

  message "disable_ha" {
    since = "miami"
    roles = "pool-operator+client-cert"
    marks = ["pool:ha_disable"]
  }

  message "sync_database" {
    since = "rio"
  }

  message "designate_new_master" {
    since = "miami"
    runs  = "param:host"
    marks = ["pool:designate_new_master"]
    param "host" { type = "host ref" }
  }

  message "ha_prevent_restarts_for" {
    since = "orlando-update-1"
    async = false
    param "seconds" { type = "int" }
  }

  message "ha_failover_plan_exists" {
    since  = "orlando"
    result = "bool"
    async  = false
    param "n" { type = "int" }
  }

  message "ha_compute_max_host_failures_to_tolerate" {
    since  = "orlando"
    result = "int"
    async  = false
  }

  message "ha_compute_hypothetical_max_host_failures_to_tolerate" {
    since  = "orlando"
    roles  = "read-only"
    result = "int"
    async  = false
    param "configuration" { type = "(VM ref -> string) map" }
  }

  message "ha_compute_vm_failover_plan" {
    since  = "orlando"
    result = "(VM ref -> (string -> string) map) map"
    async  = false
    param "failed_hosts" { type = "host ref set" }
    param "failed_vms" { type = "VM ref set" }
  }

  message "set_ha_host_failures_to_tolerate" {
    since = "orlando"
    param "self" { type = "pool ref" }
    param "value" { type = "int" }
  }

  message "create_new_blob" {
    since  = "orlando"
    result = "blob ref"
    param "pool" { type = "pool ref" }
    param "name" { type = "string" }
    param "mime_type" { type = "string" }
    param "public" {
      type    = "bool"
      default = false
      since   = "tampa"
    }
  }

  message "ha_schedule_plan_recomputation" {
    since         = "orlando"
    roles         = "local-root"
    hidden        = true
    pool_internal = true
  }

  message "enable_binary_storage" {
    since  = "orlando"
    hidden = true
  }

  message "disable_binary_storage" {
    since  = "orlando"
    hidden = true
  }

  message "enable_external_auth" {
    since = "george"
    roles = "pool-admin"
    async = false
    param "pool" { type = "pool ref" }
    param "config" {
      type      = "(string -> string) map"
      sensitive = true
    }
    param "service_name" { type = "string" }
    param "auth_type" { type = "string" }
  }

  message "disable_external_auth" {
    since = "george"
    roles = "pool-admin"
    async = false
    param "pool" { type = "pool ref" }
    param "config" {
      sensitive = true
      type      = "(string -> string) map"
      default   = {}
    }
  }

  message "external_auth_set_ldaps" {
    since = "26.16.0"
    roles = "pool-admin"
    async = false
    param "pool" { type = "pool ref" }
    param "ldaps" { type = "bool" }
    param "force" {
      type    = "bool"
      default = false
    }
  }

  message "detect_nonhomogeneous_external_auth" {
    since = "george"
    async = false
    param "pool" { type = "pool ref" }
  }

  message "initialize_wlb" {
    since = "george"
    param "wlb_url" { type = "string" }
    param "wlb_username" { type = "string" }
    param "wlb_password" {
      type      = "string"
      sensitive = true
    }
    param "xenserver_username" { type = "string" }
    param "xenserver_password" {
      type      = "string"
      sensitive = true
    }
  }

  message "deconfigure_wlb" {
    since = "george"
  }

  message "send_wlb_configuration" {
    since = "george"
    param "config" { type = "(string -> string) map" }
  }

  message "retrieve_wlb_configuration" {
    since      = "george"
    roles      = "read-only"
    result     = "(string -> string) map"
    idempotent = "yes"
  }

  message "retrieve_wlb_recommendations" {
    since      = "george"
    roles      = "read-only"
    result     = "(VM ref -> string set) map"
    idempotent = "yes"
  }

  message "send_test_post" {
    since  = "george"
    roles  = "pool-admin"
    result = "string"
    param "host" { type = "string" }
    param "port" { type = "int" }
    param "body" { type = "string" }
  }

  message "certificate_install" {
    lifecycle = ["published george", "deprecated 1.290.0"]
    param "name" { type = "string" }
    param "cert" { type = "string" }
  }

  message "certificate_uninstall" {
    lifecycle = ["published george", "deprecated 1.290.0"]
    param "name" { type = "string" }
  }

  message "certificate_list" {
    lifecycle = ["published george", "deprecated 1.290.0"]
    result    = "string set"
  }

  message "install_ca_certificate" {
    lifecycle = ["published 1.290.0", "deprecated 26.13.0"]
    roles     = "pool-operator+client-cert"
    param "name" { type = "string" }
    param "cert" { type = "string" }
  }

  message "uninstall_ca_certificate" {
    lifecycle = ["published 1.290.0", "changed 24.35.0", "deprecated 26.13.0"]
    roles     = "pool-operator+client-cert"
    param "name" { type = "string" }
    param "force" {
      type    = "bool"
      default = false
      since   = "24.35.0"
    }
  }

  message "crl_install" {
    since = "george"
    param "name" { type = "string" }
    param "cert" { type = "string" }
  }

  message "crl_uninstall" {
    since = "george"
    param "name" { type = "string" }
  }

  message "crl_list" {
    since  = "george"
    result = "string set"
  }

  message "certificate_sync" {
    since = "george"
  }

  message "enable_tls_verification" {
    since = "1.290.0"
    roles = "pool-admin"
    async = false
    runs  = "all-hosts"
    marks = ["pool:tls_verification_enable"]
  }

  message "enable_redo_log" {
    since = "midnight-ride"
    param "sr" { type = "SR ref" }
  }

  message "disable_redo_log" {
    since = "midnight-ride"
  }

  message "audit_log_append" {
    since         = "midnight-ride"
    roles         = "pool-admin"
    hidden        = true
    pool_internal = true
    param "line" { type = "string" }
  }

  message "set_vswitch_controller" {
    lifecycle = ["published midnight-ride", "extended cowley", "deprecated falcon"]
    param "address" { type = "string" }
  }

  message "test_archive_target" {
    since  = "cowley"
    result = "string"
    async  = false
    param "self" { type = "pool ref" }
    param "config" {
      type      = "(string -> string) map"
      sensitive = true
    }
  }

  message "enable_local_storage_caching" {
    since = "cowley"
    param "self" { type = "pool ref" }
  }

  message "disable_local_storage_caching" {
    since = "cowley"
    param "self" { type = "pool ref" }
  }

  message "get_license_state" {
    since  = "clearwater"
    roles  = "read-only"
    result = "(string -> string) map"
    param "self" { type = "pool ref" }
  }

  message "apply_edition" {
    since = "clearwater"
    param "self" { type = "pool ref" }
    param "edition" { type = "string" }
  }

  message "enable_ssl_legacy" {
    lifecycle = ["published dundee", "deprecated dundee", "removed stockholm"]
    param "self" { type = "pool ref" }
  }

  message "disable_ssl_legacy" {
    lifecycle = ["published dundee", "deprecated stockholm"]
    param "self" { type = "pool ref" }
  }

  message "set_igmp_snooping_enabled" {
    since = "inverness"
    param "self" { type = "pool ref" }
    param "value" { type = "bool" }
  }

  message "has_extension" {
    since  = "dundee"
    roles  = "pool-admin"
    result = "bool"
    param "self" { type = "pool ref" }
    param "name" { type = "string" }
  }

  message "add_to_guest_agent_config" {
    since = "dundee"
    roles = "pool-admin"
    param "self" { type = "pool ref" }
    param "key" { type = "string" }
    param "value" { type = "string" }
  }

  message "remove_from_guest_agent_config" {
    since = "dundee"
    roles = "pool-admin"
    param "self" { type = "pool ref" }
    param "key" { type = "string" }
  }

  message "rotate_secret" {
    since  = "stockholm_psr"
    roles  = "pool-admin"
    errors = ["INTERNAL_ERROR", "HOST_IS_SLAVE", "CANNOT_CONTACT_HOST", "HA_IS_ENABLED", "NOT_SUPPORTED_DURING_UPGRADE"]
  }

  message "set_repositories" {
    since = "1.301.0"
    roles = "pool-operator+client-cert"
    param "self" { type = "pool ref" }
    param "value" { type = "Repository ref set" }
  }

  message "add_repository" {
    since = "1.301.0"
    roles = "pool-operator+client-cert"
    param "self" { type = "pool ref" }
    param "value" { type = "Repository ref" }
  }

  message "remove_repository" {
    since = "1.301.0"
    roles = "pool-operator+client-cert"
    param "self" { type = "pool ref" }
    param "value" { type = "Repository ref" }
  }

  message "sync_updates" {
    lifecycle = ["published 1.329.0", "changed 25.7.0"]
    roles     = "pool-operator+client-cert"
    result    = "string"
    param "self" { type = "pool ref" }
    param "force" { type = "bool" }
    param "token" {
      type      = "string"
      default   = ""
      sensitive = true
    }
    param "token_id" {
      type      = "string"
      default   = ""
      sensitive = true
    }
    param "username" {
      type    = "string"
      default = ""
      since   = "25.7.0"
    }
    param "password" {
      type      = "string"
      default   = ""
      since     = "25.7.0"
      sensitive = true
    }
  }

  message "check_update_readiness" {
    since  = "1.304.0"
    roles  = "pool-operator+client-cert"
    result = "string set set"
    param "self" { type = "pool ref" }
    param "requires_reboot" { type = "bool" }
  }

  message "enable_client_certificate_auth" {
    since = "1.318.0"
    roles = "pool-operator+client-cert"
    param "self" { type = "pool ref" }
    param "name" { type = "string" }
  }

  message "disable_client_certificate_auth" {
    since = "1.318.0"
    roles = "pool-operator+client-cert"
    param "self" { type = "pool ref" }
  }

  message "configure_repository_proxy" {
    since = "21.3.0"
    roles = "pool-operator+client-cert"
    param "self" { type = "pool ref" }
    param "url" { type = "string" }
    param "username" { type = "string" }
    param "password" {
      type      = "string"
      sensitive = true
    }
  }

  message "disable_repository_proxy" {
    since = "21.4.0"
    roles = "pool-operator+client-cert"
    param "self" { type = "pool ref" }
  }

  message "set_uefi_certificates" {
    lifecycle = ["published 22.16.0", "deprecated 24.0.0"]
    roles     = "pool-admin"
    param "self" { type = "pool ref" }
    param "value" { type = "string" }
  }

  message "set_custom_uefi_certificates" {
    lifecycle = ["prototyped 24.0.0"]
    roles     = "pool-admin"
    param "self" { type = "pool ref" }
    param "value" { type = "string" }
  }

  message "set_https_only" {
    lifecycle = ["prototyped 22.27.0"]
    param "self" { type = "pool ref" }
    param "value" { type = "bool" }
  }

  message "set_telemetry_next_collection" {
    lifecycle = ["prototyped 23.9.0"]
    roles     = "pool-admin"
    param "self" { type = "pool ref" }
    param "value" { type = "datetime" }
  }

  message "reset_telemetry_uuid" {
    lifecycle = ["prototyped 23.9.0"]
    roles     = "pool-admin"
    param "self" { type = "pool ref" }
  }

  message "configure_update_sync" {
    lifecycle = ["prototyped 23.18.0"]
    param "self" { type = "pool ref" }
    param "update_sync_frequency" { type = "enum update_sync_frequency" }
    param "update_sync_day" { type = "int" }
  }

  message "set_update_sync_enabled" {
    lifecycle = ["prototyped 23.18.0"]
    param "self" { type = "pool ref" }
    param "value" { type = "bool" }
  }

  message "set_local_auth_max_threads" {
    lifecycle = ["prototyped 23.27.0"]
    async     = false
    param "self" { type = "pool ref" }
    param "value" { type = "int" }
  }

  message "set_ext_auth_max_threads" {
    lifecycle = ["prototyped 23.27.0"]
    async     = false
    param "self" { type = "pool ref" }
    param "value" { type = "int" }
  }

  message "set_ext_auth_cache_enabled" {
    lifecycle = ["prototyped 24.31.0"]
    param "self" { type = "pool ref" }
    param "value" { type = "bool" }
  }

  message "set_ext_auth_cache_size" {
    lifecycle = ["prototyped 24.31.0"]
    param "self" { type = "pool ref" }
    param "value" { type = "int" }
  }

  message "set_ext_auth_cache_expiry" {
    lifecycle = ["prototyped 24.31.0"]
    param "self" { type = "pool ref" }
    param "value" { type = "int" }
  }

  message "get_guest_secureboot_readiness" {
    lifecycle = ["prototyped 24.17.0"]
    result    = "enum pool_guest_secureboot_readiness"
    async     = false
    param "self" { type = "pool ref" }
  }

  message "enable_ssh" {
    lifecycle = ["prototyped 25.13.0"]
    roles     = "pool-admin"
    param "self" { type = "pool ref" }
  }

  message "disable_ssh" {
    lifecycle = ["prototyped 25.13.0"]
    roles     = "pool-admin"
    param "self" { type = "pool ref" }
  }

  message "set_ssh_enabled_timeout" {
    lifecycle = ["prototyped 25.21.0"]
    roles     = "pool-admin"
    param "self" { type = "pool ref" }
    param "value" { type = "int" }
  }

  message "set_console_idle_timeout" {
    lifecycle = ["prototyped 25.21.0"]
    roles     = "pool-admin"
    param "self" { type = "pool ref" }
    param "value" { type = "int" }
  }

  message "set_ssh_auto_mode" {
    lifecycle = ["prototyped 25.27.0"]
    roles     = "pool-admin"
    param "self" { type = "pool ref" }
    param "value" { type = "bool" }
  }

  message "install_trusted_certificate" {
    lifecycle = ["prototyped 26.13.0"]
    roles     = "pool-operator+client-cert"
    marks     = ["pool:copy_primary_host_certs"]
    param "self" { type = "pool ref" }
    param "ca" { type = "bool" }
    param "cert" { type = "string" }
    param "purpose" { type = "enum certificate_purpose set" }
  }

  message "uninstall_trusted_certificate" {
    lifecycle = ["prototyped 26.13.0"]
    roles     = "pool-operator+client-cert"
    marks     = ["pool:copy_primary_host_certs"]
    param "self" { type = "pool ref" }
    param "certificate" { type = "Certificate ref" }
  }

  message "sync_trusted_certificates_from" {
    lifecycle = ["prototyped 26.16.0"]
    roles     = "pool-operator+client-cert"
    result    = "Certificate ref set"
    marks     = ["pool:copy_primary_host_certs"]
    param "self" { type = "pool ref" }
    param "remote_pool" { type = "string" }
    param "remote_session" { type = "session ref" }
    param "remote_certificate" { type = "string" }
    param "ca" { type = "bool" }
  }

  message "exchange_trusted_certificates_on_join" {
    lifecycle = ["prototyped 26.13.0"]
    roles     = "pool-operator+client-cert"
    result    = "(string -> string set) map"
    marks     = ["pool:copy_primary_host_certs"]
    hidden    = true
    param "self" { type = "pool ref" }
    param "ca" { type = "bool" }
    param "import" { type = "(string -> string set) map" }
    param "export" { type = "Certificate ref set" }
  }

  message "exchange_crls_on_join" {
    lifecycle = ["prototyped 26.13.0"]
    roles     = "pool-operator+client-cert"
    result    = "(string -> string) map"
    marks     = ["pool:exchange_crls_on_join"]
    hidden    = true
    param "self" { type = "pool ref" }
    param "import" { type = "(string -> string) map" }
    param "export" { type = "string set" }
  }
}
