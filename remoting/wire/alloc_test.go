package wire_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting/wire"
)

// sendFrame is a recorded SEND_MESSAGE_V2 of the Java client, its answer with it.
func sendFrame(t testing.TB, serialisation string) (request, response []byte) {
	t.Helper()
	for _, f := range golden.Frames(t) {
		if f.Code == 310 && f.Caller == "java-4.9.4" && f.ReqSerialisation == serialisation && f.Response != nil {
			return f.Request, f.Response
		}
	}
	t.Fatalf("no recorded send in %s", serialisation)
	return nil, nil
}

var serialisations = []string{"json", "rocketmq"}

// sendResponse has the fields of the answer to a send.
type sendResponse struct {
	msgID, transactionID []byte
	queueID              int32
	queueOffset          int64
}

func (h *sendResponse) Fields(f *wire.Fields) {
	f.Bytes("msgId", &h.msgID, wire.Required)
	f.Int32("queueId", &h.queueID, wire.Required)
	f.Int64("queueOffset", &h.queueOffset, wire.Required)
	f.Bytes("transactionId", &h.transactionID, wire.Optional)
}

// TestAllocs is a gate: decoding, visiting and encoding make no garbage.
func TestAllocs(t *testing.T) {
	for _, s := range serialisations {
		request, response := sendFrame(t, s)
		var c wire.Command
		var e wire.Encoder
		var h sendResponse
		buf := make([]byte, 0, 4096)
		for name, run := range map[string]func() error{
			"decode a send":     func() error { return wire.Decode(request, &c) },
			"decode an answer":  func() error { return wire.Decode(response, &c) },
			"decode its header": func() error { return wire.DecodeHeader(&c, &h) },
			"encode an answer": func() error {
				e.Begin(buf, wire.Head{Code: 0, Flag: 1, Serialization: c.Serialization, Remark: "FOUND"})
				e.Header(&h)
				_, err := e.Finish(0)
				return err
			},
			"append a command": func() (err error) { _, err = e.Append(buf, &c); return err },
			"cut":              func() error { _, err := wire.Cut(request); return err },
		} {
			if err := wire.Decode(response, &c); err != nil {
				t.Fatal(err)
			}
			if n := testing.AllocsPerRun(100, func() {
				if err := run(); err != nil {
					t.Fatal(err)
				}
			}); n != 0 {
				t.Errorf("%s, %s: %v allocations", s, name, n)
			}
		}
	}
}

// TestHostileMemory checks that a frame costs no more memory than a small multiple of its own bytes,
// and that a Command does not hold on to it.
func TestHostileMemory(t *testing.T) {
	const size = 1 << 20
	escapes := strings.Repeat(`\u0001`, size/6)
	many := strings.Repeat(`"":"",`, wire.DefaultMaxFields-1) + `"":""`
	for name, header := range map[string]string{
		"escapes":        `{"remark":"` + escapes + `"}`,
		"fields":         `{"extFields":{` + many + `}}`,
		"many ext":       `{` + strings.Repeat(`"extFields":{},`, size/15) + `"code":1}`,
		"skipped":        `{"x":"` + escapes + `"}`,
		"skipped deeply": `{"x":[` + strings.Repeat(`[[],{}],`, size/8) + `1]}`,
		"bad number":     `{"code":"` + strings.Repeat("9", size) + `"}`,
	} {
		b := frame(wire.JSON, header, "")
		var c wire.Command
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := wire.Decode(b, &c)
		runtime.ReadMemStats(&after)
		if (err != nil) != (name == "bad number") {
			t.Errorf("%s: %v", name, err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 4*size {
			t.Errorf("%s: %d bytes allocated for a frame of %d", name, n, len(b))
		}
		if err := wire.Decode(frame(wire.JSON, "{}", ""), &c); err != nil {
			t.Fatal(err)
		}
		if n := wire.ScratchCap(&c); n > 128<<10 {
			t.Errorf("%s: %d bytes of scratch kept", name, n)
		}
	}
}

// A Command that waits without its frame keeps little, and nothing of the frame.
func TestForget(t *testing.T) {
	long := strings.Repeat(`\n`, 20_000)
	var c wire.Command
	for _, b := range [][]byte{
		frame(wire.JSON, `{"code":11,"opaque":7,"remark":"x","extFields":{"a":"`+long+`","b":"y"}}`, "body"),
		frame(wire.JSON, `{"code":11,"opaque":7,"extFields":{"a":"\n"`+strings.Repeat(`,"b":"y"`, 200)+`}}`, "body"),
	} {
		if err := wire.Decode(b, &c); err != nil {
			t.Fatal(err)
		}
		c.Forget()
		if n := wire.ScratchCap(&c); n > 4<<10 || cap(c.Ext) > 32 {
			t.Errorf("%d bytes of scratch and %d fields kept", n, cap(c.Ext))
		}
		for _, p := range c.Ext[:cap(c.Ext)] {
			if p.Key != nil || p.Value != nil {
				t.Errorf("a view is kept: %q %q", p.Key, p.Value)
			}
		}
		if c.Code != 11 || c.Opaque != 7 || c.Body != nil || c.Remark != nil || len(c.Ext) != 0 {
			t.Errorf("kept code %d, opaque %d, %d bytes of body, remark %q, %d fields", c.Code, c.Opaque, len(c.Body), c.Remark, len(c.Ext))
		}
	}
}

func BenchmarkDecodeSend(b *testing.B) {
	for _, s := range serialisations {
		request, _ := sendFrame(b, s)
		b.Run(s, func(b *testing.B) {
			var c wire.Command
			b.ReportAllocs()
			b.SetBytes(int64(len(request)))
			for b.Loop() {
				if err := wire.Decode(request, &c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncodeSendResponse(b *testing.B) {
	for _, s := range serialisations {
		_, response := sendFrame(b, s)
		var c wire.Command
		var h sendResponse
		if err := wire.Decode(response, &c); err != nil {
			b.Fatal(err)
		}
		if err := wire.DecodeHeader(&c, &h); err != nil {
			b.Fatal(err)
		}
		b.Run(s, func(b *testing.B) {
			var e wire.Encoder
			buf := make([]byte, 0, 1024)
			b.ReportAllocs()
			for b.Loop() {
				e.Begin(buf, c.Answer(0))
				e.Header(&h)
				if _, err := e.Finish(0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
