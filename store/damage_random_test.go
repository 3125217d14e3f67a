package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// randomDamages is how many directories TestRandomDamages damages; 6,000 were tried when it was written.
const randomDamages = 200

// Whatever is overwritten in files of the store, it opens, twice, and every message whose own bytes are
// whole is there; as long as the queues' files are, it is in its queue too.
func TestRandomDamages(t *testing.T) {
	var want expectation
	golden.Expect(t, "basic-clean", &want)
	java := imageInMemory(t, "basic-clean")
	ours := java.CloneKilled()
	closeStore(t, open(t, ours, goldenOptions()))
	targets := damageable(t, java)
	for seed := range uint64(randomDamages) {
		rng := rand.New(rand.NewPCG(seed, 0))
		mem := []*vfs.Mem{java, ours}[rng.IntN(2)].CloneKilled()
		d := randomDamage{rng: rng, aborted: rng.IntN(2) == 0}
		for range 1 + rng.IntN(3) {
			d.add(t, mem, targets[rng.IntN(len(targets))])
		}
		if d.aborted {
			create(t, mem, "abort", nil)
		}
		for _, round := range []string{"first", "second"} {
			s, err := store.Open(mem, goldenOptions())
			if err != nil {
				t.Fatalf("seed %d, %v: %s open: %v", seed, d.told, round, err)
			}
			d.compare(t, s, &want, fmt.Sprintf("seed %d, %v, %s open", seed, d.told, round))
			putBody(t, s, "TopicA", 1, []byte("after the damage"), "")
			if err := s.Close(); err != nil {
				t.Fatalf("seed %d, %v: %s close: %v", seed, d.told, round, err)
			}
		}
	}
}

// damageable names files of the store, those of the log as often as all others together.
func damageable(t testing.TB, fsys vfs.FS) (names []string) {
	t.Helper()
	others := []string{"checkpoint"}
	for _, dir := range []string{"consumequeue", "index"} {
		for name := range files(t, fsys, dir) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	names = others
	for i := range others {
		names = append(names, fmt.Sprintf("commitlog/%020d", i%4*goldenFile))
	}
	return names
}

// randomDamage is what was done to a directory.
type randomDamage struct {
	rng     *rand.Rand
	aborted bool
	log     []span
	queues  bool
	told    []string
}

// add overwrites a part of a file with anything, zeros, or another part of it, as old records would.
func (d *randomDamage) add(t testing.TB, mem *vfs.Mem, name string) {
	t.Helper()
	e, err := mem.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	pos := d.rng.Int64N(e.Size)
	b := make([]byte, min(1+d.rng.Int64N(1<<d.rng.IntN(14)), e.Size-pos))
	kind := []string{"anything", "zeros", "a part of it"}[d.rng.IntN(3)]
	switch kind {
	case "anything":
		for i := range b {
			b[i] = byte(d.rng.Uint32())
		}
	case "a part of it":
		all := readFile(t, mem, name, e.Size)
		copy(b, all[d.rng.Int64N(e.Size-int64(len(b))+1):])
	}
	write(t, mem, name, pos, b)
	d.told = append(d.told, fmt.Sprintf("%s at %d: %d bytes, %s", name, pos, len(b), kind))
	if start, ok := strings.CutPrefix(name, "commitlog/"); ok {
		from, err := strconv.ParseInt(start, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		d.log = append(d.log, span{from + pos, from + pos + int64(len(b))})
	}
	d.queues = d.queues || strings.HasPrefix(name, "consumequeue/")
}

// whole reports whether the message must be there. After a crash one that is as young as the checkpoint
// may be taken for a torn end behind damage.
func (d *randomDamage) whole(m *goldenMessage, newest int64) bool {
	return !slices.ContainsFunc(d.log, func(s span) bool {
		return m.Phy < s.to && s.from < m.Phy+int64(m.Size) || d.aborted && m.StoreTimestamp >= newest && s.from < m.Phy
	})
}

func (d *randomDamage) compare(t *testing.T, s *store.Store, want *expectation, what string) {
	t.Helper()
	var r store.Read
	defer r.Release()
	all := want.Commitlog.Messages
	for i := range all {
		m := &all[i]
		if !d.whole(m, all[len(all)-1].StoreTimestamp) {
			continue
		}
		if err := s.Reread(m.Phy, &r, false); err != nil {
			t.Errorf("%s: record at %d: %v", what, m.Phy, err)
		}
		if d.queues || !record.Queued(m.SysFlag) {
			continue
		}
		q := store.Query{Topic: []byte(m.Topic), QueueID: m.QueueID, Offset: m.QueueOffset, Max: 1}
		if status, err := s.Get(&q, &r); err != nil || status != store.Found || r.Messages[0].PhyOffset != m.Phy {
			t.Errorf("%s: %s-%d at %d, which lies at %d: %v, %v", what, m.Topic, m.QueueID, m.QueueOffset, m.Phy, status, err)
		}
	}
}
