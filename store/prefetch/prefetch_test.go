package prefetch

import (
	"math/rand/v2"
	"testing"
)

const line = 64 // bytes that come at once

// Nothing is changed, wherever the bytes begin and however many there are; and nothing behind them, mapped or not, does harm.
func TestBytes(t *testing.T) {
	b := make([]byte, 1<<16)
	for i := range b {
		b[i] = byte(i)
	}
	for from := range 2 * line {
		for _, n := range []int{0, 1, line - 1, line, line + 1, 10 * line, len(b) - from} {
			Bytes(b[from : from+n])
		}
	}
	Bytes(nil)
	for i := range b {
		if b[i] != byte(i) {
			t.Fatalf("byte %d changed to %d", i, b[i])
		}
	}
	if n := testing.AllocsPerRun(10, func() { Bytes(b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Looking at four lines of each of many records that lie far apart, 16 records together.
func BenchmarkFarApart(b *testing.B) {
	const records, size, together = 1 << 17, 1200, 16
	memory := make([]byte, records*size)
	for i := range memory {
		memory[i] = byte(i)
	}
	order := rand.Perm(records / together)
	for _, early := range []bool{false, true} {
		b.Run(map[bool]string{false: "plain", true: "prefetched"}[early], func(b *testing.B) {
			sum := 0
			for n := 0; b.Loop(); n++ {
				batch := memory[order[n%len(order)]*together*size:][:together*size]
				if early {
					for at := 0; at < len(batch); at += size {
						Bytes(batch[at+size-4*line : at+size])
					}
				}
				for at := 0; at < len(batch); at += size {
					for end := at + size; end > at+size-4*line; end -= line {
						sum += int(batch[end-1])
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*together), "ns/record")
			_ = sum
		})
	}
}
