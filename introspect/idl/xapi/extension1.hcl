interface "org.xen.xcp.xapi.Extension1" {
  doc    = "Calls whose name is no message of the contract: tried as an extension, with the permission of host.call_extension."
  access = ["xcp-front"]

  method "Call" {
    doc        = "Check the session and the permission, then answer as the extension of this name does, or that there is none."
    idempotent = "no"
    long       = true
    errors     = ["XenAPI.MESSAGE_METHOD_UNKNOWN", "XenAPI.SESSION_INVALID"]
    in "method" {
      type = "s"
      doc  = "The name as the client sent it."
    }
    out "response" {
      type = "s"
      doc  = "The extension's answer."
    }
  }
}
