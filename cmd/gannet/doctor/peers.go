package doctor

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gannetmq/gannet/compat/mqversion"
)

// Skews beyond these are told. Times are known to about a second.
const (
	someSkew = 3 * time.Second
	muchSkew = time.Minute
)

// checkClock: message times are the producer's, the broker's and the consumer's, and are compared.
// Name servers tell no time.
func checkClock(f *Facts, r *findings) {
	const cure = "run chrony or ntpd on both machines"
	for _, b := range f.all() {
		if !b.Clock.Known {
			continue
		}
		skew, way := b.Clock.Ahead, "ahead of"
		if skew < 0 {
			skew, way = -skew, "behind"
		}
		switch {
		case skew >= muchSkew:
			r.problem(cure, "the clock of broker %s is %v %s this machine's: delays, search by time and expiry go wrong", b.Addr, skew.Round(time.Second), way)
		case skew >= someSkew:
			r.warning(cure, "the clock of broker %s is %v %s this machine's", b.Addr, skew.Round(time.Second), way)
		default:
			r.ok("the clock of broker %s is this machine's, to about a second", b.Addr)
		}
	}
	if len(r.list) == 0 {
		r.skipped("no broker tells its time")
	}
}

// all are the brokers that were asked, each once.
func (f *Facts) all() []Broker {
	all := f.Brokers
	if f.Broker.Err == nil && !slices.ContainsFunc(all, func(b Broker) bool {
		return b.Addr == f.Broker.Addr || b.sameAs(&f.Broker)
	}) {
		all = append([]Broker{f.Broker}, all...)
	}
	return all
}

// sameAs reports whether two addresses lead to one broker.
func (b *Broker) sameAs(o *Broker) bool {
	same := b.Err == nil && o.Err == nil
	for _, key := range []string{"brokerClusterName", "brokerName", "brokerId", "listenPort", "brokerIP1"} {
		same = same && b.Settings[key] == o.Settings[key]
	}
	return same && b.Figures["bootTimestamp"] == o.Figures["bootTimestamp"]
}

// checkVersions: brokers that stand in for each other are of one version.
func checkVersions(f *Facts, r *findings) {
	versions := make(map[string]map[string]bool) // of each cluster
	clusters := make(map[string]map[string]bool) // of each broker name
	for _, b := range f.all() {
		if b.Err != nil {
			continue
		}
		cluster := b.Settings["brokerClusterName"]
		note(versions, cluster, b.Version)
		note(clusters, b.Settings["brokerName"], cluster)
		if n, known := mqversion.Ordinal(b.Version); known && n < mqversion.V4_9_3 {
			r.warning("bring it to 4.9 or later", "broker %s is %s: this project is tested with 4.9 and 5.x", b.Addr, b.Version)
		}
	}
	for _, cluster := range sortedKeys(versions) {
		if found := sortedKeys(versions[cluster]); len(found) > 1 {
			r.warning("bring all to one version; features of the newer are missing where a client meets the older", "cluster %s is mixed: %s", cluster, strings.Join(found, ", "))
		} else {
			r.ok("cluster %s is %s", cluster, strings.Join(found, ""))
		}
	}
	for _, name := range sortedKeys(clusters) {
		if found := sortedKeys(clusters[name]); len(found) > 1 {
			r.problem("give each broker a brokerName of its own", "%s is the name of brokers in several clusters: %s", name, strings.Join(found, ", "))
		}
	}
	if len(r.list) == 0 {
		r.skipped("no broker answers")
	}
}

func note(table map[string]map[string]bool, key, value string) {
	if table[key] == nil {
		table[key] = make(map[string]bool)
	}
	table[key][value] = true
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// values are the addresses of one broker name, sorted.
func values(addrs map[int64]string) []string { return slices.Sorted(maps.Values(addrs)) }
