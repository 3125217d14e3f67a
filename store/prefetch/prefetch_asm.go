//go:build amd64 || arm64

package prefetch

// Bytes asks for the cache lines of b.
//
//go:noescape
func Bytes(b []byte)
