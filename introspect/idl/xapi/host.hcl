# Over 800 lines: one class is one file, so that a search for it ends here.

enum "host_allowed_operations" {
  values = [
    "provision",
    "evacuate",
    "shutdown",
    "reboot",
    "power_on",
    "vm_start",
    "vm_resume",
    "vm_migrate",
    "apply_updates",
    "enable",
  ]
}

enum "host_display" { values = ["enabled", "disable_on_reboot", "disabled", "enable_on_reboot"] }

enum "host_ntp_mode" { values = ["DHCP", "Custom", "Factory", "Disabled"] }

enum "host_numa_affinity_policy" { values = ["any", "best_effort", "default_policy"] }

enum "host_sched_gran" { values = ["core", "cpu", "socket"] }

enum "latest_synced_updates_applied_state" { values = ["yes", "no", "unknown"] }

class "host" {
  doc   = <<-EOT
    A physical machine of the pool. Its row is made when it joins and forgotten when it leaves; the
    host itself writes its hardware, software and state at every start, clients its names, settings
    and policies.
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
    default   = ""
    path      = ["name", "label"]
    since     = "rio"
  }

  field "name_description" {
    type      = "string"
    qualifier = "RW"
    default   = ""
    path      = ["name", "description"]
    since     = "rio"
  }

  field "memory_overhead" {
    type      = "int"
    qualifier = "DynamicRO"
    default   = 0
    path      = ["memory", "overhead"]
    since     = "rio"
    unit      = "bytes"
    tags      = ["memory"]
  }

  field "allowed_operations" {
    type       = "enum host_allowed_operations set"
    qualifier  = "DynamicRO"
    default    = []
    since      = "rio"
    durability = "memory"
  }

  field "current_operations" {
    type       = "(string -> enum host_allowed_operations) map"
    qualifier  = "DynamicRO"
    default    = {}
    since      = "rio"
    durability = "memory"
  }

  field "API_version_major" {
    type      = "int"
    qualifier = "DynamicRO"
    path      = ["API_version", "major"]
    since     = "rio"
  }

  field "API_version_minor" {
    type      = "int"
    qualifier = "DynamicRO"
    path      = ["API_version", "minor"]
    since     = "rio"
  }

  field "API_version_vendor" {
    type      = "string"
    qualifier = "DynamicRO"
    path      = ["API_version", "vendor"]
    since     = "rio"
  }

  field "API_version_vendor_implementation" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    path      = ["API_version", "vendor_implementation"]
    since     = "rio"
  }

  field "enabled" {
    type      = "bool"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "software_version" {
    type      = "(string -> string) map"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "RW"
    since     = "rio"
    key_roles = {
      "folder"                   = "vm-operator"
      "XenCenter.CustomFields.*" = "vm-operator"
    }
  }

  field "capabilities" {
    type      = "string set"
    qualifier = "StaticRO"
    since     = "rio"
  }

  field "cpu_configuration" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "sched_policy" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "supported_bootloaders" {
    type      = "string set"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "resident_VMs" {
    type      = "VM ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "VM.resident_on"
  }

  field "logging" {
    type      = "(string -> string) map"
    qualifier = "RW"
    since     = "rio"
  }

  field "PIFs" {
    type      = "PIF ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "PIF.host"
    tags      = ["networking"]
  }

  field "suspend_image_sr" {
    type      = "SR ref"
    qualifier = "RW"
    since     = "rio"
  }

  field "crash_dump_sr" {
    type      = "SR ref"
    qualifier = "RW"
    since     = "rio"
  }

  field "crashdumps" {
    type      = "host_crashdump ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "host_crashdump.host"
  }

  field "patches" {
    type      = "host_patch ref set"
    qualifier = "DynamicRO"
    lifecycle = ["published rio", "deprecated ely"]
    relation  = "host_patch.host"
  }

  field "updates" {
    type      = "pool_update ref set"
    qualifier = "DynamicRO"
    since     = "ely"
    relation  = "pool_update.hosts"
  }

  field "PBDs" {
    type      = "PBD ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "PBD.host"
  }

  field "host_CPUs" {
    type      = "host_cpu ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "host_cpu.host"
  }

  field "cpu_info" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "midnight-ride"
  }

  field "hostname" {
    type      = "string"
    qualifier = "RW"
    since     = "rio"
    tags      = ["networking"]
  }

  field "address" {
    type      = "string"
    qualifier = "RW"
    since     = "rio"
    tags      = ["networking"]
  }

  field "metrics" {
    type      = "host_metrics ref"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "license_params" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "boot_free_mem" {
    type      = "int"
    qualifier = "DynamicRO"
    since     = "rio"
    internal  = true
    unit      = "bytes"
  }

  field "ha_statefiles" {
    type      = "string set"
    qualifier = "DynamicRO"
    default   = []
    since     = "orlando"
  }

  field "ha_network_peers" {
    type      = "string set"
    qualifier = "DynamicRO"
    default   = []
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

  field "external_auth_type" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "george"
  }

  field "external_auth_service_name" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "george"
  }

  field "external_auth_configuration" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "george"
  }

  field "edition" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "midnight-ride"
  }

  field "license_server" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = { "address" = "localhost", "port" = "27000" }
    since     = "midnight-ride"
  }

  field "bios_strings" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "midnight-ride"
  }

  field "power_on_mode" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "midnight-ride"
  }

  field "power_on_config" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "midnight-ride"
  }

  field "local_cache_sr" {
    type      = "SR ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    since     = "cowley"
  }

  field "chipset_info" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "boston"
  }

  field "PCIs" {
    type      = "PCI ref set"
    qualifier = "DynamicRO"
    since     = "boston"
    relation  = "PCI.host"
  }

  field "PGPUs" {
    type      = "PGPU ref set"
    qualifier = "DynamicRO"
    since     = "boston"
    relation  = "PGPU.host"
  }

  field "PUSBs" {
    type      = "PUSB ref set"
    qualifier = "DynamicRO"
    since     = "inverness"
    relation  = "PUSB.host"
  }

  field "ssl_legacy" {
    type      = "bool"
    qualifier = "StaticRO"
    default   = true
    lifecycle = ["published dundee", "deprecated stockholm"]
  }

  field "guest_VCPUs_params" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "tampa"
  }

  field "display" {
    type      = "enum host_display"
    qualifier = "RW"
    default   = "enabled"
    since     = "cream"
  }

  field "virtual_hardware_platform_versions" {
    type      = "int set"
    qualifier = "DynamicRO"
    default   = [0]
    since     = "cream"
  }

  field "control_domain" {
    type      = "VM ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    since     = "ely"
  }

  field "updates_requiring_reboot" {
    type      = "pool_update ref set"
    qualifier = "DynamicRO"
    since     = "ely"
    no_fk     = true
  }

  field "features" {
    type      = "Feature ref set"
    qualifier = "DynamicRO"
    since     = "falcon"
    relation  = "Feature.host"
  }

  field "iscsi_iqn" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "kolkata"
  }

  field "multipathing" {
    type      = "bool"
    qualifier = "StaticRO"
    default   = false
    since     = "kolkata"
  }

  field "uefi_certificates" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    lifecycle = ["published quebec", "deprecated 22.16.0"]
  }

  field "certificates" {
    type      = "Certificate ref set"
    qualifier = "DynamicRO"
    since     = "stockholm"
    relation  = "Certificate.host"
  }

  field "editions" {
    type      = "string set"
    qualifier = "DynamicRO"
    default   = []
    since     = "stockholm"
  }

  field "pending_guidances" {
    type      = "enum update_guidances set"
    qualifier = "DynamicRO"
    default   = []
    since     = "1.303.0"
  }

  field "tls_verification_enabled" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "1.313.0"
  }

  field "last_software_update" {
    type      = "datetime"
    qualifier = "DynamicRO"
    default   = "19700101T00:00:00Z"
    lifecycle = ["prototyped 22.20.0"]
  }

  field "https_only" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    lifecycle = ["prototyped 22.27.0"]
  }

  field "recommended_guidances" {
    type      = "enum update_guidances set"
    qualifier = "DynamicRO"
    default   = []
    lifecycle = ["prototyped 23.18.0", "removed 23.24.0"]
    internal  = true
  }

  field "latest_synced_updates_applied" {
    type      = "enum latest_synced_updates_applied_state"
    qualifier = "DynamicRO"
    default   = "unknown"
    lifecycle = ["prototyped 23.18.0"]
  }

  field "numa_affinity_policy" {
    type      = "enum host_numa_affinity_policy"
    qualifier = "DynamicRO"
    default   = "default_policy"
    lifecycle = ["prototyped 24.0.0"]
  }

  field "pending_guidances_recommended" {
    type      = "enum update_guidances set"
    qualifier = "DynamicRO"
    default   = []
    lifecycle = ["prototyped 24.10.0"]
  }

  field "pending_guidances_full" {
    type      = "enum update_guidances set"
    qualifier = "DynamicRO"
    default   = []
    lifecycle = ["prototyped 24.10.0"]
  }

  field "last_update_hash" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    lifecycle = ["prototyped 24.10.0"]
  }

  field "ssh_enabled" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = true
    lifecycle = ["prototyped 25.21.0"]
  }

  field "ssh_enabled_timeout" {
    type      = "int"
    qualifier = "DynamicRO"
    default   = 0
    lifecycle = ["prototyped 25.21.0"]
  }

  field "ssh_expiry" {
    type      = "datetime"
    qualifier = "DynamicRO"
    default   = "19700101T00:00:00Z"
    lifecycle = ["prototyped 25.21.0"]
  }

  field "console_idle_timeout" {
    type      = "int"
    qualifier = "DynamicRO"
    default   = 0
    lifecycle = ["prototyped 25.21.0"]
  }

  field "ssh_auto_mode" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    lifecycle = ["prototyped 25.27.0"]
  }

  field "max_cstate" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    lifecycle = ["prototyped 26.0.0"]
  }

  field "secure_boot" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    lifecycle = ["prototyped 25.31.0"]
  }

  field "ntp_mode" {
    type      = "enum host_ntp_mode"
    qualifier = "DynamicRO"
    default   = "Factory"
    lifecycle = ["prototyped 26.0.0"]
  }

  field "ntp_custom_servers" {
    type      = "string set"
    qualifier = "DynamicRO"
    default   = []
    lifecycle = ["prototyped 26.0.0"]
  }

  field "timezone" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = "UTC"
    lifecycle = ["prototyped 26.0.0"]
  }

  message "disable" {
    lifecycle = ["published rio", "changed 25.31.0"]
    roles     = "pool-operator+client-cert"
    runs      = "param:host"
    param "host" { type = "host ref" }
    param "auto_enable" {
      type    = "bool"
      default = true
      since   = "25.31.0"
    }
  }

  message "enable" {
    since = "rio"
    roles = "pool-operator+client-cert"
    runs  = "param:host"
    marks = ["host:enable"]
    param "host" { type = "host ref" }
  }

  message "shutdown" {
    since = "rio"
    runs  = "param:host"
    marks = ["host:shutdown"]
    param "host" { type = "host ref" }
  }

  message "reboot" {
    since = "rio"
    runs  = "param:host"
    marks = ["host:reboot"]
    param "host" { type = "host ref" }
  }

  message "prepare_for_poweroff" {
    since  = "kolkata"
    roles  = "local-root"
    runs   = "param:host"
    hidden = true
    param "host" { type = "host ref" }
  }

  message "dmesg" {
    since  = "rio"
    result = "string"
    runs   = "param:host"
    param "host" { type = "host ref" }
  }

  message "dmesg_clear" {
    since  = "rio"
    result = "string"
    runs   = "param:host"
    param "host" { type = "host ref" }
  }

  message "get_log" {
    since  = "rio"
    roles  = "read-only"
    result = "string"
    runs   = "param:host"
    param "host" { type = "host ref" }
  }

  message "send_debug_keys" {
    since = "rio"
    roles = "pool-admin"
    runs  = "param:host"
    param "host" { type = "host ref" }
    param "keys" { type = "string" }
  }

  message "bugreport_upload" {
    since = "rio"
    runs  = "param:host"
    param "host" { type = "host ref" }
    param "url" { type = "string" }
    param "options" { type = "(string -> string) map" }
  }

  message "list_methods" {
    since  = "rio"
    roles  = "read-only"
    result = "string set"
    async  = false
  }

  message "license_apply" {
    lifecycle = ["published rio", "deprecated clearwater", "removed clearwater"]
    errors    = ["LICENSE_PROCESSING_ERROR"]
    param "host" { type = "host ref" }
    param "contents" { type = "string" }
  }

  message "license_add" {
    since  = "indigo"
    runs   = "param:host"
    errors = ["LICENSE_PROCESSING_ERROR"]
    param "host" { type = "host ref" }
    param "contents" { type = "string" }
  }

  message "license_remove" {
    since = "indigo"
    runs  = "param:host"
    param "host" { type = "host ref" }
  }

  message "create" {
    lifecycle = ["published rio", "changed 24.40.0", "changed 25.21.0", "changed 25.38.0-next"]
    result    = "host ref"
    hidden    = true
    param "uuid" { type = "string" }
    param "name_label" { type = "string" }
    param "name_description" { type = "string" }
    param "hostname" { type = "string" }
    param "address" { type = "string" }
    param "external_auth_type" {
      type    = "string"
      default = ""
      since   = "george"
    }
    param "external_auth_service_name" {
      type    = "string"
      default = ""
      since   = "george"
    }
    param "external_auth_configuration" {
      type    = "(string -> string) map"
      default = {}
      since   = "george"
    }
    param "license_params" {
      type    = "(string -> string) map"
      default = {}
      since   = "midnight-ride"
    }
    param "edition" {
      type    = "string"
      default = ""
      since   = "midnight-ride"
    }
    param "license_server" {
      type    = "(string -> string) map"
      default = { "address" = "localhost", "port" = "27000" }
      since   = "midnight-ride"
    }
    param "local_cache_sr" {
      type    = "SR ref"
      default = "OpaqueRef:NULL"
      since   = "cowley"
    }
    param "chipset_info" {
      type    = "(string -> string) map"
      default = {}
      since   = "boston"
    }
    param "ssl_legacy" {
      type    = "bool"
      default = true
      since   = "dundee"
    }
    param "last_software_update" {
      type    = "datetime"
      default = "19700101T00:00:00Z"
      since   = "dundee"
    }
    param "last_update_hash" {
      type    = "string"
      default = ""
      since   = "24.40.0"
    }
    param "ssh_enabled" {
      type    = "bool"
      default = true
      since   = "25.21.0"
    }
    param "ssh_enabled_timeout" {
      type    = "int"
      default = 0
      since   = "25.21.0"
    }
    param "ssh_expiry" {
      type    = "datetime"
      default = "19700101T00:00:00Z"
      since   = "25.21.0"
    }
    param "console_idle_timeout" {
      type    = "int"
      default = 0
      since   = "25.21.0"
    }
    param "ssh_auto_mode" {
      type    = "bool"
      default = false
      since   = "25.27.0"
    }
    param "secure_boot" {
      type    = "bool"
      default = false
      since   = "25.32.0"
    }
    param "software_version" {
      type    = "(string -> string) map"
      default = {}
      since   = "25.33.0"
    }
    param "https_only" {
      type    = "bool"
      default = false
      since   = "25.39.0"
    }
    param "max_cstate" {
      type    = "string"
      default = ""
      since   = "26.0.0"
    }
    param "ntp_mode" {
      type    = "enum host_ntp_mode"
      default = "Factory"
      since   = "26.0.0"
    }
    param "ntp_custom_servers" {
      type    = "string set"
      default = []
      since   = "26.0.0"
    }
    param "timezone" {
      type    = "string"
      default = "UTC"
      since   = "26.0.0"
    }
    param "numa_affinity_policy" {
      type    = "enum host_numa_affinity_policy"
      default = "default_policy"
      since   = "26.0.0"
    }
    param "latest_synced_updates_applied" {
      type    = "enum latest_synced_updates_applied_state"
      default = []
      since   = "26.0.0"
    }
    param "pending_guidances_full" {
      type    = "enum update_guidances set"
      default = []
      since   = "26.0.0"
    }
    param "pending_guidances_recommended" {
      type    = "enum update_guidances set"
      default = []
      since   = "26.0.0"
    }
  }

  message "destroy" {
    since = "rio"
    param "self" { type = "host ref" }
  }

  message "power_on" {
    since = "orlando"
    marks = ["host:power_on"]
    param "host" { type = "host ref" }
  }

  message "set_license_params" {
    since         = "orlando"
    roles         = "local-root"
    hidden        = true
    pool_internal = true
    param "self" { type = "host ref" }
    param "value" { type = "(string -> string) map" }
  }

  message "emergency_ha_disable" {
    since     = "orlando"
    async     = false
    emergency = true
    no_relay  = true
    param "soft" {
      type    = "bool"
      default = false
      since   = "ely"
    }
  }

  message "ha_disarm_fencing" {
    since         = "orlando"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
  }

  message "preconfigure_ha" {
    since         = "miami"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
    param "statefiles" { type = "VDI ref set" }
    param "metadata_vdi" { type = "VDI ref" }
    param "generation" { type = "string" }
  }

  message "ha_join_liveset" {
    since         = "orlando"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
  }

  message "ha_disable_failover_decisions" {
    since         = "orlando"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
  }

  message "ha_wait_for_shutdown_via_statefile" {
    since         = "orlando"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
  }

  message "ha_stop_daemon" {
    since         = "orlando"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
  }

  message "ha_release_resources" {
    since         = "orlando"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
  }

  message "ha_xapi_healthcheck" {
    since     = "orlando"
    roles     = "pool-admin"
    result    = "bool"
    async     = false
    hidden    = true
    emergency = true
    no_relay  = true
  }

  message "local_assert_healthy" {
    since         = "miami"
    roles         = "local-root"
    async         = false
    errors        = ["HOST_STILL_BOOTING", "HOST_HAS_NO_MANAGEMENT_IP", "HOST_MASTER_CANNOT_TALK_BACK", "HOST_UNKNOWN_TO_MASTER", "HOST_BROKEN", "LICENCE_RESTRICTION", "LICENSE_DOES_NOT_SUPPORT_POOLING", "HA_SHOULD_BE_FENCED", "HOST_XAPI_VERSION_HIGHER_THAN_COORDINATOR"]
    hidden        = true
    pool_internal = true
    emergency     = true
    no_relay      = true
  }

  message "request_backup" {
    since         = "rio"
    roles         = "local-root"
    async         = false
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
    param "generation" { type = "int" }
    param "force" { type = "bool" }
  }

  message "request_config_file_sync" {
    since         = "rio"
    roles         = "local-root"
    async         = false
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
    param "hash" { type = "string" }
  }

  message "propose_new_master" {
    since         = "miami"
    roles         = "local-root"
    async         = false
    hidden        = true
    pool_internal = true
    emergency     = true
    no_relay      = true
    param "address" { type = "string" }
    param "manual" { type = "bool" }
  }

  message "commit_new_master" {
    since         = "miami"
    roles         = "local-root"
    async         = false
    hidden        = true
    pool_internal = true
    emergency     = true
    no_relay      = true
    param "address" { type = "string" }
  }

  message "abort_new_master" {
    since         = "miami"
    roles         = "local-root"
    async         = false
    hidden        = true
    pool_internal = true
    emergency     = true
    no_relay      = true
    param "address" { type = "string" }
  }

  message "get_data_sources" {
    since  = "orlando"
    roles  = "read-only"
    result = "data_source record set"
    async  = false
    runs   = "param:host"
    param "host" { type = "host ref" }
  }

  message "record_data_source" {
    since = "orlando"
    async = false
    runs  = "param:host"
    param "host" { type = "host ref" }
    param "data_source" { type = "string" }
  }

  message "query_data_source" {
    since  = "orlando"
    roles  = "read-only"
    result = "float"
    async  = false
    runs   = "param:host"
    param "host" { type = "host ref" }
    param "data_source" { type = "string" }
  }

  message "forget_data_source_archives" {
    since = "orlando"
    async = false
    runs  = "param:host"
    param "host" { type = "host ref" }
    param "data_source" { type = "string" }
  }

  message "assert_can_evacuate" {
    since = "miami"
    param "host" { type = "host ref" }
  }

  message "get_vms_which_prevent_evacuation" {
    since  = "orlando"
    roles  = "read-only"
    result = "(VM ref -> string set) map"
    param "self" { type = "host ref" }
  }

  message "get_uncooperative_resident_VMs" {
    lifecycle = ["published midnight-ride", "deprecated tampa"]
    roles     = "read-only"
    result    = "VM ref set"
    param "self" { type = "host ref" }
  }

  message "get_uncooperative_domains" {
    lifecycle     = ["published midnight-ride", "deprecated tampa"]
    roles         = "local-root"
    result        = "string set"
    hidden        = true
    pool_internal = true
    param "self" { type = "host ref" }
  }

  message "evacuate" {
    lifecycle = ["published miami", "extended 1.297.0", "extended 23.27.0"]
    roles     = "pool-operator+client-cert"
    marks     = ["host:evacuate"]
    param "host" { type = "host ref" }
    param "network" {
      type    = "network ref"
      default = "OpaqueRef:NULL"
      since   = "1.297.0"
    }
    param "evacuate_batch_size" {
      type    = "int"
      default = 0
      since   = "23.27.0"
    }
  }

  message "signal_networking_change" {
    since         = "miami"
    roles         = "local-root"
    async         = false
    hidden        = true
    pool_internal = true
    emergency     = true
    no_relay      = true
    tags          = ["networking"]
  }

  message "notify" {
    since         = "miami"
    roles         = "local-root"
    hidden        = true
    pool_internal = true
    param "ty" { type = "string" }
    param "params" { type = "string" }
  }

  message "syslog_reconfigure" {
    since = "miami"
    runs  = "param:host"
    param "host" { type = "host ref" }
  }

  message "management_reconfigure" {
    since = "miami"
    runs  = "owner-host"
    tags  = ["networking"]
    param "pif" { type = "PIF ref" }
  }

  message "local_management_reconfigure" {
    since     = "miami"
    async     = false
    emergency = true
    no_relay  = true
    param "interface" { type = "string" }
  }

  message "management_disable" {
    since     = "miami"
    async     = false
    emergency = true
    no_relay  = true
    tags      = ["networking"]
  }

  message "get_management_interface" {
    since  = "tampa"
    result = "PIF ref"
    tags   = ["networking"]
    param "host" { type = "host ref" }
  }

  message "get_system_status_capabilities" {
    since     = "miami"
    roles     = "read-only"
    result    = "string"
    async     = false
    runs      = "param:host"
    emergency = true
    no_relay  = true
    param "host" { type = "host ref" }
  }

  message "get_diagnostic_timing_stats" {
    since  = "miami"
    roles  = "read-only"
    result = "(string -> string) map"
    async  = false
    runs   = "param:host"
    hidden = true
    param "host" { type = "host ref" }
    param "counts" {
      type    = "bool"
      default = false
      since   = "25.33.0"
    }
  }

  message "restart_agent" {
    since = "rio"
    runs  = "param:host"
    param "host" { type = "host ref" }
  }

  message "shutdown_agent" {
    since     = "orlando"
    async     = false
    emergency = true
    no_relay  = true
  }

  message "set_hostname_live" {
    since  = "miami"
    async  = false
    runs   = "param:host"
    errors = ["HOST_NAME_INVALID"]
    param "host" { type = "host ref" }
    param "hostname" { type = "string" }
  }

  message "is_in_emergency_mode" {
    since     = "miami"
    roles     = "read-only"
    result    = "bool"
    async     = false
    hidden    = true
    emergency = true
    no_relay  = true
  }

  message "compute_free_memory" {
    since  = "orlando"
    roles  = "read-only"
    result = "int"
    tags   = ["memory"]
    param "host" { type = "host ref" }
  }

  message "compute_memory_overhead" {
    since  = "midnight-ride"
    roles  = "read-only"
    result = "int"
    tags   = ["memory"]
    param "host" { type = "host ref" }
  }

  message "tickle_heartbeat" {
    since         = "orlando"
    roles         = "local-root"
    result        = "(string -> string) map"
    async         = false
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
    param "stuff" { type = "(string -> string) map" }
  }

  message "sync_data" {
    since = "orlando"
    roles = "pool-admin"
    async = false
    param "host" { type = "host ref" }
  }

  message "backup_rrds" {
    since = "orlando"
    roles = "pool-admin"
    async = false
    runs  = "param:host"
    param "host" { type = "host ref" }
    param "delay" { type = "float" }
  }

  message "create_new_blob" {
    since  = "orlando"
    result = "blob ref"
    param "host" { type = "host ref" }
    param "name" { type = "string" }
    param "mime_type" { type = "string" }
    param "public" {
      type    = "bool"
      default = false
      since   = "tampa"
    }
  }

  message "call_plugin" {
    since  = "orlando"
    roles  = "pool-admin"
    result = "string"
    runs   = "param:host"
    param "host" { type = "host ref" }
    param "plugin" { type = "string" }
    param "fn" { type = "string" }
    param "args" { type = "(string -> string) map" }
  }

  message "has_extension" {
    since  = "ely"
    roles  = "pool-admin"
    result = "bool"
    runs   = "param:host"
    param "host" { type = "host ref" }
    param "name" { type = "string" }
  }

  message "call_extension" {
    since      = "ely"
    roles      = "pool-admin"
    result     = "string"
    async      = false
    runs       = "param:host"
    raw_result = true
    param "host" { type = "host ref" }
    param "call" { type = "string" }
  }

  message "get_servertime" {
    since  = "orlando"
    roles  = "read-only"
    result = "datetime"
    async  = false
    runs   = "param:host"
    param "host" { type = "host ref" }
  }

  message "get_server_localtime" {
    since  = "cowley"
    roles  = "read-only"
    result = "datetime"
    async  = false
    runs   = "param:host"
    param "host" { type = "host ref" }
  }

  message "enable_binary_storage" {
    since         = "orlando"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
  }

  message "disable_binary_storage" {
    since         = "orlando"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
  }

  message "enable_external_auth" {
    since = "george"
    roles = "pool-admin"
    async = false
    runs  = "param:host"
    param "host" { type = "host ref" }
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
    runs  = "param:host"
    param "host" { type = "host ref" }
    param "config" {
      sensitive = true
      type      = "(string -> string) map"
      default   = {}
    }
    param "force" {
      type    = "bool"
      default = false
      since   = "26.2.0-next"
    }
  }

  message "external_auth_set_ldaps" {
    since = "26.16.0"
    roles = "pool-admin"
    async = false
    runs  = "param:host"
    param "host" { type = "host ref" }
    param "ldaps" { type = "bool" }
    param "force" {
      type    = "bool"
      default = false
    }
  }

  message "retrieve_wlb_evacuate_recommendations" {
    since  = "george"
    roles  = "read-only"
    result = "(VM ref -> string set) map"
    param "self" { type = "host ref" }
  }

  message "install_ca_certificate" {
    since         = "1.290.0"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
    param "name" { type = "string" }
    param "cert" { type = "string" }
  }

  message "uninstall_ca_certificate" {
    lifecycle     = ["published 1.290.0", "changed 24.35.0"]
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
    param "name" { type = "string" }
    param "force" {
      type    = "bool"
      default = false
      since   = "24.35.0"
    }
  }

  message "certificate_list" {
    lifecycle     = ["published george", "deprecated 1.290.0"]
    roles         = "local-root"
    result        = "string set"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
  }

  message "crl_install" {
    since         = "george"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
    param "name" { type = "string" }
    param "crl" { type = "string" }
  }

  message "crl_uninstall" {
    since         = "george"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
    param "name" { type = "string" }
  }

  message "crl_list" {
    since         = "george"
    roles         = "local-root"
    result        = "string set"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
  }

  message "certificate_sync" {
    since         = "george"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
  }

  message "get_server_certificate" {
    lifecycle = ["published george", "changed inverness"]
    roles     = "read-only"
    result    = "string"
    runs      = "param:host"
    param "host" { type = "host ref" }
  }

  message "refresh_server_certificate" {
    since = "1.307.0"
    roles = "pool-admin"
    runs  = "all-hosts"
    marks = ["pool:cert_refresh"]
    param "host" { type = "host ref" }
  }

  message "install_server_certificate" {
    since = "stockholm"
    roles = "pool-admin"
    runs  = "param:host"
    param "host" { type = "host ref" }
    param "certificate" { type = "string" }
    param "private_key" {
      type      = "string"
      sensitive = true
    }
    param "certificate_chain" {
      type    = "string"
      default = ""
    }
  }

  message "emergency_reset_server_certificate" {
    since     = "stockholm"
    roles     = "local-root"
    async     = false
    emergency = true
    no_relay  = true
  }

  message "reset_server_certificate" {
    since = "1.290.0"
    roles = "pool-admin"
    runs  = "param:host"
    param "host" { type = "host ref" }
  }

  message "update_pool_secret" {
    since         = "midnight-ride"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
    param "pool_secret" { type = "secretstring" }
  }

  message "update_master" {
    since         = "midnight-ride"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
    param "master_address" { type = "string" }
  }

  message "attach_static_vdis" {
    since         = "midnight-ride"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
    param "vdi_reason_map" { type = "(VDI ref -> string) map" }
  }

  message "detach_static_vdis" {
    since         = "midnight-ride"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
    param "vdis" { type = "VDI ref set" }
  }

  message "set_localdb_key" {
    since         = "midnight-ride"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
    param "key" { type = "string" }
    param "value" { type = "string" }
  }

  message "apply_edition" {
    since = "midnight-ride"
    async = false
    runs  = "param:host"
    param "host" { type = "host ref" }
    param "edition" { type = "string" }
    param "force" {
      type    = "bool"
      default = false
      since   = "clearwater"
    }
  }

  message "refresh_pack_info" {
    lifecycle = ["published midnight-ride", "deprecated ely"]
    runs      = "param:host"
    param "host" { type = "host ref" }
  }

  message "set_power_on_mode" {
    lifecycle = ["published cowley", "changed stockholm", "changed 24.19.0"]
    param "self" { type = "host ref" }
    param "power_on_mode" { type = "string" }
    param "power_on_config" {
      type      = "(string -> string) map"
      sensitive = true
    }
  }

  message "set_cpu_features" {
    lifecycle = ["published midnight-ride", "deprecated dundee", "removed dundee"]
    async     = false
    param "host" { type = "host ref" }
    param "features" { type = "string" }
  }

  message "reset_cpu_features" {
    lifecycle = ["published midnight-ride", "deprecated dundee", "removed dundee"]
    async     = false
    param "host" { type = "host ref" }
  }

  message "reset_networking" {
    since  = "boston"
    hidden = true
    param "host" { type = "host ref" }
  }

  message "enable_local_storage_caching" {
    since = "cowley"
    async = false
    runs  = "param:host"
    param "host" { type = "host ref" }
    param "sr" { type = "SR ref" }
  }

  message "disable_local_storage_caching" {
    since = "cowley"
    async = false
    runs  = "param:host"
    param "host" { type = "host ref" }
  }

  message "get_sm_diagnostics" {
    since  = "boston"
    result = "string"
    async  = false
    runs   = "param:host"
    hidden = true
    param "host" { type = "host ref" }
  }

  message "get_thread_diagnostics" {
    since  = "boston"
    result = "string"
    async  = false
    runs   = "param:host"
    hidden = true
    param "host" { type = "host ref" }
  }

  message "sm_dp_destroy" {
    since  = "boston"
    async  = false
    runs   = "param:host"
    hidden = true
    param "host" { type = "host ref" }
    param "dp" { type = "string" }
    param "allow_leak" { type = "bool" }
  }

  message "sync_vlans" {
    since         = "boston"
    async         = false
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
  }

  message "sync_tunnels" {
    since         = "boston"
    async         = false
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
  }

  message "sync_pif_currently_attached" {
    since         = "boston"
    async         = false
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
    param "bridges" { type = "string set" }
  }

  message "migrate_receive" {
    since  = "tampa"
    roles  = "vm-power-admin"
    result = "(string -> string) map"
    param "host" { type = "host ref" }
    param "network" { type = "network ref" }
    param "options" { type = "(string -> string) map" }
  }

  message "declare_dead" {
    since = "clearwater"
    param "host" { type = "host ref" }
  }

  message "enable_display" {
    since  = "cream"
    result = "enum host_display"
    runs   = "param:host"
    param "host" { type = "host ref" }
  }

  message "disable_display" {
    since  = "cream"
    result = "enum host_display"
    runs   = "param:host"
    param "host" { type = "host ref" }
  }

  message "set_ssl_legacy" {
    lifecycle = ["published dundee", "changed stockholm"]
    param "self" { type = "host ref" }
    param "value" { type = "bool" }
  }

  message "apply_guest_agent_config" {
    since  = "dundee"
    roles  = "pool-admin"
    runs   = "param:host"
    hidden = true
    param "host" { type = "host ref" }
  }

  message "mxgpu_vf_setup" {
    since         = "falcon"
    roles         = "vm-operator"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
  }

  message "nvidia_vf_setup" {
    since         = "quebec"
    roles         = "vm-operator"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
    param "pf" { type = "PCI ref" }
    param "enable" { type = "bool" }
  }

  message "allocate_resources_for_vm" {
    since  = "inverness"
    roles  = "vm-operator"
    hidden = true
    param "self" { type = "host ref" }
    param "vm" { type = "VM ref" }
    param "live" { type = "bool" }
  }

  message "set_iscsi_iqn" {
    since = "kolkata"
    runs  = "param:host"
    param "host" { type = "host ref" }
    param "value" { type = "string" }
  }

  message "set_multipathing" {
    since = "kolkata"
    runs  = "param:host"
    param "host" { type = "host ref" }
    param "value" { type = "bool" }
  }

  message "write_uefi_certificates_to_disk" {
    since         = "22.16.0"
    roles         = "local-root"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
  }

  message "set_uefi_certificates" {
    lifecycle = ["published quebec", "deprecated 22.16.0"]
    roles     = "local-root"
    param "host" { type = "host ref" }
    param "value" { type = "string" }
  }

  message "notify_accept_new_pool_secret" {
    since  = "stockholm_psr"
    roles  = "local-root"
    runs   = "param:host"
    hidden = true
    param "host" { type = "host ref" }
    param "old_ps" { type = "secretstring" }
    param "new_ps" { type = "secretstring" }
  }

  message "notify_send_new_pool_secret" {
    since  = "stockholm_psr"
    roles  = "local-root"
    runs   = "param:host"
    hidden = true
    param "host" { type = "host ref" }
    param "old_ps" { type = "secretstring" }
    param "new_ps" { type = "secretstring" }
  }

  message "cleanup_pool_secret" {
    since  = "stockholm_psr"
    roles  = "local-root"
    runs   = "param:host"
    hidden = true
    param "host" { type = "host ref" }
    param "old_ps" { type = "secretstring" }
    param "new_ps" { type = "secretstring" }
  }

  message "set_sched_gran" {
    since = "1.271.0"
    roles = "local-root"
    runs  = "param:self"
    param "self" { type = "host ref" }
    param "value" { type = "enum host_sched_gran" }
  }

  message "get_sched_gran" {
    since  = "1.271.0"
    roles  = "local-root"
    result = "enum host_sched_gran"
    runs   = "param:self"
    param "self" { type = "host ref" }
  }

  message "set_numa_affinity_policy" {
    lifecycle = ["prototyped 24.0.0"]
    roles     = "pool-admin"
    runs      = "param:self"
    param "self" { type = "host ref" }
    param "value" { type = "enum host_numa_affinity_policy" }
  }

  message "emergency_disable_tls_verification" {
    since     = "1.290.0"
    roles     = "local-root"
    async     = false
    emergency = true
    no_relay  = true
  }

  message "emergency_reenable_tls_verification" {
    since     = "1.298.0"
    roles     = "local-root"
    async     = false
    emergency = true
    no_relay  = true
  }

  message "cert_distrib_atom" {
    since         = "1.295.0"
    roles         = "local-root"
    result        = "string"
    runs          = "param:host"
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
    param "command" { type = "string" }
  }

  message "apply_updates" {
    since  = "1.301.0"
    roles  = "pool-operator+client-cert"
    result = "string set set"
    param "self" { type = "host ref" }
    param "hash" { type = "string" }
  }

  message "rescan_drivers" {
    lifecycle = ["prototyped 25.2.0"]
    roles     = "pool-admin"
    runs      = "param:self"
    param "self" { type = "host ref" }
  }

  message "copy_primary_host_certs" {
    since         = "1.307.0"
    roles         = "pool-admin"
    marks         = ["pool:copy_primary_host_certs"]
    hidden        = true
    pool_internal = true
    param "host" { type = "host ref" }
  }

  message "set_https_only" {
    lifecycle = ["prototyped 22.27.0"]
    runs      = "param:self"
    param "self" { type = "host ref" }
    param "value" { type = "bool" }
  }

  message "apply_recommended_guidances" {
    lifecycle = ["prototyped 23.18.0", "removed 23.25.0"]
    param "self" { type = "host ref" }
  }

  message "emergency_clear_mandatory_guidance" {
    lifecycle = ["prototyped 24.10.0"]
    roles     = "local-root"
    async     = false
    emergency = true
    no_relay  = true
  }

  message "enable_ssh" {
    lifecycle = ["prototyped 25.13.0"]
    roles     = "pool-admin"
    runs      = "param:self"
    param "self" { type = "host ref" }
  }

  message "disable_ssh" {
    lifecycle = ["prototyped 25.13.0"]
    roles     = "pool-admin"
    runs      = "param:self"
    param "self" { type = "host ref" }
  }

  message "set_ssh_enabled_timeout" {
    lifecycle = ["prototyped 25.21.0"]
    roles     = "pool-admin"
    runs      = "param:self"
    param "self" { type = "host ref" }
    param "value" { type = "int" }
  }

  message "set_console_idle_timeout" {
    lifecycle = ["prototyped 25.21.0"]
    roles     = "pool-admin"
    runs      = "param:self"
    param "self" { type = "host ref" }
    param "value" { type = "int" }
  }

  message "set_ssh_auto_mode" {
    lifecycle = ["prototyped 25.27.0"]
    roles     = "pool-admin"
    runs      = "param:self"
    param "self" { type = "host ref" }
    param "value" { type = "bool" }
  }

  message "get_tracked_user_agents" {
    lifecycle = ["prototyped 25.34.0"]
    roles     = "read-only"
    result    = "(string -> string) map"
    runs      = "param:self"
    param "self" { type = "host ref" }
  }

  message "update_firewalld_service_status" {
    lifecycle     = ["prototyped 25.34.0"]
    async         = false
    hidden        = true
    pool_internal = true
    emergency     = true
    no_relay      = true
  }

  message "set_max_cstate" {
    lifecycle = ["prototyped 26.0.0"]
    runs      = "param:self"
    param "self" { type = "host ref" }
    param "value" { type = "string" }
  }

  message "set_ntp_mode" {
    lifecycle = ["prototyped 26.0.0"]
    runs      = "param:self"
    param "self" { type = "host ref" }
    param "value" { type = "enum host_ntp_mode" }
  }

  message "set_ntp_custom_servers" {
    lifecycle = ["prototyped 26.0.0"]
    runs      = "param:self"
    param "self" { type = "host ref" }
    param "value" { type = "string set" }
  }

  message "get_ntp_servers_status" {
    lifecycle = ["prototyped 26.0.0"]
    roles     = "read-only"
    result    = "(string -> string) map"
    runs      = "param:self"
    param "self" { type = "host ref" }
  }

  message "set_timezone" {
    lifecycle = ["prototyped 26.0.0"]
    runs      = "param:self"
    param "self" { type = "host ref" }
    param "value" { type = "string" }
  }

  message "list_timezones" {
    lifecycle = ["prototyped 26.0.0"]
    roles     = "read-only"
    result    = "string set"
    runs      = "param:self"
    param "self" { type = "host ref" }
  }

  message "get_ntp_synchronized" {
    lifecycle = ["prototyped 26.0.0"]
    roles     = "read-only"
    result    = "bool"
    runs      = "param:self"
    param "self" { type = "host ref" }
  }

  message "set_servertime" {
    lifecycle = ["prototyped 26.0.0"]
    runs      = "param:self"
    param "self" { type = "host ref" }
    param "value" { type = "datetime" }
  }
}
