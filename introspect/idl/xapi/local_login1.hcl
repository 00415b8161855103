interface "org.xen.xcp.xapi.LocalLogin1" {
  doc    = "The way in for a person on the bus: a XenAPI session without a password, for root and the launcher's uid. The service asks the bus for the caller's uid."
  access = ["root"]

  method "Login" {
    doc        = "Make a session with all rights."
    idempotent = "key"
    out "session" {
      type      = "s"
      doc       = "Reference of the session."
      sensitive = true
    }
  }
}
