package broker

import (
	"path"
	"slices"
	"strings"

	"github.com/gannetmq/gannet/store/layout"
)

// Java splits both keys at commas (MixAll.MULTI_PATH_SPLITTER). A directory below storePathRootDir has its
// name from there in the store, one elsewhere, mostly on another disk, its absolute one.

// logDirs are the directories of the log, and those which get no new files.
func (c *Config) logDirs() (dirs, readOnly []string) {
	dirs = c.inStore(c.CommitLogPath)
	if len(dirs) == 0 {
		dirs = []string{layout.LogDir}
	}
	return dirs, c.inStore(c.ReadOnlyLogPath)
}

// OutsideDirs are the directories that the store has outside of StoreRoot.
func (c *Config) OutsideDirs() []string {
	dirs, readOnly := c.logDirs()
	return slices.DeleteFunc(append(dirs, readOnly...), func(dir string) bool { return !path.IsAbs(dir) })
}

// inStore are the names in the store of the directories of a list.
func (c *Config) inStore(list string) (names []string) {
	for _, dir := range paths(list) {
		if c.StoreRoot != "" {
			dir = strings.TrimPrefix(dir, path.Clean(c.StoreRoot)+"/")
		}
		names = append(names, dir)
	}
	return names
}

func paths(list string) (all []string) {
	for dir := range strings.SplitSeq(list, ",") {
		if dir = strings.TrimSpace(dir); dir != "" {
			all = append(all, path.Clean(dir))
		}
	}
	return all
}

// checkPaths: a directory of the log holds nothing else, since every start looks through its files.
func (c *Config) checkPaths(v *checks) {
	const accepts = "absolute paths of directories that hold nothing but the log, separated by commas"
	seen := make(map[string]bool)
	for _, key := range []struct{ name, value string }{
		{"storePathCommitLog", c.CommitLogPath}, {"readOnlyCommitLogStorePaths", c.ReadOnlyLogPath},
	} {
		for i, dir := range paths(key.value) {
			name := c.inStore(dir)[0]
			ok := path.IsAbs(dir) && dir != "/" && !seen[key.name+dir] && !c.holdsRoot(dir) && !layout.Reserved(name)
			v.want(ok, key.name, paths(key.value)[i], accepts)
			seen[key.name+dir] = true
		}
	}
}

// holdsRoot reports whether dir is storePathRootDir or one above it.
func (c *Config) holdsRoot(dir string) bool {
	return c.StoreRoot != "" && strings.HasPrefix(path.Clean(c.StoreRoot)+"/", strings.TrimSuffix(dir, "/")+"/")
}
