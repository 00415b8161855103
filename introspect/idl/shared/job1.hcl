interface "org.xen.xcp.Job1" {
  doc = <<-EOT
    One piece of work that takes longer than a second, at /org/xen/xcp/<service>/Job/<id>. Its
    result stays readable for an hour, over a restart too. A job whose service dies ends failed.
  EOT

  method "Wait" {
    doc        = "Wait until the job has ended or the time is over."
    idempotent = "yes"
    long       = true
    in "timeout_ms" {
      type = "u"
      doc  = "In milliseconds."
    }
    out "state" {
      type = "s"
      doc  = "As the property State."
    }
    out "result" {
      type = "a{sv}"
      doc  = "Empty while the job runs; of a failed one error-name s and error-params as."
    }
  }

  method "Cancel" {
    doc        = "Ask the job to stop. It ends cancelled, or done if it was quicker."
    idempotent = "yes"
    errors     = ["NotSupported"]
  }

  method "Watch" {
    doc        = "Send JobFinished to the caller."
    idempotent = "yes"
  }

  property "Operation" {
    doc   = "What it does, such as vm-start."
    type  = "s"
    emits = "const"
  }
  property "Objects" {
    doc   = "What it does it to."
    type  = "ao"
    emits = "const"
  }
  property "StartedAt" {
    doc   = "In milliseconds since the epoch."
    type  = "t"
    emits = "const"
  }
  property "Subject" {
    doc   = "The XenAPI user behind it; empty if none."
    type  = "s"
    emits = "const"
  }
  property "Task" {
    doc   = "The XenAPI task it belongs to; empty if none."
    type  = "s"
    emits = "const"
  }
  property "Phase" {
    doc   = "What it is doing now, in a word."
    type  = "s"
    emits = "false"
  }
  property "Progress" {
    doc   = "From 0 to 1; -1 if unknown."
    type  = "d"
    emits = "false"
  }
  property "Cancelable" {
    doc   = "Whether Cancel would have an effect now."
    type  = "b"
    emits = "false"
  }
  property "State" {
    doc   = "One of running, cancelling, done, failed, cancelled."
    type  = "s"
    emits = "false"
  }

  signal "JobFinished" {
    doc = "The job has ended and its result is stored. Sent to watchers only."
    arg "state" { type = "s" }
    arg "result" { type = "a{sv}" }
  }
}
