package store_test

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Damages that were tried on a Java broker (conformance/golden/store/broken), each on our store: on
// the directory as Java left it, and for clean exits also as we leave it, with our tally in it.

// goldenEnd is where the log of basic-clean ends, goldenLast its last record.
const (
	goldenEnd  = 3400760
	goldenLast = 3400473
	goldenFile = 1 << 20
)

// damage is a recipe.
type damage struct {
	Name, What string // the name is NAME/clean or NAME/abort
	Patches    []patch
}

// patch is a step of a recipe: write, zero, truncate, delete or create.
type patch struct {
	Op, File, Path, Hex string
	Offset, Len, Size   int64
}

// verdict is what Java made of a damage.
type verdict struct {
	Name    string
	Open    struct{ Start bool }
	Summary struct{ Messages int }
	// Queues tells by TOPIC-ID: min, max, entries, entries whose message can be read.
	Queues map[string][4]int
}

func TestGoldenDamages(t *testing.T) {
	var damages []damage
	var verdicts []verdict
	golden.Damages(t, &damages, &verdicts)
	if len(damages) != 93 || len(verdicts) != len(damages) {
		t.Fatalf("%d damages, %d verdicts, want 93", len(damages), len(verdicts))
	}
	var want expectation
	golden.Expect(t, "basic-clean", &want)
	java := imageInMemory(t, "basic-clean")
	ours := java.CloneKilled()
	closeStore(t, open(t, ours, goldenOptions()))
	for i, d := range damages {
		if verdicts[i].Name != d.Name {
			t.Fatalf("verdict %d is on %s, want %s", i, verdicts[i].Name, d.Name)
		}
		name, state, _ := strings.Cut(d.Name, "/")
		if _, ok := outcomes[name]; !ok {
			t.Errorf("%s: no outcome is wanted", name)
		}
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			d.check(t, java.CloneKilled(), outcomeOf(name, state), &want, &verdicts[i])
		})
		if state != "clean" {
			continue
		}
		t.Run(name+"/ours", func(t *testing.T) {
			t.Parallel()
			d.check(t, ours.CloneKilled(), outcomeOf(name, "ours"), &want, &verdicts[i])
		})
	}
}

// What the refusal of a log with a gap proposes works: everything else can be read.
func TestLostFileOfTheLogIsReplaced(t *testing.T) {
	var want expectation
	golden.Expect(t, "basic-clean", &want)
	java := imageInMemory(t, "basic-clean")
	var verdicts []verdict
	golden.Damages(t, &[]damage{}, &verdicts)
	for _, state := range []string{"clean", "abort"} {
		i := slices.IndexFunc(verdicts, func(v verdict) bool { return v.Name == "cl-middle-lost/"+state })
		d := damage{Name: verdicts[i].Name, Patches: []patch{{Op: "create", File: "commitlog/00000000000001048576", Size: goldenFile}}}
		if state == "abort" {
			d.Patches = append(d.Patches, patch{Op: "create", File: "abort"})
		}
		t.Run(state, func(t *testing.T) {
			out := outcome{lost: []span{{goldenFile, 2 * goldenFile}}, broken: true, worn: true}
			d.check(t, java.CloneKilled(), out, &want, &verdicts[i])
		})
	}
}

// imageInMemory reads the store directory of an image into a disk in memory. The timer wheel, which is
// large and none of the store's files, is replaced by a page.
func imageInMemory(t testing.TB, image string) *vfs.Mem {
	t.Helper()
	mem := vfs.NewMem()
	for name, b := range files(t, vfs.NewOS(golden.Store(t, image)+"/store"), ".") {
		makeDirs(t, mem, name)
		create(t, mem, name, b)
	}
	create(t, mem, "timerwheel", make([]byte, 4096))
	return mem
}

func makeDirs(t testing.TB, fsys vfs.FS, name string) {
	t.Helper()
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		if err := fsys.MkdirAll(name[:i]); err != nil {
			t.Fatal(err)
		}
	}
}

func (d damage) do(t testing.TB, fsys vfs.FS) {
	t.Helper()
	for _, p := range d.Patches {
		b, err := hex.DecodeString(p.Hex)
		if err != nil {
			t.Fatal(err)
		}
		switch p.Op {
		case "write":
			write(t, fsys, p.File, p.Offset, b)
		case "zero":
			write(t, fsys, p.File, p.Offset, make([]byte, p.Len))
		case "truncate":
			truncate(t, fsys, p.File, p.Size)
		case "delete":
			if _, err := fsys.Stat(p.Path); err == nil { // the image had no file of each name
				remove(t, fsys, p.Path)
			}
		case "create":
			if _, err := fsys.Stat(p.File); err == nil {
				remove(t, fsys, p.File)
			}
			makeDirs(t, fsys, p.File)
			create(t, fsys, p.File, append(b, make([]byte, p.Size-int64(len(b)))...))
		default:
			t.Fatalf("damage %s: operation %q", d.Name, p.Op)
		}
	}
}

// check damages the directory and opens it twice, since what the first open repaired must be repaired.
func (d damage) check(t *testing.T, mem *vfs.Mem, out outcome, want *expectation, java *verdict) {
	d.do(t, mem)
	var said lines
	o := goldenOptions()
	o.Log = slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelWarn}))
	before := files(t, mem, ".")
	s, err := store.Open(mem, o)
	if !errors.Is(err, out.refused) {
		t.Fatalf("open: got %v, want %v", err, out.refused)
	}
	if err != nil {
		for name, b := range files(t, mem, ".") {
			if !bytes.Equal(b, before[name]) {
				t.Errorf("%s changed, though the open was refused", name)
			}
		}
		return
	}
	c := damaged{t: t, want: want, out: out, java: java}
	c.compare(s)
	c.close(s)
	if !strings.Contains(said.String(), out.said) || out.said == "" && d.harmless() && said.String() != "" {
		t.Errorf("the log says\n%s\nwant %q", said.String(), out.said)
	}
	if list, err := mem.List("bad"); err != nil || out.aside != (len(list) > 0) {
		t.Errorf("set aside: %v, %v, want some: %t", list, err, out.aside)
	}
	s = open(t, mem, goldenOptions())
	c.compare(s)
	c.put(s)
	c.close(s)
}

// harmless reports whether there is nothing to say.
func (d damage) harmless() bool { return strings.HasPrefix(d.Name, "none/") }

// lines is where a log goes.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// damaged compares a store with what Java saw before the damage, but for what must be lost.
type damaged struct {
	t    *testing.T
	want *expectation
	out  outcome
	java *verdict
}

func (c *damaged) lost(phy int64) bool {
	return slices.ContainsFunc(c.out.lost, func(s span) bool { return s.from <= phy && phy < s.to })
}

type queueID struct {
	topic string
	id    int32
}

func (c *damaged) compare(s *store.Store) {
	c.t.Helper()
	end := cmp.Or(c.out.end, goldenEnd)
	if got := s.Stats().LogEnd; got != max(0, end) {
		c.t.Errorf("the log ends at %d, want %d", got, max(0, end))
	}
	var r store.Read
	defer r.Release()
	readable, queues, withheld := 0, make(map[queueID]int), make(map[queueID]int)
	for i := range c.want.Commitlog.Messages {
		m := &c.want.Commitlog.Messages[i]
		err := s.Reread(m.Phy, &r, false)
		if c.lost(m.Phy) {
			if c.out.broken {
				withheld[queueID{m.Topic, m.QueueID}]++ // Java hands out the damaged bytes, and clients stop at them
			}
			if err == nil {
				c.t.Errorf("record at %d is there", m.Phy)
			}
			continue
		}
		if err != nil {
			c.t.Errorf("record at %d: %v", m.Phy, err)
			continue
		}
		sum := sha1.Sum(r.AppendTo(nil))
		if got := hex.EncodeToString(sum[:]); (got == m.RecordSha1) == (m.Phy == c.out.altered && m.Phy != 0) {
			c.t.Errorf("record at %d: sha1 %s, Java's %s", m.Phy, got, m.RecordSha1)
		}
		readable++
		q := queueID{m.Topic, m.QueueID}
		switch {
		case m.Phy == c.out.altered && c.out.withheld:
			withheld[q]++
		case q == c.out.short && m.QueueOffset >= c.out.shortEnd:
		case record.Queued(m.SysFlag) && c.queued(s, m, &r):
			queues[q]++
		}
	}
	c.ends(s)
	c.keys(s)
	if readable < c.java.Summary.Messages {
		c.t.Errorf("%d messages, Java has %d", readable, c.java.Summary.Messages)
	}
	for q, n := range queues {
		if j := c.java.Queues[fmt.Sprintf("%s-%d", q.topic, q.id)][3]; n < j-withheld[q] {
			c.t.Errorf("%s-%d: %d messages can be read, Java reads %d", q.topic, q.id, n, j)
		}
	}
}

// queued reports whether a consumer gets the message where it was.
func (c *damaged) queued(s *store.Store, m *goldenMessage, r *store.Read) bool {
	q := store.Query{Topic: []byte(m.Topic), QueueID: m.QueueID, Offset: m.QueueOffset, Max: 1}
	status, err := s.Get(&q, r)
	if err != nil || status != store.Found || r.Messages[0].PhyOffset != m.Phy || r.Messages[0].QueueOffset != m.QueueOffset {
		c.t.Errorf("%s-%d at %d, which lies at %d: got %v, %v, %+v", m.Topic, m.QueueID, m.QueueOffset, m.Phy, status, err, r.Messages)
		return false
	}
	return true
}

// ends compares where the queues begin and end.
func (c *damaged) ends(s *store.Store) {
	type reach struct{ min, max int64 }
	want := make(map[queueID]reach)
	for i := range c.want.Commitlog.Messages {
		m := &c.want.Commitlog.Messages[i]
		q := queueID{m.Topic, m.QueueID}
		at, begun := want[q]
		switch {
		case m.Phy < s.Stats().LogStart: // expired, for all that the queue knows
			at = reach{m.QueueOffset + 1, m.QueueOffset + 1}
		case c.lost(m.Phy) && !c.out.worn, q == c.out.short && m.QueueOffset >= c.out.shortEnd:
			if begun {
				continue
			}
			at = reach{}
		case !begun || at == reach{}:
			at = reach{m.QueueOffset, m.QueueOffset + 1}
		default:
			at.max = m.QueueOffset + 1
		}
		want[q] = at
	}
	for q, at := range want {
		got := reach{s.MinOffset([]byte(q.topic), q.id), s.MaxOffset([]byte(q.topic), q.id)}
		if got != at {
			c.t.Errorf("%s-%d: offsets %+v, want %+v", q.topic, q.id, got, at)
		}
	}
}

func (c *damaged) keys(s *store.Store) {
	for _, q := range c.want.KeyQueries {
		want := slices.DeleteFunc(slices.Clone(q.phy), c.lost)
		got, err := s.FindByKey([]byte(q.topic), []byte(q.key), 64, 0, math.MaxInt64)
		if got = slices.DeleteFunc(got, c.lost); err != nil || !slices.Equal(got, want) {
			c.t.Errorf("%s key %q: got %v, %v, want %v", q.topic, q.key, got, err, want)
		}
	}
}

// put appends to each queue.
func (c *damaged) put(s *store.Store) {
	queues := make(map[queueID]struct{})
	for _, m := range c.want.Commitlog.Messages {
		queues[queueID{m.Topic, m.QueueID}] = struct{}{}
	}
	for q := range maps.Keys(queues) {
		topic := []byte(q.topic)
		next := s.MaxOffset(topic, q.id)
		putBody(c.t, s, q.topic, q.id, []byte("after the damage"), "")
		eventually(c.t, "the message is visible", func() bool { return s.MaxOffset(topic, q.id) > next }) // if somebody else drives
		var r store.Read
		if status, err := s.Get(&store.Query{Topic: topic, QueueID: q.id, Offset: next, Max: 1}, &r); err != nil || status != store.Found {
			c.t.Errorf("%s-%d: a new message at %d: %v, %v", q.topic, q.id, next, status, err)
		}
		r.Release()
	}
}

// close also checks; the check finds what is damaged inside the log.
func (c *damaged) close(s *store.Store) {
	c.t.Helper()
	if err := s.Check(); err != nil && !c.out.broken && c.out.short == (queueID{}) {
		c.t.Errorf("check: %v", err)
	}
	if err := s.Close(); err != nil {
		c.t.Fatalf("close: %v", err)
	}
}
