package dispatch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/wire"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// streamTimeout is how long a reader may take nothing.
const streamTimeout = 60 * time.Second

// maxPlain bounds the records of a plain reply, in bytes; more is a stream.
const maxPlain = 4 << 20

// stream serves a message as a stream: everything that can go wrong with the
// call is its answer, only then comes the pipe.
func (c *call) stream(ctx context.Context) (*os.File, error) {
	result, err := c.run(ctx, func(ctx context.Context) (any, error) { return c.streamer(ctx, c.e, c.args) })
	if err != nil {
		return nil, err
	}
	return c.pipe(c.e, result.(Streamer))
}

func (d *Dispatcher) streamer(ctx context.Context, e *entry, args []any) (Streamer, error) {
	if e.msg.Impl == schema.ImplDB {
		return d.rows(e.msg, args)
	}
	if open, ok := d.Streams[e.name]; ok {
		return open(ctx, args)
	}
	result, err := d.operate(ctx, e, args)
	if err != nil {
		return nil, err
	}
	recs, ok := result.(map[string]map[string]dbus.Variant)
	if !ok {
		return nil, fmt.Errorf("%s answers a %T, which is no stream", e.name, result)
	}
	return records(recs), nil
}

// pipe writes the frames on a goroutine of their own and returns the end to
// read them from, which is the caller's.
func (d *Dispatcher) pipe(e *entry, s Streamer) (*os.File, error) {
	select {
	case d.streams <- struct{}{}:
	default:
		return nil, bus.Errorf(bus.Busy, "more than %d streams are open", maxStreams)
	}
	r, w, err := wire.Pipe()
	if err != nil {
		<-d.streams
		return nil, err
	}
	started := d.outlive(func() {
		defer func() { <-d.streams }()
		defer w.Close()
		stop := context.AfterFunc(d.base, func() { _ = w.Close() })
		defer stop()
		if err := d.write(e, w, s); err != nil {
			d.Log.Debug("a stream ended early", "op", e.name, "err", err)
		}
	})
	if !started {
		<-d.streams
		return nil, errors.Join(bus.Errorf(bus.Draining, "the toolstack is stopping"), r.Close(), w.Close())
	}
	return r, nil
}

// write sends the frames and the closing one. An error of the pipe is nobody's
// business: the reader went away.
func (d *Dispatcher) write(e *entry, w *os.File, s Streamer) error {
	frames := wire.NewFrameWriter(wire.ProgressWriter{Pipe: w, Timeout: streamTimeout})
	_, err := d.protect(e, func() (any, error) { return nil, s.Frames(frames) })
	if err == nil {
		return frames.Close("")
	}
	var pathErr *os.PathError
	if errors.As(err, &pathErr) || errors.Is(err, io.ErrClosedPipe) {
		return err
	}
	return errors.Join(err, frames.Close("org.xen.xcp.Error.XenAPI."+xerr.From(err).Code))
}

// rows is the stream of a plain database message, over one snapshot.
type rows struct {
	snap *db.Snapshot
	seq  iter.Seq2[*db.Row, error]
}

// rows opens the stream. The first row is looked at, so that an expression that
// fails on it fails the call.
func (d *Dispatcher) rows(m *schema.Message, args []any) (Streamer, error) {
	snap := d.DB.Snapshot()
	seq, err := dbactions.Stream(snap, m, args)
	if err != nil {
		return nil, err
	}
	for _, err := range seq {
		if err != nil {
			return nil, err
		}
		break
	}
	return rows{snap, seq}, nil
}

// Frames implements Streamer.
func (s rows) Frames(w *wire.FrameWriter) error {
	for row, err := range s.seq {
		if err != nil {
			return err
		}
		if err := w.Record(row.Ref, s.snap.Encoded(row)); err != nil {
			return err
		}
	}
	return nil
}

// records is the stream of records that were made in memory.
type records map[string]map[string]dbus.Variant

// Frames implements Streamer.
func (s records) Frames(w *wire.FrameWriter) error {
	var buf []byte
	for ref, rec := range s {
		var err error
		if buf, _, err = wire.AppendSig(buf[:0], 0, "(sa{sv})", []any{ref, rec}); err != nil {
			return err
		}
		if err := w.Frame(buf); err != nil {
			return err
		}
	}
	return nil
}

// checkSize refuses a plain reply that should be a stream.
func (d *Dispatcher) checkSize(m *schema.Message, args []any) error {
	snap := d.DB.Snapshot()
	seq, err := dbactions.Stream(snap, m, args)
	if err != nil {
		return err
	}
	n := 0
	for row, err := range seq {
		if err != nil {
			return err
		}
		if n += len(snap.Encoded(row)); n > maxPlain {
			return bus.Errorf(bus.TooBig, "the records have more than %d bytes: call %sStream1", maxPlain, m.Class.Name)
		}
	}
	return nil
}
