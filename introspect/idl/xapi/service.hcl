service "xapi" {
  doc  = "XenAPI: sessions, database, tasks, events, permissions, placement and forwarding."
  user = "xcp-xapi"

  # Beside the interfaces every service has, and those made from the classes.
  interfaces = [
    "org.xen.xcp.xapi.LocalLogin1",
    "org.xen.xcp.xapi.Extension1",
    "org.xen.xcp.Events1",
  ]

  # Who may call what is made from the classes.
  callers = ["xcp-front"]
}
