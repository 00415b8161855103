# The static roles, strongest first. Their uuid is the MD5 of the name.

role "pool-admin" {}
role "pool-operator" {}
role "vm-power-admin" {}
role "vm-admin" {}
role "vm-operator" {}
role "client-cert" { internal = true }
role "read-only" {}

# Named sets of roles: what classes, fields and messages refer to. The empty set
# means root on the host only.

role_set "local-root" { roles = [] }
role_set "pool-admin" { roles = ["pool-admin"] }
role_set "pool-operator" { roles = ["pool-admin", "pool-operator"] }
role_set "pool-operator+client-cert" { roles = ["pool-admin", "pool-operator", "client-cert"] }
role_set "vm-power-admin" { roles = ["pool-admin", "pool-operator", "vm-power-admin"] }
role_set "vm-admin" { roles = ["pool-admin", "pool-operator", "vm-power-admin", "vm-admin"] }
role_set "vm-power-admin+client-cert" { roles = ["pool-admin", "pool-operator", "vm-power-admin", "client-cert"] }
role_set "vm-operator" { roles = ["pool-admin", "pool-operator", "vm-power-admin", "vm-admin", "vm-operator"] }
role_set "vm-operator+client-cert" { roles = ["pool-admin", "pool-operator", "vm-power-admin", "vm-admin", "vm-operator", "client-cert"] }
role_set "read-only" { roles = ["pool-admin", "pool-operator", "vm-power-admin", "vm-admin", "vm-operator", "client-cert", "read-only"] }

# Permissions that belong to no message.

permission "task.destroy/any" { roles = "pool-operator" }
