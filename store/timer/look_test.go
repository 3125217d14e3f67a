package timer

import (
	"errors"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

// Who looks sees what Open sees, and leaves everything as it is, whatever Open would do to it.
func TestLook(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, mem *vfs.Mem){
		"sound":        func(*testing.T, *vfs.Mem) {},
		"no wheel":     func(t *testing.T, mem *vfs.Mem) { drop(t, mem, WheelFile) },
		"log cut":      func(t *testing.T, mem *vfs.Mem) { drop(t, mem, LogDir+"/00000000000000005200") },
		"no check":     func(t *testing.T, mem *vfs.Mem) { drop(t, mem, CheckFile) },
		"short check":  func(t *testing.T, mem *vfs.Mem) { drop(t, mem, CheckFile); put(t, mem, CheckFile, make([]byte, 10)) },
		"empty file":   func(t *testing.T, mem *vfs.Mem) { put(t, mem, LogDir+"/00000000000000010400", nil) },
		"bytes behind": func(t *testing.T, mem *vfs.Mem) { scribble(t, mem, LogDir+"/00000000000000005200", 5000) },
	} {
		t.Run(name, func(t *testing.T) {
			mem := imageDisk(t)
			spoil(t, mem)
			watched := vfs.NewFaulty(mem)
			watched.Inject(vfs.Rule{
				Op: vfs.OpCreate | vfs.OpWrite | vfs.OpTruncate | vfs.OpRename | vfs.OpRemove | vfs.OpMkdir | vfs.OpAllocate |
					vfs.OpSync | vfs.OpMapSync | vfs.OpSyncDir | vfs.OpSyncTree,
				Err: errors.New("changed"),
			})
			b, saw, err := Look(watched, Options{LogFileSize: imageFile, Now: imageReadTime + 5000})
			if err != nil {
				t.Fatal(err)
			}
			entries := int64(0)
			err = b.Waiting(saw.ReadFrom, func(_, _ int64, _ *Unit) error { return nil }, func(m *Moment) error {
				entries += m.Entries
				return m.Broken
			})
			if err := errors.Join(err, b.Close()); err != nil {
				t.Error(err)
			}
			opened, did := open(t, mem, imageOptions())
			if saw != did {
				t.Errorf("Look saw %+v, Open %+v", saw, did)
			}
			n := 0
			for _, positions := range moments(t, opened, did.ReadFrom) {
				n += len(positions)
			}
			if saw.Anew == "" && int64(n) != entries {
				t.Errorf("Look saw %d entries, Open %d", entries, n)
			}
		})
	}
}

// A precision that nobody tells is that of the wheel.
func TestLookFindsPrecision(t *testing.T) {
	for _, precision := range precisions {
		mem := vfs.NewMem()
		b, _ := open(t, mem, Options{Precision: precision, LogFileSize: imageFile, Reach: 1000, Now: imageReadTime})
		if err := b.Add(imageReadTime+60_000, Unit{Written: imageReadTime, PhyOffset: 7, Size: 100}); err != nil {
			t.Fatal(err)
		}
		if err := b.Flush(&Checkpoint{ReadTime: imageReadTime, QueueOffset: 1}, func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		looked, r, err := Look(mem, Options{})
		if err != nil {
			t.Fatal(err)
		}
		at, ok, err := looked.Next(imageReadTime)
		if err != nil || !ok || at != imageReadTime+60_000 || r.Anew != "" || looked.LogFileSize() != imageFile {
			t.Errorf("%d ms: next %d, %v, %v, anew %q; want %d", precision, at, ok, err, r.Anew, imageReadTime+60_000)
		}
		if err := looked.Close(); err != nil {
			t.Error(err)
		}
	}
}

func drop(t *testing.T, mem *vfs.Mem, name string) {
	t.Helper()
	if err := mem.Remove(name); err != nil {
		t.Fatal(err)
	}
}

func scribble(t *testing.T, mem *vfs.Mem, name string, at int64) {
	t.Helper()
	f, err := mem.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte("old"), at)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}
