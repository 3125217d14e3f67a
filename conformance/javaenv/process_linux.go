package javaenv

import "syscall"

// dieWithParent makes the kernel kill the JVM when this process dies without having ended it (go test -timeout).
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
