//go:build conformance

package hostile

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting/protocol"
)

// quick is how long the server may take over one bomb: linear time, on a loaded machine.
const quick = 3 * time.Second

func repeat(s string, n int) string { return strings.Repeat(s, n) }

// manyMembers is n members of an object with distinct names.
func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"k%d":"v",`, i)
	}
	return strings.TrimSuffix(b.String(), ",")
}

const queueFields = `"topic":"Neighbour","queueId":"0"`

// Headers that are bombs end the connection; those that are merely odd are answered.
func TestHeaderBombs(t *testing.T) {
	served := `,"extFields":{` + queueFields + `}`
	const tooLong = protocol.InvalidParameter // decoded, and over the 256 KiB that this code takes
	cases := []struct {
		name, members string
		closed        bool
		code          int32
	}{
		{"10 MB header", `,"x":"` + repeat("x", 10<<20) + `"`, true, 0},
		{"100,000 nested arrays", `,"x":` + repeat("[", 100_000) + repeat("]", 100_000), true, 0},
		{"100,000 nested objects", `,"x":` + repeat(`{"a":`, 100_000) + "1" + repeat("}", 100_000), true, 0},
		{"nested extFields", `,"extFields":{"topic":` + repeat("[", 100_000) + repeat("]", 100_000) + `}`, true, 0},
		{"100,000 unclosed arrays", `,"x":` + repeat("[", 100_000), true, 0},
		{"100,000 extFields", `,"extFields":{` + manyMembers(60_000) + `}`, true, 0},
		{"257 extFields", `,"extFields":{` + manyMembers(257) + `}`, true, 0},
		{"code 1e999", `,"code":1e999`, true, 0},
		{"opaque of 100,000 digits", `,"opaque":` + repeat("9", 100_000), true, 0},
		{"flag with a fraction", `,"flag":0.5`, true, 0},
		{"extFields is a string", `,"extFields":"x"`, true, 0},
		{"lone quote", `,"extFields":{"topic":"`, true, 0},
		{"escape cut off", `,"extFields":{"topic":"\u00`, true, 0},
		{"NUL in the middle", ",\x00", true, 0},
		{"80,000 duplicates of a key", repeat(`,"version":1`, 80_000) + served, false, tooLong},
		{"20,000 duplicates of a key", repeat(`,"version":1`, 20_000) + served, false, 0},
		{"extFields twice", `,"extFields":{"topic":"Gone"}` + served, false, 0},
		{"remark of 900 kB", `,"remark":"` + repeat("r", 900_000) + `"` + served, false, tooLong},
		{"remark of 250 kB", `,"remark":"` + repeat("r", 250_000) + `"` + served, false, 0},
		{"remark of 900 kB of escapes", `,"remark":"` + repeat(`\ud800`, 150_000) + `"` + served, false, tooLong},
		{"remark of 240 kB of escapes", `,"remark":"` + repeat(`\ud800`, 40_000) + `"` + served, false, 0},
		{"900 kB of blanks", "," + repeat(" ", 900_000) + served[1:], false, tooLong},
		{"250 kB of blanks", "," + repeat(" ", 250_000) + served[1:], false, 0},
		{"key of 900 kB", `,"extFields":{` + queueFields + `,"` + repeat("k", 900_000) + `":"v"}`, false, tooLong},
		{"key of 250 kB", `,"extFields":{` + queueFields + `,"` + repeat("k", 250_000) + `":"v"}`, false, 0},
		{"queue 1e999", `,"extFields":{"topic":"Neighbour","queueId":1e999}`, false, 1},
		{"queue of 250,000 digits", `,"extFields":{"topic":"Neighbour","queueId":"` + repeat("9", 250_000) + `"}`, false, 1},
		{"queue is an object", `,"extFields":{"topic":"Neighbour","queueId":{"a":[1]}}`, false, 1},
		{"@type", `,"@type":"com.sun.rowset.JdbcRowSetImpl"` + served, false, 0},
	}
	attack(t, limits{}, func(v *victim) {
		for _, c := range cases {
			began := time.Now()
			p := dial(t, v.Broker)
			p.opaque = 1
			p.send(frame(0, header(c.members), nil))
			if c.closed {
				p.wantClosed(c.name)
			} else if a := p.answered(c.name); a.code != c.code || len(a.remark) > 1000 {
				t.Errorf("%s: code %d, remark of %d bytes %.200q; want code %d", c.name, a.code, len(a.remark), a.remark, c.code)
			}
			if took := time.Since(began); took > quick {
				t.Errorf("%s: took %v, want at most %v", c.name, took, quick)
			}
		}
	})
}

// bodies are JSON that no client sends: each must be refused, or read as harmless, in linear time.
func bodies() map[string]string {
	member := func(value string) string { return `{"clientID":"c","clientId":"c","consumerGroup":"g",` + value + `}` }
	return map[string]string{
		"empty":                   "",
		"null":                    "null",
		"a number":                "1e999",
		"a list":                  "[]",
		"cut off":                 `{"clientID":"c"`,
		"not UTF-8":               "{\"clientID\":\"\xff\xfe\xc0\x80\"}",
		"100,000 nested arrays":   repeat("[", 100_000) + repeat("]", 100_000),
		"100,000 nested objects":  repeat(`{"a":`, 100_000) + "1" + repeat("}", 100_000),
		"nested in a member":      member(`"consumerDataSet":` + repeat("[", 100_000) + repeat("]", 100_000)),
		"nested topic table":      member(`"topicConfigSerializeWrapper":` + repeat(`{"topicConfigTable":`, 50_000) + "1" + repeat("}", 50_000)),
		"100,000 duplicate keys":  member(strings.TrimSuffix(repeat(`"withoutSub":true,`, 100_000), ",")),
		"numbers 1e999":           member(`"heartbeatFingerprint":1e999,"mqSet":[{"queueId":1e999}],"counter":1e999`),
		"a million digits":        member(`"heartbeatFingerprint":` + repeat("9", 1_000_000)),
		"a string of 10 MB":       member(`"x":"` + repeat("s", 10<<20) + `"`),
		"a client id of 1 MB":     `{"clientID":"` + repeat("c", 1<<20) + `","clientId":"` + repeat("c", 1<<20) + `"}`,
		"10 MB of blanks":         repeat(" ", 10<<20) + "{}",
		"10 MB of escapes":        member(`"x":"` + repeat(`\u0000`, 10<<20/6) + `"`),
		"100,000 groups":          member(`"producerDataSet":[` + strings.TrimSuffix(repeat(`{"groupName":"g"},`, 100_000), ",") + `]`),
		"100,000 nulls":           member(`"mqSet":[` + strings.TrimSuffix(repeat(`null,`, 100_000), ",") + `]`),
		"100,000 queues":          member(`"mqSet":[` + strings.TrimSuffix(repeat(`{"topic":"t","brokerName":"b","queueId":-1},`, 100_000), ",") + `]`),
		"@type":                   `{"@type":"java.lang.AutoCloseable","clientID":"","clientId":""}`,
		"wrong kinds of members":  `{"clientID":[1],"clientId":{"a":1},"consumerDataSet":"x","mqSet":5,"producerDataSet":{}}`,
		"a version of the future": `{"counter":"x","dataVersion":[]}`,
	}
}

// Bodies of heartbeats, locks and registrations that are bombs are refused; the connection lives on.
func TestBodyBombs(t *testing.T) {
	register := ext{"brokerName": "evil", "brokerAddr": "10.0.0.1:1", "clusterName": "c", "haServerAddr": "10.0.0.1:2", "brokerId": "0"}
	// Bodies of 10 MB are held whole, as they came, and the few at a time that the attacker sends.
	attack(t, limits{memory: 160 * mib}, func(v *victim) {
		broker, names := dial(t, v.Broker), dial(t, v.Namesrv)
		for name, body := range bodies() {
			for _, target := range []struct {
				p    *peer
				code int32
				ext  ext
			}{
				{broker, protocol.HeartBeat, ext{}}, {broker, protocol.LockBatchMQ, ext{}},
				{broker, protocol.UnlockBatchMQ, ext{}}, {broker, protocol.CheckClientConfig, ext{}},
				{names, protocol.RegisterBroker, register}, {names, 322, register},
			} {
				began := time.Now()
				what := fmt.Sprintf("%s to %d", name, target.code)
				a := target.p.ask(target.code, target.ext, []byte(body))
				if !slices.Contains(codes(0, 1, 29), a.code) || len(a.remark) > 1000 || a.code != 0 && a.remark == "" {
					t.Errorf("%s: code %d, remark %.200q; want a short refusal with 1 or 29", what, a.code, a.remark)
				}
				if took := time.Since(began); took > quick {
					t.Errorf("%s: took %v, want at most %v", what, took, quick)
				}
			}
		}
		wantStillRouted(t, v)
	})
}

// wantStillRouted checks that the neighbour's route is the broker's and nobody else's.
func wantStillRouted(t *testing.T, v *victim) {
	t.Helper()
	p := dial(t, v.Namesrv)
	a := p.want("route", protocol.GetRouteInfoByTopic, ext{"topic": quietTopic}, nil, 0)
	if !bytes.Contains(a.body, []byte(v.Broker)) {
		t.Errorf("the route of %s is %.300s, want the broker at %s in it", quietTopic, a.body, v.Broker)
	}
}

// A registration that inflates to 256 MiB, and ones whose counts lie, are refused.
func TestRegistrationBombs(t *testing.T) {
	register := ext{
		"brokerName": "evil", "brokerAddr": "10.0.0.1:1", "clusterName": "c", "haServerAddr": "10.0.0.1:2", "brokerId": "0",
		"compressed": "true",
	}
	cases := map[string][]byte{
		"256 MiB of zeros":       deflate(t, make([]byte, 1<<20), 256),
		"256 MiB of sections":    deflate(t, bytes.Repeat([]byte("\x00\x00\x00\x02{}"), 1<<18), 128),
		"2^31-1 topics":          deflate(t, []byte("\x00\x00\x00\x02{}\x7f\xff\xff\xff"), 1),
		"-1 topics":              deflate(t, []byte("\x00\x00\x00\x02{}\xff\xff\xff\xff"), 1),
		"a section of 2 GiB":     deflate(t, []byte("\x7f\xff\xff\xff{}"), 1),
		"100 million empty ones": deflate(t, append([]byte("\x00\x00\x00\x02{}\x05\xf5\xe1\x00"), make([]byte, 1<<20)...), 1),
		"cut off":                deflate(t, make([]byte, 1<<20), 2)[:100],
		"not deflated":           []byte("\x78\x9cnonsense"),
	}
	// One inflated body may have 16 MiB, and growing to it holds it more than once.
	attack(t, limits{memory: 96 * mib}, func(v *victim) {
		p := dial(t, v.Namesrv)
		for name, body := range cases {
			began := time.Now()
			p.want(name, protocol.RegisterBroker, register, body, 1)
			if took := time.Since(began); took > quick {
				t.Errorf("%s: took %v, want at most %v", name, took, quick)
			}
		}
		wantStillRouted(t, v)
	})
}

// deflate is what times copies of part deflate to.
func deflate(t *testing.T, part []byte, times int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	for range times {
		if _, err := z.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
