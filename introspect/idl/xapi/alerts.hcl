# Alerts: names of message records, with the priority they are sent with
# (1 critical, 2 major, 3 warning, 4 minor, 5 information).

alert "ALARM" { priority = 1 }
alert "ALL_RUNNING_VMS_IN_ANTI_AFFINITY_GRP_ON_SINGLE_HOST" { priority = 3 }
alert "BOND_STATUS_CHANGED" { priority = 3 }
alert "CLUSTER_HOST_ENABLE_FAILED" { priority = 3 }
alert "CLUSTER_HOST_FENCING" { priority = 2 }
alert "CLUSTER_HOST_JOINING" { priority = 4 }
alert "CLUSTER_HOST_LEAVING" { priority = 3 }
alert "CLUSTER_QUORUM_APPROACHING_LOST" { priority = 2 }
alert "EXTAUTH_INIT_IN_HOST_FAILED" { priority = 2 }
alert "EXTAUTH_IN_POOL_IS_NON_HOMOGENEOUS" { priority = 2 }
alert "FAILED_LOGIN_ATTEMPTS" { priority = 3 }
alert "GRACE_LICENSE" { priority = 3 }
alert "HA_HEARTBEAT_APPROACHING_TIMEOUT" {
  priority  = 5
  published = true
}
alert "HA_HOST_FAILED" { priority = 3 }
alert "HA_HOST_WAS_FENCED" { priority = 4 }
alert "HA_NETWORK_BONDING_ERROR" {
  priority  = 3
  published = true
}
alert "HA_POOL_DROP_IN_PLAN_EXISTS_FOR" { priority = 3 }
alert "HA_POOL_OVERCOMMITTED" {
  priority  = 3
  published = true
}
alert "HA_PROTECTED_VM_RESTART_FAILED" { priority = 2 }
alert "HA_STATEFILE_APPROACHING_TIMEOUT" {
  priority  = 5
  published = true
}
alert "HA_STATEFILE_LOST" {
  priority  = 2
  published = true
}
alert "HA_XAPI_HEALTHCHECK_APPROACHING_TIMEOUT" {
  priority  = 5
  published = true
}
alert "HOST_CLOCK_SKEW_DETECTED" { priority = 3 }
alert "HOST_CLOCK_WENT_BACKWARDS" { priority = 1 }
alert "HOST_CPU_FEATURES_DOWN" { priority = 3 }
alert "HOST_CPU_FEATURES_UP" { priority = 5 }
alert "HOST_INTERNAL_CERTIFICATE_EXPIRED" { priority = 1 }
alert "HOST_INTERNAL_CERTIFICATE_EXPIRING_07" { priority = 1 }
alert "HOST_INTERNAL_CERTIFICATE_EXPIRING_14" { priority = 2 }
alert "HOST_INTERNAL_CERTIFICATE_EXPIRING_30" { priority = 3 }
alert "HOST_SERVER_CERTIFICATE_EXPIRED" { priority = 1 }
alert "HOST_SERVER_CERTIFICATE_EXPIRING_07" { priority = 1 }
alert "HOST_SERVER_CERTIFICATE_EXPIRING_14" { priority = 2 }
alert "HOST_SERVER_CERTIFICATE_EXPIRING_30" { priority = 3 }
alert "HOST_SYNC_DATA_FAILED" { priority = 3 }
alert "IP_CONFIGURED_PIF_CAN_UNPLUG" { priority = 3 }
alert "LICENSE_DOES_NOT_SUPPORT_POOLING" { priority = 2 }
alert "LICENSE_EXPIRED" { priority = 2 }
alert "LICENSE_EXPIRES_SOON" { priority = 2 }
alert "LICENSE_NOT_AVAILABLE" { priority = 2 }
alert "LICENSE_SERVER_CONNECTED" { priority = 4 }
alert "LICENSE_SERVER_UNAVAILABLE" { priority = 3 }
alert "LICENSE_SERVER_UNREACHABLE" { priority = 2 }
alert "LICENSE_SERVER_VERSION_OBSOLETE" { priority = 2 }
alert "METADATA_LUN_BROKEN" { priority = 3 }
alert "METADATA_LUN_HEALTHY" { priority = 4 }
alert "MULTIPATH_PERIODIC_ALERT" { priority = 3 }
alert "PBD_PLUG_FAILED_ON_SERVER_START" {
  priority  = 3
  published = true
}
alert "PERIODIC_UPDATE_SYNC_FAILED" { priority = 3 }
alert "POOL_CA_CERTIFICATE_EXPIRED" { priority = 1 }
alert "POOL_CA_CERTIFICATE_EXPIRING_07" { priority = 1 }
alert "POOL_CA_CERTIFICATE_EXPIRING_14" { priority = 2 }
alert "POOL_CA_CERTIFICATE_EXPIRING_30" { priority = 3 }
alert "POOL_CPU_FEATURES_DOWN" { priority = 5 }
alert "POOL_CPU_FEATURES_UP" { priority = 5 }
alert "POOL_MASTER_TRANSITION" {
  priority  = 4
  published = true
}
alert "POOL_PINNED_CERTIFICATE_EXPIRED" { priority = 1 }
alert "POOL_PINNED_CERTIFICATE_EXPIRING_07" { priority = 1 }
alert "POOL_PINNED_CERTIFICATE_EXPIRING_14" { priority = 2 }
alert "POOL_PINNED_CERTIFICATE_EXPIRING_30" { priority = 3 }
alert "PVS_PROXY_NO_CACHE_SR_AVAILABLE" { priority = 3 }
alert "PVS_PROXY_NO_SERVER_AVAILABLE" { priority = 3 }
alert "PVS_PROXY_SETUP_FAILED" { priority = 3 }
alert "PVS_PROXY_SR_OUT_OF_SPACE" { priority = 3 }
alert "SM_GC_NO_SPACE" { priority = 3 }
alert "TLS_VERIFICATION_EMERGENCY_DISABLED" { priority = 3 }
alert "VBD_QOS_FAILED" {
  priority  = 3
  published = true
}
alert "VCPU_QOS_FAILED" {
  priority  = 3
  published = true
}
alert "VDI_CBT_METADATA_INCONSISTENT" { priority = 3 }
alert "VDI_CBT_RESIZE_FAILED" { priority = 3 }
alert "VDI_CBT_SNAPSHOT_FAILED" { priority = 3 }
alert "VIF_QOS_FAILED" {
  priority  = 3
  published = true
}
alert "VMPP_ARCHIVE_FAILED_0" { priority = 3 }
alert "VMPP_ARCHIVE_LOCK_FAILED" { priority = 3 }
alert "VMPP_ARCHIVE_MISSED_EVENT" { priority = 3 }
alert "VMPP_ARCHIVE_SUCCEEDED" { priority = 5 }
alert "VMPP_ARCHIVE_TARGET_MOUNT_FAILED" { priority = 3 }
alert "VMPP_ARCHIVE_TARGET_UNMOUNT_FAILED" { priority = 3 }
alert "VMPP_LICENSE_ERROR" { priority = 3 }
alert "VMPP_SNAPSHOT_ARCHIVE_ALREADY_EXISTS" { priority = 3 }
alert "VMPP_SNAPSHOT_FAILED" { priority = 3 }
alert "VMPP_SNAPSHOT_LOCK_FAILED" { priority = 3 }
alert "VMPP_SNAPSHOT_MISSED_EVENT" { priority = 3 }
alert "VMPP_SNAPSHOT_SUCCEEDED" { priority = 5 }
alert "VMPP_XAPI_LOGON_FAILURE" { priority = 3 }
alert "VMSS_LICENSE_ERROR" { priority = 3 }
alert "VMSS_SNAPSHOT_FAILED" { priority = 3 }
alert "VMSS_SNAPSHOT_LOCK_FAILED" { priority = 3 }
alert "VMSS_SNAPSHOT_MISSED_EVENT" { priority = 3 }
alert "VMSS_SNAPSHOT_SUCCEEDED" { priority = 5 }
alert "VMSS_XAPI_LOGON_FAILURE" { priority = 3 }
alert "VM_CHECKPOINTED" { priority = 5 }
alert "VM_CLONED" { priority = 5 }
alert "VM_CRASHED" { priority = 2 }
alert "VM_MIGRATED" { priority = 5 }
alert "VM_PAUSED" { priority = 5 }
alert "VM_REBOOTED" { priority = 5 }
alert "VM_RESUMED" { priority = 5 }
alert "VM_SECURE_BOOT_FAILED" { priority = 5 }
alert "VM_SHUTDOWN" { priority = 5 }
alert "VM_SNAPSHOTTED" { priority = 5 }
alert "VM_SNAPSHOT_REVERTED" { priority = 5 }
alert "VM_STARTED" { priority = 5 }
alert "VM_SUSPENDED" { priority = 5 }
alert "VM_UNPAUSED" { priority = 5 }
alert "WLB_CONSULTATION_FAILED" { priority = 3 }
alert "WLB_OPTIMIZATION_ALERT" { priority = 3 }
alert "XAPI_STARTUP_BLOCKED_AS_VERSION_HIGHER_THAN_COORDINATOR" { priority = 2 }

alert_prefix "HOST_KERNEL_ENCOUNTERED_ERROR_" { priority = 2 }

alert_prefix "HOST_KERNEL_ENCOUNTERED_WARNING_" { priority = 3 }
