package protocol

import (
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting/wire"
)

func TestReadDataVersion(t *testing.T) {
	for text, want := range map[string]DataVersion{
		javaBody(t, "DataVersion"):                                      {},
		`{"counter":3,"stateVersion":0,"timestamp":1700000000000}`:      {Counter: 3, Timestamp: 1700000000000},
		`{"counter":3,"timestamp":1700000000000}`:                       {Counter: 3, Timestamp: 1700000000000},
		`{"counter":0,"stateVersion":7,"timestamp":0}`:                  {StateVersion: 7},
		`{"counter":999999999999999999,"stateVersion":1,"timestamp":2}`: {Counter: 999999999999999999, StateVersion: 1, Timestamp: 2},
	} {
		got, ok := ReadDataVersion([]byte(text))
		if want == (DataVersion{}) {
			if err := fastjson.Unmarshal([]byte(text), &want); err != nil {
				t.Fatal(err)
			}
		}
		if !ok || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "{", "{}", "null", `{"counter":}`, `{"counter":1}`, `{"counter":1,"timestamp":2`, `{"counter":1,"timestamp":2}x`, `{"counter":-1,"timestamp":2}`,
		`{"counter":01,"timestamp":2}`, `{"counter":1,"timestamp":1234567890123456789}`, `{"counter":1,"timestamp":2,"stateVersion":3}`, ` {"counter":1,"timestamp":2}`,
	} {
		if got, ok := ReadDataVersion([]byte(text)); ok || got != (DataVersion{}) {
			t.Errorf("%s: got %+v, %v, want it left to fastjson", text, got, ok)
		}
	}
}

// What Java brokers really send is read without fastjson.
func TestReadRecordedDataVersions(t *testing.T) {
	read := 0
	for _, f := range golden.Frames(t) {
		if f.Code != int(QueryDataVersion) {
			continue
		}
		var c wire.Command
		if err := wire.Decode(f.Request, &c); err != nil {
			t.Fatal(err)
		}
		body := c.Body
		if _, ok := ReadDataVersion(body); !ok {
			t.Errorf("%s: %s is not read", f.ReqFile, body)
		}
		read++
	}
	if read < 4 {
		t.Errorf("%d recorded versions, want 4 or more", read)
	}
}

func FuzzReadDataVersion(f *testing.F) {
	f.Add([]byte(`{"counter":3,"stateVersion":0,"timestamp":1700000000000}`))
	f.Add([]byte(`{"counter":3,"timestamp":1700000000000}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, ok := ReadDataVersion(text)
		if !ok {
			return
		}
		var want DataVersion
		if err := fastjson.Unmarshal(text, &want); err != nil || got != want {
			t.Errorf("%s: got %+v, want %+v, %v", text, got, want, err)
		}
	})
}
