package peer

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Recorded returns the recorded requests of one code to servers without access control that were not
// about to stop: those of clients, one-way ones too, and those of other servers that were answered.
func Recorded(t testing.TB, code int, atLeast int) []golden.Frame {
	t.Helper()
	return recorded(t, code, atLeast, func(f *golden.Frame) bool {
		return f.ResponseCode != "16" && f.ResponseCode != "1500"
	})
}

// RecordedRefusals returns those that a broker without access control refused with 16.
func RecordedRefusals(t testing.TB, code int) []golden.Frame {
	t.Helper()
	return recorded(t, code, 1, func(f *golden.Frame) bool {
		return f.ResponseCode == "16" && !strings.HasPrefix(f.Remark, "username")
	})
}

func recorded(t testing.TB, code, atLeast int, want func(*golden.Frame) bool) (found []golden.Frame) {
	t.Helper()
	for _, f := range golden.Frames(t) {
		ofClient := strings.HasPrefix(f.Direction, "client->")
		if f.Code == code && (ofClient || f.Response != nil) && want(&f) {
			found = append(found, f)
		}
	}
	if len(found) < atLeast {
		t.Fatalf("%d recorded frames of code %d, want %d or more", len(found), code, atLeast)
	}
	return found
}

// LikeJava compares an answer with the one Java gave: code, remark and names of the extFields. Where
// Java's remark is an exception with its stack frame, ours tells the cause in words of its own.
func LikeJava(t testing.TB, f *golden.Frame, got *wire.Command) {
	t.Helper()
	want := Decode(t, f.Response)
	if got.Code != want.Code {
		t.Errorf("%s: code %d %q, Java %d %q", f.ReqFile, got.Code, got.Remark, want.Code, want.Remark)
	}
	gotRemark, wantRemark := string(got.Remark), string(want.Remark)
	if gotRemark != wantRemark && (gotRemark == "" || !isException(wantRemark)) {
		t.Errorf("%s: remark %q, Java %q", f.ReqFile, gotRemark, wantRemark)
	}
	if len(got.Ext) != len(want.Ext) {
		t.Errorf("%s: %d extFields, Java %d", f.ReqFile, len(got.Ext), len(want.Ext))
	}
	for _, pair := range want.Ext {
		if _, ok := got.Lookup(string(pair.Key)); !ok {
			t.Errorf("%s: no extField %s", f.ReqFile, pair.Key)
		}
	}
}

func isException(remark string) bool {
	for _, packages := range []string{"java.", "org.", "com."} {
		if strings.HasPrefix(remark, packages) {
			return true
		}
	}
	return false
}

// SameExt compares the values of the extFields too.
func SameExt(t testing.TB, f *golden.Frame, got *wire.Command) {
	t.Helper()
	for _, pair := range Decode(t, f.Response).Ext {
		if v, _ := got.Lookup(string(pair.Key)); string(v) != string(pair.Value) {
			t.Errorf("%s: extField %s is %q, Java %q", f.ReqFile, pair.Key, v, pair.Value)
		}
	}
}

// SameJSON compares two bodies as values.
func SameJSON(t testing.TB, what string, got, want []byte) {
	t.Helper()
	var g, w any
	if err := errors.Join(json.Unmarshal(got, &g), json.Unmarshal(want, &w)); err != nil {
		t.Fatalf("%s: %v\ngot  %.300s\nwant %.300s", what, err, got, want)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("%s:\ngot  %.2000s\nwant %.2000s", what, got, want)
	}
}
