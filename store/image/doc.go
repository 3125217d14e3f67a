// Package image reads the directory of a store as it lies there, whoever has it open, and changes
// nothing: neither a lock is taken nor a file touched.
//
// Beside a running broker it sees what has reached the files: messages at once, their queue entries up
// to a second later (flushIntervalConsumeQueue). Files that the broker deletes meanwhile are errors of
// the disk. What is found is believed: package verify is for who wants to know whether it is right.
package image
