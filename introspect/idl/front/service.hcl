service "front" {
  doc        = "HTTP in, one method call to xapi out. It owns a name for its diagnostics only."
  user       = "xcp-front"
  interfaces = []
}
