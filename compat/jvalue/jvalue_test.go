package jvalue

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gannetmq/gannet/conformance/golden"
)

// vectors calls check with the columns of each line of a file that
// testdata/Vectors.java wrote.
func vectors(t *testing.T, file string, atLeast int, check func(col []string)) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		if !strings.HasPrefix(line, "#") {
			check(strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
			n++
		}
	}
	if n < atLeast {
		t.Errorf("%s: %d vectors, want at least %d", file, n, atLeast)
	}
}

func TestParse(t *testing.T) {
	vectors(t, "parse.tsv", 150, func(col []string) {
		var in string
		if err := json.Unmarshal([]byte(col[1]), &in); err != nil {
			t.Fatal(err)
		}
		var got string
		var err error
		switch col[0] {
		case "int":
			var n int32
			n, err = ParseInt(in)
			got = strconv.Itoa(int(n))
			if b, errBytes := ParseInt([]byte(in)); b != n || (errBytes == nil) != (err == nil) {
				t.Errorf("ParseInt([]byte(%s)) = %d, %v, of the string %d, %v", col[1], b, errBytes, n, err)
			}
		case "long":
			var n int64
			n, err = ParseLong(in)
			got = strconv.FormatInt(n, 10)
		case "boolean":
			got = strconv.FormatBool(ParseBoolean(in))
		case "double":
			var f float64
			f, err = ParseDouble(in)
			got = fmt.Sprintf("%016x", canonicalBits(f))
		default:
			t.Fatalf("unknown type %q", col[0])
		}
		if err != nil {
			if !errors.Is(err, ErrNumber) {
				t.Errorf("%s %s: error %v is not ErrNumber", col[0], col[1], err)
			}
			got = "error"
		}
		if got != col[2] {
			t.Errorf("%s %s = %s, want %s", col[0], col[1], got, col[2])
		}
	})
}

// canonicalBits is Double.doubleToLongBits, which knows one NaN only.
func canonicalBits(f float64) uint64 {
	if math.IsNaN(f) {
		return 0x7ff8000000000000
	}
	return math.Float64bits(f)
}

func TestBytesAsText(t *testing.T) {
	vectors(t, "hash.tsv", 400, func(col []string) {
		b, err := hex.DecodeString(col[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := strconv.Itoa(int(HashCode(b))); got != col[1] {
			t.Errorf("HashCode(%s) = %s, want %s", col[0], got, col[1])
		}
		if got, want := HashCode(string(b)), HashCode(b); got != want {
			t.Errorf("HashCode(string %s) = %d, of the bytes %d", col[0], got, want)
		}
		if got := hex.EncodeToString([]byte(String(b))); got != col[2] {
			t.Errorf("String(%s) = %s, want %s", col[0], got, col[2])
		}
	})
}

func TestAgainstFacts(t *testing.T) {
	var facts struct {
		Strings []struct {
			S        json.RawMessage
			HashCode int32
			CRC32    int32
		}
		CRC32 []struct {
			Base64 []byte
			CRC32  int32
		}
		MessageQueue []struct {
			Topic, Broker string
			QueueID       int32 `json:"queueId"`
			HashCode      int32
		}
	}
	golden.Facts(t, "hash", &facts)
	if len(facts.Strings) < 200 || len(facts.CRC32) < 6 || len(facts.MessageQueue) < 3 {
		t.Fatalf("facts have %d strings, %d sums, %d queues", len(facts.Strings), len(facts.CRC32), len(facts.MessageQueue))
	}
	for _, f := range facts.Strings {
		var s string
		if err := json.Unmarshal(f.S, &s); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsRune(s, utf8.RuneError) {
			// A lone surrogate: UTF-8 cannot carry it, Java encodes it as "?".
			if got := CRC32([]byte(strings.ReplaceAll(s, "\ufffd", "?"))); got != f.CRC32 {
				t.Errorf("CRC32(%s) = %d, want %d", f.S, got, f.CRC32)
			}
			continue
		}
		if got := HashCode(s); got != f.HashCode {
			t.Errorf("HashCode(%s) = %d, want %d", f.S, got, f.HashCode)
		}
		if got := CRC32([]byte(s)); got != f.CRC32 {
			t.Errorf("CRC32(%s) = %d, want %d", f.S, got, f.CRC32)
		}
	}
	for _, f := range facts.CRC32 {
		if got := CRC32(f.Base64); got != f.CRC32 {
			t.Errorf("CRC32(%x) = %d, want %d", f.Base64, got, f.CRC32)
		}
	}
	for _, q := range facts.MessageQueue {
		got := 31*(31*(31+HashCode(q.Broker))+q.QueueID) + HashCode(q.Topic)
		if got != q.HashCode {
			t.Errorf("hash of queue %v = %d", q, got)
		}
	}
}

func TestAppendDouble(t *testing.T) {
	vectors(t, "double.tsv", 400, func(col []string) {
		bits, err := strconv.ParseUint(col[0], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		f := math.Float64frombits(bits)
		if got := string(AppendDouble(nil, f)); got != col[1] {
			t.Errorf("AppendDouble(%s) = %s, want %s", col[0], got, col[1])
		}
		if back, err := ParseDouble(col[1]); err != nil || back != f {
			t.Errorf("ParseDouble(%s) = %v, %v, want %v", col[1], back, err, f)
		}
	})
	for f, want := range map[float64]string{math.Inf(1): "Infinity", math.Inf(-1): "-Infinity"} {
		if got := FormatDouble(f); got != want {
			t.Errorf("FormatDouble(%v) = %s, want %s", f, got, want)
		}
	}
	if got := FormatDouble(math.NaN()); got != "NaN" {
		t.Errorf("FormatDouble(NaN) = %s", got)
	}
}

func TestNoAllocation(t *testing.T) {
	const text = "order-标签-🚀-79190"
	bytes, number, dst := []byte(text), []byte("-1700000000000"), make([]byte, 0, 64)
	var sink int64
	for name, f := range map[string]func(){
		"HashCode of string": func() { sink += int64(HashCode(text)) },
		"HashCode of bytes":  func() { sink += int64(HashCode(bytes)) },
		"CRC32":              func() { sink += int64(CRC32(bytes)) },
		"ParseLong": func() {
			n, err := ParseLong(number)
			if err != nil {
				panic(err)
			}
			sink += n
		},
		"ParseBoolean": func() {
			if ParseBoolean(number) {
				sink++
			}
		},
		"AppendDouble": func() { sink += int64(len(AppendDouble(dst, 1.25e-7))) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
	if sink == 0 {
		t.Error("nothing was computed")
	}
}

func BenchmarkHashCode(b *testing.B) {
	tag := []byte("TagA-order-79190")
	b.SetBytes(int64(len(tag)))
	for b.Loop() {
		HashCode(tag)
	}
}
