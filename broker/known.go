package broker

import "github.com/gannetmq/gannet/compat/jconf"

// Known lists the keys of Java that Config has no field for.
func Known() []jconf.Entry { return nil }
