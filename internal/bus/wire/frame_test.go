package wire_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/xcp-dbus/xcp/internal/bus/wire"
)

// stream writes n records and closes with an error name.
func stream(t testing.TB, n int, errorName string) []byte {
	t.Helper()
	entries, err := wire.RecordEntries(vm(), row())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := wire.NewFrameWriter(&b)
	for range n {
		if err := w.Record("OpaqueRef:x", entries); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(errorName); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// drain reads all frames; each must be a record.
func drain(data []byte) (n int, err error) {
	r := wire.NewFrameReader(iotest.OneByteReader(bytes.NewReader(data)))
	for ; ; n++ {
		b, err := r.Next()
		if err != nil {
			return n, err
		}
		v := wire.NewReader(b)
		if v.Skip("(sa{sv})"); v.Err() != nil || v.Rest() != 0 {
			return n, v.Err()
		}
	}
}

func TestStream(t *testing.T) {
	for _, n := range []int{0, 1, 100} {
		if got, err := drain(stream(t, n, "")); got != n || err != io.EOF {
			t.Errorf("%d records: %d, %v", n, got, err)
		}
	}
}

func TestStreamErrorReachesTheReader(t *testing.T) {
	n, err := drain(stream(t, 2, "org.xen.xcp.Error.Internal"))
	var e *wire.StreamError
	if n != 2 || !errors.As(err, &e) || e.Name != "org.xen.xcp.Error.Internal" {
		t.Errorf("%d, %v", n, err)
	}
}

func TestEveryTruncationIsNoticed(t *testing.T) {
	data := stream(t, 2, "")
	for i := range data {
		if _, err := drain(data[:i]); !errors.Is(err, wire.ErrTruncated) {
			t.Fatalf("cut after %d of %d bytes: %v", i, len(data), err)
		}
	}
}

func TestHostileStreams(t *testing.T) {
	u32 := binary.LittleEndian.AppendUint32
	count := func(n byte) []byte {
		return append(u32(u32(nil, 0), 13), n, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	}
	for name, data := range map[string][]byte{
		"huge frame":             u32(nil, 1<<31),
		"count too high":         count(1),
		"huge closing frame":     u32(u32(nil, 0), 1<<30),
		"closing frame of none":  u32(u32(nil, 0), 0),
		"closing frame too long": append(u32(u32(nil, 0), 14), make([]byte, 14)...),
	} {
		if _, err := drain(data); err == nil || err == io.EOF || errors.Is(err, wire.ErrTruncated) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := drain(count(0)); err != io.EOF {
		t.Errorf("a good closing frame: %v", err)
	}
}

func TestWriterRefusesHugeFrames(t *testing.T) {
	w := wire.NewFrameWriter(io.Discard)
	huge := make([]byte, wire.MaxFrame+1)
	if w.Frame(huge) == nil || w.Frame(nil) == nil || w.Record("r", huge) == nil {
		t.Error("a frame beyond the limit was taken")
	}
}

func TestPipeGivesUpOnAReaderThatStopped(t *testing.T) {
	r, w, err := wire.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	p := wire.ProgressWriter{Pipe: w, Timeout: 50 * time.Millisecond}
	start := time.Now()
	n, err := p.Write(make([]byte, 8<<20))
	if !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 || time.Since(start) > 5*time.Second {
		t.Errorf("wrote %d bytes in %v: %v", n, time.Since(start), err)
	}
	for _, f := range []*os.File{r, w} {
		flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("%s is not close-on-exec", f.Name())
		}
	}
}

func TestPipeCarriesAStream(t *testing.T) {
	r, w, err := wire.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	data := stream(t, 5000, "")
	done := make(chan error, 1)
	go func() {
		_, err := wire.ProgressWriter{Pipe: w, Timeout: 10 * time.Second}.Write(data)
		done <- errors.Join(err, w.Close())
	}()
	f := wire.NewFrameReader(r)
	for {
		if _, err = f.Next(); err != nil {
			break
		}
	}
	if err != io.EOF || f.Count() != 5000 {
		t.Errorf("%d frames, %v", f.Count(), err)
	}
	if err := errors.Join(<-done, r.Close()); err != nil {
		t.Error(err)
	}
}

func FuzzFrameReader(f *testing.F) {
	f.Add(stream(f, 1, ""))
	f.Add(stream(f, 0, "x"))
	f.Add([]byte{0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := drain(data)
		if err == nil {
			t.Skip() // a frame that is no record
		}
	})
}

func BenchmarkFrames(b *testing.B) {
	entries, err := wire.RecordEntries(vm(), row())
	if err != nil {
		b.Fatal(err)
	}
	w := wire.NewFrameWriter(io.Discard)
	b.ReportAllocs()
	b.SetBytes(int64(len(entries)))
	for b.Loop() {
		if err := w.Record("OpaqueRef:x", entries); err != nil {
			b.Fatal(err)
		}
	}
}
