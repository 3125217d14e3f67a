package vfs

import (
	"path/filepath"
	"slices"
	"strings"
)

// Directories outside of the root have their absolute names in an OS: those that the operator has
// configured, each with what lies in it, and for SyncDir the directory that holds its name.

// checkFile is the function of that name for an FS with directories outside.
func (o *OS) checkFile(name string) error {
	if o.isOutside(name, false) {
		return nil
	}
	return checkFile(name)
}

func (o *OS) checkDir(name string) error {
	if o.isOutside(name, true) {
		return nil
	}
	return checkDir(name)
}

// isOutside reports whether name lies in a directory outside of the root, or, if self, is one.
func (o *OS) isOutside(name string, self bool) bool {
	if !filepath.IsAbs(name) || filepath.Clean(name) != name || strings.IndexByte(name, 0) >= 0 {
		return false
	}
	return slices.ContainsFunc(o.outside, func(dir string) bool {
		return self && name == dir || strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/")
	})
}

// holdsOutside reports whether name is the directory that has the name of one outside of the root.
func (o *OS) holdsOutside(name string) bool {
	return slices.ContainsFunc(o.outside, func(dir string) bool { return filepath.Dir(dir) == name })
}
