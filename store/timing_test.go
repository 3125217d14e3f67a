package store_test

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

var (
	bornHost  = netip.MustParseAddrPort("10.1.2.3:4567")
	storeHost = netip.MustParseAddrPort("10.0.0.1:10911")
)

// kilobyte is a message of 1 KiB as clients send them.
func kilobyte(topic string, id int32) *record.Message {
	props := record.AppendProperty(nil, record.PropUniqKey, "7F0000010001000000000000000000AB")
	props = record.AppendProperty(props, record.PropTags, "TagA")
	return &record.Message{
		Topic: []byte(topic), QueueID: id, Body: make([]byte, 1024), Properties: props,
		BornHost: bornHost, StoreHost: storeHost, BornTime: 1_700_000_000_000,
	}
}

// putter puts one message again and again, as a send handler does.
type putter struct {
	s *store.Store
	m *record.Message
	e record.Encoded
}

// put returns the end of the message in the log.
func (p *putter) put(t testing.TB) int64 {
	if err := p.e.Set(p.m, record.EncodeOptions{}); err != nil {
		t.Fatal(err)
	}
	q, err := p.s.Queue(p.m.Topic, p.m.QueueID)
	if err != nil {
		t.Fatal(err)
	}
	placed, err := p.s.Put(&p.e, q, false)
	if err != nil {
		t.Fatal(err)
	}
	return placed.End
}

// BenchmarkPut puts messages of 1 KiB, encoding included, and makes them visible: on the same goroutine
// after each one or each 16, or (drive=0) on the store's own.
func BenchmarkPut(b *testing.B) {
	for _, batch := range []int{0, 1, 16} {
		for _, queues := range []int32{8, 10000} {
			b.Run(fmt.Sprintf("drive=%d/queues=%d", batch, queues), func(b *testing.B) {
				s := open(b, vfs.NewOS(b.TempDir()), store.Options{CallerDrives: batch > 0})
				p := putter{s: s, m: kilobyte("Topic", 0)}
				b.SetBytes(1024)
				b.ReportAllocs()
				i, cpu := int32(0), cpuTime()
				for b.Loop() {
					p.m.QueueID = i % queues
					p.put(b)
					if i++; batch > 0 && int(i)%batch == 0 {
						s.Drive()
					}
				}
				eventually(b, "all is visible", func() bool { return s.Stats().Dispatched == s.Stats().LogEnd })
				b.StopTimer()
				b.ReportMetric(float64(cpuTime()-cpu)/float64(b.N), "cpu-ns/op")
				b.ReportMetric(float64(s.Stats().Waited)/float64(b.N)*1e6, "waits/M")
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

// cpuTime is what the process has used, in nanoseconds.
func cpuTime() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func BenchmarkGet32(b *testing.B) {
	s := open(b, vfs.NewOS(b.TempDir()), store.Options{CallerDrives: true})
	p := putter{s: s, m: kilobyte("Topic", 0)}
	for range 10000 {
		p.put(b)
	}
	s.Drive()
	eventually(b, "all is visible", func() bool { return s.MaxOffset([]byte("Topic"), 0) == 10000 })
	q := store.Query{Topic: []byte("Topic"), Max: 32, NoWait: true}
	var r store.Read
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		status, err := s.Get(&q, &r)
		if err != nil || status != store.Found || len(r.Messages) != 32 {
			b.Fatalf("got %v, %v, %d messages", status, err, len(r.Messages))
		}
		out = r.AppendTo(out[:0])
		if q.Offset = r.Next; q.Offset > 9000 {
			q.Offset = 0
		}
	}
	b.SetBytes(int64(len(out)))
	r.Release()
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPutSync waits for the disk with so many puts in flight; they share its syncs.
func BenchmarkPutSync(b *testing.B) {
	for _, inFlight := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("inflight=%d", inFlight), func(b *testing.B) {
			disk := vfs.NewFaulty(vfs.NewOS(b.TempDir()))
			s := open(b, disk, store.Options{Flush: store.SyncFlush, NoIndex: true})
			var wg sync.WaitGroup
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ResetTimer()
			for range inFlight {
				wg.Go(func() {
					p := putter{s: s, m: kilobyte("Topic", 0)}
					done := make(settled, 1)
					for left.Add(-1) >= 0 {
						s.Await(p.put(b), done)
						if err := <-done; err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			b.ReportMetric(float64(disk.Count(vfs.OpMapSync, "commitlog/*"))/float64(b.N), "syncs/op")
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
