// Package launcher is `xcp run`: a whole toolstack on one machine without
// installing anything. It starts a private bus and the front, answers the bus
// when it wants a service started, watches over all of them, and takes them
// down again.
//
// The shape is systemd's in small. The activation files of the private bus run
// bus-activate, exactly as on an installed system; bus-activate finds the
// launcher's socket in its environment and asks here instead of asking systemd.
// A service says READY=1 on its notify socket; listening sockets are made here
// and handed down, so a front that is started again loses no connection.
//
// Mine: the state folder's lock, password and certificate; the folder with the
// sockets; the processes, which end with the launcher even if it is killed.
// Not mine: what the services do, and their databases, which they keep under
// the same state folder. Only cmd/xcp calls this package.
package launcher
