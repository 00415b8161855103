package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// MaxFrame bounds one frame of a stream, in bytes.
const MaxFrame = 16 << 20

// frameBuffer is what writers and readers buffer: enough for several records.
const frameBuffer = 64 << 10

// ErrTruncated says that a stream ended without its closing frame: its writer
// died, so what was read may be anything but complete.
var ErrTruncated = errors.New("the stream ends without its closing frame")

// A StreamError is the name its writer ended a stream with.
type StreamError struct{ Name string }

func (e *StreamError) Error() string { return "the stream ended in " + e.Name }

// A FrameWriter writes the frames of one stream: u32 length and payload each,
// then a length of 0, u32 length and (ts): the number of frames and an error
// name.
type FrameWriter struct {
	w     *bufio.Writer
	count uint64
	buf   []byte
}

// NewFrameWriter writes to w, which it does not close.
func NewFrameWriter(w io.Writer) *FrameWriter {
	return &FrameWriter{w: bufio.NewWriterSize(w, frameBuffer)}
}

// Frame writes a payload: one marshalled value, its alignment counted from its
// first byte.
func (f *FrameWriter) Frame(payload []byte) error {
	if len(payload) == 0 || len(payload) > MaxFrame {
		return fmt.Errorf("a frame has %d bytes, not 1 to %d", len(payload), MaxFrame)
	}
	f.count++
	return f.write(payload)
}

func (f *FrameWriter) write(payload []byte) error {
	if err := f.length(len(payload)); err != nil {
		return err
	}
	_, err := f.w.Write(payload)
	return err
}

func (f *FrameWriter) length(n int) error {
	_, err := f.w.Write(binary.LittleEndian.AppendUint32(f.w.AvailableBuffer(), uint32(n)))
	return err
}

// Record writes the frame (sa{sv}) of a reference and its record.
func (f *FrameWriter) Record(ref string, entries Entries) error {
	b := AppendString(f.buf[:0], 0, ref)
	b = AppendUint32(b, 0, uint32(len(entries)))
	b = align(b, 0, 8)
	f.buf = b
	n := len(b) + len(entries)
	if n > MaxFrame {
		return fmt.Errorf("a frame has %d bytes, at most %d are allowed", n, MaxFrame)
	}
	f.count++
	if err := f.length(n); err != nil {
		return err
	}
	if _, err := f.w.Write(b); err != nil {
		return err
	}
	_, err := f.w.Write(entries)
	return err
}

// Flush sends what is buffered.
func (f *FrameWriter) Flush() error { return f.w.Flush() }

// Close writes the closing frame, with an error name if the stream is not
// complete, and flushes.
func (f *FrameWriter) Close(errorName string) error {
	if err := f.length(0); err != nil {
		return err
	}
	f.buf = AppendString(AppendUint64(f.buf[:0], 0, f.count), 0, errorName)
	if err := f.write(f.buf); err != nil {
		return err
	}
	return f.w.Flush()
}

// A FrameReader reads the frames of one stream.
type FrameReader struct {
	r     *bufio.Reader
	count uint64
	buf   []byte
	err   error
}

// NewFrameReader reads from r, which it does not close.
func NewFrameReader(r io.Reader) *FrameReader {
	return &FrameReader{r: bufio.NewReaderSize(r, frameBuffer)}
}

// Count is the number of frames read.
func (f *FrameReader) Count() uint64 { return f.count }

// Next returns the next payload, valid until the call after. At the proper end
// of the stream it returns io.EOF; otherwise a *StreamError the writer sent,
// ErrTruncated, or what the underlying reader said.
func (f *FrameReader) Next() ([]byte, error) {
	if f.err != nil {
		return nil, f.err
	}
	b, err := f.next()
	if err != nil {
		f.err = err
		return nil, err
	}
	return b, nil
}

func (f *FrameReader) next() ([]byte, error) {
	n, err := f.length()
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, f.closing()
	}
	if n > MaxFrame {
		return nil, fmt.Errorf("%w: a frame of %d bytes", ErrInvalid, n)
	}
	f.count++
	return f.payload(n)
}

func (f *FrameReader) length() (int, error) {
	b, err := f.r.Peek(4)
	if err != nil {
		return 0, truncated(err)
	}
	n := binary.LittleEndian.Uint32(b)
	f.r.Discard(4) //nolint:errcheck // just peeked
	return int(n), nil
}

// payload reads n bytes; memory grows only as they arrive.
func (f *FrameReader) payload(n int) ([]byte, error) {
	f.buf = f.buf[:0]
	for len(f.buf) < n {
		step := min(n-len(f.buf), max(len(f.buf), frameBuffer))
		at := len(f.buf)
		f.buf = append(f.buf, make([]byte, step)...)
		if _, err := io.ReadFull(f.r, f.buf[at:]); err != nil {
			return nil, truncated(err)
		}
	}
	return f.buf, nil
}

// maxClosing bounds the closing frame: an error name has at most 255 bytes.
const maxClosing = 8 + 4 + 255 + 1

func (f *FrameReader) closing() error {
	n, err := f.length()
	if err != nil {
		return err
	}
	if n == 0 || n > maxClosing {
		return fmt.Errorf("%w: a closing frame of %d bytes", ErrInvalid, n)
	}
	b, err := f.payload(n)
	if err != nil {
		return err
	}
	r := NewReader(b)
	count, name := r.Uint64(), r.String()
	switch {
	case r.Err() != nil:
		return r.Err()
	case r.Rest() != 0:
		return fmt.Errorf("%w: a closing frame goes on", ErrInvalid)
	case name != "":
		return &StreamError{Name: name}
	case count != f.count:
		return fmt.Errorf("%w: %d frames of %d arrived", ErrInvalid, f.count, count)
	}
	return io.EOF
}

// truncated names the end of the data what it is in a stream.
func truncated(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return ErrTruncated
	}
	return err
}
