package doctor

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/gannetmq/gannet/broker"
)

// heartbeat is how often clients of every version say that they are there, in seconds. Java:
// ClientConfig.heartbeatBrokerInterval.
const heartbeat = 30

// checkConfig: what a start refuses, and keys that are fine each and wrong together.
func checkConfig(f *Facts, r *findings) {
	s := &f.Settings
	if s.Err != nil {
		r.problem("correct the path or the file given with -c", "%v", s.Err)
		return
	}
	for _, p := range s.Problems {
		r.problem("correct the key; a broker does not start with it (--lenient passes unknown keys)", "%s", p)
	}
	for _, n := range s.Notes {
		r.warning("take the key out, or see docs/configuration.md", "%s", n)
	}
	if s.Config != nil {
		contradictions(s.Config, r)
	}
	if len(r.list) > 0 {
		return
	}
	if s.Files == "" {
		r.ok("no file given, the defaults hold")
		return
	}
	r.ok("%s: nothing wrong", s.Files)
}

func contradictions(c *broker.Config, r *findings) {
	o := c.StoreOptions()
	refuseAt := o.DiskFullPercent
	if o.Retention.MaxUsed >= refuseAt {
		r.problem("set diskMaxUsedSpaceRatio below diskSpaceWarningLevelRatio",
			"sends are refused at %d %% of the disk, old files are deleted from %d %% on: a full disk would not become free by itself", refuseAt, o.Retention.MaxUsed)
	}
	if o.DiskAgainPercent == refuseAt && c.DiskForciblyRatio > refuseAt {
		r.warning("set diskSpaceCleanForciblyRatio below diskSpaceWarningLevelRatio",
			"sends are refused above %d %% of the disk and accepted again at %d %%: diskSpaceCleanForciblyRatio = %d counts as that", refuseAt, o.DiskAgainPercent, c.DiskForciblyRatio)
	}
	if c.MaxMessageSize+128<<10 > c.CommitLogFileSize {
		r.problem("raise mappedFileSizeCommitLog or lower maxMessageSize",
			"a message of maxMessageSize = %d bytes does not fit a file of the log, mappedFileSizeCommitLog = %d", c.MaxMessageSize, c.CommitLogFileSize)
	}
	if c.AutoCreateTopic && c.Permission&2 == 0 {
		r.warning("set brokerPermission=6, or make topics at another broker",
			"autoCreateTopicEnable=true at a broker that takes no messages, brokerPermission = %d", c.Permission)
	}
	for _, t := range []struct {
		key     string
		seconds int64
	}{{"serverChannelMaxIdleTimeSeconds", int64(c.IdleSeconds)}, {"channelExpiredTimeout", c.ChannelExpiredTimeout / 1000}} {
		if t.seconds <= heartbeat {
			r.problem("give "+t.key+" at least two heartbeats", "%s is %d s, and clients say that they are there every %d s: they are dropped in between",
				t.key, t.seconds, heartbeat)
		}
	}
	contradictingAddresses(c, r)
}

func contradictingAddresses(c *broker.Config, r *findings) {
	if isLoopback(c.BindAddress) && c.BrokerIP1 != "" && !isLoopback(c.BrokerIP1) {
		r.problem("set bindAddress=0.0.0.0", "it listens on %s alone and tells clients to connect to %s", c.BindAddress, c.BrokerIP1)
	}
	ports := []struct {
		what string
		port int
	}{{"listenPort", c.ListenPort}}
	if c.VIPEnable {
		ports = append(ports, struct {
			what string
			port int
		}{"the VIP port, listenPort less 2", c.ListenPort - 2})
	}
	for _, server := range servers(c.NamesrvAddr) {
		host, port, err := net.SplitHostPort(server)
		if err != nil || !isLoopback(host) {
			if err == nil && c.BrokerIP1 != "" && isLoopback(c.BrokerIP1) {
				r.problem("set brokerIP1 to an address of this machine", "it registers with %s that clients are to connect to %s, where each finds itself", server, c.BrokerIP1)
			}
			continue
		}
		for _, p := range ports {
			if strconv.Itoa(p.port) == port {
				r.problem("choose another listenPort", "%s is %d, which is the name server's port too", p.what, p.port)
			}
		}
	}
}

// servers takes namesrvAddr apart.
func servers(list string) []string {
	var all []string
	for _, s := range strings.Split(list, ";") {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback() || host == "localhost"
}
