package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/retention"
	"github.com/gannetmq/gannet/store/vfs"
)

// kept is a store on a disk in memory whose clocks and fullness a test decides.
type kept struct {
	t      *testing.T
	mem    *vfs.Mem
	disk   *vfs.Faulty
	o      store.Options
	s      *store.Store
	begun  time.Time
	passed atomic.Int64               // time.Duration since begun, by the wall clock
	up     atomic.Int64               // time.Duration, by the one that nobody sets
	used   atomic.Pointer[func() int] // percent of the disk
	bodies map[int32][]string
}

const segment = 64 << 10

// keeping opens a store; it is an hour in which nothing is deleted.
func keeping(t *testing.T, change func(*store.Options)) *kept {
	t.Helper()
	k := &kept{t: t, mem: vfs.NewMem(), begun: time.Now()}
	k.use(10)
	k.disk = vfs.NewFaulty(k.mem)
	k.o = store.ByHand(store.Hurried(small()), func() time.Duration { return time.Duration(k.up.Load()) })
	k.o.Retention.Hours = 1 << 24
	k.o.FlushInterval, k.o.FlushLeastPages = time.Millisecond, -1
	k.o.Now = func() int64 { return k.begun.Add(time.Duration(k.passed.Load())).UnixMilli() }
	if change != nil {
		change(&k.o)
	}
	k.s = open(t, k.fsys(), k.o)
	return k
}

func (k *kept) fsys() vfs.FS {
	return usageFS{k.disk, func() vfs.Usage {
		return vfs.Usage{Total: 1000, Free: int64(1000 - 10*(*k.used.Load())())}
	}}
}

// use says how full the disk is, in percent. The store refuses messages above 90, and then cleans by itself.
func (k *kept) use(percent int) { k.useBy(func() int { return percent }) }

func (k *kept) useBy(percent func() int) { k.used.Store(&percent) }

// fill puts n messages and waits until all files but the last could be deleted.
func (k *kept) fill(n int) {
	k.t.Helper()
	k.bodies = fillStore(k.t, k.s, n)
	k.settle()
}

func (k *kept) settle() {
	k.t.Helper()
	eventually(k.t, "everything is durable", func() bool {
		st := k.s.Stats()
		return store.Dispensable(k.s) == st.LogEnd && st.Flushed == st.LogEnd
	})
}

// pass lets both clocks go on.
func (k *kept) pass(d time.Duration) {
	k.passed.Add(int64(d))
	k.up.Add(int64(d))
}

// clean is a round of deletion, which must leave the log beginning with file first.
func (k *kept) clean(what string, first int64) {
	k.t.Helper()
	store.CleanNow(k.s)
	if got := k.s.Stats().LogStart; got != first*segment {
		k.t.Errorf("%s: the log begins at %d, want file %d at %d", what, got, first, first*segment)
	}
}

// files is how many files the log has, without the one that is prepared ahead.
func (k *kept) files() int64 {
	st := k.s.Stats()
	return (st.LogEnd+segment-1)/segment - st.LogStart/segment
}

// intact compares what can be read with what was put, from where each queue begins.
func (k *kept) intact() {
	k.t.Helper()
	got := readStore(k.t, k.s)
	for id, want := range k.bodies {
		from := k.s.MinOffset([]byte("T"), id)
		if !slices.Equal(got[id][from:], want[from:]) || int64(len(want)) != k.s.MaxOffset([]byte("T"), id) {
			k.t.Errorf("queue %d: what lies in [%d, %d) is not what was put", id, from, len(got[id]))
		}
	}
}

// Files go when they are older than the configured time, in the configured hour, ten at a time and
// never the last.
func TestRetentionByHour(t *testing.T) {
	k := keeping(t, func(o *store.Options) { o.Retention.Batch = 2 })
	k.fill(300)
	files := k.files()
	if files < 5 {
		t.Fatalf("%d files, want some more", files)
	}
	k.pass(71 * time.Hour)
	k.clean("another hour, too young", 0)
	k.pass(2 * time.Hour)
	k.clean("another hour", 0)
	k.s = k.reopen(func(o *store.Options) { o.Retention.Hours = 1<<24 - 1 })
	k.settle()
	k.clean("the hour, two files", 2)
	k.clean("the hour, two more", 4)
	for range files {
		store.CleanNow(k.s)
	}
	k.clean("the last one stays", files-1)
	if got := k.s.Stats().Deleted; got != files-1 {
		t.Errorf("%d files counted, want %d", got, files-1)
	}
	k.intact()
	closeStore(t, k.s)
}

// reopen closes the store and opens it with other options.
func (k *kept) reopen(change func(*store.Options)) *store.Store {
	k.t.Helper()
	closeStore(k.t, k.s)
	if change != nil {
		change(&k.o)
	}
	return open(k.t, k.fsys(), k.o)
}

// By the ratio expired files go at any hour, and by the higher one the oldest, until the disk has room.
func TestRetentionByRatio(t *testing.T) {
	k := keeping(t, nil)
	k.fill(900)
	files := k.files()
	k.use(76)
	k.clean("above 75, all young", 0)
	k.pass(73 * time.Hour)
	k.use(75)
	k.clean("at 75, all expired", 0)
	k.use(76)
	k.clean("above 75, ten expired", 10)
	k.pass(-73 * time.Hour)
	k.use(85)
	k.clean("at 85, all young", 10)
	want := files - 3
	k.useBy(func() int { return min(90, 85+int(max(0, k.files()-3))) })
	for range files {
		store.CleanNow(k.s)
	}
	k.clean("above 85, until there are three", want)
	k.use(90)
	k.clean("full: all but the last", files-1)
	k.intact()
	closeStore(t, k.s)
}

func TestRetentionNotForced(t *testing.T) {
	k := keeping(t, func(o *store.Options) { o.Retention.NoForce = true })
	k.fill(200)
	k.use(89)
	k.clean("nothing expired", 0)
	k.pass(73 * time.Hour)
	k.clean("all expired", k.files()-1)
	closeStore(t, k.s)
}

// With less than must be free messages are refused, and the oldest files deleted until there is a tenth more.
func TestMinFreeIsMadeFree(t *testing.T) {
	k := keeping(t, func(o *store.Options) { o.MinFree = 300 })
	k.fill(300)
	var asked atomic.Int64
	free := func(n int64) func() int { return func() int { asked.Add(1); return int(100 - n/10) } }
	refused := func(what string, want bool) {
		t.Helper()
		before := asked.Load()
		eventually(t, "the disk is looked at", func() bool { return asked.Load() > before+4 })
		eventually(t, fmt.Sprintf("%s: refused %t", what, want), func() bool { return errors.Is(k.s.ReadOnly(), store.ErrDiskFull) == want })
	}
	k.useBy(free(330))
	k.clean("enough is free", 0)
	k.useBy(func() int { return free(300 + 10*min(3, k.s.Stats().Deleted))() })
	refused("as much as must be", false)
	k.clean("less than a tenth more", 3)
	k.useBy(free(290))
	refused("less than must be", true)
	k.useBy(free(320))
	refused("less than a tenth more", true)
	k.useBy(free(330))
	refused("a tenth more", false)
	k.useBy(free(0))
	for range k.files() {
		store.CleanNow(k.s)
	}
	if got := k.files(); got != 1 {
		t.Errorf("%d files are left, want the one that is written to", got)
	}
	k.intact()
	closeStore(t, k.s)
}

func TestMinFreeNotForced(t *testing.T) {
	k := keeping(t, func(o *store.Options) { o.MinFree, o.Retention.NoForce = 300, true })
	k.fill(200)
	k.use(80)
	k.clean("nothing expired", 0)
	k.pass(73 * time.Hour)
	k.clean("all expired", k.files()-1)
	closeStore(t, k.s)
}

// A log that is too large loses its oldest files whatever their age, never the one that is written to.
func TestRetentionByBytes(t *testing.T) {
	k := keeping(t, func(o *store.Options) { o.Retention.MaxBytes, o.Retention.NoForce = 4*segment, true })
	k.fill(500)
	files := k.files()
	for range files {
		store.CleanNow(k.s)
	}
	k.clean("four files, the one that is prepared among them", files-3)
	k.s.SetRetention(retention.Rules{MaxBytes: 1, Hours: 1 << 24})
	for range files {
		store.CleanNow(k.s)
	}
	k.clean("the last one stays", files-1)
	k.intact()
	k.s = k.reopen(nil)
	k.intact()
	closeStore(t, k.s)
}

// One request is good for twenty rounds, at any hour, the first of which is at once.
func TestDeleteExpired(t *testing.T) {
	k := keeping(t, func(o *store.Options) { o.Retention.Batch = 1 })
	k.fill(1500)
	k.pass(73 * time.Hour)
	k.clean("nobody asked", 0)
	if err := k.s.DeleteExpired(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the first round", func() bool { return k.s.Stats().LogStart == segment })
	for range 30 {
		store.CleanNow(k.s)
	}
	k.clean("twenty rounds", 20)
	closeStore(t, k.s)
	if err := k.s.DeleteExpired(); !errors.Is(err, store.ErrClosed) {
		t.Errorf("closed: got %v, want %v", err, store.ErrClosed)
	}
}

// A full disk refuses messages, loses its oldest files and takes messages again, all by itself.
func TestFullDiskIsCleaned(t *testing.T) {
	k := keeping(t, nil)
	k.fill(500)
	files := k.files()
	k.useBy(func() int { return int(91 - k.s.Stats().Deleted) })
	eventually(t, "files are deleted", func() bool { return k.s.Stats().Deleted == 6 })
	eventually(t, "messages are taken again", func() bool { return k.s.ReadOnly() == nil })
	if got := k.files(); got != files-6 {
		t.Errorf("%d files are left, want %d: no more than the disk needs", got, files-6)
	}
	putBody(t, k.s, "T", 0, []byte("again"), "")
	closeStore(t, k.s)
}

// A clock that is set a year ahead costs no message; a year that passes does.
func TestRetentionAndWrongClock(t *testing.T) {
	k := keeping(t, func(o *store.Options) { o.Retention.Hours = 1<<24 - 1 })
	k.fill(200)
	k.clean("young", 0)
	k.passed.Add(int64(365 * 24 * time.Hour))
	k.clean("the clock was set", 0)
	k.pass(30 * time.Minute)
	k.clean("half an hour later", 0)
	k.pass(30 * time.Minute)
	k.clean("it seems to be true", k.files()-1)
	closeStore(t, k.s)
}

// What a queue would have to be made from stays until the queue's own files are durable, even on a full disk.
func TestRetentionWaitsForQueues(t *testing.T) {
	k := keeping(t, nil)
	reached, release := make(chan struct{}), make(chan struct{})
	k.disk.Inject(vfs.Rule{Op: vfs.OpSync, Name: "consumequeue/T/1/*", Times: 1, Before: func() { close(reached); <-release }})
	putBody(t, k.s, "T", 1, []byte("its entry is not durable yet"), "")
	<-reached
	for range 300 {
		putBody(t, k.s, "T", 0, make([]byte, 1000), "")
	}
	eventually(t, "the log is durable", func() bool { return k.s.Stats().Flushed == k.s.Stats().LogEnd })
	k.use(90)
	k.clean("the disk is full, the queues are not durable", 0)
	close(release)
	k.settle()
	k.clean("the queues are durable", k.files()-1)
	closeStore(t, k.s)
}

// A reader that has messages of a file keeps them when the file goes, and finds its place afterwards.
func TestRetentionUnderAReader(t *testing.T) {
	k := keeping(t, nil)
	k.fill(300)
	var r, again store.Read
	q := store.Query{Topic: []byte("T"), Max: 3}
	if status, err := k.s.Get(&q, &r); status != store.Found || err != nil {
		t.Fatalf("get: %v, %v", status, err)
	}
	k.use(90)
	last := k.files() - 1
	k.clean("full", last)
	if got := bodies(t, &r); !slices.Equal(got, k.bodies[0][:3]) {
		t.Error("the messages that are held changed")
	}
	r.Release()
	status, err := k.s.Get(&q, &again)
	if first := k.s.MinOffset(q.Topic, 0); status != store.OffsetTooSmall || err != nil || again.Next != first || first == 0 {
		t.Errorf("get: %v, %v, go on at %d; want %v at %d", status, err, again.Next, store.OffsetTooSmall, first)
	}
	if err := k.s.Look(0, &again, false); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("look: got %v, want %v", err, store.ErrNotFound)
	}
	k.intact()
	closeStore(t, k.s)
}

// Files go while messages come, are read from the beginning and looked for by their offsets. Nobody meets
// with anything but messages that are there or gone.
func TestRetentionAndTraffic(t *testing.T) {
	o := store.Hurried(small())
	o.FlushInterval, o.FlushLeastPages = time.Millisecond, -1
	o.CleanInterval, o.LogDeletePause, o.QueueDeletePause = time.Millisecond, -1, -1
	o = store.Eager(o)
	o.Window = 2 * segment
	s := open(t, usageFS{vfs.NewMem(), func() vfs.Usage { return vfs.Usage{Total: 100, Free: 12} }}, o)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for id := range int32(2) {
		wg.Go(func() { readFromStart(t, s, id, stop) })
	}
	for i := range 3000 {
		putBody(t, s, "T", int32(i%2), make([]byte, 1000), "tag")
		if i%50 == 0 { // a file behind the last one can go
			eventually(t, "old files go", func() bool { return s.Stats().LogEnd-s.Stats().LogStart < 8*segment })
		}
	}
	close(stop)
	wg.Wait()
	if st := s.Stats(); st.Deleted < 30 || st.Damaged > 0 {
		t.Errorf("%d files deleted, %d damaged records", st.Deleted, st.Damaged)
	}
	closeStore(t, s)
}

// readFromStart follows the beginning of a queue, by the queue and by offsets of the log.
func readFromStart(t *testing.T, s *store.Store, id int32, stop chan struct{}) {
	var r store.Read
	defer r.Release()
	q := store.Query{Topic: []byte("T"), QueueID: id, Max: 4}
	found := 0
	for {
		select {
		case <-stop:
			if found == 0 {
				t.Error("no message was ever read")
			}
			return
		default:
		}
		q.Offset = s.MinOffset(q.Topic, id)
		status, err := s.Get(&q, &r)
		if err != nil {
			t.Errorf("get at %d: %v, %v", q.Offset, status, err)
			return
		}
		found += len(r.Messages)
		if err := s.Look(s.Stats().LogStart, &r, false); err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("look: %v", err)
			return
		}
		if _, err := s.EarliestTime(q.Topic, id); err != nil {
			t.Errorf("earliest time: %v", err)
			return
		}
		if _, err := s.OffsetByTime(q.Topic, id, 1, store.Lower); err != nil {
			t.Errorf("offset by time: %v", err)
			return
		}
	}
}

// A disk that has room for less than half of what comes takes it all, one part in place of the other.
func TestSmallDisk(t *testing.T) {
	mem := vfs.NewMem()
	o := store.Eager(store.Hurried(small()))
	o.QueueFileSize = 8000
	o.FlushInterval, o.FlushLeastPages = time.Millisecond, -1
	o.CleanInterval, o.LogDeletePause, o.QueueDeletePause = time.Millisecond, -1, -1
	s := open(t, mem, o)
	const room, n = 48, 6000 // in files of the log; in messages, of which one holds 58
	mem.SetCapacity(room * segment)
	for i := range n {
		body := fmt.Sprintf("%01000d", i)
		var err error
		eventually(t, "a message is taken", func() bool { _, err = tryPut(t, s, body); return err == nil })
		s.Drive()
	}
	if got := s.MaxOffset([]byte("T"), 0); got != n {
		t.Errorf("%d messages, want %d", got, n)
	}
	if st := s.Stats(); st.LogEnd < 2*room*segment || st.LogEnd-st.LogStart > room*segment {
		t.Errorf("the log has [%d, %d), want more than fits the disk twice, less than that once", st.LogStart, st.LogEnd)
	}
	closeStore(t, s)
}
