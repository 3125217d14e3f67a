package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Topics of a run. Those that may be deleted come behind the others.
const (
	keptTopics    = 3
	deletedTopics = 2
	topicQueues   = 2

	batchTopic = "T1" // has batch queues
	lightQueue = "%LMQ%l"
)

// crashRun is one life of a store: one goroutine puts, those of the store do the rest.
type crashRun struct {
	seed  uint64
	rng   *rand.Rand // of the goroutine that puts
	mem   *vfs.Mem
	opt   Options
	look  func(vfs.FS) vfs.FS // what the store sees of the disk, below chopped; nil: mem itself
	tally *crashTally
	saves chan struct{} // a checkpoint is being saved

	gate  sync.RWMutex // guards store
	store *Store       // nil while it is opened or closed

	mu    sync.Mutex // guards the fields below
	cuts  *rand.Rand
	puts  []put // in the order of the log
	lives map[string]life
	acked int64 // log offset up to which everything was said to be durable
	seen  map[string]int64
	saved offsetFile // stored durably, the last one
	tried int64      // number of the offset file that was begun last
	disks []disk
}

// put is a message that was stored.
type put struct {
	topic    string
	queue    int32
	life     int64 // of its topic
	queueOff int64 // -1 for one that takes none
	count    int64 // of messages in it: more than one in an inner batch
	light    int64 // its place in lightQueue; -1 without one
	phy, end int64
	body     []byte
	props    []byte
}

func (p *put) name() string { return queueName(p.topic, p.queue) }

func queueName(topic string, id int32) string { return fmt.Sprintf("%s-%d", topic, id) }

// life is how often a topic was made, and how often it began to be deleted.
type life struct{ now, ended int64 }

// offsetFile is what the offsets of consumers were, by queue, when their file had a number.
type offsetFile struct {
	number  int64
	offsets map[string]int64
}

func newCrashRun(seed uint64, o Options, n *crashTally) *crashRun {
	c := &crashRun{
		seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), cuts: rand.New(rand.NewPCG(seed, 2)),
		mem: vfs.NewMem(), opt: o, tally: n, seen: make(map[string]int64), lives: make(map[string]life),
		saves: make(chan struct{}, 1),
	}
	var now atomic.Int64
	now.Store(1_700_000_000_000)
	c.opt.Light, c.opt.BatchFileSize = true, 10*46
	c.opt.BatchTopic = func(topic []byte) bool { return string(topic) == batchTopic }
	c.opt.Now = func() int64 { return now.Add(300) } // so that the checkpoint's three seconds mean something
	return c
}

// fsys is the disk as the store sees it.
func (c *crashRun) fsys() vfs.FS {
	var below vfs.FS = c.mem
	if c.look != nil {
		below = c.look(below)
	}
	return &choppedFS{below, c.removes}
}

// run puts n messages, and does what else happens now and then.
func (c *crashRun) run(n int) error {
	text, err := json.Marshal(topicsTable())
	if err == nil {
		err = jsonfile.Store(c.mem, topicsFile, text)
	}
	if err != nil {
		return err
	}
	fsys := c.fsys()
	s, err := Open(fsys, c.opt)
	if err != nil {
		return err
	}
	c.use(s)
	for range n {
		switch {
		case c.rng.IntN(60) == 0:
			if s, err = c.restart(s, fsys); err != nil {
				return err
			}
		case c.rng.IntN(25) == 0:
			if err := c.deleteTopic(s); err != nil {
				return fmt.Errorf("delete a topic: %w", err)
			}
		case c.rng.IntN(15) == 0:
			if err := c.saveOffsets(s, fsys); err != nil {
				return fmt.Errorf("save offsets: %w", err)
			}
		}
		if err := c.put(s); err != nil {
			return fmt.Errorf("put: %w", err)
		}
	}
	return s.Close()
}

// use says that s is what puts go to, once nobody cuts in the belief that nobody puts.
func (c *crashRun) use(s *Store) {
	c.gate.Lock()
	defer c.gate.Unlock()
	c.store = s
}

func (c *crashRun) restart(s *Store, fsys vfs.FS) (*Store, error) {
	if err := s.Close(); err != nil {
		return nil, fmt.Errorf("close: %w", err)
	}
	c.use(nil)
	ack{c, s.log.End()}.Settled(nil)
	s, err := Open(fsys, c.opt)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	c.use(s)
	c.tally.restarts.Add(1)
	return s, nil
}

var (
	testBorn  = netip.MustParseAddrPort("10.1.2.3:4567")
	testStore = netip.MustParseAddrPort("10.0.0.1:10911")
)

// put stores one random message, or one of no queue. Its body begins with its number.
func (c *crashRun) put(s *Store) error {
	topic, id := fmt.Sprintf("T%d", c.rng.IntN(keptTopics+deletedTopics)), int32(c.rng.IntN(topicQueues))
	body := make([]byte, 8+c.rng.IntN(2500))
	for i := range body {
		body[i] = byte(c.rng.Uint32())
	}
	binary.BigEndian.PutUint64(body, uint64(len(c.puts)))
	m := record.Message{
		Topic: []byte(topic), QueueID: id, Body: body, BornHost: testBorn, StoreHost: testStore,
		Properties: record.AppendProperty(nil, record.PropTags, fmt.Sprint("tag", c.rng.IntN(3))),
	}
	m.Properties = record.AppendProperty(m.Properties, record.PropKeys, keyOf(len(c.puts)))
	if c.rng.IntN(20) == 0 {
		m.SysFlag = record.SysTranPrepared
	}
	var e record.Encoded
	switch {
	case m.SysFlag != 0:
	case topic == batchTopic && c.rng.IntN(2) == 0:
		m.Inner = 1 + c.rng.Int32N(4)
	case c.rng.IntN(4) == 0:
		m.Properties = record.AppendProperty(m.Properties, record.PropInnerMultiDispatch, lightQueue)
	}
	if err := e.Set(&m, record.EncodeOptions{Light: true, AppendPropCRC: c.opt.AppendPropCRC}); err != nil {
		return err
	}
	q, err := s.Queue(m.Topic, id)
	if err != nil {
		return err
	}
	placed, err := s.Put(&e, q, false)
	if err != nil {
		return err
	}
	p := put{
		topic: topic, queue: id, queueOff: placed.QueueOffset, count: int64(placed.Count), light: -1,
		phy: placed.PhyOffset, end: placed.End, body: body, props: m.Properties,
	}
	if !e.Queued() {
		p.queueOff = -1
	}
	p.closed(&m, &e)
	if err := c.note(p); err != nil {
		return err
	}
	if c.opt.CallerDrives {
		s.Drive()
	}
	if c.rng.IntN(30) == 0 && c.mem.OnOp != nil {
		<-c.saves // so that checkpoints lie between the puts
	}
	return c.wait(s, placed.End)
}

// closed adds what the append has put into the properties of an inner batch, or of a message of a light queue.
func (p *put) closed(m *record.Message, e *record.Encoded) {
	if m.Inner > 0 {
		p.props = fmt.Appendf(p.props, "INNER_NUM\x01%d\x02INNER_BASE\x01%d\x02", m.Inner, p.queueOff)
	}
	if light := e.Light(); len(light) > 0 {
		p.light = light[0].Offset
		p.props = fmt.Appendf(p.props, "INNER_MULTI_QUEUE_OFFSET\x01%d\x02", p.light)
	}
}

// keyOf is the key of a message by its number.
func keyOf(n int) string { return fmt.Sprint("K", n) }

var errPlace = errors.New("a message lies elsewhere than behind the one before")

// note remembers a message. It must follow the one before, or begin the next file.
func (c *crashRun) note(p put) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.puts); n > 0 && p.phy != c.puts[n-1].end {
		if p.phy != c.nextFile(c.puts[n-1].end) {
			return fmt.Errorf("%w: at %d, want %d", errPlace, p.phy, c.puts[n-1].end)
		}
		c.tally.rolls.Add(1)
	}
	p.life = c.lives[p.topic].now
	c.puts = append(c.puts, p)
	c.tally.puts.Add(1)
	return nil
}

func (c *crashRun) nextFile(end int64) int64 {
	return (end + c.opt.LogFileSize - 1) / c.opt.LogFileSize * c.opt.LogFileSize
}

// wait waits for some puts to be durable, asks to be told of most others, and looks at what is visible.
func (c *crashRun) wait(s *Store, end int64) error {
	if c.opt.Flush != SyncFlush {
		return nil
	}
	switch n := c.rng.IntN(8); {
	case n == 0:
		settled := make(chan error, 1)
		s.Await(end, settledChan(settled))
		if err := <-settled; err != nil {
			return err
		}
		ack{c, end}.Settled(nil)
	case n < 6:
		s.Await(end, ack{c, end})
	case n == 6:
		visible := c.visible(s)
		c.mu.Lock()
		c.seen = visible
		c.mu.Unlock()
	}
	return nil
}

// visible is where the queues of the topics that are kept end for consumers.
func (c *crashRun) visible(s *Store) map[string]int64 {
	ends := make(map[string]int64)
	for i := range keptTopics {
		topic := fmt.Sprintf("T%d", i)
		for id := range int32(topicQueues) {
			ends[queueName(topic, id)] = s.MaxOffset([]byte(topic), id)
		}
	}
	return ends
}

// ack notes an acknowledgement. It runs on the flusher's goroutine.
type ack struct {
	run *crashRun
	end int64
}

func (a ack) Settled(err error) {
	if err != nil {
		return
	}
	a.run.mu.Lock()
	defer a.run.mu.Unlock()
	a.run.acked = max(a.run.acked, a.end)
}

type settledChan chan<- error

func (c settledChan) Settled(err error) { c <- err }

// deleteTopic deletes a topic, which the next message makes again.
func (c *crashRun) deleteTopic(s *Store) error {
	topic := fmt.Sprintf("T%d", keptTopics+c.rng.IntN(deletedTopics))
	change := func(f func(*life)) {
		c.mu.Lock()
		defer c.mu.Unlock()
		l := c.lives[topic]
		f(&l)
		c.lives[topic] = l
	}
	change(func(l *life) { l.ended = l.now + 1 })
	if err := s.DeleteTopic([]byte(topic)); err != nil {
		return err
	}
	change(func(l *life) { l.now++ })
	c.tally.topics.Add(1)
	return nil
}

const (
	topicsFile  = "config/topics.json"
	offsetsFile = "config/consumerOffset.json"
)

// topicsTable is what the broker says of its topics. It has said so before there are messages.
func topicsTable() map[string]any {
	topics := make(map[string]any)
	for i := range keptTopics {
		attributes := map[string]string{}
		if name := fmt.Sprintf("T%d", i); name == batchTopic {
			attributes["queue.type"] = "BatchCQ"
		}
		topics[fmt.Sprintf("T%d", i)] = map[string]any{"attributes": attributes}
	}
	return map[string]any{"topicConfigTable": topics}
}

// saveOffsets does what the broker's table of offsets does: it stores how far consumers are.
func (c *crashRun) saveOffsets(s *Store, fsys vfs.FS) error {
	c.mu.Lock()
	c.tried++
	f := offsetFile{number: c.tried}
	c.mu.Unlock()
	f.offsets = c.visible(s)
	table := make(map[string]map[int32]int64)
	for i := range keptTopics {
		topic := fmt.Sprintf("T%d", i)
		table[topic+"@G"] = make(map[int32]int64)
		for id := range int32(topicQueues) {
			table[topic+"@G"][id] = f.offsets[queueName(topic, id)]
		}
	}
	for name, content := range map[string]any{
		topicsFile:  topicsTable(),
		offsetsFile: map[string]any{"offsetTable": table, "dataVersion": map[string]int64{"counter": f.number}},
	} {
		text, err := json.Marshal(content)
		if err != nil {
			return err
		}
		if err := jsonfile.Store(fsys, name, text); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.saved = f
	c.tally.offsets.Add(1)
	return nil
}
