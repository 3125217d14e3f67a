package vfs

import (
	"fmt"
	"io/fs"
	"strings"
)

// checkFile refuses a name that is not a file's inside the root: absolute, empty, ".", with an
// empty, "." or ".." element, or with a NUL.
func checkFile(name string) error {
	if name == "." {
		return fmt.Errorf("%w: %q is the root", ErrName, name)
	}
	return checkDir(name)
}

// checkDir is checkFile that also takes ".", the root.
func checkDir(name string) error {
	if !fs.ValidPath(name) || strings.IndexByte(name, 0) >= 0 {
		return fmt.Errorf("%w: %q", ErrName, name)
	}
	return nil
}
