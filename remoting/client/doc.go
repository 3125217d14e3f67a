// Package client sends requests to few servers: name servers, masters, brokers that a tool talks to.
//
// A Client keeps one connection per address, dialled when it is first needed and again after it ended,
// with the name resolved anew each time. A connection is a netio.Conn off the event loops: one reader
// and one writer goroutine. Calls on it are matched by opaque and may overtake each other.
package client
