//go:build race

package store

// crashRelief is by how much fewer disks are judged: the race detector takes more than ten times as long.
const crashRelief = 20
