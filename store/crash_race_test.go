//go:build race

package store

// crashRelief is by how much fewer disks are judged: the race detector takes ten times as long.
const crashRelief = 10
