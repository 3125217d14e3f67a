package route

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/remoting/protocol"
)

// Table is the routes of one name server. Methods are safe for concurrent use and never block for long.
type Table struct {
	opts Options

	start  time.Time    // what registration.seen counts from
	untold atomic.Int64 // changes that Options.Changes did not take
	full   atomic.Int64 // registrations that ended with ErrFull, and topics left out of others

	mu      sync.RWMutex // guards all below, and is never held over a call out of the package
	rules   Rules
	brokers map[string]*group
	topics  map[string]*topic
	places  int // of topics in groups
	live    map[identity]*registration
	orders  map[string]string // by topic; never changed, only replaced
}

// Options of a Table; the names in brackets are Java's.
type Options struct {
	// Timeout of a broker that announces none (DEFAULT_BROKER_CHANNEL_EXPIRED_TIME): 0 means 120 s.
	Timeout time.Duration
	// MaxBrokers and MaxTopics bound the table; 0 means 10,000 and 1,000,000. A topic may be in many
	// groups of brokers, eight on average when there are so many topics.
	MaxBrokers, MaxTopics int
	// Changes gets each change of a group's smallest id while Rules.TellMinChange is set. What does not
	// fit is dropped and counted.
	Changes chan<- MinChange
	Now     func() time.Time // nil means time.Now
	Rules
}

// group is the brokers of one name: a master (id 0) and its slaves.
type group struct {
	protocol.BrokerData
	topics map[string]*topic // those that have queues here
}

// topic is where one topic is.
type topic struct {
	queues   map[string]protocol.QueueData        // by broker name
	mappings map[string]protocol.TopicMappingInfo // the same, of a static topic
	answer   answer
}

// placesPerTopic bounds how many topics all groups have together, in parts of MaxTopics.
const placesPerTopic = 8

// identity is how a broker is known between two registrations.
type identity struct{ cluster, addr string }

// registration is a broker that lives. All but seen is written once.
type registration struct {
	identity
	name    string
	id      int64
	ha      string
	version protocol.DataVersion
	printed []byte       // version as JSON
	seen    atomic.Int64 // last sign of life: ns since Table.start
	timeout time.Duration
	conn    uint64 // of the connection that registered it
}

// New makes an empty table.
func New(o Options) *Table {
	if o.Timeout == 0 {
		o.Timeout = 120 * time.Second
	}
	if o.MaxBrokers == 0 {
		o.MaxBrokers = 10_000
	}
	if o.MaxTopics == 0 {
		o.MaxTopics = 1_000_000
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Table{
		opts: o, start: o.Now(), rules: o.Rules, brokers: make(map[string]*group), topics: make(map[string]*topic),
		live: make(map[identity]*registration),
	}
}

// Brokers is how many broker groups there are.
func (t *Table) Brokers() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.brokers)
}

// Topics is how many topics there are.
func (t *Table) Topics() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.topics)
}
