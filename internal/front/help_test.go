package front_test

import (
	"strconv"

	"github.com/xcp-dbus/xcp/internal/rpc"
)

// limits for answers, which may be large.
var limits = rpc.Limits{Depth: 64, Nodes: 1 << 24}

func itoa(n int) string { return strconv.Itoa(n) }
