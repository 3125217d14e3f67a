package timer

import (
	"bytes"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

// What is read as an entry, and a checkpoint, is written as it was read.
func FuzzFormat(f *testing.F) {
	u := Unit{Prev: none, Magic: Plain | Roll, Written: start, Delay: 5000, PhyOffset: 77, Size: 91, TopicHash: -5}
	f.Add(u.append(nil))
	f.Add(appendBlank(nil, 68))
	f.Fuzz(func(t *testing.T, b []byte) {
		if u, ok := decodeUnit(b); ok {
			if got := u.append(nil); !bytes.Equal(got[:44], b[:44]) { // the rest is reserved
				t.Errorf("entry: got % x, want % x", got, b[:unitSize])
			}
		}
		if c, ok := DecodeCheckpoint(b); ok {
			if again, ok := DecodeCheckpoint(c.Append(nil)); !ok || again != c {
				t.Errorf("checkpoint: got %+v, want %+v", again, c)
			}
		}
	})
}

// A log of any bytes opens, and what is pending then are entries of the log.
func FuzzOpen(f *testing.F) {
	var log []byte
	prev := int64(none)
	for n := range 20 {
		u := Unit{Prev: prev, Magic: Plain, Written: start, Delay: 9000, PhyOffset: int64(n), Size: 91}
		prev = int64(len(log))
		log = u.append(log)
	}
	f.Add(log, int64(0), start)
	f.Add(log[:130], int64(520), start+60_000)
	f.Fuzz(func(t *testing.T, log []byte, flushed, read int64) {
		const size = 20*unitSize + blankSize
		mem := vfs.NewMem()
		file := make([]byte, size)
		copy(file, log)
		put(t, mem, LogDir+"/00000000000000000000", file)
		check := make([]byte, checkSize)
		(&Checkpoint{ReadTime: read, LogFlushed: flushed, QueueOffset: 3}).Append(check[:0])
		put(t, mem, CheckFile, check)
		b, r, err := Open(mem, Options{Precision: 1000, LogFileSize: size, Reach: 1000, Now: start})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		at := r.ReadFrom
		for range 30 {
			moment, ok, err := b.Next(at)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				return
			}
			if len(entries(t, b, moment)) == 0 {
				t.Errorf("moment %d has no entries", moment)
			}
			at = moment + 1000
		}
		t.Error("more moments than entries")
	})
}
