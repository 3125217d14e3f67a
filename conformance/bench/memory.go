//go:build conformance

package main

import (
	"fmt"
	"os"
	"syscall"
)

// A virtual machine that gives free memory back to its host (balloon with free page reporting) pays
// for every page that it touches again: 10 µs measured, against 0.1 µs otherwise. At a kilobyte a
// message that is 3 CPU-seconds per million, for either broker, and more than all else gannet does.
// What a round is going to write is therefore touched before it, and freed for the page cache to take.

const (
	warmWriting = 3 << 30 // bytes for a round that writes as fast as it can
	warmFilling = 1 << 30 // for one that fills queues and then reads
)

// memoryFor is how much a round of this load will write, roughly.
func memoryFor(l load) int {
	switch {
	case l.rate > 0:
		return 0
	case l.kind == "pull":
		return warmFilling
	}
	return warmWriting
}

// warmMemory touches size bytes, or a third of what is available if that is less.
func warmMemory(size int) error {
	var kb int
	if _, err := fmt.Sscan(lineOf("/proc/meminfo", "MemAvailable"), &kb); err == nil {
		size = min(size, kb<<10/3)
	}
	page := os.Getpagesize()
	if size < page {
		return nil
	}
	b, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		return fmt.Errorf("%d bytes to warm memory: %w", size, err)
	}
	for i := 0; i < size; i += page {
		b[i] = 1
	}
	return syscall.Munmap(b)
}
