//go:build !linux

package javaenv

import "syscall"

// dieWithParent has no counterpart outside Linux: a test binary that dies leaves its JVMs.
func dieWithParent() *syscall.SysProcAttr { return nil }
