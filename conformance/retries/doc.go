// Package retries runs consumers of the official clients that fail, and messages that wait, against Java's broker and ours, kills
// ours while messages wait, and lets each broker deliver what waits in the other's directory.
package retries
