package mapped_test

import (
	"fmt"
	"path"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/vfs"
)

const (
	benchRecord  = 1126      // 1.1 KiB: a message of 1 KiB
	benchBatch   = 58        // records, 64 KiB
	benchSegment = 128 << 20 // small, so that freed memory is used again and not given to the host of a VM
	benchBatches = 1_000_000 / benchBatch
	benchFlush   = 16 << 20
)

// benchWriter is what the rival ways to fill a segment have in common.
type benchWriter interface {
	ready(pos, n int64) // waits until n bytes at pos can be appended
	append(pos int64, records [][]byte)
	sync(from, to int64)
	close()
}

// mappedWriter appends through the mapping: into holes, into reserved blocks, or into pages that
// a helper prefaults.
type mappedWriter struct {
	seg     *mapped.Segment
	reserve bool
	ahead   int64 // prefault so far ahead; 0: not at all
	large   bool  // in large pages

	wake   chan int64
	mu     sync.Mutex
	cond   *sync.Cond
	helper sync.WaitGroup
}

func newMappedWriter(seg *mapped.Segment, reserve bool, ahead int64, large bool) *mappedWriter {
	w := &mappedWriter{seg: seg, reserve: reserve, ahead: ahead, large: large, wake: make(chan int64, 1)}
	w.cond = sync.NewCond(&w.mu)
	w.helper.Go(w.help)
	return w
}

func (w *mappedWriter) help() {
	const step = 2 << 20
	for pos := range w.wake {
		try(w.seg.Reserve(pos, pos+w.ahead+benchFlush))
		for to := pos - pos%step + step; to <= pos+w.ahead; to += step {
			try(w.seg.Prefault(pos, to, w.large))
			w.mu.Lock()
			w.cond.Broadcast()
			w.mu.Unlock()
		}
	}
}

func (w *mappedWriter) ready(pos, n int64) {
	if w.ahead > 0 && w.seg.Prefaulted()-pos < w.ahead/2 {
		select {
		case w.wake <- pos:
		default:
		}
		w.mu.Lock()
		for w.seg.Prefaulted() < pos+n {
			w.cond.Wait()
		}
		w.mu.Unlock()
	} else if w.reserve && w.seg.Reserved() < pos+n {
		try(w.seg.Reserve(pos, pos+benchFlush))
	}
}

func (w *mappedWriter) append(pos int64, records [][]byte) {
	for _, r := range records {
		if w.reserve {
			try(w.seg.CopyIn(pos, r))
		} else {
			b, err := w.seg.Bytes(pos, int64(len(r)))
			try(err)
			copy(b, r)
		}
		pos += int64(len(r))
	}
}

func (w *mappedWriter) sync(from, to int64) { try(w.seg.Sync(from, to)) }

func (w *mappedWriter) close() {
	close(w.wake)
	w.helper.Wait()
}

// fileWriter appends by one pwrite for a batch.
type fileWriter struct {
	f        vfs.File
	reserved int64
	buf      []byte
}

func newFileWriter(fsys vfs.FS, seg *mapped.Segment) *fileWriter {
	f, err := fsys.Open(path.Base(seg.Name()))
	try(err)
	return &fileWriter{f: f}
}

func (w *fileWriter) ready(pos, n int64) {
	if pos+n > w.reserved {
		to := min(pos+benchFlush, benchSegment)
		try(w.f.Allocate(pos, to-pos))
		w.reserved = to
	}
}

func (w *fileWriter) append(pos int64, records [][]byte) {
	w.buf = w.buf[:0]
	for _, r := range records {
		w.buf = append(w.buf, r...)
	}
	_, err := w.f.WriteAt(w.buf, pos)
	try(err)
}

func (w *fileWriter) sync(_, _ int64) { try(w.f.Sync()) }
func (w *fileWriter) close()          { try(w.f.Close()) }

// benchFill appends batches to new segments, 1,000,000 records in all, and returns the time that
// the appending alone took: what a log does under its lock. With flush another goroutine syncs
// whenever 16 MiB came together.
func benchFill(fsys vfs.FS, flush bool, open func(*mapped.Segment) benchWriter) (appending time.Duration) {
	batch := make([][]byte, benchBatch)
	for i := range batch {
		batch[i] = make([]byte, benchRecord)
	}
	const n = benchBatch * benchRecord
	for left := benchBatches; left > 0; {
		seg, err := mapped.Create(fsys, ".", 0, benchSegment)
		try(err)
		w := open(seg)
		var appended, synced atomic.Int64
		var flusher sync.WaitGroup
		kick := make(chan struct{}, 1)
		flusher.Go(func() {
			for range kick {
				to := appended.Load()
				w.sync(synced.Load(), to)
				synced.Store(to)
			}
		})
		for pos := int64(0); pos+n <= benchSegment && left > 0; pos += n {
			w.ready(pos, n)
			began := time.Now()
			w.append(pos, batch)
			appending += time.Since(began)
			appended.Store(pos + n)
			if flush && pos-synced.Load() > benchFlush {
				select {
				case kick <- struct{}{}:
				default:
				}
			}
			left--
		}
		close(kick)
		flusher.Wait()
		w.close()
		try(seg.Remove())
	}
	return appending
}

// BenchmarkAppend weighs the ways to append against each other: the time under the log's lock
// (append-ns), what the appending thread and the whole process spend, and its page faults.
func BenchmarkAppend(b *testing.B) {
	for _, flush := range []bool{false, true} {
		for _, way := range []struct {
			name string
			open func(fsys vfs.FS, seg *mapped.Segment) benchWriter
		}{
			{"mapping,sparse", func(_ vfs.FS, seg *mapped.Segment) benchWriter { return newMappedWriter(seg, false, 0, false) }},
			{"mapping,reserved", func(_ vfs.FS, seg *mapped.Segment) benchWriter { return newMappedWriter(seg, true, 0, false) }},
			{"mapping,prefaulted", func(_ vfs.FS, seg *mapped.Segment) benchWriter { return newMappedWriter(seg, true, 32<<20, false) }},
			{"mapping,large pages", func(_ vfs.FS, seg *mapped.Segment) benchWriter { return newMappedWriter(seg, true, 32<<20, true) }},
			{"pwrite,64KiB", func(fsys vfs.FS, seg *mapped.Segment) benchWriter { return newFileWriter(fsys, seg) }},
		} {
			b.Run(fmt.Sprintf("%s/flush=%v", way.name, flush), func(b *testing.B) {
				fsys := vfs.NewOS(b.TempDir())
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
				_, all := resources(syscall.RUSAGE_SELF)
				faults, own := resources(syscall.RUSAGE_THREAD)
				var appending time.Duration
				for b.Loop() {
					appending += benchFill(fsys, flush, func(seg *mapped.Segment) benchWriter { return way.open(fsys, seg) })
				}
				_, all1 := resources(syscall.RUSAGE_SELF)
				faults1, own1 := resources(syscall.RUSAGE_THREAD)
				records := float64(b.N) * benchBatches * benchBatch
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(float64(b.Elapsed())/records, "wall-ns/rec")
				b.ReportMetric(float64(appending)/records, "append-ns/rec")
				b.ReportMetric(float64(own1-own)/records, "appender-cpu-ns/rec")
				b.ReportMetric(float64(all1-all)/records, "all-cpu-ns/rec")
				b.ReportMetric(float64(faults1-faults)/float64(b.N), "appender-minflt/1Mrec")
			})
		}
	}
}

// BenchmarkSync is one message and one sync, again and again: what a group commit of one costs.
func BenchmarkSync(b *testing.B) {
	record := make([]byte, benchRecord)
	for _, c := range []struct {
		name string
		open func(fsys vfs.FS, seg *mapped.Segment) benchWriter
	}{
		{"mapping,reserved", func(_ vfs.FS, seg *mapped.Segment) benchWriter { return newMappedWriter(seg, true, 0, false) }},
		{"mapping,prefaulted", func(_ vfs.FS, seg *mapped.Segment) benchWriter {
			try(seg.Prefault(0, 32<<20, false))
			return newMappedWriter(seg, true, 0, false)
		}},
		{"pwrite,reserved", func(fsys vfs.FS, seg *mapped.Segment) benchWriter { return newFileWriter(fsys, seg) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			fsys := vfs.NewOS(b.TempDir())
			seg, err := mapped.Create(fsys, ".", 0, benchSegment)
			try(err)
			w := c.open(fsys, seg)
			pos := int64(0)
			for b.Loop() {
				w.ready(pos, benchRecord)
				w.append(pos, [][]byte{record})
				w.sync(pos, pos+benchRecord)
				pos = (pos + benchRecord) % (32<<20 - benchRecord)
			}
			w.close()
			try(seg.Remove())
		})
	}
}

// resources returns the minor faults and the processor time in ns so far, of this thread or process.
func resources(who int) (minor, cpu int64) {
	var u syscall.Rusage
	try(syscall.Getrusage(who, &u))
	return u.Minflt, u.Utime.Nano() + u.Stime.Nano()
}
