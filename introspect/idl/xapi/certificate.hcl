enum "certificate_type" { values = ["ca", "host", "host_internal", "pinned"] }

class "Certificate" {
  doc   = <<-EOT
    A certificate known to the toolstack: of a host, of its authority, or trusted by the pool. Rows
    follow the files on the hosts; what they say is read from the certificate.
  EOT
  since = "stockholm"
  roles = "read-only"

  field "uuid" {
    type      = "string"
    qualifier = "DynamicRO"
    since     = "stockholm"
  }

  field "name" {
    type      = "string"
    qualifier = "DynamicRO"
    default   = ""
    since     = "1.294.0"
  }

  field "type" {
    type      = "enum certificate_type"
    qualifier = "DynamicRO"
    default   = "host"
    since     = "1.294.0"
  }

  field "host" {
    type      = "host ref"
    qualifier = "StaticRO"
    default   = "OpaqueRef:NULL"
    since     = "stockholm"
    relation  = "host.certificates"
  }

  field "not_before" {
    type      = "datetime"
    qualifier = "StaticRO"
    default   = "19700101T00:00:00Z"
    since     = "stockholm"
  }

  field "not_after" {
    type      = "datetime"
    qualifier = "StaticRO"
    default   = "19700101T00:00:00Z"
    since     = "stockholm"
  }

  field "fingerprint" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    lifecycle = ["published stockholm", "deprecated 24.19.0"]
  }

  field "fingerprint_sha256" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    lifecycle = ["prototyped 24.20.0"]
  }

  field "fingerprint_sha1" {
    type      = "string"
    qualifier = "StaticRO"
    default   = ""
    lifecycle = ["prototyped 24.20.0"]
  }

  field "purpose" {
    type      = "enum certificate_purpose set"
    qualifier = "StaticRO"
    default   = []
    lifecycle = ["prototyped 26.13.0"]
  }
}
