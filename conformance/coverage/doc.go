// Package coverage compares what is routed with what RocketMQ knows, and writes the table of
// docs/compatibility.md:
//
//	go test ./conformance/coverage -update
package coverage
