package namesrv

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/namesrv/route"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/server"
)

// Config is the name server's configuration: the keys that do something here, under Java's names and
// with Java's defaults and units. jconf.Bind fills it; Known holds the keys of Java that it has no
// field for. Java: NamesrvConfig, NettyServerConfig.
type Config struct {
	BindAddress  string `mq:"bindAddress" default:"0.0.0.0" state:"honoured" help:"address to listen on"`
	ListenPort   int    `mq:"listenPort" default:"9876" state:"honoured" help:"port of all codes"`
	IdleSeconds  int    `mq:"serverChannelMaxIdleTimeSeconds" default:"120" state:"honoured" help:"s after which a connection is closed that neither read nor wrote"`
	ScanInterval int64  `mq:"scanNotActiveBrokerInterval" default:"5000" state:"honoured" help:"ms between looks for brokers that have not registered in time"`
	AllTopicList bool   `mq:"enableAllTopicList" default:"true" state:"honoured" help:"serve GET_ALL_TOPIC_LIST_FROM_NAMESERVER (206)"`
	TopicList    bool   `mq:"enableTopicList" default:"true" state:"honoured" help:"serve the lists of a cluster's topics and of units' topics (224, 311, 312, 313)"`
	DropMissing  bool   `mq:"deleteTopicWithBrokerRegistration" default:"false" state:"honoured" help:"topics disappear that a broker's registration no longer names"`
	ActingMaster bool   `mq:"supportActingMaster" default:"false" state:"honoured" help:"routes of a group without a master name the slave with the smallest id instead, if the group wants that"`
	TellMin      bool   `mq:"notifyMinBrokerIdChanged" default:"false" state:"honoured" help:"tell brokers when the smallest id of their group changes"`
	OrderTopics  bool   `mq:"orderMessageEnable" default:"false" state:"honoured" help:"routes tell the queues of ordered topics, kept under ORDER_TOPIC_CONFIG"`
	TellOrders   bool   `mq:"returnOrderTopicConfigToBroker" default:"true" state:"honoured" help:"tell brokers that register which topics are ordered"`
	MustWait     bool   `mq:"needWaitForService" default:"false" state:"honoured" help:"tell no routes in the first waitSecondsForService"`
	WaitSeconds  int    `mq:"waitSecondsForService" default:"45" state:"honoured" help:"s, if needWaitForService is true"`
	KVPath       string `mq:"kvConfigPath" default:"" state:"honoured" help:"file of the key-value configuration; gannet keeps it in DIR/namesrv/kvConfig.json of --data"`
	BlackList    string `mq:"configBlackList" default:"configBlackList;configStorePath;kvConfigPath" state:"honoured" help:"keys that UPDATE_NAMESRV_CONFIG (318) may not change, besides those that are read at the start alone"`

	Own

	given []jconf.Setting // what Bind was given
}

// Own is the keys that Java does not have.
type Own struct {
	MaxBrokers int `mq:"maxBrokers" default:"10000" state:"honoured" help:"brokers that may be registered"`
	MaxTopics  int `mq:"maxTopics" default:"1000000" state:"honoured" help:"topics of all brokers"`
	server.Keys
}

// Bind fills a Config from settings, of which the last with a key counts. The problems come in the
// order of the settings; a key with a problem keeps its default. Validate comes after it.
func Bind(settings []jconf.Setting) (*Config, []jconf.Problem) {
	c := &Config{given: settings}
	problems := jconf.Bind(c, settings, Known()...)
	return c, problems
}

// Options are those of a name server, without its log, its certificates and the file that 318 writes to.
func (c *Config) Options() Options {
	o := Options{
		Listen:   []netio.Listen{{Name: "namesrv", Addr: net.JoinHostPort(c.BindAddress, strconv.Itoa(c.ListenPort))}},
		Table:    route.Options{MaxBrokers: c.MaxBrokers, MaxTopics: c.MaxTopics},
		Switches: c.switches(), KV: FileAt(c.KVPath), Config: c,
		Server: server.Options{IdleTimeout: time.Duration(c.IdleSeconds) * time.Second},
	}
	c.Apply(&o.Server)
	return o
}

func (c *Config) switches() Switches {
	s := Switches{
		Rules: route.Rules{
			DropMissing: c.DropMissing, ActingMaster: c.ActingMaster, OrderTopics: c.OrderTopics, TellMinChange: c.TellMin,
		},
		AllTopicList: c.AllTopicList, TopicList: c.TopicList, TellOrders: c.TellOrders,
		ScanEvery: time.Duration(c.ScanInterval) * time.Millisecond,
	}
	if c.MustWait {
		s.Wait = time.Duration(c.WaitSeconds) * time.Second
	}
	return s
}

// Validate checks what the type of a key does not tell. The error joins one jconf.Problem for each
// key; their Source is empty.
func (c *Config) Validate() error {
	var problems []error
	want := func(ok bool, key string, value any, accepts string) {
		if !ok {
			problems = append(problems, jconf.Problem{
				Setting: jconf.Setting{Key: key, Value: fmt.Sprint(value)}, Kind: jconf.BadValue, Accepts: accepts,
			})
		}
	}
	want(isHost(c.BindAddress), "bindAddress", c.BindAddress, "an IP address or a host name, without a port")
	want(1 <= c.ListenPort && c.ListenPort <= 65535, "listenPort", c.ListenPort, "from 1 to 65535")
	c.Check(want)
	for _, p := range []struct {
		key   string
		value int64
	}{
		{"serverChannelMaxIdleTimeSeconds", int64(c.IdleSeconds)}, {"scanNotActiveBrokerInterval", c.ScanInterval},
		{"waitSecondsForService", int64(c.WaitSeconds)},
		{"maxBrokers", int64(c.MaxBrokers)}, {"maxTopics", int64(c.MaxTopics)},
	} {
		want(p.value >= 1, p.key, p.value, "at least 1")
	}
	return errors.Join(problems...)
}

// isHost reports whether s is an IP address or looks like a host name.
func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !letter && r != '-' && r != '.' && r != '_'
	})
}
