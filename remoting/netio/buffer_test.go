package netio

import (
	"bytes"
	"testing"
)

func TestBufferHasRoom(t *testing.T) {
	for _, n := range []int{-1, 0, 1, 511, 512, 513, 1 << 20, 1<<24 - 1, 1 << 24, 1<<24 + 1} {
		b := NewBuffer(n)
		if len(b.B) != 0 || cap(b.B) < n {
			t.Errorf("NewBuffer(%d): len %d, cap %d", n, len(b.B), cap(b.B))
		}
		if n <= 1<<24 && cap(b.B) > max(2*n, 512) {
			t.Errorf("NewBuffer(%d): cap %d is more than twice as much", n, cap(b.B))
		}
		b.Release()
	}
}

func TestBufferGrownByAppendIsPooledByItsCapacity(t *testing.T) {
	b := NewBuffer(512)
	b.B = append(b.B, make([]byte, 3000)...)
	b.Release()
	for range 100 {
		b := NewBuffer(4096)
		if cap(b.B) < 4096 {
			t.Fatalf("NewBuffer(4096) has room for %d", cap(b.B))
		}
		defer b.Release()
	}
}

func TestBufferReleasedTwicePanics(t *testing.T) {
	b := NewBuffer(1)
	b.Release()
	defer func() {
		if recover() == nil {
			t.Error("second Release did not panic")
		}
	}()
	b.Release()
}

func TestBufferGrowKeepsContent(t *testing.T) {
	before := LiveBuffers()
	b := CopyBuffer([]byte("0123456789"))
	for range 10 {
		b = b.grow(1000, 0)
		b.B = append(b.B, bytes.Repeat([]byte("x"), 1000)...)
	}
	if len(b.B) != 10010 || !bytes.HasPrefix(b.B, []byte("0123456789x")) {
		t.Errorf("after growing: %d bytes, %.20q", len(b.B), b.B)
	}
	if got := LiveBuffers() - before; got != 1 {
		t.Errorf("%d buffers alive, want 1", got)
	}
	b.Release()
	if got := LiveBuffers() - before; got != 0 {
		t.Errorf("%d buffers alive after Release, want 0", got)
	}
}

func TestBufferGrowsNoFurtherThanTheMost(t *testing.T) {
	b := NewBuffer(600 << 10) // 1 MiB
	b.B = b.B[:cap(b.B)]
	b = b.grow(100, len(b.B)+100)
	if got, most := cap(b.B), 2<<20; got > most {
		t.Errorf("cap %d, want at most %d", got, most)
	}
	b.Release()
}
