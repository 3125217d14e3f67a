// Package recovery decides where a start begins: what of the log and of the queues it believes as it lies on the disk, and
// from where on it reads the one and makes the others anew. store.Open acts on it, store/verify tells what that will
// mean. Nothing is changed here, and nothing is read but the small files that are named.
//
// Queues that were lost while nobody had the directory open are noticed by the tally of our last clean close
// (tally.go), or else by what groups have consumed (consumed.go).
package recovery
