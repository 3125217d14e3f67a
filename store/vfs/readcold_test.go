package vfs_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

// Cold or not, in pieces or not, the bytes are the same, and so is the end.
func TestReadCold(t *testing.T) {
	forEachFS(t, func(t *testing.T, fsys vfs.FS) {
		want := make([]byte, 3<<20+123)
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range want {
			want[i] = byte(rng.Uint32())
		}
		w := must(fsys.Create("f", int64(len(want))))
		must(w.WriteAt(want, 0))
		check(t, w.Sync())
		check(t, w.Close())
		f := must(fsys.OpenRead("f"))
		defer f.Close()
		for range 50 {
			off := rng.Int64N(int64(len(want)))
			b := make([]byte, min(1+rng.Int64N(1<<20), int64(len(want))-off))
			if n, err := vfs.ReadCold(f, b, off); n != len(b) || err != nil && !errors.Is(err, io.EOF) {
				t.Fatalf("%d bytes at %d: got %d, %v", len(b), off, n, err)
			}
			if !bytes.Equal(b, want[off:off+int64(len(b))]) {
				t.Fatalf("%d bytes at %d are others", len(b), off)
			}
		}
		b := make([]byte, 1000)
		n, err := vfs.ReadCold(f, b, int64(len(want))-10)
		if n != 10 || !errors.Is(err, io.EOF) || !bytes.Equal(b[:n], want[len(want)-10:]) {
			t.Errorf("across the end: got %d, %v", n, err)
		}
		if n, err := vfs.ReadCold(f, b, int64(len(want))+5); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("behind the end: got %d, %v", n, err)
		}
	})
}

func TestReadColdFails(t *testing.T) {
	disk := vfs.NewFaulty(vfs.NewMem())
	f := must(disk.Create("f", 10))
	defer f.Close()
	disk.Inject(vfs.Rule{Op: vfs.OpRead, Err: syscall.EIO, Times: 1})
	if _, err := vfs.ReadCold(f, make([]byte, 1), 0); !errors.Is(err, syscall.EIO) {
		t.Errorf("got %v, want %v", err, syscall.EIO)
	}
}
