interface "org.xen.xcp.Health1" {
  doc        = "Whether a service can do its work, found by trying. Every service has it at its root object."
  everywhere = true
  context    = false
  access     = ["xcp"]

  method "Check" {
    doc        = "Touch the real things (write the store, ask the backend), each under a deadline of the service's own, and say how they are."
    idempotent = "yes"
    in "subjects" {
      type = "as"
      doc  = "Names of the checks wanted; empty means all."
    }
    out "status" {
      type = "s"
      doc  = "The worst of the checks: ok, warn or fail."
    }
    out "checks" {
      type = "aa{sv}"
      doc  = "Per check: name s, status s, since t (milliseconds since the epoch), detail s, latency-us t."
    }
  }

  property "LastProgress" {
    doc   = "When the slowest worker last finished a unit of work or idled, in milliseconds since the epoch. The watchdog is fed only while it moves."
    type  = "t"
    emits = "false"
  }
}
