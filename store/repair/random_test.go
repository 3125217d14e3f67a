package repair_test

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/store/image"
	"github.com/gannetmq/gannet/store/repair"
	"github.com/gannetmq/gannet/store/verify"
	"github.com/gannetmq/gannet/store/vfs"
)

// spoil changes bytes at random places of a directory, or cuts a file.
func spoil(t *testing.T, root string, rng *rand.Rand) (what []string) {
	t.Helper()
	var files []string
	for _, dir := range []string{"commitlog", "consumequeue", "index", "config"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	files = append(files, filepath.Join(root, "checkpoint"))
	for range 1 + rng.IntN(3) {
		path := files[rng.IntN(len(files))]
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(root, path)
		what = append(what, name)
		if info.Size() == 0 {
			continue
		}
		pos := rng.Int64N(info.Size())
		if rng.IntN(4) == 0 && !strings.HasPrefix(name, "commitlog") {
			if err := os.Truncate(path, pos); err != nil {
				t.Fatal(err)
			}
			continue
		}
		b := make([]byte, min(1+rng.Int64N(300), info.Size()-pos))
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteAt(b, pos)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return what
}

// readable is where the messages begin that the log has.
func readable(t *testing.T, root string) map[int64]bool {
	t.Helper()
	im, err := image.Open(vfs.NewOS(root), image.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer im.Close()
	places := make(map[int64]bool)
	if err := im.Dump(image.Selection{Queue: -1}, func(f image.Found) error {
		if f.Err == nil {
			places[f.Place] = true
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return places
}

// Whatever is wrong in a directory, repair ends, and what it does not leave is clean. If it was closed in
// order no message is lost that can be read; after a crash recovery may cut what was not durable.
func TestRandomDamages(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for i := range 12 {
		state := []string{"clean", "abort"}[i%2]
		root := damaged(t, "none/"+state)
		what := spoil(t, root, rng)
		before := readable(t, root)
		done, last := repaired(t, root, repair.Options{Store: sizes()})
		after := readable(t, root)
		for place := range before {
			if !after[place] && state == "clean" {
				t.Errorf("%v: the message at log offset %d is gone; done %q", what, place, done)
				break
			}
		}
		if n := last.Report.Count(verify.Damaged) + last.Report.Count(verify.Recoverable); n != 0 && len(last.Left) == 0 {
			t.Errorf("%v: %d findings and nothing left; done %q", what, n, done)
		}
	}
}
