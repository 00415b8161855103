# What every test case needs beside its own files.

api {
  version = [2, 0]
  vendor  = "test"
  schema  = [1, 0]
}

release "rio" {
  version = [1, 1]
  product = "first"
}

numbered_releases = ["1.2.0"]

role "admin" {}
role "reader" {}

role_set "nobody" { roles = [] }
role_set "pool-admin" { roles = ["admin"] }
role_set "admin" { roles = ["admin"] }
role_set "read-only" { roles = ["admin", "reader"] }

error "BAD_STATE" { params = ["object"] }
