class "probe_result" {
  doc       = <<-EOT
    One storage repository, or one step on the way to it, that a probe has found. It is a structure
    within an answer, without rows.
  EOT
  lifecycle = ["prototyped kolkata", "published lima"]
  roles     = "local-root"
  in_db     = false

  field "configuration" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped kolkata", "published lima"]
  }

  field "complete" {
    type      = "bool"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped kolkata", "published lima"]
  }

  field "sr" {
    type      = "sr_stat record option"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped kolkata", "published lima"]
  }

  field "extra_info" {
    type      = "(string -> string) map"
    qualifier = "DynamicRO"
    lifecycle = ["prototyped kolkata", "published lima"]
  }
}
