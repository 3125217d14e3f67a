package vfs

import (
	"bytes"
	"errors"
	"os"
	"syscall"
	"testing"
)

func openTemp(t *testing.T, size int64) *osFile {
	t.Helper()
	f, err := NewOS(t.TempDir()).Create("f", size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f.(*osFile)
}

func TestAllocateByWritingKeepsContent(t *testing.T) {
	const size = 1<<20 + 5
	f := openTemp(t, size)
	want := make([]byte, size)
	for _, off := range []int64{0, 4095, 4096, 70000, size - 1} {
		want[off] = 9
		if _, err := f.WriteAt([]byte{9}, off); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.allocateByWriting(0, size); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, size)
	if _, err := f.ReadAt(got, 0); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("content changed")
	}
	info, err := f.f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Sys().(*syscall.Stat_t).Blocks * 512; got < size {
		t.Errorf("got %d bytes on disk, want at least %d", got, size)
	}
}

func TestTouch(t *testing.T) {
	page := os.Getpagesize()
	for _, mode := range []MapMode{ReadOnly, ReadWrite} {
		f := openTemp(t, int64(8*page))
		m, err := f.Map(int64(8*page), mode)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte("content"), 0); err != nil {
			t.Fatal(err)
		}
		if err := touch(m.Bytes(), mode); err != nil {
			t.Errorf("mode %v: %v", mode, err)
		}
		if got := string(m.Bytes()[:7]); got != "content" {
			t.Errorf("mode %v: got %q after touching, want content", mode, got)
		}
		if err := f.Truncate(int64(page)); err != nil {
			t.Fatal(err)
		}
		if err := touch(m.Bytes(), mode); !errors.Is(err, syscall.EFAULT) {
			t.Errorf("mode %v: touching a cut file: got %v, want %v", mode, err, syscall.EFAULT)
		}
		if err := m.Unmap(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpNames(t *testing.T) {
	if got, want := 1<<len(opNames), int(opEnd); got != want {
		t.Errorf("opNames names %d bits, want %d", got, want)
	}
	if got, want := (OpSync | OpMapSync).String(), "sync|mapsync"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
