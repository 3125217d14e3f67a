package send

import (
	"net/netip"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
)

// BenchmarkParts is what the parts of a send cost, but for the append: a message of 1 KiB with the
// header that Java's client was recorded to send.
func BenchmarkParts(b *testing.B) {
	frame := javaSend(b)
	var c wire.Command
	if err := wire.Decode(frame, &c); err != nil {
		b.Fatal(err)
	}
	h := &Handler{topics: oneTopic{}, opts: Options{
		StoreHost: netip.MustParseAddrPort("127.0.0.1:10911"), Cluster: "DefaultCluster", Region: "DefaultRegion", Trace: true,
		UniqKeys: record.NewUniqKeys(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 1, 1, nil), Now: time.Now,
	}}
	h.SetTrace(true)
	p := &put{h: h, request: &remoting.Request{Peer: nobody{}}}
	p.request.Cmd = c
	if err := p.prepare(); err != nil {
		b.Fatal(err)
	}
	message := p.message
	parts := []struct {
		name string
		run  func() error
	}{
		{"decode", func() error { return wire.Decode(frame, &c) }},
		{"header", func() error { return p.head.DecodeExt(&p.request.Cmd) }},
		{"checks", func() error {
			if err := p.checkTopic(); err != nil {
				return err
			}
			return p.checkMessage()
		}},
		{"properties", func() error {
			p.props, p.facts = rewrite(p.props[:0], p.head.Properties)
			p.complete()
			return nil
		}},
		{"encode", func() error { return p.encoded.Set(&message, h.opts.Encode) }},
		{"prepare", p.prepare}, // header to encode
	}
	for _, part := range parts {
		b.Run(part.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := part.run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("router and reply", func(b *testing.B) {
		router, err := remoting.NewRouter([]remoting.Route{{
			Code: c.Code, Run: remoting.Inline, Access: remoting.Open,
			Handle: func(r *remoting.Request) { p.request = r; p.fillAnswer(); r.Reply(&p.answer, nil) },
		}}, remoting.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() { // decode included
			if err := router.Frame(nobody{}, frame); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// javaSend is a recorded send of Java's client with a body of 1 KiB.
func javaSend(b *testing.B) []byte {
	for _, f := range golden.Frames(b) {
		if f.Code == 310 && f.Caller == "java-5.3.3" && f.ReqSerialisation == "json" && f.ResponseCode == "0" {
			var c wire.Command
			if err := wire.Decode(f.Request, &c); err != nil {
				b.Fatal(err)
			}
			c.Body = make([]byte, 1024)
			frame, err := wire.AppendCommand(nil, &c)
			if err != nil {
				b.Fatal(err)
			}
			return frame
		}
	}
	b.Fatal("no recorded send")
	return nil
}

// oneTopic is a table that has every topic.
type oneTopic struct{}

func (oneTopic) Invalid([]byte) string     { return "" }
func (oneTopic) Find([]byte) (Topic, bool) { return Topic{Queues: 8, WriteQueues: 8}, true }
func (oneTopic) Describe([]byte) string    { return "" }
func (oneTopic) Create(_, _ []byte, _ int32, _ bool) (Topic, bool) {
	return Topic{}, false
}
func (oneTopic) CreateBack([]byte, int32, bool) (Topic, bool) { return Topic{}, false }

// nobody is a client that hears nothing.
type nobody struct{}

func (nobody) ID() uint64 { return 1 }
func (nobody) RemoteAddr() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, 2, 3}), 4567)
}
func (nobody) Congested() bool    { return false }
func (nobody) Close(string)       {}
func (nobody) Write([]byte) error { return nil }
func (nobody) WriteBuffer(b *netio.Buffer) error {
	b.Release()
	return nil
}
