// Package progress tells how far queues reach and how far consumer groups have come in them: what is sent, what is
// fetched, what is consumed, since when. Nothing is kept here; the tables and the store are asked.
//
// Java: AdminBrokerProcessor.
package progress
