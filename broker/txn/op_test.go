package txn

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

func TestOffsets(t *testing.T) {
	for body, want := range map[string][]int64{
		"": nil, "5": {5}, "5,": {5}, "1,0,3,4,6,7,": {1, 0, 3, 4, 6, 7}, ",,7,x,-1,9223372036854775808,8": {7, 8},
	} {
		if got := slices.Collect(offsets([]byte(body))); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", body, got, want)
		}
	}
	if got := string(appendOffset(appendOffset(nil, 12), 15)); got != "12,15," {
		t.Errorf("body %q", got)
	}
}

func FuzzOffsets(f *testing.F) {
	f.Add([]byte("1,0,3,"))
	f.Add([]byte(",-1,999999999999999999999"))
	f.Fuzz(func(t *testing.T, body []byte) {
		named := slices.Collect(offsets(body))
		var again []byte
		for _, off := range named {
			if off < 0 {
				t.Errorf("%d out of %q", off, body)
			}
			again = appendOffset(again, off)
		}
		if got := slices.Collect(offsets(again)); !slices.Equal(got, named) {
			t.Errorf("%q: %v, written again %v", body, named, got)
		}
	})
}

// Our note is Java's, byte for byte, and so is the message of a commit.
func TestGoldenRecords(t *testing.T) {
	w := start(t, vfs.NewOS(golden.Store(t, "delay-tx-timer")+"/store"), store.Options{
		LogFileSize: 1 << 20, QueueFileSize: 10_000, IndexSlots: 200, IndexEntries: 800,
	})
	same := func(what string, v *record.View, m *record.Message) {
		t.Helper()
		var e record.Encoded
		if err := e.Set(m, record.EncodeOptions{AutoVersion: true}); err != nil {
			t.Fatal(err)
		}
		e.Patch(0, v.QueueOffset, v.PhyOffset, v.StoreTime)
		if !slices.Equal(e.Bytes, v.Bytes()) {
			t.Errorf("%s\n got %q\nwant %q", what, e.Bytes, v.Bytes())
		}
	}
	note := w.records(record.TopicTranOpHalf, 0)[0]
	if !isNote(&note) {
		t.Error("Java's note is none")
	}
	w.now = time.UnixMilli(note.BornTime)
	var body []byte
	for off := range offsets(note.Body) {
		body = appendOffset(body, off)
	}
	m := w.note(body)
	same("note", &note, &m)

	halves := w.records(record.TopicTranHalf, 0)
	committed := slices.Concat(w.records("TopicTx", 0), w.records("TopicTx", 1))
	if len(halves) != 18 || len(committed) != 3 {
		t.Fatalf("%d halves, %d committed, want 18, 3", len(halves), len(committed))
	}
	for i := range committed {
		v := &committed[i]
		var h half
		at := slices.IndexFunc(halves, func(h record.View) bool { return h.PhyOffset == v.PreparedOffset })
		if err := h.parse(halves[at].Bytes()); err != nil {
			t.Fatal(err)
		}
		m := h.committed()
		same("commit", v, &m)
	}
}

// A directory of Java's goes on where Java stopped: three halves wait there for their
// third question, and no others.
func TestGoldenPending(t *testing.T) {
	w := start(t, vfs.NewOS(golden.Store(t, "delay-tx-timer")+"/store"), store.Options{
		LogFileSize: 1 << 20, QueueFileSize: 10_000, IndexSlots: 200, IndexEntries: 800,
	})
	w.progress[record.TopicTranHalf], w.progress[record.TopicTranOpHalf] = 15, 1 // of its consumerOffset.json
	if got := w.Counts()["TopicTx"]; got != 3 {
		t.Errorf("%d undecided of TopicTx, want 3", got)
	}
	before := w.records(record.TopicTranHalf, 0)[15:]
	w.now = time.UnixMilli(before[0].BornTime).Add(time.Hour)
	producer := peer.New()
	w.producers["P_tx"] = producer
	w.later(0)
	after := w.records(record.TopicTranHalf, 0)[18:]
	if len(before) != 3 || len(after) != 3 || w.progress[record.TopicTranHalf] != 18 || w.Metrics.Asked.Load() != 3 {
		t.Fatalf("%d halves wait, %d are put again, %d asked for, offsets %v", len(before), len(after), w.Metrics.Asked.Load(), w.progress)
	}
	for i := range after {
		v, was := &after[i], &before[i]
		times, _ := number[int32](was, record.PropTranCheckTimes, 0)
		again, _ := number[int32](v, record.PropTranCheckTimes, 0)
		if string(v.Body) != string(was.Body) || again != times+1 || v.BornTime != was.BornTime || v.StoreHost() != was.StoreHost() {
			t.Errorf("half %d: %q, asked for %d times after %d", 15+i, v.Body, again, times)
		}
		q := producer.Next(t)
		if id, _ := q.Lookup("msgId"); string(id) != string(was.UniqKey()) {
			t.Errorf("asked for %q, want %q", id, was.UniqKey())
		}
	}
}

// Decisions gather until they fill a note, and no longer than the interval.
func TestNotes(t *testing.T) {
	w := begin(t)
	w.rules.NoteSize = 10
	for off := range int64(12) {
		w.decided(off)
	}
	if got, want := w.bodies(record.TopicTranOpHalf, 0), []string{"0,1,2,3,4,", "5,6,7,8,9,"}; !slices.Equal(got, want) {
		t.Errorf("notes %q, want %q", got, want)
	}
	if due, any := w.notes.due(w.rules.NoteInterval); !any || !due.Equal(w.now.Add(3*time.Second)) {
		t.Errorf("the rest is due at %v, %v", due, any)
	}
	w.refuse = errors.New("full")
	if err := w.flushNotes(); err == nil || w.notes.waiting() != len("10,11,") {
		t.Errorf("%v, %d bytes wait", err, w.notes.waiting())
	}
	w.refuse = nil
	if err := w.flushNotes(); err != nil {
		t.Fatal(err)
	}
	if got := w.bodies(record.TopicTranOpHalf, 0); got[len(got)-1] != "10,11," || w.Metrics.Notes.Load() != 3 {
		t.Errorf("notes %q", got)
	}
}

// While the store takes nothing, memory stays bounded.
func TestNotesAreBounded(t *testing.T) {
	w := begin(t)
	w.refuse = errors.New("full")
	for off := range int64(200_000) {
		w.notes.add(off, w.now, 4096)
	}
	if n := w.notes.waiting(); n < maxNotes || n > maxNotes+20 {
		t.Errorf("%d bytes wait, want about %d", n, maxNotes)
	}
	w.notes.body = nil
}

func TestMarks(t *testing.T) {
	var m marks
	for _, off := range []int64{0, 63, 64, 4095, 4096, 1 << 40, -1} {
		m.add(off)
	}
	for off, want := range map[int64]bool{0: true, 1: false, 63: true, 64: true, 65: false, 4095: true, 4096: true, 1 << 40: true, -1: false, 1<<40 + 1: false} {
		if m.has(off) != want {
			t.Errorf("%d: %v", off, !want)
		}
	}
	for page := range int64(2 * maxPages) {
		m.add(page * pageOffsets)
	}
	if len(m.pages) != maxPages {
		t.Errorf("%d pages, want %d", len(m.pages), maxPages)
	}
}
