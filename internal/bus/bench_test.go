package bus_test

import (
	"context"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/bustest"
)

// BenchmarkBusRoundTrip compares our call, with a realistic context and the
// whole way through handler and limits, with godbus's own export and call on
// the same bus. cpu-us counts both ends, without the daemon; daemon-us that.
func BenchmarkBusRoundTrip(b *testing.B) {
	b.Run("bare", bareEcho)
	b.Run("ours", func(b *testing.B) { ourEcho(b) })
	b.Run("bare-64", func(b *testing.B) { b.SetParallelism(32); bareEcho(b) })
	b.Run("ours-64", func(b *testing.B) { b.SetParallelism(32); ourEcho(b) })
}

type echo struct{}

func (echo) Echo(s string) (string, *dbus.Error) { return s, nil }

func bareEcho(b *testing.B) {
	x := bustest.New(b)
	conn := func() *dbus.Conn {
		c, err := dbus.Connect(x.Address)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { c.Close() })
		return c
	}
	service, client := conn(), conn()
	if err := service.Export(echo{}, path, iface); err != nil {
		b.Fatal(err)
	}
	if _, err := service.RequestName(name, 0); err != nil {
		b.Fatal(err)
	}
	o := client.Object(name, path)
	measure(b, x, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		return o.CallWithContext(ctx, iface+".Echo", 0, "OpaqueRef:9c3d2c6e-3c1b-4a39-8d57-1f0a4f2f9f10").Err
	})
}

func ourEcho(b *testing.B) {
	x := bustest.New(b)
	x.Own(b, name, bus.Options{Tree: tree(thing())})
	client := x.Conn(b)
	measure(b, x, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		ctx = bus.WithMeta(ctx, &bus.Meta{
			Session: "OpaqueRef:0d0d1f4b-bd0f-4b44-9d9a-3a4bbd6de1f0",
			Origin:  &bus.Origin{Transport: "tcp", Peer: "127.0.0.1:51234", UID: -1, UserAgent: "xen-api/4.7"},
		})
		_, err := client.Do(ctx, request("Echo", "s", "OpaqueRef:9c3d2c6e-3c1b-4a39-8d57-1f0a4f2f9f10"))
		return err
	})
}

// measure runs the call and reports the CPU time each takes.
func measure(b *testing.B, x *bustest.Bus, call func() error) {
	if err := call(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	own, daemon := ownCPU(), daemonCPU(b, x.PID)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := call(); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	per := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 / float64(b.N) }
	b.ReportMetric(per(ownCPU()-own), "cpu-us/op")
	b.ReportMetric(per(daemonCPU(b, x.PID)-daemon), "daemon-us/op")
}

func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// daemonCPU reads a process's CPU time; clock ticks are 10 ms.
func daemonCPU(b *testing.B, pid int) time.Duration {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		b.Fatal(err)
	}
	f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}
