// Package cold counts what consumer groups read of old messages from the disk, and tells which of them have read
// enough for now, so that a group that catches up does not take the disk from the others. It is off by default.
//
// Time is cut into windows of 5 s. In each a group may read as much as its threshold says, and all groups together as
// much as the global one; what a pull brings beyond that it still gets, the next one is put off. A group's threshold is
// what an administrator set for it (2001), what the strategy made of it, or the default.
//
// Nothing runs by itself: a window ends when somebody asks after its time.
//
// Java: ColdDataCgCtrService.
package cold
