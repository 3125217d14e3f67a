package protocol

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/compat/mqversion"
	"github.com/gannetmq/gannet/conformance/golden"
)

// javaRegisterBodies are one body in both of Java's forms.
func javaRegisterBodies(t testing.TB) (plain, compressed, inflated []byte) {
	t.Helper()
	var facts struct{ Bodies map[string]json.RawMessage }
	golden.Facts(t, "fastjson", &facts)
	var b struct{ Base64, InflatedBase64 string }
	decode := func(name, which string) []byte {
		if err := json.Unmarshal(facts.Bodies[name], &b); err != nil {
			t.Fatal(err)
		}
		text := b.Base64
		if which == "inflated" {
			text = b.InflatedBase64
		}
		out, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(out) == 0 {
			t.Fatalf("%s: %d bytes, %v", name, len(out), err)
		}
		return out
	}
	return decode("RegisterBrokerBody.encode(false)", ""), decode("RegisterBrokerBody.encode(true)", ""),
		decode("RegisterBrokerBody.encode(true)", "inflated")
}

func TestDecodeRegisterBody(t *testing.T) {
	plain, compressed, _ := javaRegisterBodies(t)
	full, err := DecodeRegisterBody(plain, mqversion.Current)
	if err != nil {
		t.Fatal(err)
	}
	small, err := DecodeRegisterBody(compressed, mqversion.Current)
	if err != nil {
		t.Fatal(err)
	}
	table, want := small.Topics, full.Topics
	if names := slices.Sorted(maps.Keys(table.TopicConfigTable)); !slices.Equal(names, []string{"TopicA", "TopicB"}) {
		t.Errorf("topics %q", names)
	}
	if table.DataVersion != want.DataVersion || !reflect.DeepEqual(table.TopicConfigTable, want.TopicConfigTable) {
		t.Errorf("%+v, want %+v", table, want)
	}
	if !reflect.DeepEqual(table.TopicQueueMappingInfoMap, want.TopicQueueMappingInfoMap) || len(want.TopicQueueMappingInfoMap) != 1 {
		t.Errorf("mappings %+v, want %+v", table.TopicQueueMappingInfoMap, want.TopicQueueMappingInfoMap)
	}

	old, err := DecodeRegisterBody(compressed, mqversion.V4_9_4)
	if err != nil {
		t.Fatal(err)
	}
	if got := old.Topics; len(got.TopicConfigTable) != 2 || got.TopicQueueMappingInfoMap != nil {
		t.Errorf("from 4.9.4: %+v", got)
	}
}

func TestDecodeRegisterBodyForms(t *testing.T) {
	var table TopicTable
	table.TopicConfigTable = map[string]TopicConfig{"T": {TopicName: "T", Attributes: map[string]string{}}}
	bare := fastjson.Append(nil, &table)
	got, err := DecodeRegisterBody(bare, mqversion.V3_0_11-1)
	if err != nil || len(got.Topics.TopicConfigTable) != 1 {
		t.Errorf("bare table of an old broker: %+v, %v", got, err)
	}
	got, err = DecodeRegisterBody(nil, mqversion.Current)
	if err != nil || !reflect.DeepEqual(got, &RegisterBody{}) {
		t.Errorf("no body: %+v, %v", got, err)
	}
	if _, err := DecodeRegisterBody([]byte("not json"), mqversion.Current); !errors.Is(err, fastjson.ErrSyntax) {
		t.Errorf("text: %v", err)
	}
}

// TestGoldenRegistrations reads every recorded registration, also the compressed ones that Java's own
// name server refused.
func TestGoldenRegistrations(t *testing.T) {
	compressed := 0
	for _, f := range golden.Frames(t) {
		if f.Code != int(RegisterBroker) || f.ReqBodyLen == 0 {
			continue
		}
		body := f.Request[len(f.Request)-f.ReqBodyLen:]
		got, err := DecodeRegisterBody(body, int32(f.Version))
		if err != nil {
			t.Errorf("%s: %v", f.ReqFile, err)
			continue
		}
		if got.Topics.DataVersion == (DataVersion{}) {
			t.Errorf("%s: %+v", f.ReqFile, got)
		}
		if body[0] == 'x' {
			compressed++
		}
	}
	if compressed == 0 {
		t.Error("no compressed registration among the frames")
	}
}

// TestAppendCompressed writes what Java wrote, but for the order of its HashMap, and compresses it.
func TestAppendCompressed(t *testing.T) {
	plain, _, want := javaRegisterBodies(t)
	body, err := DecodeRegisterBody(plain, mqversion.Current)
	if err != nil {
		t.Fatal(err)
	}
	compressed := body.AppendCompressed([]byte("x"))
	got, err := inflate(compressed[1:])
	if err != nil {
		t.Fatal(err)
	}
	// Java's map has TopicB before TopicA here.
	topicA, topicB := []byte("\x00\x00\x00\x1aTopicA 4 4 6 SINGLE_TAG {}"), []byte("\x00\x00\x000TopicB 4 4 6 SINGLE_TAG {\"message.type\":\"DELAY\"}")
	want = bytes.Replace(want, slices.Concat(topicB, topicA), slices.Concat(topicA, topicB), 1)
	if !bytes.Equal(got, want) {
		t.Errorf("%q, want\n%q", got, want)
	}
	if _, err := DecodeRegisterBody(new(RegisterBody).AppendCompressed(nil), mqversion.Current); err != nil {
		t.Errorf("empty body: %v", err)
	}
}

func deflate(t testing.TB, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestDecodeRegisterBodyRefuses(t *testing.T) {
	_, compressed, inflated := javaRegisterBodies(t)
	bad := map[string][]byte{
		"zlib header alone": compressed[:2],
		"cut off zlib":      compressed[:len(compressed)-1],
		"bad checksum":      append(slices.Clone(compressed[:len(compressed)-1]), ^compressed[len(compressed)-1]),
		"bomb":              deflate(t, make([]byte, maxInflated+1)),
		"nothing inside":    deflate(t, nil),
		"negative length":   deflate(t, []byte{0xff, 0xff, 0xff, 0xff}),
		"huge length":       deflate(t, []byte{0x7f, 0xff, 0xff, 0xff}),
		"huge topic count":  deflate(t, append(slices.Clone(inflated[:60]), 0x7f, 0xff, 0xff, 0xff)),
	}
	for name, body := range bad {
		if got, err := DecodeRegisterBody(body, mqversion.Current); err == nil {
			t.Errorf("%s: %+v, want an error", name, got)
		}
	}
	// 5.x always writes the mappings; a body that ends before them is taken all the same.
	const filterServers = "\x00\x00\x00\x02[]"
	whole := bytes.Index(inflated, []byte(filterServers)) + len(filterServers)
	for n := range inflated {
		if _, err := DecodeRegisterBody(deflate(t, inflated[:n]), mqversion.Current); (err == nil) != (n == whole) {
			t.Errorf("cut off at %d of %d: %v", n, len(inflated), err)
		}
	}
}

func TestTopicText(t *testing.T) {
	var facts struct{ Bodies map[string]json.RawMessage }
	golden.Facts(t, "fastjson", &facts)
	var texts []string
	if err := json.Unmarshal(facts.Bodies["TopicConfig.encode() strings"], &texts); err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		c, err := parseTopicText([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got := appendTopicText(nil, &c); string(got) != text {
			t.Errorf("%s, want %s", got, text)
		}
	}
	if c, err := parseTopicText([]byte("T 1 2 4 MULTI_TAG")); err != nil || c.TopicName != "T" || c.ReadQueueNums != 1 || c.WriteQueueNums != 2 || c.Perm != 4 {
		t.Errorf("without attributes: %+v, %v", c, err)
	}
	for _, text := range []string{"", "T", "T 1 2 6", "T x 2 6 SINGLE_TAG", "T 1 2 99999999999 SINGLE_TAG", "T 1 2 6 NO_TAG", "T 1 2 6 SINGLE_TAG {"} {
		if c, err := parseTopicText([]byte(text)); err == nil {
			t.Errorf("%q: %+v, want an error", text, c)
		}
	}
}

func FuzzDecodeRegisterBody(f *testing.F) {
	plain, compressed, inflated := javaRegisterBodies(f)
	f.Add(plain, false, int32(mqversion.Current))
	f.Add(compressed, false, int32(mqversion.Current))
	f.Add(inflated, true, int32(mqversion.Current))
	f.Add(inflated, true, int32(mqversion.V4_9_4))
	f.Fuzz(func(t *testing.T, data []byte, pack bool, version int32) {
		if pack {
			data = deflate(t, data)
		}
		body, err := DecodeRegisterBody(data, version)
		if err != nil {
			return
		}
		again, err := DecodeRegisterBody(body.AppendCompressed(nil), mqversion.Current)
		if err != nil {
			return // a name with blanks, a filter type that text cannot carry
		}
		if got, want := again.Topics.DataVersion, body.Topics.DataVersion; got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}
