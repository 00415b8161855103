interface "org.xen.xcp.Events1" {
  doc = <<-EOT
    The numbered log of what changed in a service that keeps state. Signals only wake; the facts
    are here and can be read again from any cursor. A cursor is a sequence number whose upper 24
    bits name the log's incarnation. An event has seq t, time t (milliseconds since the epoch),
    class s, id s, op s (add, mod, del) and fields as (names of what changed, never values).
  EOT

  method "Since" {
    doc        = "Events after a cursor, at once."
    idempotent = "yes"
    in "cursor" { type = "t" }
    in "max" {
      type = "u"
      doc  = "At most so many events; 0 leaves it to the service."
    }
    in "filter" {
      type = "a{sv}"
      doc  = "class as, id as; empty takes all."
    }
    out "next" {
      type = "t"
      doc  = "Cursor to go on from."
    }
    out "gap" {
      type = "b"
      doc  = "The log was cut, or is another one: list everything again."
    }
    out "events" { type = "aa{sv}" }
  }

  method "Wait" {
    doc        = "As Since, but waits until there is an event or the time is over."
    idempotent = "yes"
    long       = true
    in "cursor" { type = "t" }
    in "timeout_ms" {
      type = "u"
      doc  = "In milliseconds."
    }
    in "filter" { type = "a{sv}" }
    out "next" { type = "t" }
    out "gap" { type = "b" }
    out "events" { type = "aa{sv}" }
  }

  method "Watch" {
    doc        = "Send Advanced to the caller from now on, until Unwatch or until it leaves the bus."
    idempotent = "yes"
    in "filter" { type = "a{sv}" }
  }

  method "Unwatch" {
    doc        = "Send no more signals to the caller."
    idempotent = "yes"
  }

  signal "Advanced" {
    doc = "There are events up to this cursor. Sent to watchers only, at most ten a second to each."
    arg "cursor" { type = "t" }
  }
}
