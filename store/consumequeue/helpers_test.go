package consumequeue

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

var ctx = context.Background()

func open(t testing.TB, fsys vfs.FS, o Options) *Set {
	t.Helper()
	s, err := Open(fsys, "consumequeue", o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func queue(t testing.TB, s *Set, topic string, id int32) *Queue {
	t.Helper()
	q, err := s.Queue([]byte(topic), id)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func flush(t testing.TB, s *Set) Covered {
	t.Helper()
	c, err := s.Flush(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// log is a made up CommitLog: its records one behind the other, as dispatch would see them.
type log struct {
	views []record.View
	next  map[key]int64 // queue offsets
	first map[key]int64 // where queues begin that do not begin at 0
}

const recordSize = 100

var tags = [][]byte{[]byte("TAGS\x01a"), []byte("TAGS\x01b"), nil, []byte("KEYS\x01k\x02TAGS\x01c\x02")}

func (l *log) end() int64 { return int64(len(l.views)) * recordSize }

// add appends a record for a queue of topic.
func (l *log) add(topic string, id int32) *record.View {
	if l.next == nil {
		l.next = make(map[key]int64)
	}
	k := key{topic, id}
	if _, ok := l.next[k]; !ok {
		l.next[k] = l.first[k]
	}
	l.views = append(l.views, record.View{
		Size: recordSize, Topic: []byte(topic), QueueID: id, QueueOffset: l.next[k],
		PhyOffset: l.end(), StoreTime: 1000 + int64(len(l.views)),
		Properties: tags[len(l.views)%len(tags)],
	})
	l.next[k]++
	return &l.views[len(l.views)-1]
}

// cut drops the records from log offset phy on.
func (l *log) cut(phy int64) {
	for _, v := range l.views[phy/recordSize:] {
		l.next[key{string(v.Topic), v.QueueID}]--
	}
	l.views = l.views[:phy/recordSize]
}

func (l *log) entries(topic string, id int32) []Entry {
	var list []Entry
	for i := range l.views {
		if v := &l.views[i]; string(v.Topic) == topic && v.QueueID == id {
			list = append(list, Entry{v.PhyOffset, v.Size, v.TagsCode()})
		}
	}
	return list
}

// dispatch feeds the records from log offset phy on to the set.
func (l *log) dispatch(t testing.TB, s *Set, phy int64) {
	t.Helper()
	for i := range l.views[phy/recordSize:] {
		if err := s.Dispatch(&l.views[phy/recordSize+int64(i)]); err != nil {
			t.Fatal(err)
		}
	}
}

// sameEntries compares a queue from its first entry on.
func sameEntries(got, want []Entry) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d entries, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			return fmt.Errorf("entry %d is %v, want %v", i, got[i], want[i])
		}
	}
	return nil
}

// checkFull compares all queues that the log speaks of with it.
func checkFull(t *testing.T, what string, s *Set, l *log) {
	t.Helper()
	if err := s.CorrectMin(0); err != nil {
		t.Fatal(err)
	}
	seen := map[key]bool{}
	for i := range l.views {
		k := key{string(l.views[i].Topic), l.views[i].QueueID}
		if seen[k] {
			continue
		}
		seen[k] = true
		if err := sameEntries(readAll(t, queue(t, s, k.topic, k.id)), l.entries(k.topic, k.id)); err != nil {
			t.Fatalf("%s: %v: %v", what, k, err)
		}
	}
}

// countingFS counts files that are open.
type countingFS struct {
	vfs.FS
	open, most int
}

type countedFile struct {
	vfs.File
	fs *countingFS
}

func (c *countingFS) count(f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	c.open++
	c.most = max(c.most, c.open)
	return &countedFile{f, c}, nil
}

func (c *countingFS) Create(name string, size int64) (vfs.File, error) {
	return c.count(c.FS.Create(name, size))
}
func (c *countingFS) Open(name string) (vfs.File, error)     { return c.count(c.FS.Open(name)) }
func (c *countingFS) OpenRead(name string) (vfs.File, error) { return c.count(c.FS.OpenRead(name)) }

func (f *countedFile) Close() error {
	f.fs.open--
	return f.File.Close()
}

// exists reports whether a file or directory is there.
func exists(t *testing.T, fsys vfs.FS, name string) bool {
	t.Helper()
	_, err := fsys.Stat(name)
	if err != nil && missing(err) != nil {
		t.Fatal(errors.Unwrap(err))
	}
	return err == nil
}
