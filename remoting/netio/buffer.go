package netio

import (
	"fmt"
	"math/bits"
	"sync"
	"sync/atomic"
)

// Size classes are powers of two. Larger buffers are left to the garbage collector.
const (
	minClass = 9  // 512 B
	maxClass = 24 // 16 MiB, the largest frame
)

// Buffer is a pooled byte slice with exactly one owner. The owner appends to B, and either hands the
// Buffer on or calls Release once. B may be grown with append; the larger array is pooled instead.
type Buffer struct {
	B []byte

	released atomic.Bool
}

var (
	shelves [maxClass + 1]sync.Pool // of *Buffer whose capacity is at least 1<<index
	taken   atomic.Int64
)

// NewBuffer returns a Buffer with an empty B of at least that capacity in bytes.
func NewBuffer(capacity int) *Buffer {
	taken.Add(1)
	class := max(bits.Len(uint(max(capacity, 1)-1)), minClass)
	if class > maxClass {
		return &Buffer{B: make([]byte, 0, capacity)}
	}
	if b, ok := shelves[class].Get().(*Buffer); ok {
		b.released.Store(false)
		return b
	}
	return &Buffer{B: make([]byte, 0, 1<<class)}
}

// CopyBuffer returns a Buffer that holds a copy of p.
func CopyBuffer(p []byte) *Buffer {
	b := NewBuffer(len(p))
	b.B = append(b.B, p...)
	return b
}

// Release gives the bytes back. Neither b nor any view into b.B may be used afterwards.
func (b *Buffer) Release() {
	if b.released.Swap(true) {
		panic(fmt.Sprintf("BUG: netio.Buffer of %d bytes released twice", cap(b.B)))
	}
	taken.Add(-1)
	// A capacity between two classes serves the smaller one.
	class := bits.Len(uint(cap(b.B))) - 1
	if class < minClass || class > maxClass {
		return
	}
	b.B = b.B[:0]
	shelves[class].Put(b)
}

// grow makes room for n bytes more by moving the content to a larger Buffer: twice as large, but not
// larger than it has ever to be (0: not known).
func (b *Buffer) grow(n, most int) *Buffer {
	need := len(b.B) + n
	if need <= cap(b.B) {
		return b
	}
	size := max(need, 2*cap(b.B))
	if most >= need {
		size = min(size, most)
	}
	larger := NewBuffer(size)
	larger.B = append(larger.B, b.B...)
	b.Release()
	return larger
}

// LiveBuffers is how many Buffers of this process are owned by somebody: a gauge for metrics, and what
// leak tests compare.
func LiveBuffers() int64 { return taken.Load() }
