package record

import (
	"net/netip"
	"testing"
)

func TestParseHeadAgreesWithParse(t *testing.T) {
	for _, born := range []string{"10.1.2.3:4567", "[2001:db8::1]:4567"} {
		m := &Message{
			Topic: []byte("T"), QueueID: 3, Body: []byte("body"),
			BornHost: netip.MustParseAddrPort(born), StoreHost: netip.MustParseAddrPort("10.0.0.1:10911"),
		}
		var e Encoded
		if err := e.Set(m, EncodeOptions{}); err != nil {
			t.Fatal(err)
		}
		e.Patch(0, 7, 1<<40, 1234567890123)
		var v View
		if kind, err := Parse(e.Bytes, &v, Headers); kind != Record || err != nil {
			t.Fatalf("Parse: %v, %v", kind, err)
		}
		got, ok := ParseHead(e.Bytes[:MinSize])
		want := Head{v.Size, v.QueueID, v.QueueOffset, v.PhyOffset, v.SysFlag, v.StoreTime}
		if !ok || got != want {
			t.Errorf("born at %s: got %+v, %v, want %+v", born, got, ok, want)
		}
	}
}

func TestParseHeadRefuses(t *testing.T) {
	blank := make([]byte, MinSize)
	copy(blank, []byte{0, 0, 1, 0, 0xCB, 0xD4, 0x31, 0x94})
	small := make([]byte, MinSize)
	copy(small, []byte{0, 0, 0, MinSize - 1, 0xDA, 0xA3, 0x20, 0xA7})
	for name, b := range map[string][]byte{
		"nothing": nil, "too short": make([]byte, MinSize-1), "zeros": make([]byte, MinSize),
		"a blank": blank, "a size below the smallest": small,
	} {
		if h, ok := ParseHead(b); ok {
			t.Errorf("%s: got %+v, want not ok", name, h)
		}
	}
}
