interface "org.xen.xcp.Diagnostics1" {
  doc        = "A look inside a running service, for people who look for a fault. Every service has it at its root object."
  everywhere = true
  context    = false
  access     = ["root", "xcp-diag"]

  method "InFlight" {
    doc        = "The calls the service is working on."
    idempotent = "yes"
    out "calls" {
      type = "aa{sv}"
      doc  = "Per call: method s, sender s, path o, age-us t, and where known trace-id s, phase s, job o."
    }
  }

  method "Stats" {
    doc        = "Counters of the process: calls and errors per method, latencies, queues, goroutines, descriptors, heap."
    idempotent = "yes"
    out "stats" { type = "a{sv}" }
  }

  method "Dump" {
    doc        = "Write a snapshot of one kind into a stream."
    idempotent = "yes"
    bulk       = "bytes"
    in "kind" {
      type = "s"
      doc  = "goroutines, heap, cpu, or a kind of the service's own."
    }
    in "options" {
      type = "a{sv}"
      doc  = "None yet; an unknown key is an error."
    }
    out "stream" {
      type = "h"
      doc  = "Read end of a pipe; the receiver closes it."
    }
  }
}
