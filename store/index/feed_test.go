package index

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// log are messages of 0 to 3 keys, 100 bytes of a log each.
func log(t *testing.T, rng *rand.Rand, n int) []*record.View {
	var views []*record.View
	for i := range int64(n) {
		var uniq, keys string
		if rng.IntN(4) > 0 {
			uniq = fmt.Sprint("u", i)
		}
		if rng.IntN(2) > 0 {
			keys = fmt.Sprintf("k%d k%d", i, rng.IntN(9))
		}
		views = append(views, message(t, 100*i, 1_700_000_000_000+i, 0, uniq, keys))
	}
	return views
}

// follower does for an index what dispatch.Dispatcher does: from the feed if it goes on there, else the log.
type follower struct {
	x    *Index
	feed *Feed
	log  []*record.View
	pos  int64
	fed  int // times that the feed helped
}

// follow goes on up to limit. errs is how many errors it met.
func (f *follower) follow(t *testing.T, limit int64) (errs int) {
	for f.pos < limit {
		to, err := f.x.Take(f.feed, f.pos)
		if to > f.pos {
			f.fed++
		} else if err == nil {
			if err = f.x.Dispatch(f.log[f.pos/100]); err == nil {
				to = f.pos + 100
			}
		}
		if f.pos = to; err == nil {
			continue
		}
		if errs++; !errors.Is(err, vfs.ErrNoSpace) || errs > 5 {
			t.Fatalf("at %d: %v", f.pos, err)
		}
	}
	return errs
}

// The index is the same whether its keys come from the log or from a feed, with whatever gaps: of a
// follower that is late, of a feed that is full, of an index that fails in between.
func TestFeedEqualsLog(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		views := log(t, rng, 300)
		want := vfs.NewMem()
		x := mustOpen(t, want, testOptions())
		for _, v := range views {
			dispatch(t, x, v)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}

		got := vfs.NewMem()
		disk := vfs.NewFaulty(got)
		feed := new(Feed)
		f := &follower{x: mustOpen(t, disk, testOptions()), feed: feed, log: views}
		begin := rng.IntN(20)
		for i, v := range views {
			if i == begin {
				feed.Begin(v.PhyOffset)
			}
			if err := feed.Dispatch(v); err != nil {
				t.Fatal(err)
			}
			switch rng.IntN(12) {
			case 0:
				feed.lost = feed.begun
			case 1, 2, 3:
				feed.Publish(v.PhyOffset + 100)
			case 4:
				feed.Publish(v.PhyOffset + 100)
				if rng.IntN(3) == 0 {
					disk.Inject(vfs.Rule{Op: vfs.OpWrite, Name: "*", Skip: rng.IntN(3), Times: 1, Err: vfs.ErrNoSpace})
				}
				f.follow(t, v.PhyOffset+100)
			}
		}
		disk.Heal()
		feed.Publish(100 * 300)
		f.follow(t, 100*300)
		if err := f.x.Close(); err != nil {
			t.Fatal(err)
		}
		if f.fed == 0 {
			t.Errorf("seed %d: the feed never helped", seed)
		}
		a, b := contents(t, want), contents(t, got)
		if len(a) < 10 || len(a) != len(b) {
			t.Fatalf("seed %d: %d files, want %d", seed, len(b), len(a))
		}
		for i := range a {
			if !bytes.Equal(a[i], b[i]) {
				t.Errorf("seed %d: file %d differs", seed, i)
			}
		}
	}
}

// contents are the bytes of the files of an index, in order of their names.
func contents(t *testing.T, fsys vfs.FS) (files [][]byte) {
	t.Helper()
	for _, name := range names(t, fsys) {
		b, _, err := vfs.ReadFile(fsys, "index/"+name, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, b)
	}
	return files
}

// A feed that nobody takes from is bounded, and goes on when somebody does.
func TestFeedIsBounded(t *testing.T) {
	feed := new(Feed)
	feed.Begin(0)
	v := message(t, 0, 1, 0, "u", "")
	for i := range int64(3 * maxFed) {
		v.PhyOffset = i
		if err := feed.Dispatch(v); err != nil {
			t.Fatal(err)
		}
		if i%100 == 99 {
			feed.Publish(i + 1)
		}
	}
	if n := cap(feed.ready) + cap(feed.staged) + cap(feed.spare); n > 2*maxFed {
		t.Errorf("room for %d keys, want about %d", n, maxFed)
	}
	keys, to := feed.take(0)
	if len(keys) == 0 || int64(len(keys)) != to {
		t.Errorf("%d keys up to %d", len(keys), to)
	}
	if _, to := feed.take(to); to >= 3*maxFed {
		t.Errorf("the feed has what it had no room for, up to %d", to)
	}
	v.PhyOffset = 3 * maxFed
	if err := feed.Dispatch(v); err != nil {
		t.Fatal(err)
	}
	end := int64(3*maxFed + 1)
	from := feed.last
	feed.Publish(end)
	if keys, to := feed.take(from); len(keys) == 0 || to != end {
		t.Errorf("from %d on: %d keys up to %d, want those up to %d", from, len(keys), to, end)
	}
}
