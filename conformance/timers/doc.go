// Package timers sends timed messages with the official client and takes some of them back, at Java's broker and at ours, lets each
// broker deliver what the other was told, and kills ours while messages wait.
package timers
