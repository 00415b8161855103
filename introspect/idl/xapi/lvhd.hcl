class "LVHD" {
  doc     = <<-EOT
    Calls for one family of storage drivers, local volumes with differencing disks. No rows are
    made.
  EOT
  since   = "dundee"
  roles   = "pool-admin"
  get_all = false

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "rio"
  }

  message "enable_thin_provisioning" {
    since     = "dundee"
    result    = "string"
    runs      = "param:host"
    extension = "LVHD.enable_thin_provisioning"
    param "host" { type = "host ref" }
    param "SR" { type = "SR ref" }
    param "initial_allocation" { type = "int" }
    param "allocation_quantum" { type = "int" }
  }
}
