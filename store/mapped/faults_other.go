//go:build !linux

package mapped

// threadFaults does not know: large pages are asked for as long as the log grows fast.
func threadFaults() int64 { return 0 }
