package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/retention"
	"github.com/gannetmq/gannet/store/verify"
	"github.com/gannetmq/gannet/store/vfs"
)

// Queue files, the index and the ends of queues follow the log, and a restart finds them as they are.
func TestDerivedFilesFollow(t *testing.T) {
	k := keeping(t, func(o *store.Options) { o.IndexEntries = 40 })
	for i := range 300 {
		putKeyed(t, k.s, "T", int32(i%2), fmt.Sprint("key", i), 1000)
	}
	putBody(t, k.s, "Quiet", 0, []byte("only one"), "") // in the last file
	k.settle()
	count := func(dir string) int {
		list, err := k.mem.List(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	queueFiles, indexFiles := count("consumequeue/T/0"), count("index")
	if _, err := k.s.FindByKey([]byte("T"), []byte("key0"), 10, 0, 1<<62); err != nil { // keeps its file open
		t.Fatal(err)
	}
	k.use(90)
	k.clean("full", k.files()-1)
	if q, x := count("consumequeue/T/0"), count("index"); q >= queueFiles || x >= indexFiles || q == 0 || x == 0 {
		t.Errorf("%d of %d queue files and %d of %d index files are left", q, queueFiles, x, indexFiles)
	}
	ends := func() string {
		var text string
		for id := range int32(2) {
			text += fmt.Sprintf("[%d, %d) ", k.s.MinOffset([]byte("T"), id), k.s.MaxOffset([]byte("T"), id))
		}
		return text
	}
	before := ends()
	for step := range 2 {
		if got, err := k.s.FindByKey([]byte("T"), []byte("key299"), 10, 0, 1<<62); len(got) != 1 || err != nil {
			t.Errorf("step %d: the last key: found %v, %v", step, got, err)
		}
		k.s = k.reopen(nil)
		if got := ends(); got != before {
			t.Errorf("step %d: opened again: %s, want %s", step, got, before)
		}
	}
	closeStore(t, k.s)
}

// The tool that looks for damage finds none in a directory from which files were deleted.
func TestVerifyAfterDeletion(t *testing.T) {
	k := keeping(t, func(o *store.Options) { o.IndexEntries = 40 })
	for i := range 300 {
		putKeyed(t, k.s, "T", int32(i%2), fmt.Sprint("key", i), 1000)
	}
	k.settle()
	k.use(90)
	k.clean("full", k.files()-1)
	closeStore(t, k.s)
	r, err := verify.Verify(k.mem, verify.Options{IndexSlots: k.o.IndexSlots, IndexEntries: k.o.IndexEntries})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range r.Parts {
		for _, f := range part.Findings {
			t.Errorf("%s: %v", part.Name, f)
		}
	}
	if st := k.s.Stats(); st.LogStart == 0 || len(r.Parts) == 0 {
		t.Errorf("the log begins at %d, %d parts were looked at", st.LogStart, len(r.Parts))
	}
}

// A queue all of whose messages are gone goes on counting, also over a power cut.
func TestOffsetsOutliveMessages(t *testing.T) {
	k := keeping(t, nil)
	putBody(t, k.s, "Old", 0, []byte("a"), "")
	putBody(t, k.s, "Old", 0, []byte("b"), "")
	k.fill(200)
	k.use(90)
	k.clean("full", k.files()-1)
	disk := k.mem.Clone(rand.New(rand.NewPCG(1, 1)), vfs.Policy{})
	s := open(t, disk, k.o)
	if lo, hi := s.MinOffset([]byte("Old"), 0), s.MaxOffset([]byte("Old"), 0); lo != 2 || hi != 2 {
		t.Errorf("after a power cut: [%d, %d), want [2, 2)", lo, hi)
	}
	putBody(t, s, "Old", 0, []byte("c"), "")
	if hi := s.MaxOffset([]byte("Old"), 0); hi != 3 {
		t.Errorf("the next message: queue ends at %d, want 3", hi)
	}
	closeStore(t, s)
	closeStore(t, k.s)
}

// Queues without messages are removed on request, those that are to be kept are not.
func TestCleanExpiredQueues(t *testing.T) {
	k := keeping(t, nil)
	putBody(t, k.s, "Old", 0, []byte("a"), "")
	putBody(t, k.s, "rmq_sys_x", 0, []byte("a"), "")
	k.fill(200)
	system := func(topic string) bool { return strings.HasPrefix(topic, "rmq_sys_") }
	if n, err := k.s.CleanExpiredQueues(system); n != 0 || err != nil {
		t.Errorf("all live: %d removed, %v", n, err)
	}
	k.use(90)
	k.clean("full", k.files()-1)
	if n, err := k.s.CleanExpiredQueues(system); n != 1 || err != nil {
		t.Errorf("%d removed, %v, want 1", n, err)
	}
	k.use(10)
	k.intact()
	k.s = k.reopen(nil)
	if list, err := k.mem.List("consumequeue"); err != nil || len(list) != 2 {
		t.Errorf("topics %v, %v, want T and the one that is kept", list, err)
	}
	k.intact()
	closeStore(t, k.s)
	if _, err := k.s.CleanExpiredQueues(system); !errors.Is(err, store.ErrClosed) {
		t.Errorf("closed: got %v, want %v", err, store.ErrClosed)
	}
}

// putKeyed stores a message of so many bytes with a key.
func putKeyed(t *testing.T, s *store.Store, topic string, id int32, key string, size int) {
	t.Helper()
	var e record.Encoded
	m := &record.Message{
		Topic: []byte(topic), QueueID: id, Body: make([]byte, size), BornHost: bornHost, StoreHost: storeHost,
		Properties: record.AppendProperty(nil, record.PropKeys, key),
	}
	if err := e.Set(m, record.EncodeOptions{}); err != nil {
		t.Fatal(err)
	}
	q, err := s.Queue(m.Topic, id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(&e, q, false); err != nil {
		t.Fatal(err)
	}
	s.Drive()
}

// A round that Close interrupts is brought to its end: a Java broker would take the queues' minimum for 0,
// and the next start would miss entries.
func TestCloseFinishesDeletion(t *testing.T) {
	k := keeping(t, func(o *store.Options) { o.QueueDeletePause = time.Hour })
	k.fill(300)
	k.pass(73 * time.Hour)
	if err := k.s.DeleteExpired(); err != nil {
		t.Fatal(err)
	}
	first := func(id int) string {
		list, err := k.mem.List(fmt.Sprint("consumequeue/T/", id))
		if err != nil || len(list) == 0 {
			t.Fatalf("files of queue %d: %v, %v", id, list, err)
		}
		return list[0].Name
	}
	const zero = "00000000000000000000"
	eventually(t, "the first queue has lost files", func() bool { return first(0) != zero || first(1) != zero || first(2) != zero })
	start := k.s.Stats().LogStart
	if err := k.s.Close(); err != nil {
		t.Fatal(err)
	}
	for id := range 3 {
		if first(id) == zero {
			t.Errorf("queue %d still has its first file", id)
		}
	}
	dispatched := false
	k.o.Progress = func(p store.Progress) { dispatched = dispatched || p.Step == "dispatch" && p.Total > segment }
	k.s = open(t, k.fsys(), k.o)
	if st := k.s.Stats(); st.LogStart != start || dispatched {
		t.Errorf("opened again: the log begins at %d, want %d; all dispatched again: %v", st.LogStart, start, dispatched)
	}
	k.intact()
	closeStore(t, k.s)
}

// Queues that are rebuilt from further back than the checkpoint vouches for are rebuilt again when the power
// is cut before they are durable.
func TestRebuildAndPowerCuts(t *testing.T) {
	o, rng := small(), rand.New(rand.NewPCG(1, 1))
	clock := new(atomic.Int64)
	o.Now = func() int64 { return 1_700_000_000_000 + clock.Add(1000) } // so that the checkpoint's three seconds are few messages
	mem := vfs.NewMem()
	s := open(t, mem, o)
	want := fillStore(t, s, 300)
	closeStore(t, s)
	remove(t, mem, "consumequeue/T/1")
	var mu sync.Mutex // several goroutines read queues
	var disks []*vfs.Mem
	mem.OnOp = func(vfs.Op, string) {
		mu.Lock()
		defer mu.Unlock()
		if rng.IntN(4) == 0 && len(disks) < 60 {
			disks = append(disks, mem.Clone(rng, vfs.Policy{}))
		}
	}
	o.NoIndex = true
	s = open(t, mem, o)
	closeStore(t, s)
	mem.OnOp = nil
	if len(disks) < 20 {
		t.Errorf("%d power cuts, want some more", len(disks))
	}
	for i, disk := range disks {
		s := open(t, disk, o)
		sameMessages(t, readStore(t, s), want)
		closeStore(t, s)
		if t.Failed() {
			t.Fatalf("power cut %d", i)
		}
	}
}

// Several stores on one disk each keep to their share.
func TestRetentionByShare(t *testing.T) {
	k := keeping(t, func(o *store.Options) { o.Retention = retention.Rules{Shares: 2, Hours: 1 << 24}; o.NoIndex = true })
	k.fill(300)
	files := k.files()
	// The disk is so large that its half is a little more than four files of the log over 0.8.
	total := atomic.Int64{}
	total.Store(2 * 5 * segment * 100 / 80)
	closeStore(t, k.s)
	k.s = open(t, usageFS{k.disk, func() vfs.Usage { return vfs.Usage{Total: total.Load(), Free: total.Load()} }}, k.o)
	k.settle()
	store.CleanNow(k.s)
	if got := k.files(); got >= files || got > 5 || got < 3 {
		t.Errorf("%d of %d files are left, want about 4", got, files)
	}
	closeStore(t, k.s)
}
