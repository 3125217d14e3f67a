// Package lock grants queues to the clients of a group for consumption in order: a queue is consumed
// by its holder alone. A grant lasts 60 s, is renewed by asking again, every 20 s, and lives in
// memory only.
//
// Java: RebalanceLockManager.
package lock
