package commitlog

import (
	"math/rand/v2"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

// Whatever a file of the log holds, recovery ends without a panic, and what it kept is what a second
// recovery finds, with nothing left to cut.
func FuzzRecover(f *testing.F) {
	mem := vfs.NewMem()
	l, _ := mustOpen(f, mem, testOptions(), RecoverFrom{})
	var counter int64
	fill(f, l, rand.New(rand.NewPCG(1, 1)), 6, &counter)
	b := make([]byte, l.End())
	if err := l.ReadAt(b, 0); err != nil {
		f.Fatal(err)
	}
	mustClose(f, l)
	for _, trusted := range []int64{0, Trust} {
		f.Add(b, trusted, false)
		f.Add(b[:len(b)-1], trusted, true)
		spoiled := append([]byte(nil), b...)
		spoiled[len(b)/2] ^= 1
		f.Add(spoiled, trusted, false)
	}
	f.Fuzz(func(t *testing.T, b []byte, trusted int64, clean bool) {
		mem := vfs.NewMem()
		if err := mem.MkdirAll("commitlog"); err != nil {
			t.Fatal(err)
		}
		file, err := mem.Create("commitlog/00000000000000000000", testSegment)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt(b[:min(len(b), testSegment)], 0); err != nil {
			t.Fatal(err)
		}
		l, first := mustOpen(t, mem, testOptions(), RecoverFrom{Trusted: trusted, Clean: clean})
		mustClose(t, l)
		l, again := mustOpen(t, mem, testOptions(), RecoverFrom{Trusted: trusted})
		mustClose(t, l)
		if again.End != first.End || again.Records != first.Records || again.Cut != 0 && !clean {
			t.Errorf("first %+v, then %+v", first, again)
		}
	})
}
