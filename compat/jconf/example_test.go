package jconf_test

import (
	"fmt"

	"github.com/gannetmq/gannet/compat/jconf"
)

func Example() {
	var server struct {
		Port  int    `mq:"listenPort" default:"10911" state:"honoured" help:"port of the broker"`
		Flush string `mq:"flushDiskType" default:"ASYNC_FLUSH" enum:"ASYNC_FLUSH,SYNC_FLUSH" state:"honoured" help:"when a send is answered"`
	}
	problems := jconf.Bind(&server, []jconf.Setting{
		{Key: "listenPort", Value: " 20911 ", Source: "broker.conf", Line: 1},
		{Key: "flushDiskType", Value: "SYNC", Source: "broker.conf", Line: 2},
		{Key: "listenport", Value: "20911", Source: "environment"},
	})
	for _, p := range problems {
		fmt.Println(p.Error())
	}
	for _, e := range jconf.Table(&server) {
		fmt.Printf("%s=%s (%s, default %s)\n", e.Key, e.Value, e.Type, e.Default)
	}
	// Output:
	// broker.conf:2: flushDiskType = "SYNC": want one of ASYNC_FLUSH, SYNC_FLUSH
	// environment: unknown key "listenport", did you mean listenPort?
	// listenPort=20911 (int, default 10911)
	// flushDiskType=ASYNC_FLUSH (String, default ASYNC_FLUSH)
}
