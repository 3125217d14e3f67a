// Package arch holds the rules of the tree as tests: which package may import which, what no
// product code does, and which names are not used. The picture is in docs/architecture.md.
package arch
