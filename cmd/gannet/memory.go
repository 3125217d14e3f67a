package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// cgroupLimits are where Linux says how much memory the container may use: version 2, version 1.
var cgroupLimits = []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}

// memoryLimit is what a container may use, in bytes, and whether there is a limit.
func memoryLimit(read func(string) ([]byte, error)) (int64, bool) {
	for _, name := range cgroupLimits {
		text, err := read(name)
		if err != nil {
			continue
		}
		limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		// Version 1 says "no limit" with a number near 2^63.
		if err == nil && limit > 0 && limit < 1<<60 {
			return limit, true
		}
	}
	return 0, false
}

// boundMemory has the garbage collector hold to the container's limit, leaving a quarter to the page
// cache, and says what holds.
func boundMemory() string {
	limit, ok := memoryLimit(os.ReadFile)
	if os.Getenv("GOMEMLIMIT") != "" {
		return "limit as GOMEMLIMIT says"
	}
	if !ok {
		return "no container limit; page cache is the system's to reclaim"
	}
	debug.SetMemoryLimit(limit / 4 * 3)
	return fmt.Sprintf("container limit %d MB", limit>>20)
}
