class "auth" {
  doc   = <<-EOT
    Questions to the external authentication service a host is joined to: who is this subject, and
    which groups hold it. The class has no rows; each call asks the service.
  EOT
  since = "george"
  roles = "read-only"
  in_db = false
  async = false

  message "get_subject_identifier" {
    since  = "george"
    result = "string"
    param "subject_name" { type = "string" }
  }

  message "get_subject_information_from_identifier" {
    since  = "george"
    result = "(string -> string) map"
    param "subject_identifier" { type = "string" }
  }

  message "get_group_membership" {
    since  = "george"
    result = "string set"
    param "subject_identifier" { type = "string" }
  }
}
