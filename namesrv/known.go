package namesrv

import (
	"slices"

	"github.com/gannetmq/gannet/compat/jconf"
)

// reason is why keys of Java have no field in Config, with those keys.
type reason struct {
	state   jconf.State // NoEffect or Refused
	why     string
	foreign bool // Java's name server does not print them with its own
	keys    []key
}

// key is one of Java's: its name, Java's type and Java's default. A default that depends on the
// machine is given in words; none of those keys is refused, which would compare it.
type key struct{ name, javaType, byDefault string }

// enums are the values of Java's enumerations.
var enums = map[string][]string{
	"MetricsExporterType": {"DISABLE", "OTLP_GRPC", "PROM", "LOG"},
}

// Known lists the keys of Java that Config has no field for.
func Known() []jconf.Entry {
	var entries []jconf.Entry
	for _, r := range knownKeys {
		for _, k := range r.keys {
			entries = append(entries, jconf.Entry{
				Key: k.name, Type: k.javaType, Default: k.byDefault, Enum: enums[k.javaType], State: r.state, Help: r.why,
			})
		}
	}
	return entries
}

// isForeign reports whether a key is one of Java's that is not the name server's own.
func isForeign(name string) bool {
	for _, r := range knownKeys {
		if r.foreign && slices.ContainsFunc(r.keys, func(k key) bool { return k.name == name }) {
			return true
		}
	}
	return false
}
