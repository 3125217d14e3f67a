// Package query answers questions about queues and messages: where a queue begins and ends, which
// message stands at a time, has a key, or lies at an offset of the log.
// Java: AdminBrokerProcessor, QueryMessageProcessor.
package query
