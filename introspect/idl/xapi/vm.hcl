# Over 800 lines: one class is one file, so that a search for it ends here.

enum "domain_type" { values = ["hvm", "pv", "pv_in_pvh", "pvh", "unspecified"] }

enum "on_crash_behaviour" {
  values = [
    "destroy",
    "coredump_and_destroy",
    "restart",
    "coredump_and_restart",
    "preserve",
    "rename_restart",
  ]
}

enum "on_normal_exit" { values = ["destroy", "restart"] }

enum "on_softreboot_behavior" { values = ["soft_reboot", "destroy", "restart", "preserve"] }

enum "update_guidances" {
  values = [
    "reboot_host",
    "reboot_host_on_livepatch_failure",
    "reboot_host_on_kernel_livepatch_failure",
    "reboot_host_on_xen_livepatch_failure",
    "restart_toolstack",
    "restart_device_model",
    "restart_vm",
  ]
}

enum "update_status" { values = ["yes", "no", "unspecified"] }

enum "vm_operations" {
  values = [
    "snapshot",
    "clone",
    "copy",
    "create_template",
    "revert",
    "checkpoint",
    "snapshot_with_quiesce",
    "provision",
    "start",
    "start_on",
    "pause",
    "unpause",
    "clean_shutdown",
    "clean_reboot",
    "hard_shutdown",
    "power_state_reset",
    "hard_reboot",
    "suspend",
    "csvm",
    "resume",
    "resume_on",
    "pool_migrate",
    "migrate_send",
    "get_boot_record",
    "send_sysrq",
    "send_trigger",
    "query_services",
    "shutdown",
    "call_plugin",
    "changing_memory_live",
    "awaiting_memory_live",
    "changing_dynamic_range",
    "changing_static_range",
    "changing_memory_limits",
    "changing_shadow_memory",
    "changing_shadow_memory_live",
    "changing_VCPUs",
    "changing_VCPUs_live",
    "changing_NVRAM",
    "assert_operation_valid",
    "data_source_op",
    "update_allowed_operations",
    "make_into_template",
    "import",
    "export",
    "metadata_export",
    "reverting",
    "destroy",
    "create_vtpm",
    "sysprep",
  ]
}

enum "vm_power_state" { values = ["Halted", "Paused", "Running", "Suspended"] }

enum "vm_secureboot_certificates_state" { values = ["ok", "update_available", "update_on_boot"] }

enum "vm_secureboot_readiness" {
  values = [
    "not_supported",
    "disabled",
    "first_boot",
    "ready",
    "ready_no_dbx",
    "setup_mode",
    "certs_incomplete",
  ]
}

enum "vm_uefi_mode" { values = ["setup", "user"] }

class "VM" {
  doc       = <<-EOT
    A virtual machine, a template to make them from, or a snapshot of one: flags tell which. Clients
    create, configure and destroy it and ask for changes of its power state; the toolstack writes
    where it runs and what it may do next. A control domain is a VM too, but is neither started nor
    destroyed here.
  EOT
  lifecycle = ["published rio", "changed 1.257.0"]
  roles     = "vm-admin"
  ctor_dtor = true

  destructor { marks = ["VM:destroy"] }

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "allowed_operations" {
    type       = "enum vm_operations set"
    qualifier  = "DynamicRO"
    default    = []
    since      = "rio"
    durability = "memory"
  }

  field "current_operations" {
    type       = "(string -> enum vm_operations) map"
    qualifier  = "DynamicRO"
    default    = {}
    since      = "rio"
    durability = "memory"
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

  field "power_state" {
    type      = "enum vm_power_state"
    qualifier = "StaticRO"
    default   = "Halted"
    lifecycle = ["published rio", "changed 1.257.0"]
    set_roles = "vm-operator"
  }

  field "user_version" {
    type      = "int"
    qualifier = "RW"
    since     = "rio"
  }

  field "is_a_template" {
    type      = "bool"
    qualifier = "RW"
    since     = "rio"
    effect {
      runs  = "local"
      marks = ["VM:make_into_template"]
    }
  }

  field "is_default_template" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "falcon"
    set_roles = "pool-admin"
  }

  field "suspend_VDI" {
    type      = "VDI ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    lifecycle = ["published rio", "changed 1.257.0"]
  }

  field "resident_on" {
    type      = "host ref"
    qualifier = "DynamicRO"
    since     = "rio"
    set_roles = "vm-power-admin"
    relation  = "host.resident_VMs"
  }

  field "scheduled_to_be_resident_on" {
    type      = "host ref"
    qualifier = "DynamicRO"
    default   = "OpaqueRef:NULL"
    since     = "rio"
    set_roles = "vm-power-admin"
  }

  field "affinity" {
    type      = "host ref"
    qualifier = "RW"
    since     = "rio"
    set_roles = "vm-power-admin"
  }

  field "memory_overhead" {
    type      = "int"
    qualifier = "DynamicRO"
    default   = 0
    path      = ["memory", "overhead"]
    since     = "rio"
    set_roles = "vm-power-admin"
    unit      = "bytes"
    tags      = ["memory"]
  }

  field "memory_target" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 0
    path      = ["memory", "target"]
    lifecycle = ["published rio", "deprecated midnight-ride"]
    set_roles = "vm-power-admin"
    unit      = "bytes"
    tags      = ["memory"]
  }

  field "memory_static_max" {
    type      = "int"
    qualifier = "StaticRO"
    path      = ["memory", "static_max"]
    since     = "rio"
    set_roles = "vm-power-admin"
    unit      = "bytes"
    tags      = ["memory"]
  }

  field "memory_dynamic_max" {
    type      = "int"
    qualifier = "StaticRO"
    path      = ["memory", "dynamic_max"]
    since     = "rio"
    set_roles = "vm-power-admin"
    unit      = "bytes"
    tags      = ["memory"]
  }

  field "memory_dynamic_min" {
    type      = "int"
    qualifier = "StaticRO"
    path      = ["memory", "dynamic_min"]
    since     = "rio"
    set_roles = "vm-power-admin"
    unit      = "bytes"
    tags      = ["memory"]
  }

  field "memory_static_min" {
    type      = "int"
    qualifier = "StaticRO"
    path      = ["memory", "static_min"]
    since     = "rio"
    set_roles = "vm-power-admin"
    unit      = "bytes"
    tags      = ["memory"]
  }

  field "VCPUs_params" {
    type      = "(string -> string) map"
    qualifier = "RW"
    path      = ["VCPUs", "params"]
    since     = "rio"
  }

  field "VCPUs_max" {
    type      = "int"
    qualifier = "StaticRO"
    path      = ["VCPUs", "max"]
    since     = "rio"
  }

  field "VCPUs_at_startup" {
    type      = "int"
    qualifier = "StaticRO"
    path      = ["VCPUs", "at_startup"]
    since     = "rio"
  }

  field "actions_after_softreboot" {
    type      = "enum on_softreboot_behavior"
    qualifier = "RW"
    default   = "soft_reboot"
    path      = ["actions", "after_softreboot"]
    lifecycle = ["prototyped 23.1.0"]
  }

  field "actions_after_shutdown" {
    type      = "enum on_normal_exit"
    qualifier = "RW"
    path      = ["actions", "after_shutdown"]
    since     = "rio"
  }

  field "actions_after_reboot" {
    type      = "enum on_normal_exit"
    qualifier = "RW"
    path      = ["actions", "after_reboot"]
    since     = "rio"
  }

  field "actions_after_crash" {
    type      = "enum on_crash_behaviour"
    qualifier = "StaticRO"
    path      = ["actions", "after_crash"]
    since     = "rio"
  }

  field "consoles" {
    type      = "console ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    set_roles = "pool-admin"
    relation  = "console.VM"
  }

  field "VIFs" {
    type      = "VIF ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "VIF.VM"
    tags      = ["networking"]
  }

  field "VBDs" {
    type      = "VBD ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "VBD.VM"
  }

  field "VUSBs" {
    type      = "VUSB ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "VUSB.VM"
  }

  field "crash_dumps" {
    type      = "crashdump ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    set_roles = "pool-admin"
    relation  = "crashdump.VM"
  }

  field "VTPMs" {
    type      = "VTPM ref set"
    qualifier = "DynamicRO"
    since     = "rio"
    relation  = "VTPM.VM"
  }

  field "PV_bootloader" {
    type      = "string"
    qualifier = "RW"
    path      = ["PV", "bootloader"]
    since     = "rio"
  }

  field "PV_kernel" {
    type      = "string"
    qualifier = "RW"
    path      = ["PV", "kernel"]
    since     = "rio"
  }

  field "PV_ramdisk" {
    type      = "string"
    qualifier = "RW"
    path      = ["PV", "ramdisk"]
    since     = "rio"
  }

  field "PV_args" {
    type      = "string"
    qualifier = "RW"
    path      = ["PV", "args"]
    since     = "rio"
  }

  field "PV_bootloader_args" {
    type      = "string"
    qualifier = "RW"
    path      = ["PV", "bootloader_args"]
    since     = "rio"
  }

  field "PV_legacy_args" {
    type      = "string"
    qualifier = "RW"
    path      = ["PV", "legacy_args"]
    since     = "rio"
  }

  field "HVM_boot_policy" {
    type      = "string"
    qualifier = "StaticRO"
    path      = ["HVM", "boot_policy"]
    lifecycle = ["published rio", "deprecated kolkata"]
  }

  field "HVM_boot_params" {
    type      = "(string -> string) map"
    qualifier = "RW"
    path      = ["HVM", "boot_params"]
    since     = "rio"
  }

  field "HVM_shadow_multiplier" {
    type      = "float"
    qualifier = "StaticRO"
    default   = 1.0
    path      = ["HVM", "shadow_multiplier"]
    since     = "miami"
    set_roles = "vm-power-admin"
  }

  field "platform" {
    type      = "(string -> string) map"
    qualifier = "StaticRO"
    since     = "rio"
    key_roles = {
      "hvm_serial" = "pool-admin"
    }
  }

  field "PCI_bus" {
    type      = "string"
    qualifier = "RW"
    lifecycle = ["published rio", "deprecated boston"]
  }

  field "other_config" {
    type      = "(string -> string) map"
    qualifier = "StaticRO"
    since     = "rio"
    key_roles = {
      "pci"                      = "pool-admin"
      "hvm_serial"               = "pool-admin"
      "folder"                   = "vm-operator"
      "XenCenter.CustomFields.*" = "vm-operator"
    }
  }

  field "domid" {
    type      = "int"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "domarch" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "last_boot_CPU_flags" {
    type      = "(string -> string) map"
    qualifier = "StaticRO"
    default   = {}
    since     = "rio"
  }

  field "is_control_domain" {
    type      = "bool"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "metrics" {
    type      = "VM_metrics ref"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "guest_metrics" {
    type      = "VM_guest_metrics ref"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  field "last_booted_record" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    lifecycle = ["published miami", "changed 1.257.0"]
  }

  field "recommendations" {
    type      = "string"
    qualifier = "RW"
    since     = "rio"
  }

  field "xenstore_data" {
    type      = "(string -> string) map"
    qualifier = "RW"
    default   = {}
    since     = "miami"
    effect {
      runs = "vm-host"
    }
  }

  field "ha_always_run" {
    type      = "bool"
    qualifier = "StaticRO"
    default   = false
    lifecycle = ["published orlando", "deprecated boston"]
    set_roles = "pool-operator"
  }

  field "ha_restart_priority" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "orlando"
    set_roles = "pool-operator"
  }

  field "is_a_snapshot" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "orlando"
    set_roles = "vm-power-admin"
  }

  field "snapshot_of" {
    type      = "VM ref"
    qualifier = "DynamicRO"
    default   = ""
    since     = "orlando"
    set_roles = "vm-power-admin"
    relation  = "VM.snapshots"
  }

  field "snapshots" {
    type      = "VM ref set"
    qualifier = "DynamicRO"
    since     = "orlando"
    set_roles = "vm-power-admin"
    relation  = "VM.snapshot_of"
  }

  field "snapshot_time" {
    type      = "datetime"
    qualifier = "DynamicRO"
    default   = "19700101T00:00:00Z"
    since     = "orlando"
    set_roles = "vm-power-admin"
  }

  field "transportable_snapshot_id" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "orlando"
    set_roles = "vm-power-admin"
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

  field "blocked_operations" {
    type      = "(enum vm_operations -> string) map"
    qualifier = "StaticRO"
    default   = {}
    since     = "orlando"
  }

  field "snapshot_info" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "midnight-ride"
    set_roles = "vm-power-admin"
  }

  field "snapshot_metadata" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "midnight-ride"
    set_roles = "vm-power-admin"
  }

  field "parent" {
    type      = "VM ref"
    qualifier = "DynamicRO"
    default   = ""
    since     = "midnight-ride"
    set_roles = "vm-power-admin"
    relation  = "VM.children"
  }

  field "children" {
    type      = "VM ref set"
    qualifier = "DynamicRO"
    since     = "midnight-ride"
    set_roles = "vm-power-admin"
    relation  = "VM.parent"
  }

  field "bios_strings" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    default   = {}
    since     = "midnight-ride"
  }

  field "protection_policy" {
    type      = "VMPP ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    lifecycle = ["published cowley", "deprecated clearwater"]
    set_roles = "vm-power-admin"
    relation  = "VMPP.VMs"
  }

  field "is_snapshot_from_vmpp" {
    type      = "bool"
    qualifier = "StaticRO"
    default   = false
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    set_roles = "pool-operator"
  }

  field "snapshot_schedule" {
    type      = "VMSS ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    since     = "falcon"
    set_roles = "vm-power-admin"
    relation  = "VMSS.VMs"
  }

  field "is_vmss_snapshot" {
    type      = "bool"
    qualifier = "StaticRO"
    default   = false
    since     = "falcon"
    set_roles = "pool-operator"
  }

  field "appliance" {
    type      = "VM_appliance ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    since     = "rio"
    set_roles = "pool-operator"
    relation  = "VM_appliance.VMs"
  }

  field "start_delay" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 0
    since     = "boston"
    set_roles = "pool-operator"
    unit      = "seconds"
  }

  field "shutdown_delay" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 0
    since     = "boston"
    set_roles = "pool-operator"
    unit      = "seconds"
  }

  field "order" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 0
    since     = "boston"
    set_roles = "pool-operator"
  }

  field "VGPUs" {
    type      = "VGPU ref set"
    qualifier = "DynamicRO"
    since     = "boston"
    relation  = "VGPU.VM"
  }

  field "attached_PCIs" {
    type      = "PCI ref set"
    qualifier = "DynamicRO"
    since     = "boston"
    relation  = "PCI.attached_VMs"
  }

  field "suspend_SR" {
    type      = "SR ref"
    qualifier = "RW"
    default   = "OpaqueRef:NULL"
    since     = "boston"
  }

  field "version" {
    type      = "int"
    qualifier = "StaticRO"
    default   = 0
    since     = "boston"
  }

  field "generation_id" {
    type      = "string"
    qualifier = "StaticRO"
    default   = "0:0"
    since     = "clearwater"
  }

  field "hardware_platform_version" {
    type      = "int"
    qualifier = "RW"
    default   = 0
    since     = "cream"
  }

  field "has_vendor_device" {
    type      = "bool"
    qualifier = "StaticRO"
    default   = true
    lifecycle = ["published dundee", "changed 24.14.0"]
    tags      = ["windows-vm"]
  }

  field "requires_reboot" {
    type      = "bool"
    qualifier = "DynamicRO"
    default   = false
    since     = "ely"
  }

  field "reference_label" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    since     = "ely"
  }

  field "domain_type" {
    type      = "enum domain_type"
    qualifier = "StaticRO"
    default   = "unspecified"
    lifecycle = ["prototyped jura", "published kolkata"]
  }

  field "NVRAM" {
    type      = "(string -> string) map"
    qualifier = "StaticRO"
    default   = {}
    since     = "naples"
  }

  field "pending_guidances" {
    type      = "enum update_guidances set"
    qualifier = "DynamicRO"
    default   = []
    since     = "1.303.0"
  }

  field "recommended_guidances" {
    type      = "enum update_guidances set"
    qualifier = "DynamicRO"
    default   = []
    lifecycle = ["prototyped 23.18.0", "removed 23.24.0"]
    internal  = true
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

  field "groups" {
    type      = "VM_group ref set"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped 24.19.1"]
    relation  = "VM_group.VMs"
  }

  field "secureboot_certificates_state" {
    type      = "enum vm_secureboot_certificates_state"
    qualifier = "DynamicRO"
    default   = "ok"
    lifecycle = ["prototyped 26.14.0"]
  }

  message "snapshot" {
    since  = "orlando"
    roles  = "vm-power-admin"
    result = "VM ref"
    runs   = "multi-sr-host"
    marks  = ["VM:snapshot"]
    errors = ["VM_BAD_POWER_STATE", "SR_FULL", "OPERATION_NOT_ALLOWED"]
    tags   = ["snapshots"]
    param "vm" { type = "VM ref" }
    param "new_name" { type = "string" }
    param "ignore_vdis" {
      type    = "VDI ref set"
      default = []
      since   = "21.4.0"
    }
  }

  message "snapshot_with_quiesce" {
    lifecycle = ["published orlando", "deprecated quebec", "removed quebec"]
    roles     = "vm-power-admin"
    result    = "VM ref"
    errors    = ["VM_BAD_POWER_STATE", "SR_FULL", "OPERATION_NOT_ALLOWED", "VM_SNAPSHOT_WITH_QUIESCE_FAILED", "VM_SNAPSHOT_WITH_QUIESCE_TIMEOUT", "VM_SNAPSHOT_WITH_QUIESCE_PLUGIN_DEOS_NOT_RESPOND", "VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED"]
    param "vm" { type = "VM ref" }
    param "new_name" { type = "string" }
  }

  message "clone" {
    since  = "rio"
    result = "VM ref"
    runs   = "multi-sr-host"
    marks  = ["VM:clone"]
    errors = ["VM_BAD_POWER_STATE", "SR_FULL", "OPERATION_NOT_ALLOWED", "LICENCE_RESTRICTION"]
    param "vm" { type = "VM ref" }
    param "new_name" { type = "string" }
  }

  message "copy" {
    lifecycle = ["published rio", "extended cowley"]
    result    = "VM ref"
    marks     = ["VM:copy"]
    errors    = ["VM_BAD_POWER_STATE", "SR_FULL", "OPERATION_NOT_ALLOWED", "LICENCE_RESTRICTION"]
    param "vm" { type = "VM ref" }
    param "new_name" { type = "string" }
    param "sr" { type = "SR ref" }
  }

  message "revert" {
    since  = "midnight-ride"
    roles  = "vm-power-admin"
    runs   = "mixed"
    marks  = ["VM:revert", "VM:reverting"]
    errors = ["VM_BAD_POWER_STATE", "OPERATION_NOT_ALLOWED", "SR_FULL", "VM_REVERT_FAILED"]
    tags   = ["snapshots"]
    param "snapshot" { type = "VM ref" }
  }

  message "checkpoint" {
    since  = "midnight-ride"
    roles  = "vm-power-admin"
    result = "VM ref"
    runs   = "mixed"
    marks  = ["VM:checkpoint"]
    errors = ["VM_BAD_POWER_STATE", "SR_FULL", "OPERATION_NOT_ALLOWED", "VM_CHECKPOINT_SUSPEND_FAILED", "VM_CHECKPOINT_RESUME_FAILED"]
    param "vm" { type = "VM ref" }
    param "new_name" { type = "string" }
  }

  message "provision" {
    since  = "rio"
    runs   = "multi-sr-host"
    marks  = ["VM:provision", "host:provision"]
    errors = ["VM_BAD_POWER_STATE", "SR_FULL", "OPERATION_NOT_ALLOWED", "LICENCE_RESTRICTION"]
    param "vm" { type = "VM ref" }
  }

  message "start" {
    since  = "rio"
    roles  = "vm-operator"
    runs   = "placed-host"
    marks  = ["VM:start", "VBD:attach", "VIF:attach"]
    errors = ["VM_BAD_POWER_STATE", "VM_HVM_REQUIRED", "VM_IS_TEMPLATE", "OTHER_OPERATION_IN_PROGRESS", "OPERATION_NOT_ALLOWED", "BOOTLOADER_FAILED", "UNKNOWN_BOOTLOADER", "NO_HOSTS_AVAILABLE", "LICENCE_RESTRICTION"]
    param "vm" { type = "VM ref" }
    param "start_paused" { type = "bool" }
    param "force" { type = "bool" }
  }

  message "start_on" {
    since  = "rio"
    roles  = "vm-power-admin+client-cert"
    runs   = "param:host"
    marks  = ["VM:start_on", "VBD:attach", "VIF:attach"]
    errors = ["VM_BAD_POWER_STATE", "VM_IS_TEMPLATE", "OTHER_OPERATION_IN_PROGRESS", "OPERATION_NOT_ALLOWED", "BOOTLOADER_FAILED", "UNKNOWN_BOOTLOADER"]
    param "vm" { type = "VM ref" }
    param "host" { type = "host ref" }
    param "start_paused" { type = "bool" }
    param "force" { type = "bool" }
  }

  message "pause" {
    since  = "rio"
    roles  = "vm-operator"
    runs   = "vm-host"
    marks  = ["VM:pause"]
    errors = ["VM_BAD_POWER_STATE", "OTHER_OPERATION_IN_PROGRESS", "OPERATION_NOT_ALLOWED", "VM_IS_TEMPLATE"]
    param "vm" { type = "VM ref" }
  }

  message "unpause" {
    since  = "rio"
    roles  = "vm-operator"
    runs   = "vm-host"
    marks  = ["VM:unpause"]
    errors = ["VM_BAD_POWER_STATE", "OPERATION_NOT_ALLOWED", "VM_IS_TEMPLATE"]
    param "vm" { type = "VM ref" }
  }

  message "clean_shutdown" {
    since  = "rio"
    roles  = "vm-operator"
    runs   = "vm-host"
    marks  = ["VM:clean_shutdown"]
    errors = ["VM_BAD_POWER_STATE", "OTHER_OPERATION_IN_PROGRESS", "OPERATION_NOT_ALLOWED", "VM_IS_TEMPLATE"]
    param "vm" { type = "VM ref" }
  }

  message "shutdown" {
    since  = "clearwater"
    roles  = "vm-operator+client-cert"
    runs   = "mixed"
    marks  = ["VM:shutdown"]
    errors = ["VM_BAD_POWER_STATE", "OTHER_OPERATION_IN_PROGRESS", "OPERATION_NOT_ALLOWED", "VM_IS_TEMPLATE"]
    param "vm" { type = "VM ref" }
  }

  message "clean_reboot" {
    since  = "rio"
    roles  = "vm-operator"
    runs   = "vm-host"
    marks  = ["VM:clean_reboot", "VBD:attach", "VIF:attach"]
    errors = ["VM_BAD_POWER_STATE", "OTHER_OPERATION_IN_PROGRESS", "OPERATION_NOT_ALLOWED", "VM_IS_TEMPLATE"]
    param "vm" { type = "VM ref" }
  }

  message "hard_shutdown" {
    since  = "rio"
    roles  = "vm-operator"
    runs   = "mixed"
    marks  = ["VM:hard_shutdown"]
    errors = ["VM_BAD_POWER_STATE", "OTHER_OPERATION_IN_PROGRESS", "OPERATION_NOT_ALLOWED", "VM_IS_TEMPLATE"]
    param "vm" { type = "VM ref" }
  }

  message "power_state_reset" {
    since = "rio"
    roles = "pool-operator"
    param "vm" { type = "VM ref" }
  }

  message "hard_reboot" {
    since  = "rio"
    roles  = "vm-operator"
    runs   = "vm-host"
    marks  = ["VM:hard_reboot", "VBD:attach", "VIF:attach"]
    errors = ["VM_BAD_POWER_STATE", "OTHER_OPERATION_IN_PROGRESS", "OPERATION_NOT_ALLOWED", "VM_IS_TEMPLATE"]
    param "vm" { type = "VM ref" }
  }

  message "suspend" {
    since  = "rio"
    roles  = "vm-operator+client-cert"
    runs   = "vm-host"
    marks  = ["VM:suspend"]
    errors = ["VM_BAD_POWER_STATE", "OTHER_OPERATION_IN_PROGRESS", "OPERATION_NOT_ALLOWED", "VM_IS_TEMPLATE"]
    param "vm" { type = "VM ref" }
  }

  message "csvm" {
    lifecycle = ["published rio", "deprecated miami"]
    result    = "VM ref"
    runs      = "multi-sr-host"
    marks     = ["VM:csvm"]
    errors    = ["VM_BAD_POWER_STATE", "SR_FULL", "OPERATION_NOT_ALLOWED", "LICENCE_RESTRICTION"]
    hidden    = true
    param "vm" { type = "VM ref" }
  }

  message "resume" {
    since  = "rio"
    roles  = "vm-operator"
    runs   = "placed-host"
    marks  = ["VM:resume", "VBD:attach"]
    errors = ["VM_BAD_POWER_STATE", "OPERATION_NOT_ALLOWED", "VM_IS_TEMPLATE"]
    param "vm" { type = "VM ref" }
    param "start_paused" { type = "bool" }
    param "force" { type = "bool" }
  }

  message "set_is_default_template" {
    since  = "falcon"
    roles  = "pool-admin"
    marks  = ["VM:make_into_template"]
    hidden = true
    param "vm" { type = "VM ref" }
    param "value" { type = "bool" }
  }

  message "hard_reboot_internal" {
    lifecycle     = ["published orlando", "deprecated midnight-ride"]
    roles         = "local-root"
    runs          = "vm-host"
    marks         = ["VBD:attach", "VIF:attach"]
    hidden        = true
    pool_internal = true
    param "vm" { type = "VM ref" }
  }

  message "resume_on" {
    since  = "rio"
    roles  = "vm-power-admin+client-cert"
    runs   = "param:host"
    marks  = ["VM:resume_on", "VBD:attach"]
    errors = ["VM_BAD_POWER_STATE", "OPERATION_NOT_ALLOWED", "VM_IS_TEMPLATE"]
    param "vm" { type = "VM ref" }
    param "host" { type = "host ref" }
    param "start_paused" { type = "bool" }
    param "force" { type = "bool" }
  }

  message "pool_migrate" {
    since  = "rio"
    roles  = "vm-power-admin+client-cert"
    runs   = "vm-host"
    marks  = ["VM:pool_migrate"]
    errors = ["VM_BAD_POWER_STATE", "OTHER_OPERATION_IN_PROGRESS", "VM_IS_TEMPLATE", "OPERATION_NOT_ALLOWED", "VM_BAD_POWER_STATE"]
    param "vm" { type = "VM ref" }
    param "host" { type = "host ref" }
    param "options" { type = "(string -> string) map" }
  }

  message "pool_migrate_complete" {
    since  = "tampa"
    roles  = "vm-power-admin+client-cert"
    runs   = "param:host"
    hidden = true
    param "vm" { type = "VM ref" }
    param "host" { type = "host ref" }
  }

  message "set_VCPUs_number_live" {
    lifecycle = ["published rio", "changed ely"]
    runs      = "vm-host"
    marks     = ["VM:changing_VCPUs_live"]
    errors    = ["OPERATION_NOT_ALLOWED", "LICENCE_RESTRICTION"]
    param "self" { type = "VM ref" }
    param "nvcpu" { type = "int" }
  }

  message "add_to_VCPUs_params_live" {
    since = "rio"
    runs  = "vm-host"
    marks = ["VM:changing_VCPUs_live"]
    param "self" { type = "VM ref" }
    param "key" { type = "string" }
    param "value" { type = "string" }
  }

  message "set_NVRAM" {
    since = "naples"
    async = false
    marks = ["VM:changing_NVRAM"]
    param "self" { type = "VM ref" }
    param "value" { type = "(string -> string) map" }
  }

  message "add_to_NVRAM" {
    since = "naples"
    async = false
    marks = ["VM:changing_NVRAM"]
    param "self" { type = "VM ref" }
    param "key" { type = "string" }
    param "value" { type = "string" }
  }

  message "remove_from_NVRAM" {
    since = "naples"
    async = false
    marks = ["VM:changing_NVRAM"]
    param "self" { type = "VM ref" }
    param "key" { type = "string" }
  }

  message "set_ha_restart_priority" {
    since = "orlando"
    roles = "pool-operator"
    async = false
    param "self" { type = "VM ref" }
    param "value" { type = "string" }
  }

  message "set_ha_always_run" {
    lifecycle = ["published orlando", "deprecated boston"]
    roles     = "pool-operator"
    async     = false
    param "self" { type = "VM ref" }
    param "value" { type = "bool" }
  }

  message "compute_memory_overhead" {
    since  = "midnight-ride"
    roles  = "read-only"
    result = "int"
    tags   = ["memory"]
    param "vm" { type = "VM ref" }
  }

  message "set_memory_dynamic_max" {
    since = "midnight-ride"
    roles = "vm-power-admin"
    async = false
    runs  = "vm-host"
    marks = ["VM:changing_dynamic_range"]
    tags  = ["memory"]
    param "self" { type = "VM ref" }
    param "value" { type = "int" }
  }

  message "set_memory_dynamic_min" {
    since = "midnight-ride"
    roles = "vm-power-admin"
    async = false
    runs  = "vm-host"
    marks = ["VM:changing_dynamic_range"]
    tags  = ["memory"]
    param "self" { type = "VM ref" }
    param "value" { type = "int" }
  }

  message "set_memory_dynamic_range" {
    since = "midnight-ride"
    roles = "vm-power-admin"
    runs  = "vm-host"
    marks = ["VM:changing_dynamic_range"]
    tags  = ["memory"]
    param "self" { type = "VM ref" }
    param "min" { type = "int" }
    param "max" { type = "int" }
  }

  message "set_memory_static_max" {
    since  = "orlando"
    roles  = "vm-power-admin"
    async  = false
    marks  = ["VM:changing_static_range"]
    errors = ["HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN"]
    tags   = ["memory"]
    param "self" { type = "VM ref" }
    param "value" { type = "int" }
  }

  message "set_memory_static_min" {
    since = "midnight-ride"
    roles = "vm-power-admin"
    async = false
    marks = ["VM:changing_static_range"]
    tags  = ["memory"]
    param "self" { type = "VM ref" }
    param "value" { type = "int" }
  }

  message "set_memory_static_range" {
    since = "midnight-ride"
    roles = "vm-power-admin"
    marks = ["VM:changing_static_range"]
    tags  = ["memory"]
    param "self" { type = "VM ref" }
    param "min" { type = "int" }
    param "max" { type = "int" }
  }

  message "set_memory_limits" {
    since = "midnight-ride"
    roles = "vm-power-admin"
    runs  = "vm-host"
    marks = ["VM:changing_memory_limits"]
    tags  = ["memory"]
    param "self" { type = "VM ref" }
    param "static_min" { type = "int" }
    param "static_max" { type = "int" }
    param "dynamic_min" { type = "int" }
    param "dynamic_max" { type = "int" }
  }

  message "set_memory" {
    since = "ely"
    roles = "vm-power-admin"
    runs  = "vm-host"
    marks = ["VM:changing_memory_limits"]
    tags  = ["memory"]
    param "self" { type = "VM ref" }
    param "value" { type = "int" }
  }

  message "set_memory_target_live" {
    lifecycle = ["published rio", "deprecated midnight-ride"]
    roles     = "vm-power-admin"
    runs      = "vm-host"
    marks     = ["VM:changing_memory_live"]
    tags      = ["memory"]
    param "self" { type = "VM ref" }
    param "target" { type = "int" }
  }

  message "wait_memory_target_live" {
    lifecycle = ["published orlando", "deprecated midnight-ride"]
    roles     = "read-only"
    runs      = "vm-host"
    marks     = ["VM:awaiting_memory_live"]
    tags      = ["memory"]
    param "self" { type = "VM ref" }
  }

  message "get_cooperative" {
    lifecycle = ["published midnight-ride", "deprecated tampa"]
    roles     = "read-only"
    result    = "bool"
    tags      = ["memory"]
    param "self" { type = "VM ref" }
  }

  message "set_HVM_shadow_multiplier" {
    since = "midnight-ride"
    roles = "vm-power-admin"
    async = false
    marks = ["VM:changing_shadow_memory"]
    param "self" { type = "VM ref" }
    param "value" { type = "float" }
  }

  message "set_shadow_multiplier_live" {
    since = "rio"
    roles = "vm-power-admin"
    runs  = "vm-host"
    marks = ["VM:changing_shadow_memory_live"]
    param "self" { type = "VM ref" }
    param "multiplier" { type = "float" }
  }

  message "set_VCPUs_max" {
    since = "midnight-ride"
    async = false
    marks = ["VM:changing_VCPUs"]
    param "self" { type = "VM ref" }
    param "value" { type = "int" }
  }

  message "set_VCPUs_at_startup" {
    since = "midnight-ride"
    async = false
    param "self" { type = "VM ref" }
    param "value" { type = "int" }
  }

  message "send_sysrq" {
    since  = "rio"
    roles  = "pool-admin"
    runs   = "vm-host"
    marks  = ["VM:send_sysrq"]
    errors = ["VM_BAD_POWER_STATE"]
    param "vm" { type = "VM ref" }
    param "key" { type = "string" }
  }

  message "send_trigger" {
    since  = "rio"
    roles  = "pool-admin"
    runs   = "vm-host"
    marks  = ["VM:send_trigger"]
    errors = ["VM_BAD_POWER_STATE"]
    param "vm" { type = "VM ref" }
    param "trigger" { type = "string" }
  }

  message "maximise_memory" {
    since  = "miami"
    roles  = "read-only"
    result = "int"
    tags   = ["memory"]
    param "self" { type = "VM ref" }
    param "total" { type = "int" }
    param "approximate" { type = "bool" }
  }

  message "migrate_send" {
    since  = "tampa"
    roles  = "vm-power-admin"
    result = "VM ref"
    runs   = "mixed"
    marks  = ["VM:migrate_send"]
    errors = ["VM_BAD_POWER_STATE", "LICENCE_RESTRICTION"]
    param "vm" { type = "VM ref" }
    param "dest" {
      type      = "(string -> string) map"
      sensitive = true
    }
    param "live" { type = "bool" }
    param "vdi_map" { type = "(VDI ref -> SR ref) map" }
    param "vif_map" { type = "(VIF ref -> network ref) map" }
    param "options" { type = "(string -> string) map" }
    param "vgpu_map" {
      type    = "(VGPU ref -> GPU_group ref) map"
      default = {}
      since   = "inverness"
    }
    param "vdi_format_map" {
      type    = "(VDI ref -> string) map"
      default = {}
      since   = "26.14.0-next"
    }
  }

  message "assert_can_migrate" {
    since  = "tampa"
    roles  = "vm-power-admin"
    runs   = "mixed"
    errors = ["LICENCE_RESTRICTION"]
    param "vm" { type = "VM ref" }
    param "dest" {
      type      = "(string -> string) map"
      sensitive = true
    }
    param "live" { type = "bool" }
    param "vdi_map" { type = "(VDI ref -> SR ref) map" }
    param "vif_map" { type = "(VIF ref -> network ref) map" }
    param "options" { type = "(string -> string) map" }
    param "vgpu_map" {
      type    = "(VGPU ref -> GPU_group ref) map"
      default = {}
      since   = "inverness"
    }
  }

  message "assert_can_migrate_sender" {
    since  = "inverness"
    roles  = "vm-power-admin"
    runs   = "vm-host"
    hidden = true
    param "vm" { type = "VM ref" }
    param "dest" {
      type      = "(string -> string) map"
      sensitive = true
    }
    param "live" { type = "bool" }
    param "vdi_map" { type = "(VDI ref -> SR ref) map" }
    param "vif_map" { type = "(VIF ref -> network ref) map" }
    param "vgpu_map" { type = "(VGPU ref -> GPU_group ref) map" }
    param "options" { type = "(string -> string) map" }
  }

  message "get_boot_record" {
    lifecycle = ["published rio", "deprecated inverness"]
    roles     = "read-only"
    result    = "VM record"
    async     = false
    marks     = ["VM:get_boot_record"]
    param "self" { type = "VM ref" }
  }

  message "get_data_sources" {
    since  = "orlando"
    roles  = "read-only"
    result = "data_source record set"
    async  = false
    runs   = "vm-host"
    marks  = ["VM:data_source_op"]
    param "self" { type = "VM ref" }
  }

  message "record_data_source" {
    since = "orlando"
    async = false
    runs  = "vm-host"
    marks = ["VM:data_source_op"]
    param "self" { type = "VM ref" }
    param "data_source" { type = "string" }
  }

  message "query_data_source" {
    since  = "orlando"
    roles  = "read-only"
    result = "float"
    async  = false
    runs   = "vm-host"
    param "self" { type = "VM ref" }
    param "data_source" { type = "string" }
  }

  message "forget_data_source_archives" {
    since = "orlando"
    async = false
    runs  = "vm-host"
    marks = ["VM:data_source_op"]
    param "self" { type = "VM ref" }
    param "data_source" { type = "string" }
  }

  message "assert_operation_valid" {
    since = "rio"
    roles = "read-only"
    param "self" { type = "VM ref" }
    param "op" { type = "enum vm_operations" }
  }

  message "update_allowed_operations" {
    since = "rio"
    roles = "pool-admin"
    param "self" { type = "VM ref" }
  }

  message "get_allowed_VBD_devices" {
    since          = "rio"
    roles          = "read-only"
    result         = "string set"
    async          = false
    no_current_ops = true
    param "vm" { type = "VM ref" }
  }

  message "get_allowed_VIF_devices" {
    since          = "rio"
    roles          = "read-only"
    result         = "string set"
    async          = false
    no_current_ops = true
    param "vm" { type = "VM ref" }
  }

  message "get_possible_hosts" {
    since  = "rio"
    roles  = "read-only"
    result = "host ref set"
    param "vm" { type = "VM ref" }
  }

  message "assert_can_boot_here" {
    lifecycle = ["published rio", "changed quebec"]
    roles     = "read-only"
    errors    = ["HOST_NOT_ENOUGH_FREE_MEMORY", "HOST_NOT_ENOUGH_PCPUS", "NETWORK_SRIOV_INSUFFICIENT_CAPACITY", "HOST_NOT_LIVE", "HOST_DISABLED", "HOST_CANNOT_ATTACH_NETWORK", "VM_HVM_REQUIRED", "VM_REQUIRES_GPU", "VM_REQUIRES_IOMMU", "VM_REQUIRES_NETWORK", "VM_REQUIRES_SR", "VM_REQUIRES_VGPU", "VM_HOST_INCOMPATIBLE_VERSION", "VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION", "INVALID_VALUE", "MEMORY_CONSTRAINT_VIOLATION", "OPERATION_NOT_ALLOWED", "VALUE_NOT_SUPPORTED", "VM_INCOMPATIBLE_WITH_THIS_HOST"]
    tags      = ["memory"]
    param "self" { type = "VM ref" }
    param "host" { type = "host ref" }
  }

  message "atomic_set_resident_on" {
    since         = "rio"
    roles         = "local-root"
    hidden        = true
    pool_internal = true
    param "vm" { type = "VM ref" }
    param "host" { type = "host ref" }
  }

  message "create_new_blob" {
    since  = "orlando"
    roles  = "vm-power-admin"
    result = "blob ref"
    param "vm" { type = "VM ref" }
    param "name" { type = "string" }
    param "mime_type" { type = "string" }
    param "public" {
      type    = "bool"
      default = false
      since   = "tampa"
    }
  }

  message "s3_suspend" {
    since  = "midnight-ride"
    roles  = "vm-operator"
    runs   = "vm-host"
    hidden = true
    param "vm" { type = "VM ref" }
  }

  message "s3_resume" {
    since  = "midnight-ride"
    roles  = "vm-operator"
    runs   = "vm-host"
    hidden = true
    param "vm" { type = "VM ref" }
  }

  message "assert_agile" {
    since = "orlando"
    roles = "read-only"
    param "self" { type = "VM ref" }
  }

  message "update_snapshot_metadata" {
    lifecycle = ["published george", "deprecated midnight-ride"]
    roles     = "pool-operator"
    hidden    = true
    param "vm" { type = "VM ref" }
    param "snapshot_of" { type = "VM ref" }
    param "snapshot_time" { type = "datetime" }
    param "transportable_snapshot_id" { type = "string" }
  }

  message "retrieve_wlb_recommendations" {
    since      = "george"
    roles      = "read-only"
    result     = "(host ref -> string set) map"
    idempotent = "yes"
    param "vm" { type = "VM ref" }
  }

  message "set_bios_strings" {
    since  = "inverness"
    errors = ["VM_BIOS_STRINGS_ALREADY_SET", "INVALID_VALUE"]
    param "self" { type = "VM ref" }
    param "value" { type = "(string -> string) map" }
  }

  message "copy_bios_strings" {
    since = "midnight-ride"
    param "vm" { type = "VM ref" }
    param "host" { type = "host ref" }
  }

  message "set_protection_policy" {
    lifecycle = ["published cowley", "deprecated clearwater", "removed clearwater"]
    roles     = "pool-operator"
    async     = false
    param "self" { type = "VM ref" }
    param "value" { type = "VMPP ref" }
  }

  message "set_snapshot_schedule" {
    since = "falcon"
    roles = "pool-operator"
    async = false
    param "self" { type = "VM ref" }
    param "value" { type = "VMSS ref" }
  }

  message "set_start_delay" {
    since = "boston"
    roles = "pool-operator"
    param "self" { type = "VM ref" }
    param "value" { type = "int" }
  }

  message "set_shutdown_delay" {
    since = "boston"
    roles = "pool-operator"
    param "self" { type = "VM ref" }
    param "value" { type = "int" }
  }

  message "set_order" {
    since = "boston"
    roles = "pool-operator"
    param "self" { type = "VM ref" }
    param "value" { type = "int" }
  }

  message "set_suspend_VDI" {
    since = "boston"
    roles = "pool-operator"
    param "self" { type = "VM ref" }
    param "value" { type = "VDI ref" }
  }

  message "assert_can_be_recovered" {
    since  = "boston"
    roles  = "read-only"
    errors = ["VM_IS_PART_OF_AN_APPLIANCE", "VM_REQUIRES_SR"]
    param "self" { type = "VM ref" }
    param "session_to" { type = "session ref" }
  }

  message "get_SRs_required_for_recovery" {
    since  = "creedence"
    roles  = "read-only"
    result = "SR ref set"
    param "self" { type = "VM ref" }
    param "session_to" { type = "session ref" }
  }

  message "recover" {
    since = "boston"
    roles = "read-only"
    param "self" { type = "VM ref" }
    param "session_to" { type = "session ref" }
    param "force" { type = "bool" }
  }

  message "import_convert" {
    since = "tampa"
    param "type" { type = "string" }
    param "username" { type = "string" }
    param "password" {
      type      = "string"
      sensitive = true
    }
    param "sr" { type = "SR ref" }
    param "remote_config" {
      type      = "(string -> string) map"
      sensitive = true
    }
  }

  message "set_appliance" {
    since = "boston"
    roles = "pool-operator"
    param "self" { type = "VM ref" }
    param "value" { type = "VM_appliance ref" }
  }

  message "set_groups" {
    lifecycle = ["prototyped 24.19.1"]
    errors    = ["OPERATION_NOT_ALLOWED"]
    param "self" { type = "VM ref" }
    param "value" { type = "VM_group ref set" }
  }

  message "query_services" {
    since  = "tampa"
    roles  = "pool-admin"
    result = "(string -> string) map"
    marks  = ["VM:query_services"]
    param "self" { type = "VM ref" }
  }

  message "call_plugin" {
    since  = "cream"
    roles  = "vm-operator"
    result = "string"
    runs   = "vm-host"
    marks  = ["VM:call_plugin"]
    param "vm" { type = "VM ref" }
    param "plugin" { type = "string" }
    param "fn" { type = "string" }
    param "args" { type = "(string -> string) map" }
  }

  message "call_host_plugin" {
    lifecycle = ["prototyped 25.22.0"]
    roles     = "vm-operator"
    result    = "string"
    runs      = "vm-host"
    marks     = ["VM:call_plugin"]
    param "vm" { type = "VM ref" }
    param "plugin" { type = "string" }
    param "fn" { type = "string" }
    param "args" { type = "(string -> string) map" }
  }

  message "set_has_vendor_device" {
    since = "dundee"
    tags  = ["windows-vm"]
    param "self" { type = "VM ref" }
    param "value" { type = "bool" }
  }

  message "import" {
    since  = "dundee"
    roles  = "pool-operator"
    result = "VM ref set"
    runs   = "sr-host"
    param "url" { type = "string" }
    param "sr" { type = "SR ref" }
    param "full_restore" { type = "bool" }
    param "force" { type = "bool" }
  }

  message "set_actions_after_crash" {
    since = "rio"
    param "self" { type = "VM ref" }
    param "value" { type = "enum on_crash_behaviour" }
  }

  message "set_domain_type" {
    since = "kolkata"
    async = false
    param "self" { type = "VM ref" }
    param "value" { type = "enum domain_type" }
  }

  message "set_HVM_boot_policy" {
    lifecycle = ["published rio", "deprecated kolkata"]
    async     = false
    param "self" { type = "VM ref" }
    param "value" { type = "string" }
  }

  message "set_NVRAM_EFI_variables" {
    since  = "naples"
    roles  = "local-root"
    async  = false
    hidden = true
    param "self" { type = "VM ref" }
    param "value" { type = "string" }
    param "update" {
      type    = "enum update_status"
      default = "unspecified"
      since   = "26.12.0"
    }
  }

  message "restart_device_models" {
    lifecycle = ["prototyped 23.30.0"]
    roles     = "vm-power-admin+client-cert"
    errors    = ["VM_BAD_POWER_STATE", "OTHER_OPERATION_IN_PROGRESS", "VM_IS_TEMPLATE", "OPERATION_NOT_ALLOWED", "VM_BAD_POWER_STATE"]
    param "self" { type = "VM ref" }
  }

  message "set_uefi_mode" {
    lifecycle = ["prototyped 24.17.0"]
    roles     = "pool-admin"
    result    = "string"
    param "self" { type = "VM ref" }
    param "mode" { type = "enum vm_uefi_mode" }
  }

  message "get_secureboot_readiness" {
    lifecycle = ["prototyped 24.17.0"]
    roles     = "pool-admin"
    result    = "enum vm_secureboot_readiness"
    param "self" { type = "VM ref" }
  }

  message "update_secureboot_certificates_on_boot" {
    lifecycle = ["prototyped 26.14.0"]
    param "self" { type = "VM ref" }
    param "mark" { type = "bool" }
  }

  message "set_blocked_operations" {
    since = "orlando"
    param "self" { type = "VM ref" }
    param "value" { type = "(enum vm_operations -> string) map" }
  }

  message "add_to_blocked_operations" {
    since = "orlando"
    param "self" { type = "VM ref" }
    param "key" { type = "enum vm_operations" }
    param "value" { type = "string" }
  }

  message "remove_from_blocked_operations" {
    since = "orlando"
    param "self" { type = "VM ref" }
    param "key" { type = "enum vm_operations" }
  }

  message "sysprep" {
    lifecycle = ["prototyped 25.24.0"]
    runs      = "vm-host"
    marks     = ["VM:sysprep"]
    param "self" { type = "VM ref" }
    param "unattend" { type = "secretstring" }
    param "timeout" { type = "float" }
  }

  message "add_to_other_config" {
    since = "rio"
    async = false
    key_roles = {
      "hvm_serial"               = "pool-admin"
      "pci"                      = "pool-admin"
      "folder"                   = "vm-operator"
      "XenCenter.CustomFields.*" = "vm-operator"
    }
    param "self" { type = "VM ref" }
    param "key" { type = "string" }
    param "value" { type = "string" }
  }

  message "remove_from_other_config" {
    since = "rio"
    async = false
    key_roles = {
      "hvm_serial"               = "pool-admin"
      "pci"                      = "pool-admin"
      "folder"                   = "vm-operator"
      "XenCenter.CustomFields.*" = "vm-operator"
    }
    param "self" { type = "VM ref" }
    param "key" { type = "string" }
  }

  message "set_other_config" {
    since = "rio"
    async = false
    param "self" { type = "VM ref" }
    param "value" { type = "(string -> string) map" }
  }

  message "add_to_platform" {
    since = "rio"
    async = false
    key_roles = {
      "hvm_serial" = "pool-admin"
    }
    param "self" { type = "VM ref" }
    param "key" { type = "string" }
    param "value" { type = "string" }
  }

  message "remove_from_platform" {
    since = "rio"
    async = false
    key_roles = {
      "hvm_serial" = "pool-admin"
    }
    param "self" { type = "VM ref" }
    param "key" { type = "string" }
  }

  message "set_platform" {
    since = "rio"
    async = false
    param "self" { type = "VM ref" }
    param "value" { type = "(string -> string) map" }
  }
}
