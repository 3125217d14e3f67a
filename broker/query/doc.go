// Package query answers questions about queues: where they begin and end, and which message stands
// at a time. Java: AdminBrokerProcessor.
package query
