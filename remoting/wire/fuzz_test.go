package wire_test

import (
	"errors"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting/wire"
)

// FuzzDecode feeds frames that claim to be whole. A frame that decodes must be written so that it
// decodes to the same.
func FuzzDecode(f *testing.F) {
	for i, g := range golden.Frames(f) {
		if i%10 == 0 {
			f.Add(g.Request)
			f.Add(g.Response)
		}
	}
	f.Add(frame(wire.JSON, `{"code":1,"extFields":{"a":null,"b":[{}],"c":"\uD83D\uDE80"},"x":{"y":[1,2]}}`, "body"))
	var c, again wire.Command
	f.Fuzz(func(t *testing.T, b []byte) {
		if n, err := wire.Cut(b); err != nil && n != 0 {
			t.Fatalf("Cut = %d, %v", n, err)
		}
		if err := wire.Decode(b, &c); err != nil {
			if !known(err) {
				t.Fatalf("unnamed error %v", err)
			}
			return
		}
		out, err := wire.AppendCommand(nil, &c)
		if err != nil {
			t.Fatalf("%v: %q", err, b)
		}
		if err := wire.Decode(out, &again); err != nil {
			t.Fatalf("written again: %v: %q", err, out)
		}
		if diff := difference(&again, &c); diff != "" {
			t.Fatalf("%q written again as %q: %s", b, out, diff)
		}
	})
}

// FuzzJSONHeader spends all its time behind the framing.
func FuzzJSONHeader(f *testing.F) {
	for i, g := range golden.Frames(f) {
		if i%10 == 0 && g.ReqSerialisation == "json" {
			f.Add(string(g.Request[8 : len(g.Request)-g.ReqBodyLen]))
		}
	}
	f.Add(`{"extFields":{"a":"\uD83D\uDE80\u0001\n","b":-1.5e+3,"c":[{"d":null}],"e":{}},"language":7,"remark":null} `)
	var c, again wire.Command
	f.Fuzz(func(t *testing.T, header string) {
		if err := wire.Decode(frame(wire.JSON, header, ""), &c); err != nil {
			return
		}
		out, err := wire.AppendCommand(nil, &c)
		if err != nil {
			t.Fatal(err)
		}
		if err := wire.Decode(out, &again); err != nil {
			t.Fatalf("%q written again as %q: %v", header, out, err)
		}
		if diff := difference(&again, &c); diff != "" {
			t.Fatalf("%q written again as %q: %s", header, out, diff)
		}
	})
}

func known(err error) bool {
	for _, e := range []error{wire.ErrFrameLength, wire.ErrHeaderLength, wire.ErrSerialization, wire.ErrHeader} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
