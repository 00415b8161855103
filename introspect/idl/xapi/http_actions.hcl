# HTTP actions beside the calls: who may use them (permission http/NAME).

http_action "get_services" {
  method = "GET"
  uri    = "/services"
  roles  = "read-only"
  sdk    = true
}

http_action "post_services" {
  method = "POST"
  uri    = "/services"
  roles  = "pool-admin"
}

http_action "put_services" {
  method = "PUT"
  uri    = "/services"
  roles  = "pool-admin"
}

http_action "post_remote_db_access" {
  method = "POST"
  uri    = "/remote_db_access"
  roles  = "pool-admin"
}

http_action "post_remote_db_access_v2" {
  method = "POST"
  uri    = "/remote_db_access_v2"
  roles  = "pool-admin"
}

http_action "get_services_xenops" {
  method = "GET"
  uri    = "/services/xenops"
  roles  = "vm-power-admin"
}

http_action "post_services_xenops" {
  method = "POST"
  uri    = "/services/xenops"
  roles  = "vm-power-admin+client-cert"
}

http_action "put_services_xenops" {
  method = "PUT"
  uri    = "/services/xenops"
  roles  = "vm-power-admin+client-cert"
}

http_action "get_services_sm" {
  method = "GET"
  uri    = "/services/SM"
  roles  = "vm-power-admin"
}

http_action "post_services_sm" {
  method = "POST"
  uri    = "/services/SM"
  roles  = "vm-power-admin"
}

http_action "put_services_sm" {
  method = "PUT"
  uri    = "/services/SM"
  roles  = "vm-power-admin"
}

http_action "put_import" {
  method = "PUT"
  uri    = "/import"
  roles  = "vm-admin"
  sdk    = true
  args   = ["bool restore", "bool force", "string sr_id"]
}

http_action "put_import_metadata" {
  method = "PUT"
  uri    = "/import_metadata"
  roles  = "vm-admin"
  sdk    = true
  args   = ["bool restore", "bool force", "bool dry_run"]
}

http_action "put_import_raw_vdi" {
  method = "PUT"
  uri    = "/import_raw_vdi"
  roles  = "vm-admin"
  sdk    = true
  args   = ["string vdi", "string format", "bool chunked"]
}

http_action "get_export" {
  method = "GET"
  uri    = "/export"
  roles  = "vm-admin"
  sdk    = true
  args   = ["string uuid", "string use_compression", "bool preserve_power_state"]
}

http_action "get_export_metadata" {
  method = "GET"
  uri    = "/export_metadata"
  roles  = "vm-admin"
  sdk    = true
  args   = ["string uuid", "bool all", "bool include_dom0", "bool include_vhd_parents", "bool export_snapshots", "string excluded_device_types"]
}

http_action "get_export_raw_vdi" {
  method = "GET"
  uri    = "/export_raw_vdi"
  roles  = "vm-admin"
  sdk    = true
  args   = ["string vdi", "string format"]
}

http_action "connect_console" {
  method = "CONNECT"
  uri    = "/console"
  roles  = "vm-operator"
  sub    = { "host_console" = "pool-admin" }
}

http_action "connect_console_ws" {
  method = "GET"
  uri    = "/console"
  roles  = "vm-operator"
  sub    = { "host_console_ws" = "pool-admin" }
}

http_action "get_root" {
  method = "GET"
  uri    = "/"
  roles  = "read-only"
  rbac   = false
}

http_action "post_cli" {
  method         = "POST"
  uri            = "/cli"
  roles          = "read-only"
  rbac           = false
  own_rate_limit = true
}

http_action "get_host_backup" {
  method = "GET"
  uri    = "/host_backup"
  roles  = "pool-admin"
  sdk    = true
}

http_action "put_host_restore" {
  method = "PUT"
  uri    = "/host_restore"
  roles  = "pool-admin"
  sdk    = true
}

http_action "get_host_logs_download" {
  method = "GET"
  uri    = "/host_logs_download"
  roles  = "pool-operator"
  sdk    = true
}

http_action "put_pool_patch_upload" {
  method = "PUT"
  uri    = "/pool_patch_upload"
  roles  = "pool-operator"
  sdk    = true
  args   = ["string sr_id"]
}

http_action "get_vncsnapshot" {
  method = "GET"
  uri    = "/vncsnapshot"
  roles  = "vm-operator"
  sdk    = true
  args   = ["string uuid"]
  sub    = { "host_console" = "pool-admin" }
}

http_action "get_pool_xml_db_sync" {
  method = "GET"
  uri    = "/pool/xmldbdump"
  roles  = "pool-admin"
  sdk    = true
}

http_action "put_pool_xml_db_sync" {
  method = "PUT"
  uri    = "/pool/xmldbdump"
  roles  = "pool-admin"
}

http_action "get_config_sync" {
  method = "GET"
  uri    = "/sync_config_files"
  roles  = "pool-admin"
}

http_action "get_system_status" {
  method = "GET"
  uri    = "/system-status"
  roles  = "pool-operator"
  sdk    = true
  args   = ["string entries", "string output"]
}

http_action "vm_rrd" {
  method = "GET"
  uri    = "/vm_rrd"
  roles  = "read-only"
  sdk    = true
  args   = ["string uuid", "bool json"]
}

http_action "get_vm_rrds" {
  method = "GET"
  uri    = "/vm_rrds"
  roles  = "read-only"
  args   = ["string uuid", "bool json"]
}

http_action "host_rrd" {
  method = "GET"
  uri    = "/host_rrd"
  roles  = "read-only"
  sdk    = true
  args   = ["bool json"]
}

http_action "get_host_rrds" {
  method = "GET"
  uri    = "/host_rrds"
  roles  = "read-only"
  args   = ["bool json"]
}

http_action "sr_rrd" {
  method = "GET"
  uri    = "/sr_rrd"
  roles  = "read-only"
  sdk    = true
  args   = ["string uuid"]
}

http_action "rrd_updates" {
  method = "GET"
  uri    = "/rrd_updates"
  roles  = "read-only"
  sdk    = true
  args   = ["int64 start", "string cf", "int64 interval", "bool host", "string uuid", "bool json"]
}

http_action "rrd" {
  method = "PUT"
  uri    = "/rrd"
  roles  = "pool-admin"
}

http_action "get_blob" {
  method = "GET"
  uri    = "/blob"
  roles  = "read-only"
  rbac   = false
}

http_action "put_blob" {
  method = "PUT"
  uri    = "/blob"
  roles  = "vm-power-admin"
  sdk    = true
  args   = ["string ref"]
}

http_action "put_messages" {
  method = "PUT"
  uri    = "/messages"
  roles  = "vm-power-admin"
}

http_action "connect_remotecmd" {
  method = "CONNECT"
  uri    = "/remotecmd"
  roles  = "pool-admin"
}

http_action "get_wlb_report" {
  method = "GET"
  uri    = "/wlb_report"
  roles  = "read-only"
  sdk    = true
  args   = ["string report", "varargs"]
}

http_action "get_wlb_diagnostics" {
  method = "GET"
  uri    = "/wlb_diagnostics"
  roles  = "read-only"
  sdk    = true
}

http_action "get_audit_log" {
  method = "GET"
  uri    = "/audit_log"
  roles  = "read-only"
  sdk    = true
  args   = ["string since"]
}

http_action "post_root" {
  method         = "POST"
  uri            = "/"
  roles          = "read-only"
  rbac           = false
  own_rate_limit = true
}

http_action "post_RPC2" {
  method         = "POST"
  uri            = "/RPC2"
  roles          = "read-only"
  rbac           = false
  own_rate_limit = true
}

http_action "post_json" {
  method = "POST"
  uri    = "/json"
  roles  = "read-only"
  rbac   = false
}

http_action "post_root_options" {
  method = "OPTIONS"
  uri    = "/"
  roles  = "read-only"
  rbac   = false
}

http_action "post_json_options" {
  method = "OPTIONS"
  uri    = "/json"
  roles  = "read-only"
  rbac   = false
}

http_action "post_jsonrpc" {
  method         = "POST"
  uri            = "/jsonrpc"
  roles          = "read-only"
  rbac           = false
  own_rate_limit = true
}

http_action "post_jsonrpc_options" {
  method = "OPTIONS"
  uri    = "/jsonrpc"
  roles  = "read-only"
  rbac   = false
}

http_action "get_pool_update_download" {
  method = "GET"
  uri    = "/update/"
  roles  = "read-only"
  rbac   = false
}

http_action "get_repository" {
  method = "GET"
  uri    = "/repository"
  roles  = "local-root"
}

http_action "get_enabled_repository" {
  method = "GET"
  uri    = "/repository/enabled"
  roles  = "pool-operator+client-cert"
}

http_action "get_host_updates" {
  method = "GET"
  uri    = "/host_updates"
  roles  = "pool-operator+client-cert"
}

http_action "get_updates" {
  method = "GET"
  uri    = "/updates"
  roles  = "pool-operator+client-cert"
  sdk    = true
}

http_action "put_bundle" {
  method = "PUT"
  uri    = "/bundle"
  roles  = "pool-operator"
  sdk    = true
}
