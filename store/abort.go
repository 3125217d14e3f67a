package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/vfs"
)

// The abort file holds the decimal process id of who has the store open (Java: createTempFile).

// wasAborted reports whether the last user of the directory did not close it in order.
func wasAborted(fsys vfs.FS) (bool, error) {
	_, err := fsys.Stat(layout.AbortFile)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// writeAbort makes the abort file, durably.
func writeAbort(fsys vfs.FS) error {
	return writeFile(fsys, ".", layout.AbortFile, strconv.Itoa(os.Getpid()))
}

func removeAbort(fsys vfs.FS) error {
	return errors.Join(fsys.Remove(layout.AbortFile), fsys.SyncDir("."))
}

// lockError names who has the directory open, as far as the abort file tells.
func lockError(fsys vfs.FS, err error) error {
	if !errors.Is(err, vfs.ErrLocked) {
		return fmt.Errorf("store: lock: %w", err)
	}
	if pid := abortPid(fsys); pid != "" {
		return fmt.Errorf("store: another process has the directory open, by its abort file process %s: %w", pid, err)
	}
	return fmt.Errorf("store: another process has the directory open: %w", err)
}

func abortPid(fsys vfs.FS) string {
	f, err := fsys.OpenRead(layout.AbortFile)
	if err != nil {
		return ""
	}
	var b [20]byte
	n, err := f.ReadAt(b[:], 0)
	if err = errors.Join(err, f.Close()); err != nil && !errors.Is(err, io.EOF) {
		return ""
	}
	pid := strings.TrimSpace(string(b[:n]))
	if _, err := strconv.Atoi(pid); err != nil {
		return ""
	}
	return pid
}
