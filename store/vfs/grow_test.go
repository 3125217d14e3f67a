package vfs_test

import (
	"bytes"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

// A growing file holds what was written, zeros behind it, and is no longer than it may be.
func TestWriteGrowing(t *testing.T) {
	const size = 5_000_000
	mem := vfs.NewFaulty(vfs.NewMem())
	f, err := mem.Create("f", size)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := make([]byte, size)
	for pos := 0; pos < size; {
		b := bytes.Repeat([]byte{byte(pos%251 + 1)}, min(700_001, size-pos))
		copy(want[pos:], b)
		if err := vfs.WriteGrowing(f, b, int64(pos), size); err != nil {
			t.Fatal(err)
		}
		pos += len(b)
		got, _, err := vfs.ReadFile(mem, "f", 2*size)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("after %d bytes: %d bytes of file, %v, not what was written", pos, len(got), err)
		}
	}
	if n := mem.Count(vfs.OpWrite, "f"); n != 8+3 {
		t.Errorf("%d writes, want 8 and one of zeros for each of 3 large pages", n)
	}
}
