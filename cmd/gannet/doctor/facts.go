package doctor

import (
	"net/netip"
	"time"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Facts is what was found out.
type Facts struct {
	Settings    Settings
	Address     Address // that a broker with these settings would advertise
	AddressErr  error
	Broker      Broker // the one that is asked about
	Asked       bool   // its address was given: that nobody is there is wrong
	Local       bool   // it is, or would be, on this machine
	Ports       []Port
	NameServers []NameServer
	Assumed     bool     // nobody has named the name server: it is where serve has it
	Told        []Told   // addresses that name servers tell clients
	Brokers     []Broker // at these addresses
	Topic       string   // asked about, "" for none
	Disk        Disk
	Limits      Limits
	Memory      Memory
}

// Settings are those that a start with the same flags would have.
type Settings struct {
	Files    string         // the file they are from, "" for none
	Config   *broker.Config // Java's defaults where a key has a problem
	Err      error          // the file cannot be read
	Problems []string       // for which a start is refused
	Notes    []string
}

// Address is what clients are told to connect to.
type Address struct {
	Addr    netip.Addr
	Reason  string // why this one
	Warning string // what will not work with it
}

// Broker is what one broker says of itself.
type Broker struct {
	Addr     string // host:port
	Err      error  // why it did not answer
	Version  string // V5_3_3
	Settings map[string]string
	Figures  map[string]string // of GET_BROKER_RUNTIME_INFO
	Clock    Clock
}

// Clock compares a broker's clock with this machine's.
type Clock struct {
	Known bool
	Ahead time.Duration // of theirs; to about a second
}

// Port is one that a broker or a name server has.
type Port struct {
	Name string // what for
	Addr string // host:port
	Open bool   // somebody takes connections
	Ours bool   // and is what it should be
	Err  error  // it is not open and cannot be listened on
	// Optional: something works without it.
	Optional bool
}

// NameServer is what one name server says.
type NameServer struct {
	Addr     string
	Err      error
	Version  string
	Cluster  protocol.ClusterInfo
	Route    *protocol.TopicRouteData // of the topic asked about, nil if there is none
	RouteErr error
	Topics   []string // all, if the topic is not among them
}

// Told is one address of one broker.
type Told struct {
	By     string // name server
	Broker string // name
	ID     int64
	Addr   string
	Err    error // it cannot be connected to from here
}

// Disk is where the store is.
type Disk struct {
	Path        string // of the store
	Log         string // of the log, on the emptiest of its disks
	Total, Free int64  // bytes, of the log's disk
	Err         error
	Syncs       []time.Duration // of a page each
	SyncErr     error
}

// Limits are those that the kernel sets.
type Limits struct {
	Whose    string // "process 17", "this shell"
	Files    uint64 // RLIMIT_NOFILE, 0 if not known
	Maps     int64  // vm.max_map_count, 0 if not known
	Segments int64  // files of the log
}

// Memory is what the process may use.
type Memory struct {
	Limit    int64 // of the container, bytes; 0 for none
	GoLimit  string
	InFlight int64 // maxRequestBytesInFlight
}
