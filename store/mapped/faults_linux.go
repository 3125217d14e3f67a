package mapped

import "syscall"

const rusageThread = 1 // RUSAGE_THREAD

// threadFaults is how many page faults this thread has had that needed no disk.
func threadFaults() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(rusageThread, &u) != nil {
		return 0
	}
	return u.Minflt
}
