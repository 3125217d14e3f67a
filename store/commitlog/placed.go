package commitlog

// Placed tells where an append put its records, which lie one behind the other.
type Placed struct {
	PhyOffset   int64 // of the first record
	Size        int   // bytes of all records
	QueueOffset int64 // of the first record; the others follow without a gap
	StoreTime   int64 // of all of them, Unix milliseconds
	Count       int   // messages
	End         int64 // log offset just behind the last, the point to wait for
}
