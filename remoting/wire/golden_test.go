package wire_test

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strconv"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting/wire"
)

// TestGoldenFrames decodes every frame that Java and Go clients and servers were seen to send, and
// writes it again.
func TestGoldenFrames(t *testing.T) {
	frames := golden.Frames(t)
	if len(frames) == 0 {
		t.Fatal("no golden frames")
	}
	for _, f := range frames {
		c := checkGolden(t, f.ReqFile, f.Request)
		if f.ReqSerialisation == "json" && int(c.Code) != f.Code {
			t.Errorf("%s: code %d, want %d", f.ReqFile, c.Code, f.Code)
		}
		if int(c.Opaque) != f.Opaque || int(c.Flag) != f.Flag || int(c.Version) != f.Version || len(c.Body) != f.ReqBodyLen {
			t.Errorf("%s: opaque %d flag %d version %d body %d, want %d %d %d %d", f.ReqFile,
				c.Opaque, c.Flag, c.Version, len(c.Body), f.Opaque, f.Flag, f.Version, f.ReqBodyLen)
		}
		if got := extNames(c); !slices.Equal(got, f.ReqExtFields) {
			t.Errorf("%s: ext fields %q, want %q", f.ReqFile, got, f.ReqExtFields)
		}
		if f.Response == nil {
			continue
		}
		c = checkGolden(t, f.RespFile, f.Response)
		if got := strconv.Itoa(int(c.Code)); got != f.ResponseCode || !c.IsResponse() || len(c.Body) != f.RespBodyLen {
			t.Errorf("%s: code %s flag %d body %d, want %s, a response, %d", f.RespFile, got, c.Flag, len(c.Body), f.ResponseCode, f.RespBodyLen)
		}
		if got := extNames(c); !slices.Equal(got, f.RespExtFields) {
			t.Errorf("%s: ext fields %q, want %q", f.RespFile, got, f.RespExtFields)
		}
	}
}

// checkGolden decodes frame and writes it again: binary headers to the same bytes, JSON headers,
// whose members have no fixed order, to bytes that say the same.
func checkGolden(t *testing.T, name string, frame []byte) *wire.Command {
	t.Helper()
	if n, err := wire.Cut(frame); n != len(frame) || err != nil {
		t.Errorf("%s: Cut = %d, %v, want %d", name, n, err, len(frame))
	}
	var c, again wire.Command
	if err := wire.Decode(frame, &c); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	out, err := wire.AppendCommand(nil, &c)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if c.Serialization == wire.Binary {
		if !bytes.Equal(out, frame) {
			t.Errorf("%s: written again:\n%q\nwant\n%q", name, out, frame)
		}
		return &c
	}
	if err := wire.Decode(out, &again); err != nil {
		t.Fatalf("%s: written again: %v", name, err)
	}
	if diff := difference(&again, &c); diff != "" {
		t.Errorf("%s: written again: %s", name, diff)
	}
	return &c
}

// extNames is sorted and free of duplicates, as the names of golden.Frame are.
func extNames(c *wire.Command) []string {
	var names []string
	for _, p := range c.Ext {
		names = append(names, string(p.Key))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// TestFactFrames compares what is read with what Java's own decoder reads from the same frames, and
// what is written with the frames themselves where their bytes do not depend on a HashMap.
func TestFactFrames(t *testing.T) {
	var facts struct {
		Frames []struct {
			Name, Serialize, FrameBase64 string
			Decoded                      struct {
				Code, Flag, Opaque, Version int32
				Remark                      *string
				Language                    string
				Ext                         map[string]*string
				BodyLen                     int
			}
		}
	}
	golden.Facts(t, "frames", &facts)
	if len(facts.Frames) < 20 {
		t.Fatalf("%d frames", len(facts.Frames))
	}
	for _, f := range facts.Frames {
		name := f.Serialize + " " + f.Name
		frame, err := base64.StdEncoding.DecodeString(f.FrameBase64)
		if err != nil {
			t.Fatal(err)
		}
		c := checkGolden(t, name, frame)
		want := f.Decoded
		if c.Code != want.Code || c.Flag != want.Flag || c.Opaque != want.Opaque || c.Version != want.Version {
			t.Errorf("%s: code %d flag %d opaque %d version %d, want %+v", name, c.Code, c.Flag, c.Opaque, c.Version, want)
		}
		if got := c.Language.String(); got != want.Language {
			t.Errorf("%s: language %s, want %s", name, got, want.Language)
		}
		if c.HasRemark != (want.Remark != nil) || c.HasRemark && string(c.Remark) != *want.Remark {
			t.Errorf("%s: remark %v %q, want %v", name, c.HasRemark, c.Remark, want.Remark)
		}
		if len(c.Body) != max(want.BodyLen, 0) {
			t.Errorf("%s: body of %d bytes, want %d", name, len(c.Body), want.BodyLen)
		}
		if len(c.Ext) != len(want.Ext) {
			t.Errorf("%s: %d ext fields, want %d", name, len(c.Ext), len(want.Ext))
		}
		for key, value := range want.Ext {
			if key == "null" { // Java reads the empty key of a binary frame so
				key = ""
			}
			got, ok := c.Lookup(key)
			if !ok || value != nil && string(got) != *value || value == nil && len(got) > 0 {
				t.Errorf("%s: %q = %q, %v", name, key, got, ok)
			}
		}
		if len(c.Ext) < 2 {
			out, err := wire.AppendCommand(nil, c)
			if err != nil || !bytes.Equal(out, frame) {
				t.Errorf("%s: written again: %q, %v, want %q", name, out, err, frame)
			}
		}
	}
}

// difference names the first thing in which two commands differ, texts that are not UTF-8 apart.
func difference(got, want *wire.Command) string {
	switch {
	case got.Code != want.Code:
		return "code " + strconv.Itoa(int(got.Code)) + ", want " + strconv.Itoa(int(want.Code))
	case got.Language != want.Language:
		return "language " + got.Language.String() + ", want " + want.Language.String()
	case got.Version != want.Version:
		return "version " + strconv.Itoa(int(got.Version)) + ", want " + strconv.Itoa(int(want.Version))
	case got.Opaque != want.Opaque:
		return "opaque " + strconv.Itoa(int(got.Opaque)) + ", want " + strconv.Itoa(int(want.Opaque))
	case got.Flag != want.Flag:
		return "flag " + strconv.Itoa(int(got.Flag)) + ", want " + strconv.Itoa(int(want.Flag))
	case got.Serialization != want.Serialization:
		return "serialisation " + strconv.Itoa(int(got.Serialization))
	case got.HasRemark != want.HasRemark || valid(got.Remark) != valid(want.Remark):
		return "remark " + strconv.Quote(string(got.Remark)) + ", want " + strconv.Quote(string(want.Remark))
	case !bytes.Equal(got.Body, want.Body):
		return "body of " + strconv.Itoa(len(got.Body)) + " bytes, want " + strconv.Itoa(len(want.Body))
	case len(got.Ext) != len(want.Ext):
		return strconv.Itoa(len(got.Ext)) + " ext fields, want " + strconv.Itoa(len(want.Ext))
	}
	for i, p := range got.Ext {
		if w := want.Ext[i]; valid(p.Key) != valid(w.Key) || valid(p.Value) != valid(w.Value) {
			return "ext field " + strconv.Itoa(i) + " " + strconv.Quote(string(p.Key)+"="+string(p.Value)) +
				", want " + strconv.Quote(string(w.Key)+"="+string(w.Value))
		}
	}
	return ""
}

// valid replaces each byte that is not UTF-8, as the JSON writer does.
func valid(b []byte) string { return string([]rune(string(b))) }
