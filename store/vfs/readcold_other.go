//go:build !linux

package vfs

import "errors"

func (f *osFile) readCached([]byte, int64) (int, error) { return 0, errors.ErrUnsupported }
