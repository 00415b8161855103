package front

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/xcp-dbus/xcp/internal/bus"
	"github.com/xcp-dbus/xcp/internal/bus/wire"
	"github.com/xcp-dbus/xcp/internal/rpc"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// flushAt is how much of a streamed answer is collected before it is sent. An
// answer that stays below it is sent whole, with its length.
const flushAt = 256 << 10

// xenAPIError begins the names of errors that are XenAPI failures.
const xenAPIError = "org.xen.xcp.Error.XenAPI."

// stream answers with the frames that come out of the pipe a call returned.
func (x *exchange) stream(out []any) {
	var pipe *os.File
	if len(out) > 0 {
		pipe = bus.File(out[0], x.method)
	}
	if pipe == nil {
		bus.CloseFDs(out)
		x.fail(errors.New("a stream was expected"))
		return
	}
	defer pipe.Close()
	s := stream{
		x:      x,
		frames: wire.NewFrameReader(timedPipe{pipe}),
		to:     transcoder{e: x.answer, classes: x.f.routes.Classes},
	}
	err := s.copy()
	switch {
	case err == nil:
		s.finish()
	case s.started:
		// The client must not take what it has for the whole answer.
		x.f.stats.broken.Add(1)
		x.f.log.Error("an answer broke off", "op", x.method, "err", err)
		panic(http.ErrAbortHandler)
	default:
		x.answer.Reset()
		x.fail(streamFailure(err))
	}
}

// streamFailure turns the error name in a closing frame into a failure.
func streamFailure(err error) error {
	var e *wire.StreamError
	if errors.As(err, &e) {
		if code, ok := strings.CutPrefix(e.Name, xenAPIError); ok {
			return xerr.New(code)
		}
	}
	return fmt.Errorf("cannot read the stream: %w", err)
}

// A timedPipe gives up on a writer that is alive and writes nothing.
type timedPipe struct{ *os.File }

// Read implements io.Reader.
func (p timedPipe) Read(b []byte) (int, error) {
	_ = p.SetReadDeadline(time.Now().Add(progressTimeout))
	return p.File.Read(b)
}

// A stream is one streamed answer under way.
type stream struct {
	x       *exchange
	frames  *wire.FrameReader
	to      transcoder
	started bool // the header and a part of the answer are out
}

func (s *stream) copy() error {
	s.x.answer.Success()
	var err error
	if class := s.x.route.records; class != nil {
		err = s.records()
	} else {
		err = s.events()
	}
	s.x.answer.End()
	return err
}

// records writes the struct of get_all_records: a record by reference.
func (s *stream) records() error {
	e := s.x.answer
	e.BeginStruct()
	for {
		frame, err := s.frames.Next()
		if err == io.EOF {
			e.EndStruct()
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.to.pair(frame, s.x.route.records); err != nil {
			return err
		}
		if err := s.flush(); err != nil {
			return err
		}
	}
}

// events writes the struct of event.from. Its first frame holds what comes
// last in the answer.
func (s *stream) events() error {
	first, err := s.frames.Next()
	if err != nil {
		return err
	}
	tail, err := readTail(first)
	if err != nil {
		return err
	}
	e := s.x.answer
	e.BeginStruct()
	e.Member("events")
	e.BeginArray()
	for {
		frame, err := s.frames.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if err := s.to.event(frame); err != nil {
			return err
		}
		if err := s.flush(); err != nil {
			return err
		}
	}
	e.EndArray()
	tail.write(e)
	e.EndStruct()
	return nil
}

// flush sends what was collected if it is enough.
func (s *stream) flush() error {
	if len(s.x.answer.Buffer()) < flushAt {
		return nil
	}
	return s.send()
}

func (s *stream) send() error {
	if !s.started {
		s.started = true
		s.x.header()
	}
	_, err := s.x.w.Write(s.x.answer.Buffer())
	s.x.answer.Reset()
	return err
}

// finish sends the rest, or all if it is little.
func (s *stream) finish() {
	if !s.started {
		s.x.send(s.x.answer.Buffer())
		return
	}
	_ = s.send() // a client that is gone is no news
}

// A tail is what event.from says beside the events.
type tail struct {
	token  string
	counts []count
}

type count struct {
	class string
	rows  int64
}

func readTail(frame []byte) (tail, error) {
	r := wire.NewReader(frame)
	r.Text() // no reference
	var t tail
	for a := r.OpenDict(); r.More(a); {
		r.Struct()
		key, sig := string(r.Text()), string(r.VariantSignature())
		switch {
		case key == "token" && sig == "s":
			t.token = r.String()
		case key == "valid_ref_counts" && sig == "a{sx}":
			for c := r.OpenDict(); r.More(c); {
				r.Struct()
				t.counts = append(t.counts, count{r.String(), r.Int64()})
			}
		default:
			r.Skip(sig)
		}
	}
	return t, r.Err()
}

func (t *tail) write(e rpc.Encoder) {
	e.Member("valid_ref_counts")
	e.BeginStruct()
	for _, c := range t.counts {
		e.Member(c.class)
		e.Int4(c.rows)
	}
	e.EndStruct()
	e.Member("token")
	e.Text(t.token)
}
