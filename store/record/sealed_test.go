package record

import (
	"net/netip"
	"testing"
)

// The CRC property tells what happened to any byte of its record; a client's own, which comes before those of
// the broker, tells nothing.
func TestSealed(t *testing.T) {
	host := netip.MustParseAddrPort("127.0.0.1:1")
	m := Message{Topic: []byte("Topic"), Body: []byte("body"), BornHost: host, StoreHost: host, Properties: []byte("A\x01b\x02")}
	parse := func(b []byte) *View {
		v := new(View)
		if kind, err := Parse(b, v, Headers); kind != Record || err != nil {
			t.Fatal(kind, err)
		}
		return v
	}
	var e Encoded
	if err := e.Set(&m, EncodeOptions{AppendPropCRC: true}); err != nil {
		t.Fatal(err)
	}
	e.Patch(0, 1, 2, 3)
	e.SealCRC()
	if sealed, ok := parse(e.Bytes).Sealed(); !sealed || !ok {
		t.Errorf("as it was sealed: %t, %t, want true, true", sealed, ok)
	}
	for _, at := range []int{posQueueOffset, posPhyOffset, len(e.Bytes) - propCRCSize - 2, len(e.Bytes) - 3} {
		e.Bytes[at] ^= 1
		if sealed, ok := parse(e.Bytes).Sealed(); !sealed || ok {
			t.Errorf("byte %d altered: %t, %t, want true, false", at, sealed, ok)
		}
		e.Bytes[at] ^= 1
	}
	for _, props := range []string{"", "A\x01b\x02", "__CRC32#\x011234567890\x02CLUSTER\x01c\x02"} {
		m.Properties = []byte(props)
		if err := e.Set(&m, EncodeOptions{}); err != nil {
			t.Fatal(err)
		}
		if sealed, _ := parse(e.Bytes).Sealed(); sealed {
			t.Errorf("%q counts as sealed", props)
		}
	}
}
