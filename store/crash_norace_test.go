//go:build !race

package store

const crashRelief = 1
