//go:build conformance

package hostile

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Noise that is no frame, noise behind a right length, and noise as a header all end the connection.
func TestRandomBytes(t *testing.T) {
	attack(t, limits{}, func(v *victim) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		rng := rand.New(rand.NewPCG(seed, 0))
		for i := range 300 {
			addr := v.Broker
			if i%3 == 0 {
				addr = v.Namesrv
			}
			b := noise(rng, 16+rng.IntN(64<<10))
			switch i % 5 {
			case 0, 1: // a length of 16 MiB at least, or negative; not a letter of HTTP, not TLS
				b[0] = byte(0x80 | rng.IntN(128))
			case 2: // a right length, and a header word that is no serialisation
				binary.BigEndian.PutUint32(b, uint32(len(b)-4))
				b[4] = byte(2 + rng.IntN(250))
			case 3:
				b = frame(0, b, nil)
			case 4:
				b = frame(1, b, noise(rng, 100))
			}
			p := dial(t, addr)
			p.send(b)
			p.wantClosed(fmt.Sprintf("noise %d of kind %d", i, i%5))
		}
	})
}

func noise(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// What is announced is neither believed nor waited for.
func TestLyingLengths(t *testing.T) {
	word := func(length, head uint32) []byte {
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, length), head)
	}
	binaryHeader := func(remark, extLen uint32, rest string) []byte {
		h := make([]byte, 13) // code, language, version, opaque, flag
		h = binary.BigEndian.AppendUint32(h, remark)
		return append(binary.BigEndian.AppendUint32(h, extLen), rest...)
	}
	cases := []struct {
		name  string
		bytes []byte
	}{
		{"length 0x7fffffff", word(0x7fffffff, 10)},
		{"length 0xffffffff", word(0xffffffff, 10)},
		{"length 0x80000000", word(0x80000000, 10)},
		{"frame of 16 MiB and 1", word(16<<20+1-4, 10)},
		{"length 16 MiB and 1", word(16<<20+1, 10)},
		{"length 0", word(0, 0)},
		{"length 3", word(3, 0)},
		{"header 1 byte beyond the frame", append(word(20, 17), make([]byte, 16)...)},
		{"header of 16 MiB in a small frame", append(word(20, 0xffffff), make([]byte, 16)...)},
		{"header over 1 MiB", word(4<<20, 1<<20+1)},
		{"serialisation 2", word(100, 2<<24|90)},
		{"serialisation 255", word(100, 255<<24|90)},
		{"no header", word(4, 0)},
		{"binary: header of 3 bytes", frame(1, []byte("abc"), nil)},
		{"binary: remark of 2 GiB", frame(1, binaryHeader(0x7fffffff, 0, ""), nil)},
		{"binary: remark of -1", frame(1, binaryHeader(0xffffffff, 0, ""), nil)},
		{"binary: ext block of 2 GiB", frame(1, binaryHeader(0, 0x7fffffff, ""), nil)},
		{"binary: ext block of -1", frame(1, binaryHeader(0, 0xffffffff, ""), nil)},
		{"binary: key of 32767", frame(1, binaryHeader(0, 6, "\x7f\xffabcd"), nil)},
		{"binary: key of -1", frame(1, binaryHeader(0, 6, "\xff\xffabcd"), nil)},
		{"binary: value of 2 GiB", frame(1, binaryHeader(0, 8, "\x00\x01a\x7f\xff\xff\xffv"), nil)},
		{"binary: value of -1", frame(1, binaryHeader(0, 8, "\x00\x01a\xff\xff\xff\xffv"), nil)},
	}
	attack(t, limits{memory: 32 * mib}, func(v *victim) {
		for _, c := range cases {
			for _, addr := range []string{v.Broker, v.Namesrv} {
				p := dial(t, addr)
				p.send(c.bytes)
				p.wantClosed(c.name)
			}
		}
	})
}

// The largest frame that is allowed, announced 400 times and never sent, costs what was sent.
func TestAnnouncedFramesCostNothing(t *testing.T) {
	attack(t, limits{memory: 32 * mib}, func(v *victim) {
		for range 400 {
			p := dial(t, v.Broker)
			b := binary.BigEndian.AppendUint32(nil, 16<<20-4)
			p.send(append(binary.BigEndian.AppendUint32(b, 200), "{"...))
		}
		eventually(t, "the connections are open", func() bool { return v.metric("gannet_connections") >= 400 })
		v.works(steps)
	})
}

// A request that was cut off is not executed, wherever it was cut; one that comes in many pieces is.
func TestTruncatedFrames(t *testing.T) {
	attack(t, limits{}, func(v *victim) {
		whole := request(protocol.SendMessageV2, 1, 0, sendTo("Truncated"), []byte(strings.Repeat("body", 50)))
		p := dial(t, v.Broker)
		p.want("create", protocol.UpdateAndCreateTopic, createTopic("Truncated"), nil, 0)
		for cut := 1; cut < len(whole); cut += 5 {
			part := dial(t, v.Broker)
			part.send(whole[:cut])
			_ = part.Close()
		}
		// Behind a frame that does not decode nothing is executed either.
		for range 20 {
			bad := dial(t, v.Broker)
			bad.send(append(frame(0, []byte("{]"), nil), whole...))
			bad.wantClosed("a send behind a broken frame")
		}
		eventually(t, "the attacker's connections are gone", func() bool { return v.metric("gannet_connections") <= 2+1 })
		if n := p.number(p.ask(protocol.GetMaxOffset, queueOf("Truncated", "0"), nil), "offset"); n != 0 {
			t.Errorf("%d messages are stored, want none: all sends were cut off", n)
		}
		slow := dial(t, v.Broker)
		for i := range whole {
			slow.send(whole[i : i+1])
		}
		slow.opaque = 1
		if a := slow.answered("send byte by byte"); a.code != 0 {
			t.Errorf("send byte by byte: code %d %q, want 0", a.code, a.remark)
		}
	})
}

// A header of up to 1 MiB is decoded, but what is handled on an event loop takes 256 KiB at most. The refusal is an
// answer, and the connection lives on.
func TestLongHeadersOfHotCodes(t *testing.T) {
	long := func(n int) ext { return queueOf(quietTopic, "0").with("x", strings.Repeat("x", n)) }
	attack(t, limits{memory: 32 * mib}, func(v *victim) {
		p := dial(t, v.Broker)
		for range 50 {
			for _, n := range []int{256 << 10, 1<<20 - 1000} {
				a := p.ask(protocol.GetMaxOffset, long(n), nil)
				if a.code != protocol.InvalidParameter || !strings.Contains(a.remark, "at most 262144 for request type 30") {
					t.Errorf("header of over %d bytes: got %d %q, want 29 and the limit", n, a.code, a.remark)
				}
			}
		}
		p.send(request(protocol.GetMaxOffset, 1, wire.FlagOneway, long(512<<10), nil))
		if a := p.ask(protocol.GetMaxOffset, long(255<<10), nil); a.code != 0 || p.number(a, "offset") == 0 {
			t.Errorf("header of 255 KiB: got %d %q %v, want the end of the queue", a.code, a.remark, a.fields)
		}
		if n := v.metric("gannet_requests_oversized_total"); n != 101 {
			t.Errorf("%v requests counted as oversized, want 101", n)
		}
		// Long properties are refused in Java's words, as long as the header is not.
		properties := "k\x01" + strings.Repeat("p", 200<<10) + "\x02"
		a := p.ask(protocol.SendMessageV2, sendTo("LongProperties").with("i", properties), []byte("body"))
		if a.code != protocol.MessageIllegal {
			t.Errorf("properties of 200 KiB: got %d %q, want 13", a.code, a.remark)
		}
		names := dial(t, v.Namesrv)
		route := ext{"topic": quietTopic, "x": strings.Repeat("x", 256<<10)}
		if a := names.ask(protocol.GetRouteInfoByTopic, route, nil); a.code != protocol.InvalidParameter {
			t.Errorf("name server: got %d %q, want 29", a.code, a.remark)
		}
		v.works(steps)
	})
}

// A binary header may say everything that a JSON one may; its answer comes in the same form.
func TestBinaryHeadersAreServed(t *testing.T) {
	attack(t, limits{}, func(v *victim) {
		p := dial(t, v.Broker)
		p.opaque = 7
		head := wire.Head{Code: protocol.GetMaxOffset, Opaque: 7, Serialization: wire.Binary, Remark: strings.Repeat("r", 60_000)}
		p.send(encode(head, queueOf(quietTopic, "0"), nil))
		if a := p.answered("binary"); a.code != 0 || p.number(a, "offset") == 0 {
			t.Errorf("got code %d, fields %v, want the end of the queue", a.code, a.fields)
		}
	})
}
