package store

import "golang.org/x/sys/unix"

// physicalMemory is the machine's memory in bytes, by which Java tells messages in memory from those on disk.
func physicalMemory() int64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return assumedMemory
	}
	return int64(info.Totalram) * int64(info.Unit)
}
