class "Diagnostics" {
  doc       = <<-EOT
    Calls that look into, or tidy up, the running toolstack of a host. The class is not published
    and has no rows.
  EOT
  since     = "stockholm"
  roles     = "pool-operator"
  published = false
  in_db     = false

  message "gc_compact" {
    since  = "stockholm"
    runs   = "param:host"
    hidden = true
    param "host" { type = "host ref" }
  }

  message "gc_stats" {
    since  = "stockholm"
    result = "(string -> string) map"
    runs   = "param:host"
    hidden = true
    param "host" { type = "host ref" }
  }

  message "db_stats" {
    since  = "stockholm"
    result = "(string -> string) map"
    hidden = true
  }

  message "network_stats" {
    since  = "stockholm"
    result = "string set set"
    runs   = "param:host"
    hidden = true
    param "host" { type = "host ref" }
    param "params" { type = "(string -> string) map" }
  }
}
