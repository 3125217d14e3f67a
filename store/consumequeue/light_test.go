package consumequeue

import (
	"testing"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// lightRecord adds a record that is also in light queues.
func (l *log) lightRecord(topic string, names, offsets string) *record.View {
	v := l.add(topic, 2)
	v.Properties = record.AppendProperty(nil, record.PropInnerMultiDispatch, names)
	v.Properties = record.AppendProperty(v.Properties, record.PropInnerMultiQueueOffset, offsets)
	return v
}

// Light queues are made anew by a recovery, each message once, and get nothing after it.
func TestLightQueuesOfARecovery(t *testing.T) {
	var l log
	l.lightRecord("T", "%LMQ%a", "0")
	l.lightRecord("T", "%LMQ%a,%LMQ%b", "1,0")
	l.add("T", 2)
	l.lightRecord("T", "%LMQ%b,other", "1,0")
	want := map[string][]Entry{
		"%LMQ%a": {{0, recordSize, 0}, {100, recordSize, 0}},
		"%LMQ%b": {{100, recordSize, 0}, {300, recordSize, 0}},
	}
	mem := vfs.NewMem()
	for range 2 { // the second time all is there
		s := open(t, mem, Options{FileSize: 200})
		l.dispatch(t, s, 0)
		s.Settle()
		for name, entries := range want {
			if err := sameEntries(readAll(t, queue(t, s, name, 0)), entries); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if q := s.Lookup([]byte("other"), 2); q != nil {
			t.Error("there is a queue that is not light")
		}
		flush(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, mem, Options{FileSize: 200})
	s.Settle()
	if err := s.Dispatch(l.lightRecord("T", "%LMQ%a", "2")); err != nil {
		t.Fatal(err)
	}
	if got := queue(t, s, "%LMQ%a", 0).Max(); got != 2 {
		t.Errorf("after the recovery a light queue ends at %d, want 2", got)
	}
	if got := queue(t, s, "T", 2).Max(); got != 5 {
		t.Errorf("the message's own queue ends at %d, want 5", got)
	}
}

func TestExtended(t *testing.T) {
	for code, want := range map[int64]bool{0: false, 1<<31 - 1: false, -1 << 31: false, -1<<31 - 1: true, -1 << 63: true, 1 << 62: false} {
		if got := (Entry{TagsCode: code}).Extended(); got != want {
			t.Errorf("%d: got %t, want %t", code, got, want)
		}
	}
}

// What a file that was cut may have had is told to be made anew, from the last entry that is left.
func TestCutFilesAreRebuilt(t *testing.T) {
	for what, c := range map[string]struct {
		name string
		size int64
		want int64
	}{
		"nothing":         {firstFile, 200, -1},
		"short last file": {secondFile, 40, 1200},
		"empty last file": {secondFile, 0, 1000},
	} {
		for _, clean := range []bool{true, false} {
			mem := vfs.NewMem()
			putFile(t, mem, firstFile, 200, units(sequence(0, 10)...))
			putFile(t, mem, secondFile, 200, units(sequence(1000, 5)...))
			if err := cutFileAt(mem, c.name, c.size); err != nil {
				t.Fatal(err)
			}
			if got := open(t, mem, Options{FileSize: 200, Clean: clean}).Report().RebuildFrom; got != c.want {
				t.Errorf("%s, clean %t: rebuild from %d, want %d", what, clean, got, c.want)
			}
		}
	}
}
