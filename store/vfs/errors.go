package vfs

import (
	"errors"
	"fmt"
	"syscall"
)

var (
	// ErrNoSpace: the disk, or the user's quota on it, is full.
	ErrNoSpace = errors.New("vfs: no space left")
	// ErrLocked: somebody else, perhaps in this process, holds the lock file.
	ErrLocked = errors.New("vfs: locked")
	// ErrName: the name is not a clean slash-separated path inside the root.
	ErrName = errors.New("vfs: bad name")
	// ErrRange: an offset or a length lies outside the file or the mapping.
	ErrRange = errors.New("vfs: out of range")
)

// noSpace adds ErrNoSpace to an error of the system that means it, so that callers ask one question.
func noSpace(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	return err
}

// Scarce reports lack of room, descriptors or memory: what asked for them may be tried again later, unlike
// after an error that says that something is broken.
func Scarce(err error) bool {
	return errors.Is(err, ErrNoSpace) || errors.Is(err, syscall.ENOMEM) ||
		errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// checkRange reports ErrRange unless [off, off+n) lies within [0, size). It cannot overflow.
func checkRange(name string, off, n, size int64) error {
	if off < 0 || n < 0 || off > size || n > size-off {
		return fmt.Errorf("%w: %s: %d bytes at %d of %d", ErrRange, name, n, off, size)
	}
	return nil
}
