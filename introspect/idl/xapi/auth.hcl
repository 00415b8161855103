class "auth" {
  doc   = "Class auth of XenAPI."
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
