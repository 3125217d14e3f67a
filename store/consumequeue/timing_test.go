package consumequeue

import (
	"fmt"
	"testing"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// BenchmarkDispatch is the cost of a message, the writing of its entry to a file included.
func BenchmarkDispatch(b *testing.B) {
	for _, queues := range []int{10, 10000} {
		b.Run(fmt.Sprint(queues, "-queues"), func(b *testing.B) {
			s := open(b, vfs.NewOS(b.TempDir()), Options{Clean: true})
			views := make([]record.View, queues)
			for i := range views {
				views[i] = record.View{
					Topic: fmt.Appendf(nil, "topic-%d", i/8), QueueID: int32(i % 8), Size: 1100,
					Properties: []byte("UNIQ_KEY\x017F00000100002A9F0000000000000001\x02TAGS\x01TagA\x02WAIT\x01true\x02"),
				}
			}
			phy := int64(0)
			dispatch := func(i int) {
				v := &views[i%queues]
				v.PhyOffset = phy
				if err := s.Dispatch(v); err != nil {
					b.Fatal(err)
				}
				v.QueueOffset++
				phy += 1100
			}
			for i := range queues {
				dispatch(i)
			}
			flush(b, s) // makes the files
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				dispatch(i)
				if s.Pressure() {
					if err := s.Write(ctx, 0); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.StopTimer()
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkWrite writes one entry for each of many queues, the worst case, with fewer descriptors
// than queues; the first time it also makes the files.
func BenchmarkWrite(b *testing.B) {
	const queues = 2000
	for _, first := range []bool{true, false} {
		b.Run(fmt.Sprint("first=", first), func(b *testing.B) { benchmarkWrite(b, queues, first) })
	}
}

func benchmarkWrite(b *testing.B, queues int, first bool) {
	s := open(b, vfs.NewOS(b.TempDir()), Options{Clean: true})
	round := int64(0)
	fill := func() {
		for i := range queues {
			topic, off := fmt.Sprint("T", i/8), round
			if first {
				topic, off = fmt.Sprint("T", round, "-", i/8), 0
			}
			if err := queue(b, s, topic, int32(i%8)).Append(off, round*2e6+int64(i)*100, 100, 1); err != nil {
				b.Fatal(err)
			}
		}
		round++
	}
	if !first {
		fill()
		flush(b, s)
	}
	for b.Loop() {
		b.StopTimer()
		fill()
		b.StartTimer()
		if err := s.Write(ctx, 0); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(queues), "ns/queue")
	b.StopTimer()
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkOpen opens many queues after a clean exit and after a crash.
func BenchmarkOpen(b *testing.B) {
	const queues = 10000
	fsys := vfs.NewOS(b.TempDir())
	s := open(b, fsys, Options{Clean: true})
	for i := range queues {
		q := queue(b, s, fmt.Sprint("topic-", i/8), int32(i%8))
		for n := range int64(100) {
			if err := q.Append(n, int64(i)*10000+n*100, 100, 1); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for _, clean := range []bool{true, false} {
		b.Run(fmt.Sprint("clean=", clean), func(b *testing.B) {
			for b.Loop() {
				s := open(b, fsys, Options{Clean: clean})
				if s.Report().Queues != queues || s.MaxPhy() == 0 {
					b.Fatalf("%+v", s.Report())
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEntries copies 32 entries of the tail, as a pull does, from memory and from a file.
func BenchmarkEntries(b *testing.B) {
	s := open(b, vfs.NewOS(b.TempDir()), Options{Clean: true})
	q := queue(b, s, "T", 0)
	for n := range int64(10000) {
		if err := q.Append(n, n*100, 100, 1); err != nil {
			b.Fatal(err)
		}
		if n%100 == 0 {
			if err := s.Write(ctx, 0); err != nil {
				b.Fatal(err)
			}
		}
	}
	var buf [32]Entry
	b.Run("memory", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if n, ok := q.Entries(9968, buf[:]); n != 32 || !ok {
				b.Fatal(n, ok)
			}
		}
	})
	b.Run("file", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if n, err := q.ReadEntries(100, buf[:]); n != 32 || err != nil {
				b.Fatal(n, err)
			}
		}
	})
}
