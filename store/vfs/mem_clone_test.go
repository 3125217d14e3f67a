package vfs_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// render writes a tree as "dir/ dir/file(length)=content", content being one character for each
// sector of 512 bytes: the byte it is filled with, "." for zeros, "!" if it is not filled evenly.
func render(fsys vfs.FS) string {
	var out []string
	var walk func(prefix, dir string)
	walk = func(prefix, dir string) {
		for _, e := range must(fsys.List(dir)) {
			name := prefix + e.Name
			if e.Dir {
				out = append(out, name+"/")
				walk(name+"/", name)
				continue
			}
			f := must(fsys.OpenRead(name))
			b := make([]byte, e.Size)
			must(f.ReadAt(b, 0))
			out = append(out, fmt.Sprintf("%s(%d)=%s", name, e.Size, sectors(b)))
			if err := f.Close(); err != nil {
				panic(err)
			}
		}
	}
	walk("", ".")
	return strings.Join(out, " ")
}

func sectors(b []byte) string {
	var out strings.Builder
	for part := range slices.Chunk(b, 512) {
		switch {
		case !bytes.Equal(part, bytes.Repeat(part[:1], len(part))):
			out.WriteByte('!')
		case part[0] == 0:
			out.WriteByte('.')
		default:
			out.WriteByte(part[0])
		}
	}
	return out.String()
}

// fill writes n bytes of c at off.
func fill(f vfs.File, c byte, off, n int64) {
	must(f.WriteAt(bytes.Repeat([]byte{c}, int(n)), off))
}

func ok(err error) {
	if err != nil {
		panic(err)
	}
}

// durable makes a file of one sector of c under a durable name.
func durable(m *vfs.Mem, name string, c byte) vfs.File {
	f := must(m.Create(name, 0))
	fill(f, c, 0, 512)
	ok(f.Sync())
	ok(m.SyncDir("."))
	return f
}

// crashCases give a disk and every state a power cut may leave it in: the first is what the
// harshest disk leaves, the last what was seen before the cut.
var crashCases = []struct {
	name  string
	build func(m *vfs.Mem)
	want  []string
}{
	{"nothing synced", func(m *vfs.Mem) {
		fill(must(m.Create("f", 0)), 'a', 0, 512)
	}, []string{"", "f(0)=", "f(512)=.", "f(512)=a"}},

	{"content synced, name not", func(m *vfs.Mem) {
		f := must(m.Create("f", 512))
		fill(f, 'a', 0, 512)
		ok(f.Sync())
	}, []string{"", "f(512)=a"}},

	{"name synced, content not", func(m *vfs.Mem) {
		fill(must(m.Create("f", 512)), 'a', 0, 512)
		ok(m.SyncDir("."))
	}, []string{"f(0)=", "f(512)=.", "f(512)=a"}},

	{"both synced", func(m *vfs.Mem) { durable(m, "f", 'a') }, []string{"f(512)=a"}},

	{"overwritten since", func(m *vfs.Mem) {
		fill(durable(m, "f", 'a'), 'b', 0, 512)
	}, []string{"f(512)=a", "f(512)=b"}},

	{"grown since", func(m *vfs.Mem) {
		fill(durable(m, "f", 'a'), 'b', 4096, 512)
	}, []string{"f(512)=a", "f(4608)=a........", "f(4608)=a.......b"}},

	{"cut since", func(m *vfs.Mem) {
		ok(durable(m, "f", 'a').Truncate(0))
	}, []string{"f(512)=a", "f(0)="}},

	{"cut inside a page, synced and grown again", func(m *vfs.Mem) {
		f := must(m.Create("f", 0))
		fill(f, 'a', 0, 1024)
		ok(f.Sync())
		ok(m.SyncDir("."))
		ok(f.Truncate(512))
		ok(f.Sync())
		ok(f.Truncate(1024))
	}, []string{"f(512)=a", "f(1024)=a."}},

	{"cut, synced and grown again", func(m *vfs.Mem) {
		f := durable(m, "f", 'a')
		ok(f.Truncate(0))
		ok(f.Sync())
		ok(f.Truncate(512))
	}, []string{"f(0)=", "f(512)=."}},

	{"a whole tree synced", func(m *vfs.Mem) {
		for _, dir := range []string{"d/e", "x"} {
			ok(m.MkdirAll(dir))
		}
		ok(m.SyncDir("."))
		for _, name := range []string{"d/a", "d/e/b", "x/c"} {
			fill(must(m.Create(name, 512)), 'a', 0, 512)
		}
		ok(m.SyncTree("d"))
	}, []string{
		"d/ d/a(512)=a d/e/ d/e/b(512)=a x/",
		"d/ d/a(512)=a d/e/ d/e/b(512)=a x/ x/c(0)=",
		"d/ d/a(512)=a d/e/ d/e/b(512)=a x/ x/c(512)=.",
		"d/ d/a(512)=a d/e/ d/e/b(512)=a x/ x/c(512)=a",
	}},

	{"pages reach the disk in any order", func(m *vfs.Mem) {
		f := must(m.Create("f", 3*4096))
		ok(f.Sync())
		ok(m.SyncDir("."))
		for i := range int64(3) {
			fill(f, 'a', i*4096, 512)
		}
		fill(f, 'z', 0, 512)
		ok(f.Sync())
		fill(f, 'b', 0, 512)
		fill(f, 'b', 2*4096, 512)
	}, []string{
		"f(12288)=z.......a.......a.......",
		"f(12288)=b.......a.......a.......",
		"f(12288)=z.......a.......b.......",
		"f(12288)=b.......a.......b.......",
	}},

	{"a mapping syncs the range and nothing else", func(m *vfs.Mem) {
		f := must(m.Create("f", 2*4096))
		ok(f.Sync())
		ok(m.SyncDir("."))
		p := must(f.Map(2*4096, vfs.ReadWrite))
		for i := range p.Bytes() {
			p.Bytes()[i] = 'a'
		}
		ok(p.Sync(512, 4096))
		ok(p.Sync(512+4096, 4096-512))
	}, []string{"f(8192)=.aaaaaaaaaaaaaaa", "f(8192)=aaaaaaaaaaaaaaaa"}},

	{"a mapping does not sync the length", func(m *vfs.Mem) {
		f := must(m.Create("f", 512))
		ok(m.SyncDir("."))
		p := must(f.Map(512, vfs.ReadWrite))
		for i := range p.Bytes() {
			p.Bytes()[i] = 'a'
		}
		ok(p.Sync(0, 512))
	}, []string{"f(0)=", "f(512)=a"}},

	{"renamed over another", func(m *vfs.Mem) {
		durable(m, "new", 'b')
		durable(m, "old", 'a')
		ok(m.Rename("new", "old"))
	}, []string{"new(512)=b old(512)=a", "old(512)=b"}},

	{"renamed and synced", func(m *vfs.Mem) {
		durable(m, "new", 'b')
		durable(m, "old", 'a')
		ok(m.Rename("new", "old"))
		ok(m.SyncDir("."))
	}, []string{"old(512)=b"}},

	{"renamed over another before its content is synced", func(m *vfs.Mem) {
		durable(m, "f", 'a')
		fill(must(m.Create("t", 512)), 'b', 0, 512)
		ok(m.Rename("t", "f"))
		ok(m.SyncDir("."))
	}, []string{"f(0)=", "f(512)=.", "f(512)=b"}},

	{"removed", func(m *vfs.Mem) {
		durable(m, "f", 'a')
		ok(m.Remove("f"))
	}, []string{"f(512)=a", ""}},

	{"removed and synced", func(m *vfs.Mem) {
		durable(m, "f", 'a')
		ok(m.Remove("f"))
		ok(m.SyncDir("."))
	}, []string{""}},

	{"removed and made anew", func(m *vfs.Mem) {
		durable(m, "f", 'a')
		ok(m.Remove("f"))
		f := must(m.Create("f", 0))
		fill(f, 'b', 0, 512)
		ok(f.Sync())
	}, []string{"f(512)=a", "", "f(512)=b"}},

	{"renamed twice", func(m *vfs.Mem) {
		durable(m, "a", 'a')
		ok(m.Rename("a", "b"))
		ok(m.Rename("b", "c"))
	}, []string{"a(512)=a", "b(512)=a", "c(512)=a"}},

	{"renamed and removed", func(m *vfs.Mem) {
		durable(m, "a", 'a')
		ok(m.Rename("a", "b"))
		ok(m.Remove("b"))
	}, []string{"a(512)=a", "b(512)=a", ""}},

	{"renamed over another and removed", func(m *vfs.Mem) {
		durable(m, "new", 'b')
		durable(m, "old", 'a')
		ok(m.Rename("new", "old"))
		ok(m.Remove("old"))
	}, []string{"new(512)=b old(512)=a", "old(512)=b", ""}},

	{"the directory of a durable file is not", func(m *vfs.Mem) {
		ok(m.MkdirAll("d"))
		f := must(m.Create("d/f", 0))
		fill(f, 'a', 0, 512)
		ok(f.Sync())
		ok(m.SyncDir("d"))
	}, []string{"", "d/ d/f(512)=a"}},

	{"each directory is synced on its own", func(m *vfs.Mem) {
		ok(m.MkdirAll("d"))
		ok(m.MkdirAll("e"))
		ok(m.SyncDir("."))
		ok(must(m.Create("d/f", 0)).Close())
		ok(must(m.Create("e/f", 0)).Close())
		ok(m.SyncDir("e"))
	}, []string{"d/ e/ e/f(0)=", "d/ d/f(0)= e/ e/f(0)="}},

	{"moved to another directory", func(m *vfs.Mem) {
		ok(m.MkdirAll("d"))
		ok(m.SyncDir("."))
		durable(m, "f", 'a')
		ok(m.Rename("f", "d/f"))
	}, []string{"d/ f(512)=a", "d/ d/f(512)=a"}},

	{"moved away, the name taken again and that synced", func(m *vfs.Mem) {
		ok(m.MkdirAll("d"))
		ok(m.SyncDir("."))
		durable(m, "f", 'a')
		ok(m.Rename("f", "d/f"))
		durable(m, "f", 'b')
	}, []string{"d/ d/f(512)=a f(512)=b"}},

	{"made in one directory, moved to another and that synced", func(m *vfs.Mem) {
		ok(m.MkdirAll("d"))
		ok(m.SyncDir("."))
		f := must(m.Create("f", 0))
		ok(f.Sync())
		ok(m.Rename("f", "d/f"))
		ok(m.SyncDir("d"))
	}, []string{"d/ d/f(0)="}},

	{"a directory is renamed with what is in it", func(m *vfs.Mem) {
		ok(m.MkdirAll("d"))
		ok(must(m.Create("d/f", 0)).Close())
		ok(m.SyncDir("d"))
		ok(m.SyncDir("."))
		ok(m.Rename("d", "e"))
	}, []string{"d/ d/f(0)=", "e/ e/f(0)="}},
}

func TestCloneLeavesWhatItMay(t *testing.T) {
	policy := vfs.Policy{Page: 0.5, Size: 0.5, Name: 0.5}
	for _, c := range crashCases {
		t.Run(c.name, func(t *testing.T) {
			m := vfs.NewMem()
			c.build(m)
			seen := make(map[string]bool)
			for seed := range uint64(300) {
				clone := m.Clone(newRand(seed), policy)
				got := render(clone)
				seen[got] = true
				if again := render(clone.Clone(newRand(0), vfs.Policy{})); again != got {
					t.Fatalf("the clone is not durable: got %q, then %q", got, again)
				}
			}
			want := slices.Sorted(slices.Values(c.want))
			if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, want) {
				t.Errorf("got the states\n\t%q\nwant\n\t%q", got, want)
			}
			if got, want := render(m.Clone(newRand(0), vfs.Policy{})), c.want[0]; got != want {
				t.Errorf("harshest: got %q, want %q", got, want)
			}
			last := c.want[len(c.want)-1]
			for what, got := range map[string]string{
				"before the cut":   render(m),
				"killed":           render(m.CloneKilled()),
				"killed, then cut": render(m.CloneKilled().Clone(newRand(0), vfs.Policy{Page: 1, Size: 1, Name: 1})),
				"kindest":          render(m.Clone(newRand(0), vfs.Policy{Page: 1, Size: 1, Name: 1})),
			} {
				if got != last {
					t.Errorf("%s: got %q, want %q", what, got, last)
				}
			}
			if got := render(m.CloneKilled().Clone(newRand(0), vfs.Policy{})); got != c.want[0] {
				t.Errorf("killed, then harshest cut: got %q, want %q", got, c.want[0])
			}
		})
	}
}

func TestCloneTearsPagesAtSectors(t *testing.T) {
	m := vfs.NewMem()
	f := must(m.Create("f", 4096))
	fill(f, 'a', 0, 4096)
	ok(f.Sync())
	ok(m.SyncDir("."))
	fill(f, 'b', 0, 4096)
	torn, swapped := 0, 0
	for seed := range uint64(100) {
		got := render(m.Clone(newRand(seed), vfs.Policy{Page: 1, Tear: 0.5}))
		if strings.ContainsAny(got, "!.") {
			t.Fatalf("seed %d: got %q, want only whole sectors of a and b", seed, got)
		}
		if strings.Contains(got[6:], "a") && strings.Contains(got, "b") {
			torn++
		}
		if strings.Contains(got, "ba") {
			swapped++
		}
	}
	if swapped == 0 {
		t.Error("no clone has a later sector without an earlier one")
	}
	if torn < 25 || torn > 75 {
		t.Errorf("got %d torn pages in 100, want about 50", torn)
	}
}

func TestWritebackKeepsTheMiddle(t *testing.T) {
	m := vfs.NewMem()
	f := must(m.Create("f", 4096))
	ok(f.Sync())
	ok(m.SyncDir("."))
	fill(f, 'a', 0, 512)
	m.Writeback(newRand(1), vfs.Policy{Page: 1})
	fill(f, 'b', 0, 512)
	seen := make(map[string]bool)
	for seed := range uint64(50) {
		seen[render(m.Clone(newRand(seed), vfs.Policy{Page: 0.5}))] = true
	}
	want := []string{"f(4096)=a.......", "f(4096)=b......."}
	if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCloneIsReproducible(t *testing.T) {
	m := vfs.NewMem()
	for i := range 20 {
		fill(must(m.Create(fmt.Sprint(i), 0)), 'a', 0, 3*4096)
	}
	first := render(m.Clone(newRand(7), vfs.Coin()))
	for range 5 {
		if got := render(m.Clone(newRand(7), vfs.Coin())); got != first {
			t.Fatalf("the same seed gives\n%q\nand\n%q", first, got)
		}
	}
}

func TestCloneIsApart(t *testing.T) {
	m := vfs.NewMem()
	f := durable(m, "f", 'a')
	lock := must(m.Lock("lock"))
	for _, clone := range []*vfs.Mem{m.CloneKilled(), m.Clone(newRand(1), vfs.Policy{Name: 1})} {
		fill(must(clone.Open("f")), 'b', 0, 512)
		if got := sectors(content(t, f, 0, 512)); got != "a" {
			t.Errorf("after writing to the clone the original holds %q, want a", got)
		}
		ok(must(clone.Lock("lock")).Close()) // its holder is dead
	}
	ok(lock.Close())
}

// TestCloneOfRandomDisks does random operations and holds clones against two things that must be
// so whatever happened: after everything was synced nothing can be lost, and the kindest cut loses
// nothing.
func TestCloneOfRandomDisks(t *testing.T) {
	for seed := range uint64(200) {
		rng := newRand(seed)
		m := vfs.NewMem()
		dirs := []string{".", "d", "e"}
		ok(m.MkdirAll("d"))
		ok(m.MkdirAll("e"))
		name := func() string {
			return strings.TrimPrefix(dirs[rng.IntN(3)]+"/"+string(rune('p'+rng.IntN(4))), "./")
		}
		for range 60 {
			switch n := name(); rng.IntN(7) {
			case 0:
				if f, err := m.Create(n, int64(rng.IntN(3))*4096); err == nil {
					ok(f.Close())
				}
			case 1, 2:
				if f, err := m.Open(n); err == nil {
					fill(f, byte('a'+rng.IntN(26)), int64(rng.IntN(20))*512, 512)
					if rng.IntN(2) == 0 {
						ok(f.Sync())
					}
					ok(f.Close())
				}
			case 3:
				_ = m.Rename(n, name()) // often there is no such file
			case 4:
				_ = m.Remove(n)
			case 5:
				ok(m.SyncDir(dirs[rng.IntN(3)]))
			case 6:
				m.Writeback(rng, vfs.Coin())
			}
		}
		now := render(m)
		if got := render(m.Clone(rng, vfs.Policy{Page: 1, Size: 1, Name: 1})); got != now {
			t.Fatalf("seed %d: kindest cut: got\n%q, want\n%q", seed, got, now)
		}
		for _, dir := range dirs {
			for _, e := range must(m.List(dir)) {
				if !e.Dir {
					ok(must(m.Open(strings.TrimPrefix(dir+"/"+e.Name, "./"))).Sync())
				}
			}
		}
		for _, dir := range dirs {
			ok(m.SyncDir(dir))
		}
		if got := render(m.Clone(rng, vfs.Policy{})); got != now {
			t.Fatalf("seed %d: all synced: got\n%q, want\n%q", seed, got, now)
		}
	}
}

// A file that is cut and grows again reads as zeros there, and a Sync makes that durable too.
func TestSyncMakesRegrownZerosDurable(t *testing.T) {
	const page = 4096
	m := vfs.NewMem()
	f := durable(m, "f", 'a')
	fill(f, 'b', 0, 3*page)
	ok(f.Sync())
	ok(f.Truncate(page))
	ok(f.Truncate(3 * page))
	ok(f.Sync())
	want := render(m)
	if got := render(m.Clone(newRand(1), vfs.Policy{})); got != want {
		t.Errorf("after the power cut: %s, want %s", got, want)
	}
}
