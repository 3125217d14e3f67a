package broker

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/broker/offset"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Steps of a transaction, after each of which the power is cut.
const (
	halfStored   = "the half was put"
	committed    = "the message was committed, and not yet noted"
	noted        = "the note was put"
	putBack      = "the half was put back for a question"
	putBehind    = "the half was put behind the others"
	givenUp      = "the half was given up"
	beforeSave   = "the offsets of the group have moved in memory"
	amidSave     = "the file of the offsets is being written"
	offsetsSaved = "the offsets of the group were saved"
)

var steps = []string{halfStored, committed, noted, putBack, putBehind, givenUp, beforeSave, amidSave, offsetsSaved}

// stepOf is the step that the put of a message is.
func stepOf(m *record.Message) string {
	has := func(key string) bool { _, ok := record.Property(m.Properties, key); return ok }
	switch topic := string(m.Topic); {
	case topic == record.TopicTranOpHalf:
		return noted
	case topic == record.TopicTranCheckMaxTime:
		return givenUp
	case topic != record.TopicTranHalf:
		return committed
	case has(record.PropTranCheckTimes):
		return putBack
	case has(record.PropTranPreparedQueueOffset):
		return putBehind
	}
	return halfStored
}

// What becomes of a message is the first word of its body.
const (
	saysYes  = "yes"     // committed by its producer at once
	saysNo   = "no"      // rolled back at once
	askedYes = "open"    // committed when asked
	askedNo  = "dropped" // rolled back when asked
	mute     = "mute"    // never answered for
	patient  = "patient" // committed when asked, and not to be asked for at first
	late     = "late"    // nor is this, which is committed when it lies behind the others
)

var fates = []string{saysYes, saysNo, askedYes, askedNo, mute, patient, late}

func fateOf(body string) string { return strings.Fields(body)[0] }

// comes reports whether consumers get a message in the end.
func comes(body string) bool {
	fate := fateOf(body)
	return fate == saysYes || fate == askedYes || fate == patient || fate == late
}

// surprise is what the power leaves of the disk at a step, and what producers had been told by then.
type surprise struct {
	step, policy string
	disk         *vfs.Mem
	sent, told   map[string]bool
}

// The disk at its worst has only what was synced; at its best the power fails when all was just written.
var policies = map[string]vfs.Policy{"harsh": {}, "kind": {Page: 1, Size: 1, Name: 1}, "coin": vfs.Coin()}

// cutter cuts the power at some of the occurrences of each step.
type cutter struct {
	rng  *rand.Rand
	seen map[string]int
	cuts map[string][][]surprise // by step: each cut with all policies
}

// cutsPerStep of one life are judged; which, is drawn from all.
const cutsPerStep = 3

func (c *cutter) at(k *keeper, step string) {
	c.seen[step]++
	place := c.seen[step] - 1
	if place >= cutsPerStep {
		if place = c.rng.IntN(c.seen[step]); place >= cutsPerStep {
			return
		}
	}
	sent, told := k.promises() // before the disk is copied: what was told then must be on it
	var all []surprise
	for _, name := range slices.Sorted(maps.Keys(policies)) {
		all = append(all, surprise{step, name, k.mem.Clone(c.rng, policies[name]), sent, told})
	}
	if place == len(c.cuts[step]) {
		c.cuts[step] = append(c.cuts[step], nil)
	}
	c.cuts[step][place] = all
}

// After a power cut at any step of a transaction: what was told to be committed is there, what was rolled back never is, and what is
// not known to be decided is asked for again, once for each half that the disk has of it; nothing else comes, and nothing else twice.
func TestTransactionsCutAtEachStep(t *testing.T) {
	first := rand.Uint64()
	for seed := first; seed < first+2; seed++ {
		synctest.Test(t, func(t *testing.T) {
			c := &cutter{rng: rand.New(rand.NewPCG(seed, 1)), seen: make(map[string]int), cuts: make(map[string][][]surprise)}
			live(t, c)
			for _, step := range steps {
				if len(c.cuts[step]) == 0 {
					t.Errorf("seed %d: never %s", seed, step)
				}
				for _, cut := range c.cuts[step] {
					for i := range cut {
						if cut[i].judge(t); t.Failed() {
							t.Fatalf("seed %d: with a %s disk, cut when %s", seed, cut[i].policy, step)
						}
					}
				}
			}
		})
	}
}

// live runs some transactions of each fate to their ends.
func live(t *testing.T, c *cutter) {
	t.Helper()
	mem := vfs.NewMem()
	var k *keeper
	mem.OnOp = func(_ vfs.Op, name string) {
		if strings.HasPrefix(name, offset.File) && k != nil { // who saves holds k.puts
			c.at(k, amidSave)
		}
	}
	k = keep(t, mem)
	k.step = func(step string) { c.at(k, step) }
	k.saves = func() bool { return c.rng.IntN(2) == 0 }
	k.txn.Start(k)
	rng := rand.New(rand.NewPCG(c.rng.Uint64(), 1)) // the other belongs to who holds k.puts
	for i, which := range rng.Perm(2 * len(fates)) {
		fate := fates[which%len(fates)]
		body, props := fmt.Sprintf("%s %d", fate, i), ""
		if fate == patient || fate == late {
			props = record.PropCheckImmunitySeconds + "\x016\x02"
		}
		queueOff, phyOff := k.send(body, props)
		if fate == saysYes || fate == saysNo || fate == late {
			hesitates := time.Duration(rng.IntN(1500)) * time.Millisecond
			if fate == late {
				hesitates += 4 * time.Second
			}
			k.work.Go(func() {
				<-time.After(hesitates)
				k.end(body, queueOff, phyOff, false)
			})
		}
		<-time.After(time.Duration(rng.IntN(1500)) * time.Millisecond)
	}
	<-time.After(5 * time.Minute)
	k.stop()
}

// judge lets a broker go on with what the power has left.
func (s *surprise) judge(t *testing.T) {
	t.Helper()
	k := keep(t, s.disk)
	defer k.stop()
	synctest.Wait()
	found := k.look()
	for body, n := range found.there {
		if n > 1 || !comes(body) {
			t.Errorf("%q is there %d times after the cut", body, n)
		}
	}
	for body := range s.told {
		if comes(body) && found.there[body] == 0 {
			t.Errorf("%q was committed, as was told, and is not there", body)
		}
	}
	k.txn.Start(k)
	<-time.After(5 * time.Minute)
	synctest.Wait()
	if n := k.txn.Waiting(); n != 0 {
		t.Errorf("%d halves are still undecided", n)
	}
	k.compare(found, k.look(), s.sent)
}

// compare judges what has become of what was found after a cut.
func (k *keeper) compare(before, after stock, sent map[string]bool) {
	k.t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, body := range slices.Sorted(maps.Keys(k.bodies)) {
		asked, undecided := k.asked[body], before.undecided[body]
		if fateOf(body) == mute {
			if n := after.givenUp[body]; n != before.givenUp[body]+undecided {
				k.t.Errorf("%q was given up %d times, %d before, with %d undecided halves", body, n, before.givenUp[body], undecided)
			}
		} else if asked != undecided {
			k.t.Errorf("%q was asked for %d times, with %d undecided halves", body, asked, undecided)
		}
		want := 0
		if comes(body) {
			want = before.there[body] + asked
		}
		if n := after.there[body]; n != want {
			k.t.Errorf("%q is there %d times, %d before, asked for %d times", body, n, before.there[body], asked)
		}
	}
	for body := range sent {
		switch {
		case comes(body) && after.there[body] == 0, fateOf(body) == mute && after.givenUp[body] == 0:
			k.t.Errorf("%q was sent, as was told, and is lost", body)
		}
	}
}
