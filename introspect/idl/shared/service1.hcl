interface "org.xen.xcp.Service1" {
  doc        = "Who a service is, and the way to stop it without failing a call. Every service has it at its root object."
  everywhere = true
  context    = false
  access     = ["root"]

  method "Drain" {
    doc        = "Take no new work, finish what is open, then exit. Answers at once; State says how it goes."
    idempotent = "yes"
  }

  method "Drained" {
    doc        = "Whether a service that drains has no call open any more."
    idempotent = "yes"
    access     = ["xcp"]
    out "drained" { type = "b" }
  }

  property "Name" {
    doc   = "The room's word, as in org.xen.xcp.<Name>."
    type  = "s"
    emits = "const"
  }
  property "Version" {
    doc   = "Version of the toolstack."
    type  = "s"
    emits = "const"
  }
  property "Build" {
    doc   = "What was built: revision and time."
    type  = "s"
    emits = "const"
  }
  property "Instance" {
    doc   = "Random for each process: tells one run from the next."
    type  = "s"
    emits = "const"
  }
  property "StartedAt" {
    doc   = "When the process started, in milliseconds since the epoch."
    type  = "t"
    emits = "const"
  }
  property "Interfaces" {
    doc   = "Full names of the interfaces the service implements. Clients branch on this, not on a version."
    type  = "as"
    emits = "const"
  }
  property "State" {
    doc   = "One of starting, ready, degraded, draining."
    type  = "s"
    emits = "invalidates"
  }

  signal "StateChanged" {
    doc = "State has become another. Broadcast."
    arg "state" { type = "s" }
  }
}
