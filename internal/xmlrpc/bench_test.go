package xmlrpc_test

import (
	"strings"
	"testing"

	"github.com/xcp-dbus/xcp/internal/rpc"
	. "github.com/xcp-dbus/xcp/internal/xmlrpc"
)

const getRecord = `<?xml version='1.0'?>
<methodCall>
<methodName>VM.get_record</methodName>
<params>
<param>
<value><string>OpaqueRef:8b0f1c7a-2f6f-4a53-9f0e-65b1c9be0c11</string></value>
</param>
<param>
<value><string>OpaqueRef:0d9e5f0c-4f4b-4a1b-8b49-2e8a4f4c7e21</string></value>
</param>
</params>
</methodCall>
`

func BenchmarkDecodeCall(b *testing.B) {
	b.SetBytes(int64(len(getRecord)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeCall(getRecord, rpc.DefaultLimits); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeLarge(b *testing.B) {
	body := envelope("<value><array><data>" + strings.Repeat("<value>OpaqueRef:8b0f1c7a-2f6f-4a53-9f0e-65b1c9be0c11</value>", 10000) + "</data></array></value>")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeCall(body, rpc.DefaultLimits); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	var e Encoder
	write := func() {
		e.Reset()
		e.BeginStruct()
		for range 90 {
			e.Member("memory_dynamic_max")
			e.Text("OpaqueRef:8b0f1c7a-2f6f-4a53-9f0e-65b1c9be0c11")
		}
		e.EndStruct()
	}
	write()
	b.SetBytes(int64(len(e.Buffer())))
	b.ReportAllocs()
	for b.Loop() {
		write()
	}
}
