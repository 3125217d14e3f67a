// Package quickstart runs the example programs of RocketMQ's own quick start, unchanged, against Java's broker and against
// ours, and compares what they print.
//
// The examples are classes of rocketmq-example 5.3.3, which is not on Maven Central but in lib/ of RocketMQ's binary release.
// Nobody can be asked to have that, so the comparison is not part of `make conformance`:
//
//	make quickstart EXAMPLES=/path/to/rocketmq-all-5.3.3-bin-release/lib
//
// Some examples have the name server's address written into them. Port 9876 must be free, and the brokers are run one after the other.
//
// What differs from run to run is taken out of the text (normal.go): identifiers, times, ports, threads, and which of the queues
// a producer began with. What is left is compared as a set, because several threads print; per queue in order where order is promised.
package quickstart
