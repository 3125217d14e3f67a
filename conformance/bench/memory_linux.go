//go:build conformance

package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// A virtual machine that gives free memory back to its host (balloon with free page reporting) pays
// the host for every page that it touches again: populating a file took 1.7 to 8.9 µs a page here, and
// 0.9 µs right after huge pages had been touched and freed. (Touching small pages does not help: the
// page cache takes large folios, from blocks that small pages never come from.) A kilobyte a message
// makes that up to 2 CPU-seconds per million for either broker, as much as all else gannet does.

// warmMemory touches size bytes, or a third of what is available if that is less, and frees them for
// the page cache to take.
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
	if err := syscall.Madvise(b, syscall.MADV_HUGEPAGE); err != nil {
		return fmt.Errorf("huge pages to warm memory: %w", err)
	}
	for i := 0; i < size; i += page {
		b[i] = 1
	}
	return syscall.Munmap(b)
}

// dropCache makes the kernel forget what it has in memory of a file. The file must have been written out.
func dropCache(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED), f.Close())
}
