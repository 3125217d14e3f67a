// Package verify reads the directory of a store that nobody has open, says what is wrong in it, and
// changes nothing: log, consume queues and index are compared with each other record by record, the
// tables of config/ are parsed, the checkpoint is compared with the log, and what waits in the timer's files with its messages.
//
// Not covered by any checksum of the format, and so not seen: what is changed inside properties, unless
// the store appends CRC properties, and in files that are not named here.
//
// What is wrong is either Recoverable, which the next start repairs from the log without losing
// anything that was acknowledged, or Damaged. To tell them apart the rules of store.Open are followed
// (package recovery), without running it: recovery writes.
package verify
