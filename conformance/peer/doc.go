// Package peer stands in for clients in tests of handlers: connections without a socket, requests
// through a router, and the comparison of an answer with the one that Java gave to the same request.
package peer
