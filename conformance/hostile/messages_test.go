//go:build conformance

package hostile

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

func property(name, value string) string { return name + "\x01" + value + "\x02" }

// element is one message of a batch body; see store/record for the format.
func element(body, properties []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(22+len(body)+len(properties)))
	b = append(b, make([]byte, 12)...) // magic, crc, flag
	b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
	b = append(b, body...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(properties)))
	return append(b, properties...)
}

// stored reads back the last message of queue 0 of a topic.
func stored(p *peer, topic string, offset string) record.View {
	p.t.Helper()
	var v record.View
	eventually(p.t, "the message is visible", func() bool {
		a := p.ask(protocol.PullMessage, pullFrom(topic).with("queueOffset", offset), nil)
		if a.code != 0 {
			return false
		}
		if _, err := record.Parse(a.body, &v, record.CheckCRC); err != nil {
			p.t.Fatalf("message of %s: %v", topic, err)
		}
		return true
	})
	return v
}

// values are all values of a property, in order.
func values(v *record.View, name string) []string {
	var all []string
	for key, value := range record.Properties(v.Properties) {
		if string(key) == name {
			all = append(all, string(value))
		}
	}
	return all
}

// Properties that only the broker writes are the broker's, whatever a client puts into keys and values.
func TestForgedProperties(t *testing.T) {
	own := map[string]string{"MSG_REGION": "DefaultRegion", "TRACE_ON": "true", "CLUSTER": "DefaultCluster"}
	var all, smuggled string
	for name := range own {
		all += property(name, "evil")
		smuggled += "\x02" + name + "\x01evil"
	}
	forms := map[string]string{
		"plain":                 all,
		"twice":                 all + all,
		"without the last end":  strings.TrimSuffix(all, "\x02"),
		"smuggled in a value":   property("KEYS", "k"+smuggled),
		"smuggled in a name":    "x" + smuggled + "\x01v\x02",
		"behind empty items":    "\x02\x02\x02\x01\x02\x01\x01\x02" + all,
		"value with name ends":  property("x", "a\x01b\x01CLUSTER\x01evil") + all,
		"one delivery's own":    property("POP_CK", "evil") + property("__transientx", "evil") + all,
		"no separators":         "CLUSTER",
		"nothing but separator": strings.Repeat("\x01\x02", 1000),
		"not UTF-8":             property("x\xff", "\xfe") + all,
		"NUL":                   property("x\x00", "\x00") + all,
	}
	attack(t, limits{}, func(v *victim) {
		p := dial(t, v.Broker)
		for what, properties := range forms {
			a := p.want(what, protocol.SendMessageV2, sendTo("Forged").with("i", properties), []byte("body"), 0)
			m := stored(p, "Forged", a.fields["queueOffset"])
			for name, value := range own {
				if got := values(&m, name); !slices.Equal(got, []string{value}) {
					t.Errorf("%s: %s is %q, want %q alone", what, name, got, value)
				}
			}
			if got := values(&m, "POP_CK"); len(got) > 0 {
				t.Errorf("%s: POP_CK is stored: %q", what, got)
			}
			if got := values(&m, "UNIQ_KEY"); len(got) != 1 {
				t.Errorf("%s: UNIQ_KEY is %q, want one", what, got)
			}
		}
	})
}

// Bodies and properties over their limits are refused, at the limits they are stored.
func TestSizes(t *testing.T) {
	body, over := make([]byte, 4<<20), make([]byte, 4<<20+1)
	// A few bodies of 4 MiB are under way at once.
	attack(t, limits{memory: 128 * mib}, func(v *victim) {
		p := dial(t, v.Broker)
		send := sendTo("Sizes")
		p.want("body of 4 MiB", protocol.SendMessageV2, send, body, 0)
		p.want("body of 4 MiB and 1", protocol.SendMessageV2, send, over, 13)
		p.want("body of 15 MiB", protocol.SendMessageV2, send, make([]byte, 15<<20), 13)
		p.want("no body", protocol.SendMessageV2, send, nil, 0, 13)
		p.want("properties of 31 kB", protocol.SendMessageV2, send.with("i", property("x", strings.Repeat("v", 31_000))), body[:10], 0)
		long := func(n int) ext { return send.with("i", property("x", strings.Repeat("v", n))) }
		many := func(n int) ext { return send.with("i", strings.Repeat(property("n", "v"), n)) }
		for _, size := range []int{32_768, 40_000, 65_536} {
			p.want("long property", protocol.SendMessageV2, long(size), body[:10], 13)
			p.want("many properties", protocol.SendMessageV2, many(size/4), body[:10], 13)
		}
		p.want("property longer than a header", protocol.SendMessageV2, long(900_000), body[:10], 29)
		p.want("more properties than a header takes", protocol.SendMessageV2, many(50_000), body[:10], 29)
		if m := stored(p, "Sizes", "0"); !bytes.Equal(m.Body, body) {
			t.Errorf("the body of 4 MiB came back as %d bytes", len(m.Body))
		}
	})
}

// Batches whose lengths lie are refused as a whole: no element of them is stored.
func TestLyingBatches(t *testing.T) {
	good := element([]byte("body"), []byte(property("x", "v")))
	patched := func(at int, b ...byte) []byte {
		c := slices.Clone(good)
		copy(c[at:], b)
		return append(slices.Clone(good), c...)
	}
	bad := map[string][]byte{
		"empty":                    {},
		"cut in the second":        append(slices.Clone(good), good[:len(good)-1]...),
		"cut in the head":          append(slices.Clone(good), good[:10]...),
		"one byte more":            append(slices.Clone(good), 0),
		"body of 2 GiB":            patched(16, 0x7f, 0xff, 0xff, 0xff),
		"body of -1":               patched(16, 0xff, 0xff, 0xff, 0xff),
		"body one too long":        patched(16, 0, 0, 0, 5),
		"properties of 32767":      patched(24, 0x7f, 0xff),
		"properties of -1":         patched(24, 0xff, 0xff),
		"4 MiB of empty elements":  bytes.Repeat(element(nil, nil), 190_000),
		"5 MiB":                    bytes.Repeat(element(make([]byte, 1000), nil), 5<<10),
		"an element asks for more": append(slices.Clone(good), element([]byte("b"), bytes.Repeat([]byte("p"), 32_767))...),
	}
	attack(t, limits{memory: 96 * mib}, func(v *victim) {
		p := dial(t, v.Broker)
		p.want("create", protocol.UpdateAndCreateTopic, createTopic("Batches"), nil, 0)
		for what, body := range bad {
			p.want(what, protocol.SendBatchMessage, sendTo("Batches"), body, 13)
			p.want(what+", m=true", protocol.SendMessageV2, sendTo("Batches").with("m", "true"), body, 13)
		}
		if n := p.number(p.ask(protocol.GetMaxOffset, queueOf("Batches", "0"), nil), "offset"); n != 0 {
			t.Errorf("%d messages are stored, want none", n)
		}
		p.want("a true batch", protocol.SendBatchMessage, sendTo("Batches"), append(slices.Clone(good), good...), 0)
		if m := stored(p, "Batches", "1"); string(m.Body) != "body" {
			t.Errorf("second element: got %q, want %q", m.Body, "body")
		}
	})
}

// Where a message comes from is what the connection says, whatever the header and the body claim.
func TestForgedHosts(t *testing.T) {
	attack(t, limits{}, func(v *victim) {
		p := dial(t, v.Broker)
		send := sendTo("Hosts").with("i", property("BORN_HOST", "10.9.8.7")).with("bornHost", "10.9.8.7:1").with("storeHost", "10.9.8.7:2")
		for offset, flag := range []string{"0", "16", "32", "48"} {
			a := p.want("hosts, sysFlag "+flag, protocol.SendMessageV2, send.with("f", flag), []byte("body"), 0)
			m := stored(p, "Hosts", a.fields["queueOffset"])
			if got, want := m.BornHost().String(), p.LocalAddr().String(); got != want {
				t.Errorf("message %d: born at %s, want %s", offset, got, want)
			}
			if got := m.StoreHost().String(); got != v.Broker {
				t.Errorf("message %d: stored at %s, want %s", offset, got, v.Broker)
			}
		}
		// A record inside a body is none itself, also for those who know where it lies.
		inner := p.ask(protocol.PullMessage, pullFrom("Hosts").with("maxMsgNums", "1"), nil).body
		a := p.want("a record as a body", protocol.SendMessageV2, sendTo("Hosts"), inner, 0)
		outer := stored(p, "Hosts", a.fields["queueOffset"])
		for at := range int64(200) {
			offset := strconv.FormatInt(outer.PhyOffset+1+at, 10)
			p.want("view at "+offset, protocol.ViewMessageByID, ext{"offset": offset}, nil, 1)
		}
	})
}
