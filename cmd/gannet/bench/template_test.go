package bench

import (
	"bytes"
	"strconv"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting/wire"
)

func TestTemplateAppend(t *testing.T) {
	at := time.UnixMilli(1_712_345_678_901)
	for _, serialization := range []wire.Serialization{wire.JSON, wire.Binary} {
		for _, batch := range []int{1, 3} {
			send, err := sendTemplate(&Options{Topic: "Topic", Size: 100, Batch: batch, Binary: serialization == wire.Binary}, 5)
			if err != nil {
				t.Fatal(err)
			}
			var cmd wire.Command
			if err := wire.Decode(send.append(nil, firstOpaque+42, at, 0xABC), &cmd); err != nil {
				t.Fatalf("serialization %v, batch %d: %v", serialization, batch, err)
			}
			if cmd.Opaque != firstOpaque+42 {
				t.Errorf("serialization %v, batch %d: opaque %d, want %d", serialization, batch, cmd.Opaque, firstOpaque+42)
			}
			if born, _ := cmd.Lookup("g"); string(born) != strconv.FormatInt(at.UnixMilli(), 10) {
				t.Errorf("serialization %v, batch %d: born %s, want %d", serialization, batch, born, at.UnixMilli())
			}
			keys, _ := cmd.Lookup("i")
			keys = append(bytes.Clone(keys), cmd.Body...)
			for i := range batch {
				if want := []byte(uniqMark + "00000AB" + string("CDE"[i])); bytes.Count(keys, want) != 1 {
					t.Errorf("serialization %v, batch %d: key %s is not there once", serialization, batch, want)
				}
			}
		}
	}
}

func TestStampOfBody(t *testing.T) {
	send, err := sendTemplate(&Options{Topic: "Topic", Size: 100, Batch: 1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(0, 1_712_345_678_901_234_567)
	var cmd wire.Command
	if err := wire.Decode(send.append(nil, firstOpaque, at, 0), &cmd); err != nil {
		t.Fatal(err)
	}
	got, err := strconv.ParseInt(string(cmd.Body[:len(stampMark)]), 16, 64)
	if err != nil || got != at.UnixNano() {
		t.Errorf("stamp %d (%v), want %d", got, err, at.UnixNano())
	}
}
