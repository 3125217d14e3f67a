package javaenv

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are picked below the range from which systems take the source ports of outgoing connections (32768 on Linux),
// so that between the check and the JVM's bind only another harness could take one.
const (
	firstPort = 20000
	lastPort  = 32000
)

// brokerOffsets are the ports a broker opens, relative to listenPort: the second ("VIP") listener and replication.
var brokerOffsets = []int{0, -2, 1}

// freePort answers a port p such that nobody listens on p+offset for any of the offsets, on any address.
func freePort(offsets []int) (int, error) {
	var last error
	for range 200 {
		p := firstPort + 2 + rand.IntN(lastPort-firstPort-4)
		if last = canListen(p, offsets); last == nil {
			return p, nil
		}
	}
	return 0, fmt.Errorf("javaenv: no free port between %d and %d: %w", firstPort, lastPort, last)
}

func canListen(p int, offsets []int) error {
	for _, off := range offsets {
		// Java's replication listener binds the wildcard address, so that is what must be free.
		l, err := net.Listen("tcp", ":"+strconv.Itoa(p+off))
		if err != nil {
			return err
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	return nil
}

// loopback is how a port on this machine is written in addresses that brokers announce.
func loopback(port int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}
