interface "org.freedesktop.LogControl1" {
  doc        = "How much a service logs, and where to: the interface systemd's own daemons have, at the same path."
  path       = "/org/freedesktop/LogControl1"
  everywhere = true
  context    = false
  access     = ["xcp"]

  property "LogLevel" {
    doc      = "emerg, alert, crit, err, warning, notice, info or debug."
    type     = "s"
    emits    = "false"
    writable = true
  }
  property "LogTarget" {
    doc      = "console, journal, kmsg, syslog, auto or null, as far as the service has them."
    type     = "s"
    emits    = "false"
    writable = true
  }
  property "SyslogIdentifier" {
    doc   = "The name its log lines carry."
    type  = "s"
    emits = "const"
  }
}
