package checkpoint

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store/vfs"
)

// What Java wrote reads as Java says, and is written again byte for byte.
func TestGolden(t *testing.T) {
	for _, image := range []string{"basic-clean", "basic-killed", "api-put", "prop-crc"} {
		t.Run(image, func(t *testing.T) {
			var want struct {
				Before struct {
					Checkpoint struct {
						PhysicMsgTimestamp, LogicsMsgTimestamp, IndexMsgTimestamp int64
						MasterFlushedOffset, ConfirmPhyOffset, MinTimestamp       int64
					}
				}
			}
			golden.Expect(t, image, &want)
			b, err := os.ReadFile(filepath.Join(golden.Store(t, image), "store", "checkpoint"))
			if err != nil {
				t.Fatal(err)
			}
			w := want.Before.Checkpoint
			got, ok := Decode(b)
			if want := (Checkpoint{w.PhysicMsgTimestamp, w.LogicsMsgTimestamp, w.IndexMsgTimestamp, w.MasterFlushedOffset, w.ConfirmPhyOffset}); !ok || got != want {
				t.Errorf("got %+v, %v, want %+v", got, ok, want)
			}
			if got.MinTime() != w.MinTimestamp {
				t.Errorf("MinTime: got %d, want %d", got.MinTime(), w.MinTimestamp)
			}
			if enc := got.Append(nil); !bytes.Equal(enc, b[:fieldsSize]) || len(b) != Size || len(bytes.Trim(b[fieldsSize:], "\x00")) > 0 {
				t.Errorf("encoded % x, the file of %d bytes begins % x", enc, len(b), b[:fieldsSize])
			}
		})
	}
}

func TestStoreAndReopen(t *testing.T) {
	mem := vfs.NewMem()
	f, c, err := Open(mem, ".", "checkpoint")
	if err != nil || c != (Checkpoint{}) {
		t.Fatalf("new file: %+v, %v", c, err)
	}
	want := Checkpoint{LogTime: 5, QueueTime: 4, IndexTime: 3, MasterFlushedOffset: 2, ConfirmOffset: 1}
	if err := f.Store(want); err != nil {
		t.Fatal(err)
	}
	disk := mem.Clone(rand.New(rand.NewPCG(1, 1)), vfs.Policy{})
	g, got, err := Open(disk, ".", "checkpoint")
	if err != nil || got != want {
		t.Errorf("after a power cut: got %+v, %v, want %+v", got, err, want)
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// An unchanged checkpoint costs no write: an idle broker must let the disk sleep.
func TestStoreUnchanged(t *testing.T) {
	disk := vfs.NewFaulty(vfs.NewMem())
	f, _, err := Open(disk, ".", "checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := Checkpoint{LogTime: 7}
	for range 3 {
		if err := f.Store(c); err != nil {
			t.Fatal(err)
		}
	}
	if got := disk.Count(vfs.OpWrite, "checkpoint"); got != 1 {
		t.Errorf("%d writes, want 1", got)
	}
}

// A short file says nothing and is made whole: Java maps a page of it.
func TestShortFile(t *testing.T) {
	mem := vfs.NewMem()
	short, err := mem.Create("checkpoint", 20)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := short.WriteAt(bytes.Repeat([]byte{1}, 20), 0); err != nil {
		t.Fatal(err)
	}
	f, c, err := Open(mem, ".", "checkpoint")
	if err != nil || c != (Checkpoint{}) {
		t.Fatalf("got %+v, %v, want nothing known", c, err)
	}
	defer f.Close()
	if e, err := mem.Stat("checkpoint"); err != nil || e.Size != Size {
		t.Errorf("%d bytes, %v, want %d", e.Size, err, Size)
	}
}

func TestMinTime(t *testing.T) {
	for _, c := range []struct {
		in   Checkpoint
		want int64
	}{
		{Checkpoint{LogTime: 10_000, QueueTime: 9_000}, 6_000},
		{Checkpoint{LogTime: 8_000, QueueTime: 9_000}, 5_000},
		{Checkpoint{LogTime: 10_000}, 0},
		{Checkpoint{LogTime: 100, QueueTime: 100}, 0},
	} {
		if got := c.in.MinTime(); got != c.want {
			t.Errorf("%+v: got %d, want %d", c.in, got, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(Checkpoint{1, 2, 3, 4, 5}.Append(nil))
	f.Add(bytes.Repeat([]byte{0xFF}, fieldsSize))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, ok := Decode(b)
		if ok != (len(b) >= fieldsSize) {
			t.Fatalf("%d bytes: ok %v", len(b), ok)
		}
		if c.LogTime < 0 || c.QueueTime < 0 || c.IndexTime < 0 || c.MinTime() < 0 {
			t.Fatalf("negative: %+v", c)
		}
		if again, _ := Decode(c.Append(nil)); ok && again != c {
			t.Fatalf("decoded %+v, encoded and decoded again %+v", c, again)
		}
	})
}
