package record

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
)

// javaRecord is what Java's broker said about a record (store/check/README.md).
type javaRecord struct {
	Phy            int64             `json:"phy"`
	Size           int32             `json:"size"`
	Magic          string            `json:"magic"`
	Topic          string            `json:"topic"`
	QueueID        int32             `json:"queueId"`
	QueueOffset    int64             `json:"queueOffset"`
	Flag           int32             `json:"flag"`
	SysFlag        int32             `json:"sysFlag"`
	BornTimestamp  int64             `json:"bornTimestamp"`
	BornHost       string            `json:"bornHost"`
	StoreTimestamp int64             `json:"storeTimestamp"`
	StoreHost      string            `json:"storeHost"`
	ReconsumeTimes int32             `json:"reconsumeTimes"`
	PreparedOffset int64             `json:"preparedTransactionOffset"`
	BodyCRC        int32             `json:"bodyCRC"`
	BodyLen        int32             `json:"bodyLen"`
	BodySha1       string            `json:"bodySha1"`
	TagsCode       int64             `json:"tagsCode"`
	UniqKey        *string           `json:"uniqKey"`
	Keys           *string           `json:"keys"`
	Properties     map[string]string `json:"properties"`
	RecordSha1     string            `json:"recordSha1"`
}

type javaLog struct {
	Commitlog struct {
		FileSize int64 `json:"fileSize"`
		Blanks   []struct {
			Phy  int64 `json:"phy"`
			Size int32 `json:"size"`
		} `json:"blanks"`
		Messages []javaRecord `json:"messages"`
	} `json:"commitlog"`
}

// images are the golden directories with plain logs.
var images = []string{"basic-clean", "basic-killed", "api-put", "prop-crc"}

// readLog returns the bytes of an image's log from offset 0.
func readLog(t testing.TB, image string) []byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(golden.Store(t, image), "store", "commitlog", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("log files of %s: %v, %v", image, files, err)
	}
	slices.Sort(files)
	var all []byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

func readImage(t testing.TB, image string) (javaLog, []byte) {
	t.Helper()
	var want javaLog
	golden.Expect(t, image, &want)
	return want, readLog(t, image)
}

// TestGoldenLogs walks whole logs that Java wrote and compares each record, and each blank, with
// what Java saw there.
func TestGoldenLogs(t *testing.T) {
	for _, image := range images {
		t.Run(image, func(t *testing.T) {
			want, log := readImage(t, image)
			records, blanks := want.Commitlog.Messages, want.Commitlog.Blanks
			var v View
			pos := int64(0)
			for {
				kind, err := Parse(log[pos:], &v, CheckCRC)
				if err != nil {
					t.Fatalf("at %d: %v", pos, err)
				}
				if kind == None {
					break
				}
				if kind == Blank {
					if len(blanks) == 0 || blanks[0].Phy != pos || blanks[0].Size != v.Size {
						t.Fatalf("at %d: blank of %d, want %v", pos, v.Size, blanks)
					}
					blanks = blanks[1:]
				} else {
					if len(records) == 0 || records[0].Phy != pos {
						t.Fatalf("at %d: record of %d, want %d more", pos, v.Size, len(records))
					}
					compareView(t, &v, &records[0])
					records = records[1:]
				}
				pos += int64(v.Size)
			}
			if len(records) != 0 || len(blanks) != 0 {
				t.Errorf("stopped at %d: %d records and %d blanks missing", pos, len(records), len(blanks))
			}
		})
	}
}

func compareView(t *testing.T, v *View, want *javaRecord) {
	t.Helper()
	sum := func(b []byte) string { s := sha1.Sum(b); return hex.EncodeToString(s[:]) }
	text := func(p *string) string {
		if p == nil {
			return ""
		}
		return *p
	}
	keys, _ := v.Property(PropKeys)
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"size", v.Size, want.Size},
		{"magic", fmt.Sprintf("%X", v.Magic), want.Magic},
		{"topic", string(v.Topic), want.Topic},
		{"queue", v.QueueID, want.QueueID},
		{"queue offset", v.QueueOffset, want.QueueOffset},
		{"physical offset", v.PhyOffset, want.Phy},
		{"flag", v.Flag, want.Flag},
		{"sysFlag", v.SysFlag, want.SysFlag},
		{"born time", v.BornTime, want.BornTimestamp},
		{"born host", javaHost(v.BornHost().String()), want.BornHost},
		{"store time", v.StoreTime, want.StoreTimestamp},
		{"store host", javaHost(v.StoreHost().String()), want.StoreHost},
		{"reconsume times", v.ReconsumeTimes, want.ReconsumeTimes},
		{"prepared offset", v.PreparedOffset, want.PreparedOffset},
		{"body CRC", v.BodyCRC, want.BodyCRC},
		{"body length", v.BodyLen, want.BodyLen},
		{"body", sum(v.Body), want.BodySha1},
		{"tags code", v.TagsCode(), want.TagsCode},
		{"unique key", string(v.UniqKey()), text(want.UniqKey)},
		{"keys", string(keys), text(want.Keys)},
		{"record", sum(v.Bytes()), want.RecordSha1},
	} {
		if c.got != c.want {
			t.Errorf("record at %d: %s = %v, want %v", want.Phy, c.what, c.got, c.want)
		}
	}
	got := map[string]string{}
	for name, value := range Properties(v.Properties) {
		got[string(name)] = string(value)
	}
	if fmt.Sprint(got) != fmt.Sprint(want.Properties) {
		t.Errorf("record at %d: properties %q, want %q", want.Phy, got, want.Properties)
	}
}

// javaHost writes the IPv6 hosts of the images as Java does, without shortening.
func javaHost(s string) string {
	s = strings.Replace(s, "[2001:db8::1:2]", "[2001:db8:0:0:0:0:1:2]", 1)
	return strings.Replace(s, "[::1]", "[0:0:0:0:0:0:0:1]", 1)
}

// message is the message that the record was made of, given that its sender's properties are own.
func message(v *View, own []byte) *Message {
	return &Message{
		Topic: v.Topic, QueueID: v.QueueID, Flag: v.Flag,
		SysFlag:  v.SysFlag &^ (SysBornHostV6 | SysStoreHostV6),
		BornTime: v.BornTime, BornHost: v.BornHost(), StoreHost: v.StoreHost(),
		ReconsumeTimes: v.ReconsumeTimes, PreparedOffset: v.PreparedOffset,
		Body: v.Body, Properties: own,
	}
}

// TestGoldenEncode makes every record of the images again out of its fields.
func TestGoldenEncode(t *testing.T) {
	for _, image := range images {
		t.Run(image, func(t *testing.T) {
			want, log := readImage(t, image)
			o := EncodeOptions{AutoVersion: true, AllowEmptyBody: true, AppendPropCRC: image == "prop-crc"}
			var e Encoded
			for _, r := range want.Commitlog.Messages {
				raw := log[r.Phy : r.Phy+int64(r.Size)]
				var v View
				if _, err := Parse(raw, &v, WithBody); err != nil {
					t.Fatal(err)
				}
				own := v.Properties
				if o.AppendPropCRC {
					own = own[:len(own)-propCRCSize]
				}
				if err := e.Set(message(&v, own), o); err != nil {
					t.Fatalf("record at %d: %v", r.Phy, err)
				}
				if e.Queued() != v.Queued() {
					t.Errorf("record at %d: queued = %v, want %v", r.Phy, e.Queued(), v.Queued())
				}
				e.Patch(0, v.QueueOffset, v.PhyOffset, v.StoreTime)
				e.SealCRC()
				if !bytes.Equal(e.Bytes, raw) {
					t.Errorf("record at %d:\n got %x\nwant %x", r.Phy, e.Bytes, raw)
				}
			}
		})
	}
}

// TestGoldenPropCRC: every value that Java wrote is right, and a changed byte is noticed.
func TestGoldenPropCRC(t *testing.T) {
	want, log := readImage(t, "prop-crc")
	for _, r := range want.Commitlog.Messages {
		raw := bytes.Clone(log[r.Phy : r.Phy+int64(r.Size)])
		var v View
		if _, err := Parse(raw, &v, Headers); err != nil {
			t.Fatal(err)
		}
		if ok, present := v.PropCRC(); !ok || !present {
			t.Errorf("record at %d: ok %v, present %v", r.Phy, ok, present)
		}
		raw[posQueueOffset+7]++
		if ok, present := v.PropCRC(); ok || !present {
			t.Errorf("record at %d, damaged: ok %v, present %v", r.Phy, ok, present)
		}
	}
	v := View{Properties: []byte("a\x01b\x02")}
	if ok, present := v.PropCRC(); ok || present {
		t.Errorf("record without: ok %v, present %v", ok, present)
	}
}

// TestGoldenBatches makes the batches of api-put and prop-crc again: three elements each, sent with
// one property for the whole batch.
func TestGoldenBatches(t *testing.T) {
	const batchProps = "batchprop\x01x\x02"
	for _, image := range []string{"api-put", "prop-crc"} {
		t.Run(image, func(t *testing.T) {
			want, log := readImage(t, image)
			o := EncodeOptions{AutoVersion: true, AppendPropCRC: image == "prop-crc"}
			var batch []javaRecord
			batches := 0
			for _, r := range want.Commitlog.Messages {
				if r.QueueID != 4 {
					continue
				}
				if batch = append(batch, r); len(batch) < 3 {
					continue
				}
				end := r.Phy + int64(r.Size)
				checkBatch(t, log[batch[0].Phy:end], batchProps, o)
				batch = batch[:0]
				batches++
			}
			if batches != 4 {
				t.Errorf("%d batches, want 4", batches)
			}
		})
	}
}

func checkBatch(t *testing.T, stored []byte, batchProps string, o EncodeOptions) {
	t.Helper()
	var body []byte
	var views []View
	for rest := stored; len(rest) > 0; rest = rest[views[len(views)-1].Size:] {
		var v View
		if _, err := Parse(rest, &v, WithBody); err != nil {
			t.Fatal(err)
		}
		views = append(views, v)
		own := v.Properties
		if o.AppendPropCRC {
			own = own[:len(own)-propCRCSize]
		}
		own, ok := bytes.CutSuffix(own, []byte(batchProps))
		if !ok {
			t.Fatalf("record at %d: properties %q do not end with those of the batch", v.PhyOffset, own)
		}
		body = appendElement(body, v.Flag, v.Body, own)
	}
	m := message(&views[0], []byte(batchProps))
	var e Encoded
	if err := e.SetBatch(m, body, o); err != nil {
		t.Fatal(err)
	}
	if e.Count != len(views) {
		t.Fatalf("%d records, want %d", e.Count, len(views))
	}
	for i, v := range views {
		e.Patch(i, v.QueueOffset, v.PhyOffset, v.StoreTime)
	}
	e.SealCRC()
	if !bytes.Equal(e.Bytes, stored) {
		t.Errorf("batch at %d:\n got %q\nwant %q", views[0].PhyOffset, e.Bytes, stored)
	}
}

// appendElement appends an element as clients write it.
func appendElement(dst []byte, flag int32, body, props []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(elementMin+len(body)+len(props)))
	dst = append(dst, make([]byte, 8)...)
	dst = binary.BigEndian.AppendUint32(dst, uint32(flag))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(body)))
	dst = append(dst, body...)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(props)))
	return append(dst, props...)
}
