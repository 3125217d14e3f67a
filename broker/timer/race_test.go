//go:build race

package timer

// powerCuts are the rounds of TestPowerCut: each copies a wheel of 38 MB several times, which the race detector watches.
const powerCuts = 1
