package broker

import "github.com/gannetmq/gannet/compat/jconf"

// reason is why keys of Java have no field in Config, with those keys.
type reason struct {
	state jconf.State // NoEffect or Refused
	why   string
	keys  []key
}

// key is one of Java's: its name, Java's type and Java's default. A default that depends on the
// machine is given in words; none of those keys is refused, which would compare it.
type key struct{ name, javaType, byDefault string }

// enums are the values of Java's enumerations.
var enums = map[string][]string{
	"AccessChannel":       {"LOCAL", "CLOUD"},
	"BrokerRole":          {"ASYNC_MASTER", "SYNC_MASTER", "SLAVE"},
	"MessageRequestMode":  {"PULL", "POP"},
	"MetricsExporterType": {"DISABLE", "OTLP_GRPC", "PROM", "LOG"},
	"TieredStorageLevel":  {"DISABLE", "NOT_IN_DISK", "NOT_IN_MEM", "FORCE"},
}

// Known lists the keys of Java that Config has no field for.
func Known() []jconf.Entry {
	var entries []jconf.Entry
	for _, reasons := range [][]reason{knownBroker, knownStore, knownOther} {
		for _, r := range reasons {
			for _, k := range r.keys {
				entries = append(entries, jconf.Entry{
					Key: k.name, Type: k.javaType, Default: k.byDefault, Enum: enums[k.javaType], State: r.state, Help: r.why,
				})
			}
		}
	}
	return entries
}
