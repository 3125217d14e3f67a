package netio

import (
	"math"

	"golang.org/x/sys/unix"
)

// minReserve is how many descriptors are always left to files.
const minReserve = 256

// descriptorsForConns is how many connections the limit on open descriptors allows, with a reserve for
// files: an eighth, at least minReserve. Without a limit, or under one too small to share, it is what
// the limit says.
func descriptorsForConns() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || uint64(limit.Cur) > math.MaxInt32 {
		return math.MaxInt32
	}
	return connShare(int(limit.Cur))
}

func connShare(descriptors int) int {
	return max(descriptors-max(descriptors/8, minReserve), descriptors/2, 1)
}
